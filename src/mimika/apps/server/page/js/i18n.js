// Says the page's words in the visitor's language.

import { WORDS } from "./words.js";

const KEPT = "mimika.language";
const watchers = [];
let language = "en";

export const currentLanguage = () => language;

// A value may be a sentence itself: {t: key, values}.
export function t(key, ...values) {
  return WORDS[language][key].replace(/\{(\d)\}/g, (_, i) => words(values[i])).trim();
}

const words = (value) => (value?.t ? t(value.t, ...(value.values ?? [])) : value);

// Names, words and colors of the emotions are the server's; a model's own label stays as it is.
let emotions = new Map();
let otherColor = "#e69f00";

export function setEmotions(table) {
  emotions = new Map(table.emotions.map((entry) => [entry.name, entry]));
  otherColor = table.other_color;
}

export const emotion = (label) => emotions.get(label)?.words[language] ?? label;

export const color = (label) => emotions.get(label)?.color ?? otherColor;

// With two decimals and a true minus sign.
export function number(value) {
  const text = Math.abs(value).toFixed(2);
  const sign = value < 0 && Number(text) !== 0 ? "−" : "";
  return sign + (language === "ru" ? text.replace(".", ",") : text);
}

export const percent = (share) => `${Math.round(share * 100)}${language === "ru" ? "\u00a0%" : "%"}`;

// Show a sentence that follows the language when it changes.
export function say(element, key, ...values) {
  element.dataset.t = key;
  element.dataset.values = JSON.stringify(values);
  // The same words again would be read aloud again.
  const text = t(key, ...values);
  if (element.textContent !== text) element.textContent = text;
}

export function sayEmotion(element, label) {
  element.dataset.emotion = label;
  element.textContent = emotion(label);
}

export function sayPercent(element, share) {
  element.dataset.percent = share;
  element.textContent = percent(share);
}

export function onLanguage(watcher) { watchers.push(watcher); }

export function setLanguage(name, keep = true) {
  language = name in WORDS ? name : "en";
  document.documentElement.lang = language;
  document.getElementById("language").value = language;
  if (keep) { try { localStorage.setItem(KEPT, language); } catch { /* private windows */ } }
  for (const element of document.querySelectorAll("[data-t]")) {
    element.textContent = t(element.dataset.t, ...JSON.parse(element.dataset.values ?? "[]"));
  }
  for (const element of document.querySelectorAll("[data-emotion]")) element.textContent = emotion(element.dataset.emotion);
  for (const element of document.querySelectorAll("[data-percent]")) element.textContent = percent(element.dataset.percent);
  for (const watcher of watchers) watcher();
}

export function startLanguage() {
  let kept = null;
  try { kept = localStorage.getItem(KEPT); } catch { /* private windows */ }
  setLanguage(kept ?? navigator.language.slice(0, 2), false);
  document.getElementById("language").addEventListener("change", (event) => setLanguage(event.target.value));
}
