// The page's words in English and Russian.

const WORDS = {
  en: {
    sample: "Try a sample", mirror: "Mirror", snapshot: "Snapshot", full: "Full screen", "session-csv": "Session (CSV)",
    "session-json": "Session (JSON)", jump: "Show {0}", sampling: "A sample clip; start the camera when you like.",
    place: "Recognize", "in-browser": "in this browser", "in-server": "on the server",
    loading: "Loading the recognizer into this page…", broken: "The recognizer cannot run here: {0} Choose the server, or another browser.",
    "privacy-browser": "Pictures, photos and films are analyzed inside this page. Nothing leaves your browser, and nothing is kept when you close it.",
    unreadable: "{0} cannot be read as a photo by this browser.",
    undecodable: "{0} cannot be played by this browser: choose the server, or convert it to MP4 (H.264).",
    skip: "Skip to the camera", tagline: "Reads emotions from faces.", language: "Language",
    "wrong-token": "That is not the server's token. Try again:",
    token: "The server asks for its token (it printed one when it started):", enter: "Enter",
    camera: "Camera", start: "Start", stop: "Stop", which: "Camera:", bars: "All emotions",
    press: "Press Start and allow the camera.", minute: "The last minute",
    nothing: "Nothing was seen yet.", summary: "Summary", moments: "Strongest moments",
    files: "Photos and videos", drop: "Drop photos or videos here, or choose them:",
    privacy: "What happens to the pictures",
    "privacy-camera": "Camera pictures and photos are sent to this server, analyzed in its memory and forgotten at once. They are never stored.",
    "privacy-video": "A video is kept on the server only until it is analyzed; its results are removed when you remove them here, or after an hour. Thumbnails stay in this page.",
    honest: "A face shows an expression; what a person feels is not written there. Use the results with care.",
    asking: "Allow the camera in your browser.", connecting: "Connecting to the server…",
    hidden: "Paused while this tab was in the background; the lines have a gap there.",
    elsewhere: "{0} cannot be played by this browser. The server can read it; it would be sent there.",
    "to-server": "Send it to the server",
    running: "Running.", "no-face": "No face in the picture.", stopped: "Stopped.",
    away: "The server does not answer; trying again…",
    busy: "All places on the server are taken; trying again…",
    refused: "The camera was refused. Allow it in the browser's address bar; the page goes on by itself.",
    absent: "There is no camera. Connect one; the page goes on by itself.",
    taken: "Another program holds the camera. Close it; the page goes on by itself.",
    insecure: "Browsers give a camera to https pages only, or to this machine's own. Open this page by https or as localhost.",
    lost: "The camera was lost. Connect it again; the page goes on by itself.",
    latency: "Answer in {0} ms, {1} pictures a second", face: "Face {0}", time: "Time",
    share: "Share", emotion: "Emotion", seen: "seen {0} s", picture: "Camera picture: {0}",
    uploading: "Uploading {0}", analyzing: "Analyzing {0}", waiting: "Waiting: {0}",
    done: "{0}: done", cancel: "Cancel", remove: "Remove", cancelled: "Cancelled.",
    "get-picture": "Picture (PNG)", "get-output": "Film (MP4)", "get-csv": "CSV",
    "get-json": "JSON", "get-jsonl": "JSON", faces: "{0}: faces: {1}", kind: "{0} is neither a photo nor a video.",
    "no-preview": "Your browser cannot show this kind of picture; the results are complete.",
    failed: "{0}: {1}", unreachable: "the server cannot be reached.", "get-parquet": "Parquet",
    affect: "Valence and arousal", "affect-face": "Of",
    "affect-values": "Unpleasant to pleasant {0}, calm to excited {1}, from −1 to 1.",
    derived: "Derived from the emotions, not measured.", measured: "As the model measured it.",
  },
  ru: {
    sample: "Показать на примере", mirror: "Зеркально", snapshot: "Снимок", full: "Во весь экран", "session-csv": "Сеанс (CSV)",
    "session-json": "Сеанс (JSON)", jump: "Показать {0}", sampling: "Пример; камеру можно включить в любой момент.",
    place: "Распознавать", "in-browser": "в этом браузере", "in-server": "на сервере",
    loading: "Распознаватель загружается на страницу…", broken: "Распознаватель здесь не работает: {0} Выберите сервер или другой браузер.",
    "privacy-browser": "Кадры, фото и фильмы разбираются на этой странице. Из браузера ничего не уходит, и после закрытия ничего не остаётся.",
    unreadable: "{0}: браузер не может прочитать это как фото.",
    undecodable: "{0}: браузер не может это воспроизвести. Выберите сервер или переведите файл в MP4 (H.264).",
    skip: "К камере", tagline: "Читает эмоции по лицам.", language: "Язык",
    "wrong-token": "Это не ключ сервера. Попробуйте ещё раз:",
    token: "Сервер просит ключ (он напечатал его при запуске):", enter: "Войти",
    camera: "Камера", start: "Начать", stop: "Остановить", which: "Камера:", bars: "Все эмоции",
    press: "Нажмите «Начать» и разрешите камеру.", minute: "Последняя минута",
    nothing: "Пока никого не было видно.", summary: "Итоги", moments: "Самые яркие мгновения",
    files: "Фото и видео", drop: "Перетащите сюда фото или видео или выберите их:",
    privacy: "Что происходит с изображениями",
    "privacy-camera": "Кадры камеры и фотографии отправляются на этот сервер, разбираются в его памяти и сразу забываются. Они никогда не сохраняются.",
    "privacy-video": "Видео хранится на сервере только до конца разбора; результаты удаляются, когда вы удалите их здесь, или через час. Миниатюры остаются на этой странице.",
    honest: "Лицо показывает выражение; что человек чувствует, на нём не написано. Пользуйтесь результатами осторожно.",
    asking: "Разрешите камеру в браузере.", connecting: "Подключение к серверу…",
    hidden: "Пока вкладка была не видна, разбор стоял; на графиках там пропуск.",
    elsewhere: "{0}: браузер не может это воспроизвести. Сервер прочитает, но файл уйдёт туда.",
    "to-server": "Отправить на сервер",
    running: "Работает.", "no-face": "На изображении нет лиц.", stopped: "Остановлено.",
    away: "Сервер не отвечает; пробуем снова…",
    busy: "Все места на сервере заняты; пробуем снова…",
    refused: "Доступ к камере запрещён. Разрешите его в адресной строке браузера; страница продолжит сама.",
    absent: "Камеры нет. Подключите её; страница продолжит сама.",
    taken: "Камеру занимает другая программа. Закройте её; страница продолжит сама.",
    insecure: "Браузеры дают камеру только страницам https или своему же компьютеру. Откройте страницу по https или как localhost.",
    lost: "Камера пропала. Подключите её снова; страница продолжит сама.",
    latency: "Ответ за {0} мс, {1} кадров в секунду", face: "Лицо {0}", time: "Время",
    share: "Доля", emotion: "Эмоция", seen: "видно {0} с", picture: "Изображение камеры: {0}",
    uploading: "Загрузка: {0}", analyzing: "Разбор: {0}", waiting: "В очереди: {0}",
    done: "{0}: готово", cancel: "Отменить", remove: "Удалить", cancelled: "Отменено.",
    "get-picture": "Изображение (PNG)", "get-output": "Фильм (MP4)", "get-csv": "CSV",
    "get-json": "JSON", "get-jsonl": "JSON", faces: "{0}: лиц: {1}", kind: "{0} — не фото и не видео.",
    "no-preview": "Браузер не умеет показывать такие изображения; результаты полные.",
    failed: "{0}: {1}", unreachable: "сервер недоступен.", "get-parquet": "Parquet",
    affect: "Валентность и возбуждение", "affect-face": "Чьи",
    "affect-values": "От неприятного к приятному {0}, от покоя к возбуждению {1}, от −1 до 1.",
    derived: "Выведено из эмоций, не измерено.", measured: "Измерено моделью.",
  },
};
const KEPT = "mimika.language";
const watchers = [];
let language = "en";

export const currentLanguage = () => language;

export function t(key, ...values) {
  return WORDS[language][key].replace(/\{(\d)\}/g, (_, i) => values[i]);
}

// Names, words and colors of the emotions are the server's; a model's own label stays as it is.
let emotions = new Map();
let otherColor = "#e69f00";

export function setEmotions(table) {
  emotions = new Map(table.emotions.map((entry) => [entry.name, entry]));
  otherColor = table.other_color;
}

export const emotion = (label) => emotions.get(label)?.words[language] ?? label;

export const color = (label) => emotions.get(label)?.color ?? otherColor;

export const percent = (share) => `${Math.round(share * 100)}${language === "ru" ? "\u00a0%" : "%"}`;

// Show a sentence that follows the language when it changes.
export function say(element, key, ...values) {
  element.dataset.t = key;
  element.dataset.values = JSON.stringify(values);
  element.textContent = t(key, ...values);
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
  for (const watcher of watchers) watcher();
}

export function startLanguage() {
  let kept = null;
  try { kept = localStorage.getItem(KEPT); } catch { /* private windows */ }
  setLanguage(kept ?? navigator.language.slice(0, 2), false);
  document.getElementById("language").addEventListener("change", (event) => setLanguage(event.target.value));
}
