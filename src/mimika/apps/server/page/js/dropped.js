// The files of a drop, those in folders too.

const HIDDEN = /^\./;
const MEDIA = /^(image|video)\//;

// Call it before anything is awaited: a drop forgets its items.
export async function filesOf(transfer) {
  const entries = [...transfer.items ?? []].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const files = [...transfer.files];
  if (!entries.some((entry) => entry.isDirectory)) return files;
  const found = await Promise.all(entries.map((entry) => inside(entry)));
  return found.flat();
}

async function inside(entry, within = false) {
  if (entry.isFile) {
    const file = await new Promise((resolve) => { entry.file(resolve, () => resolve(null)); });
    // Of a folder only what can be looked at; what was dropped by itself is answered in any case.
    return file && (!within || (MEDIA.test(file.type) && !HIDDEN.test(file.name))) ? [file] : [];
  }
  const reader = entry.createReader();
  const children = [];
  for (;;) {
    const some = await new Promise((resolve) => { reader.readEntries(resolve, () => resolve([])); });
    if (!some.length) break;
    children.push(...some);
  }
  children.sort((a, b) => a.name.localeCompare(b.name));
  return (await Promise.all(children.map((child) => inside(child, true)))).flat();
}
