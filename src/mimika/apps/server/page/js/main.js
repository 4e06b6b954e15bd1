// Starts the page: language, token, model, then its parts.

import { json, setToken, startToken } from "./api.js";
import { Files } from "./files.js";
import { say, setEmotions, startLanguage, t } from "./i18n.js";
import { Live } from "./live.js";
import { loadMimika, Local } from "./local.js";
import { chosenPlace, choosePlace, places } from "./source.js";
import { tell } from "./status.js";
import { Stream } from "./stream.js";

const AGAIN_MS = 2000;
const by = (id) => document.getElementById(id);
const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

// The card of the model, the fields of results, the emotions: the server's, or those of the recognizer here.
async function tables(place) {
  const own = ["page/mimika/default.card.json", "page/fields.json"];
  const paths = place === "browser" ? own : ["v1/model", "v1/fields"];
  return insist(() => Promise.all([...paths, "page/emotions.json"].map((path) => json("GET", path))));
}

// Asks until there is an answer, and for the token where one is wanted.
async function insist(question) {
  let asked = false;
  for (;;) {
    try {
      return await question();
    } catch (error) {
      if (error.status === 401) {
        await ask(asked ? "wrong-token" : "token");
        asked = true;
      }
      else {
        tell("away");
        await wait(AGAIN_MS);
      }
    }
  }
}

function offerPlaces(config, place) {
  by("place").replaceChildren(...places(config).map((each) => {
    const option = new Option(t(`in-${each}`), each, false, each === place);
    option.dataset.t = `in-${each}`;
    return option;
  }));
  by("place-choice").hidden = places(config).length < 2;
  by("place").addEventListener("change", (event) => choosePlace(event.target.value));
  for (const element of document.querySelectorAll("[data-place]")) element.hidden = element.dataset.place !== place;
}

function ask(words) {
  by("token-form").hidden = false;
  say(document.querySelector("label[for=token]"), words);
  by("token").focus();
  return new Promise((resolve) => {
    by("token-form").addEventListener("submit", (event) => {
      event.preventDefault();
      setToken(by("token").value.trim());
      by("token-form").hidden = true;
      resolve();
    }, { once: true });
  });
}

startLanguage();
startToken();
by("law").addEventListener("click", () => by("law-text").showModal());
by("law-close").addEventListener("click", () => by("law-text").close());
const config = await insist(() => json("GET", "page/config.json"));
const place = chosenPlace(config);
// The recognizer is there when it is wanted; what goes wrong is said then. Who saves data waits for Start.
if (place === "browser" && !navigator.connection?.saveData) loadMimika().catch(() => {});
offerPlaces(config, place);
const [card, fields, emotions] = await tables(place);
const { labels } = card.outputs.emotion;
setEmotions(emotions);
by("model").textContent = card.engine ? `${card.name} · ${card.engine}` : card.name;
by("api").hidden = !config.server;
new Live(labels, fields, (on) => (place === "browser" ? new Local(on) : new Stream(on)), places(config).includes("server"));
new Files(labels, fields, place, Boolean(config.server));
by("start").disabled = by("sample").disabled = false;
tell("press");
if (!config.server) keepOffline();

// On a host of its own the page works offline after the first visit.
function keepOffline() {
  try {
    navigator.serviceWorker?.register("service-worker.js").catch(() => {});
  } catch { /* where storage is denied there is none */ }
}
