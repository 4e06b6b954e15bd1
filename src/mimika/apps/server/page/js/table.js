// Results as a table: its columns are the server's table of fields.

const columns = (fields, part) => fields[part].flatMap((field) => field.columns);

// A row a face of several frames, below the names of the columns.
export const csvOf = (results, fields) => headOf(fields) + rowsOf(results, fields);

export const headOf = (fields) =>
  text([[...columns(fields, "frame"), ...columns(fields, "face")].map((column) => column.name)]);

export function rowsOf(results, fields) {
  const [frame, face] = [columns(fields, "frame"), columns(fields, "face")];
  return text(results.flatMap((result) => result.faces.map((seen) => [
    ...frame.map((column) => at(result, column.path)), ...face.map((column) => at(seen, column.path)),
  ])));
}

const text = (rows) => rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");

const at = (value, path) => path.reduce((part, key) => part?.[key], value);

function cell(value) {
  const written = String(value ?? "");
  return /[",\r\n]/.test(written) ? `"${written.replaceAll('"', '""')}"` : written;
}
