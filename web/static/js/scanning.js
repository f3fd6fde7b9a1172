// A field for a scanner: Enter sends it, the field keeps the focus, and a phone's camera can read codes into it.
"use strict";

(() => {
  const form = document.querySelector("[data-scan-form]");
  if (!form) return;
  const field = form.querySelector("textarea[name=codes]");
  const camera = form.querySelector("[data-camera]");
  const box = form.querySelector("[data-camera-box]");

  if (!window.matchMedia("(pointer: coarse)").matches) field.focus();

  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (field.value.trim()) form.requestSubmit();
  });

  // --- the camera --------------------------------------------------------------------------------

  const reader = () => {
    if ("BarcodeDetector" in window) {
      const detector = new window.BarcodeDetector({ formats: ["qr_code", "code_128", "code_39"] });
      return async (video) => (await detector.detect(video)).map((one) => one.rawValue);
    }
    if (!window.jsQR) return null;
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    return async (video) => {
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      pen.drawImage(video, 0, 0);
      const picture = pen.getImageData(0, 0, canvas.width, canvas.height);
      const found = window.jsQR(picture.data, picture.width, picture.height);
      return found ? [found.data] : [];
    };
  };

  const read = navigator.mediaDevices && camera && window.isSecureContext ? reader() : null;
  if (!read) return;
  camera.hidden = false;
  let stream = null;

  async function look(video) {
    const seen = new Set();
    while (stream) {
      for (const code of await read(video)) {
        if (seen.has(code)) continue;
        seen.add(code);
        field.value += `${field.value && !field.value.endsWith("\n") ? "\n" : ""}${code}\n`;
        if (navigator.vibrate) navigator.vibrate(60);
      }
      await new Promise((done) => setTimeout(done, 180));
    }
  }

  function stop() {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    box.hidden = true;
    box.replaceChildren();
  }

  camera.addEventListener("click", async () => {
    if (stream) return stop();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      camera.hidden = true;
      return undefined;
    }
    const video = document.createElement("video");
    video.setAttribute("playsinline", "");
    video.muted = true;
    video.srcObject = stream;
    box.replaceChildren(video);
    box.hidden = false;
    await video.play();
    return look(video);
  });
  form.addEventListener("submit", stop);
  window.addEventListener("pagehide", stop);
})();
