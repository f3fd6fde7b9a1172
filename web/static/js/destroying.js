// A certificate out of a file: read by the browser into the field, so that the file itself goes nowhere.
"use strict";

(() => {
  const field = document.querySelector("[data-file]");
  const chooser = field?.querySelector("input[type=file]");
  if (!chooser) return;
  field.hidden = false;
  chooser.addEventListener("change", async () => {
    const file = chooser.files[0];
    if (!file || file.size > Number(chooser.dataset.most)) return;
    document.getElementById(chooser.dataset.into).value = await file.text();
  });
})();
