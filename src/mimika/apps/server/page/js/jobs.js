// Videos that the server still has: a page that is loaded again goes on with them.

const KEPT = "mimika.videos";

// [{id, name}], of this tab.
export function keptJobs() {
  try { return JSON.parse(sessionStorage.getItem(KEPT)) ?? []; } catch { return []; }
}

function keep(jobs) {
  try { sessionStorage.setItem(KEPT, JSON.stringify(jobs)); } catch { /* private windows */ }
}

export function keepJob(id, name) {
  keep([...keptJobs().filter((job) => job.id !== id), { id, name }]);
}

export function forgetJob(id) {
  keep(keptJobs().filter((job) => job.id !== id));
}
