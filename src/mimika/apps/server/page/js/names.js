// Names of files as they are shown: long ones cut, right-to-left ones kept together.

const LONGEST = 48;
const ENDING = 12;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufefc]/;

export function shown(name) {
  const letters = [...name];
  const cut = letters.length > LONGEST
    ? `${letters.slice(0, LONGEST - ENDING).join("")}…${letters.slice(-ENDING).join("")}` : name;
  // Marks that turn the direction of what follows must not turn the sentence around the name.
  return RIGHT_TO_LEFT.test(cut) ? `\u2068${cut.replace(/[\u202a-\u202e\u2066-\u2069]/g, "")}\u2069` : cut;
}

export const stem = (name) => name.replace(/\.[^.]+$/, "") || name;
