// Where faces are recognized: in this browser, or on the server.

const KEPT = "mimika.where";

export const PLACES = ["browser", "server"];

// The places that there are here: what the address asks for, what was chosen before, or the browser.
export function places(config) {
  return PLACES.filter((place) => config[place]);
}

export function chosenPlace(config) {
  const known = places(config);
  let kept = null;
  try { kept = localStorage.getItem(KEPT); } catch { /* private windows */ }
  const wanted = [new URLSearchParams(location.search).get("where"), kept, ...known];
  return wanted.find((place) => known.includes(place));
}

// The page starts anew with its other half.
export function choosePlace(place) {
  try { localStorage.setItem(KEPT, place); } catch { /* private windows */ }
  const address = new URL(location.href);
  address.searchParams.set("where", place);
  location.assign(address);
}
