// Starts the page: language, token, model, then its parts.

import { json, setToken, startToken } from "./api.js";
import { Files } from "./files.js";
import { say, startLanguage } from "./i18n.js";
import { Live } from "./live.js";

const AGAIN_MS = 2000;
const by = (id) => document.getElementById(id);
const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

async function card() {
  for (;;) {
    try {
      return await json("GET", "/v1/model");
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
const model = await card();
by("model").textContent = `${model.name} · ${model.engine}`;
new Live(model);
new Files(model);
by("start").disabled = false;
say(by("status"), "press");
