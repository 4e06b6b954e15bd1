// The visitor's camera, and what may be wrong with it.

const REASONS = {
  NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "absent",
  OverconstrainedError: "absent", DevicesNotFoundError: "absent", NotReadableError: "taken",
  AbortError: "taken", TrackStartError: "taken",
};
const AGAIN_MS = 2000;

export class NoCamera extends Error {
  constructor(reason) { super(reason); this.reason = reason; }
}

export async function openCamera(id) {
  if (!navigator.mediaDevices?.getUserMedia) throw new NoCamera("insecure");
  const video = { width: { ideal: 640 }, height: { ideal: 480 }, facingMode: "user" };
  if (id) { delete video.facingMode; video.deviceId = { exact: id }; }
  try {
    return await navigator.mediaDevices.getUserMedia({ video, audio: false });
  } catch (error) {
    throw new NoCamera(REASONS[error.name] ?? "absent");
  }
}

export async function listCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter((device) => device.kind === "videoinput" && device.deviceId);
}

// Resolves when it is worth while to ask for the camera again.
export function changed(reason) {
  return new Promise((resolve) => {
    const devices = navigator.mediaDevices;
    const timer = reason === "taken" || reason === "lost" ? setTimeout(done, AGAIN_MS) : null;
    let permission = null;
    function done() {
      clearTimeout(timer);
      devices?.removeEventListener("devicechange", done);
      if (permission) permission.onchange = null;
      resolve();
    }
    devices?.addEventListener("devicechange", done);
    if (reason === "refused") {
      navigator.permissions?.query({ name: "camera" }).then((status) => {
        permission = status;
        status.onchange = done;
      }, () => { /* a browser that does not tell: Start asks again */ });
    }
  });
}
