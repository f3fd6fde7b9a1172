// A field that codes are scanned into: by a scanner that types, or by the camera of a phone.
// A form [data-scanning] has an input [data-scan]; a button [data-camera] with a box [data-camera-view] are its camera.
"use strict";

(() => {
  const PAUSE = 150; // milliseconds between two looks through the camera
  const AGAIN = 2500; // a code held before the camera counts once in this time
  const FORMATS = ["qr_code", "code_128", "code_39", "ean_13", "data_matrix"];

  // --- reading codes -----------------------------------------------------------------------------

  async function detector(view) {
    if ("BarcodeDetector" in window) {
      const known = await window.BarcodeDetector.getSupportedFormats();
      const formats = FORMATS.filter((one) => known.includes(one));
      if (formats.includes("qr_code")) {
        const native = new window.BarcodeDetector({ formats });
        return async (video) => (await native.detect(video))[0]?.rawValue ?? "";
      }
    }
    await loaded(view.dataset.decoder);
    return drawn();
  }

  function loaded(source) {
    if (window.jsQR) return Promise.resolve();
    return new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = source;
      script.onload = done;
      script.onerror = failed;
      document.head.append(script);
    });
  }

  function drawn() {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    return async (video) => {
      const scale = Math.min(1, 800 / Math.max(video.videoWidth, video.videoHeight, 1));
      canvas.width = video.videoWidth * scale;
      canvas.height = video.videoHeight * scale;
      if (!canvas.width) return "";
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
      const image = context.getImageData(0, 0, canvas.width, canvas.height);
      const found = window.jsQR(image.data, image.width, image.height, { inversionAttempts: "dontInvert" });
      return found?.data ?? "";
    };
  }

  // --- the camera --------------------------------------------------------------------------------

  function camera(form, button, view) {
    const field = form.querySelector("[data-scan]");
    const video = view.querySelector("video");
    let stream = null;
    let last = { code: "", at: 0 };

    async function start() {
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      } catch {
        window.anjuan?.say(view.dataset.denied, "error");
        return;
      }
      shown(true);
      video.srcObject = stream;
      await video.play();
      look(await detector(view));
    }

    function stop() {
      stream?.getTracks().forEach((track) => track.stop());
      stream = null;
      video.srcObject = null;
      shown(false);
    }

    function shown(on) {
      view.hidden = !on;
      button.setAttribute("aria-expanded", String(on));
    }

    async function look(read) {
      if (!stream) return;
      const code = (await read(video).catch(() => "")).trim();
      const now = Date.now();
      if (code && (code !== last.code || now - last.at > AGAIN)) {
        last = { code, at: now };
        navigator.vibrate?.(60);
        view.classList.add("caught");
        setTimeout(() => view.classList.remove("caught"), 400);
        field.value = code;
        form.requestSubmit();
      } else if (code) {
        last.at = now;
      }
      setTimeout(() => look(read), PAUSE);
    }

    button.hidden = false;
    button.addEventListener("click", () => (stream ? stop() : start()));
    window.addEventListener("pagehide", stop);
  }

  // --- the field keeps the focus -----------------------------------------------------------------

  function focused(field) {
    document.addEventListener("keydown", (event) => {
      const elsewhere = event.target.matches("input, textarea, select, button, a, summary, [contenteditable]");
      const typed = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
      if (elsewhere || !typed || document.querySelector("dialog[open]")) return;
      event.stopImmediatePropagation();
      field.focus();
    }, true);
  }

  for (const form of document.querySelectorAll("form[data-scanning]")) {
    const field = form.querySelector("[data-scan]");
    const button = form.querySelector("[data-camera]");
    const view = form.querySelector("[data-camera-view]");
    focused(field);
    if (button && view && navigator.mediaDevices?.getUserMedia) camera(form, button, view);
  }
})();
