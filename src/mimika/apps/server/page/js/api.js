// Calls to the server; the token stays in this tab.

const KEPT = "mimika.token";
let token = "";

export class Refusal extends Error {
  constructor(status, detail) { super(detail); this.status = status; }
}

export function startToken() {
  // The fragment of an address is sent to nobody; it is taken out of the address bar all the same.
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) { setToken(given); history.replaceState(null, "", location.pathname + location.search); }
  try { token = given ?? sessionStorage.getItem(KEPT) ?? ""; } catch { token = given ?? ""; }
}

export function setToken(value) {
  token = value;
  try { sessionStorage.setItem(KEPT, value); } catch { /* private windows */ }
}

// Addresses are relative to the page, so that it may lie below a path of a proxy's.
const address = (path) => new URL(path, document.baseURI);

const headers = () => (token ? { Authorization: `Bearer ${token}` } : {});

async function refusal(answer) {
  let detail = answer.statusText;
  try { detail = (await answer.json()).detail ?? detail; } catch { /* not ours */ }
  return new Refusal(answer.status, detail);
}

export async function call(method, path, body) {
  let answer;
  try {
    answer = await fetch(address(path), { method, body, headers: headers() });
  } catch {
    throw new Refusal(0, "");
  }
  if (!answer.ok) throw await refusal(answer);
  return answer;
}

export const json = async (method, path, body) => (await call(method, path, body)).json();

export function openStream() {
  const stream = address("v1/stream");
  stream.protocol = stream.protocol.replace("http", "ws");
  return new WebSocket(stream, token ? ["mimika.v1", `mimika.token.${token}`] : ["mimika.v1"]);
}

// fetch cannot tell how much of an upload has gone; this can.
export function upload(path, body, progress) {
  const request = new XMLHttpRequest();
  const answer = new Promise((resolve, reject) => {
    request.open("POST", address(path));
    request.responseType = "json";
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (event) => progress(event.loaded / event.total);
    request.onload = () => (request.status < 300
      ? resolve(request.response)
      : reject(new Refusal(request.status, request.response?.detail ?? request.statusText)));
    request.onerror = () => reject(new Refusal(0, ""));
    request.onabort = () => reject(new Refusal(-1, ""));
    request.send(body);
  });
  return { answer, abort: () => request.abort() };
}
