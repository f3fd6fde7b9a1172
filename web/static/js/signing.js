// Signing on the screen: lines drawn into [data-pad] are kept as the path of an SVG in its hidden field.
"use strict";

(() => {
  // --- counts that differ ------------------------------------------------------------------------

  document.addEventListener("input", (event) => {
    const booked = event.target.dataset.booked;
    if (booked !== undefined) event.target.classList.toggle("differs", event.target.value.trim() !== booked);
  });

  // --- signing on the screen ---------------------------------------------------------------------

  function pad(box) {
    const sheet = box.querySelector("svg");
    const line = sheet.querySelector("path");
    const kept = box.querySelector("input[type=hidden]");
    let strokes = kept.value;
    let drawing = false;
    box.hidden = false;
    box.classList.toggle("signed", Boolean(strokes));

    function at(event) {
      const frame = sheet.getBoundingClientRect();
      const across = Math.round(((event.clientX - frame.left) / frame.width) * 600);
      const down = Math.round(((event.clientY - frame.top) / frame.height) * 200);
      return `${Math.min(600, Math.max(0, across))} ${Math.min(200, Math.max(0, down))}`;
    }

    function draw(text) {
      if (strokes.length + text.length > 19000) return;
      strokes += text;
      line.setAttribute("d", strokes);
    }

    sheet.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      sheet.setPointerCapture(event.pointerId);
      drawing = true;
      box.classList.add("signed");
      const place = at(event);
      draw(`M${place}L${place}`);
    });
    sheet.addEventListener("pointermove", (event) => {
      if (drawing) draw(`L${at(event)}`);
    });
    const end = () => {
      if (drawing) kept.value = strokes;
      drawing = false;
    };
    sheet.addEventListener("pointerup", end);
    sheet.addEventListener("pointercancel", end);
    box.querySelector("[data-clear]").addEventListener("click", () => {
      strokes = kept.value = "";
      line.setAttribute("d", "");
      box.classList.remove("signed");
    });
  }

  const pads = (root) => root.querySelectorAll("[data-pad]").forEach(pad);
  window.anjuan = { ...window.anjuan, pads };
  pads(document);
})();
