// Starts the page: language, token, model, then its parts.

import { json, setToken, startToken } from "./api.js";
import { Files } from "./files.js";
import { say, setEmotions, startLanguage } from "./i18n.js";
import { Live } from "./live.js";

const AGAIN_MS = 2000;
const by = (id) => document.getElementById(id);
const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

// What the server is made of: its model, the fields of results, the emotions.
async function tables() {
  for (;;) {
    try {
      return await Promise.all(["v1/model", "v1/fields", "page/emotions.json"]
        .map((path) => json("GET", path)));
    } catch (error) {
      if (error.status === 401) await ask();
      else {
        say(by("status"), "away");
        await wait(AGAIN_MS);
      }
    }
  }
}

function ask() {
  by("token-form").hidden = false;
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
by("start").disabled = true;
const [card, fields, emotions] = await tables();
const { labels } = card.outputs.emotion;
setEmotions(emotions);
by("model").textContent = `${card.name} · ${card.engine}`;
new Live(labels, fields);
new Files(labels, fields);
by("start").disabled = false;
say(by("status"), "press");
