// The OpenAPI document as a page for people.

const by = (id) => document.getElementById(id);

function element(name, text = "", className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

const answer = await fetch("../openapi.json");
const description = await answer.json();
by("words").textContent = `${description.info.title} ${description.info.version}`;
for (const [path, methods] of Object.entries(description.paths)) {
  for (const [method, operation] of Object.entries(methods)) by("operations").append(shown(path, method, operation));
}

function shown(path, method, operation) {
  const section = element("section", "", "panel");
  section.append(element("h2", `${method.toUpperCase()} ${path}`), element("p", operation.summary));
  for (const words of (operation.description ?? "").split("\n\n")) section.append(element("p", words, "small"));
  section.append(table("Parameters", (operation.parameters ?? []).map((each) => [
    each.name, each.in, each.schema?.enum?.join(", ") ?? each.schema?.type ?? "",
  ])));
  const body = Object.keys(operation.requestBody?.content ?? {});
  if (body.length) section.append(table("Body", body.map((kind) => [kind])));
  section.append(table("Answers", Object.entries(operation.responses).map(([status, each]) => [
    status, each.description, Object.keys(each.content ?? {}).join(", "),
  ])));
  return section;
}

function table(caption, rows) {
  const made = element("table", "", "shares");
  made.hidden = rows.length === 0;
  made.createCaption().textContent = caption;
  for (const cells of rows) {
    const row = made.insertRow();
    for (const cell of cells) row.insertCell().textContent = cell;
  }
  return made;
}
