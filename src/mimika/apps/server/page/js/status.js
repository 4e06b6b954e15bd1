// The line that says how things stand; what is wrong looks different.

import { say } from "./i18n.js";

// States in which nothing is seen until someone does something.
const FAULTS = new Set(["away", "busy", "refused", "absent", "taken", "insecure", "lost", "broken"]);
const KNOWN = new Set(["digest", "memory", "missing", "network", "simd"]);

export function tell(state, ...values) {
  const line = document.getElementById("status");
  say(line, state, ...values);
  line.classList.toggle("error", FAULTS.has(state));
}

// What to say of an error of the recognizer in this browser.
export function fault(error) {
  return KNOWN.has(error.code) ? { t: `fault-${error.code}` } : { t: "fault", values: [error.message] };
}
