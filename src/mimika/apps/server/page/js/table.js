// Results as a table: its columns are the server's table of fields.

export const csv = (result, fields) => csvOf([result], fields);

// One row a face of several frames.
export function csvOf(results, fields) {
  const columns = (part) => fields[part].flatMap((field) => field.columns);
  const frame = columns("frame");
  const face = columns("face");
  const rows = [[...frame, ...face].map((column) => column.name)];
  for (const result of results) {
    for (const seen of result.faces) {
      rows.push([...frame.map((column) => at(result, column.path)), ...face.map((column) => at(seen, column.path))]);
    }
  }
  return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

const at = (value, path) => path.reduce((part, key) => part?.[key], value);

function cell(value) {
  const text = String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
