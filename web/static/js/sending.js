// A form with files [data-sending]: they are brought in piece by piece with progress, then the form goes off with their
// number instead of the file. Several files go one after the other. Without scripts the form sends a small file itself.
"use strict";

(() => {
  const MIB = 1024 * 1024;
  const token = document.querySelector("meta[name=csrf-token]")?.content ?? "";

  async function asked(address, options) {
    const answer = await fetch(address, { ...options, headers: { "X-CSRFToken": token, Accept: "application/json", ...options.headers } });
    const told = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
    if (!answer.ok) throw new Error(told.error || "");
    return told;
  }

  async function brought(file, step) {
    const begun = await asked("/uploads", { method: "POST", body: new URLSearchParams({ name: file.name, size: file.size }) });
    for (let at = 0; at < file.size; at += begun.piece) {
      await asked(`/uploads/${begun.id}/${at}`, {
        method: "PUT",
        body: file.slice(at, at + begun.piece),
        headers: { "Content-Type": "application/octet-stream" },
      });
      step(Math.min(file.size, at + begun.piece));
    }
    return begun.id;
  }

  function prepared(form) {
    const field = form.querySelector("input[type=file]");
    const bar = form.querySelector("progress");
    const note = form.querySelector("[data-note]");
    const button = form.querySelector("button[type=submit]");

    function said(text) {
      note.textContent = text;
      bar.hidden = true;
      button.disabled = false;
    }

    async function send(files) {
      const whole = files.reduce((sum, one) => sum + one.size, 0);
      if (files.some((one) => one.size > Number(form.dataset.most) * MIB)) return said(form.dataset.large);
      button.disabled = true;
      bar.hidden = false;
      bar.max = Math.max(1, whole);
      let before = 0;
      try {
        for (const file of files) {
          const id = await brought(file, (done) => { bar.value = before + done; });
          before += file.size;
          form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "upload", value: id }));
        }
      } catch (slip) {
        form.querySelectorAll("input[name=upload]").forEach((one) => one.remove());
        return said(slip.message || form.dataset.failed);
      }
      field.disabled = true;
      return HTMLFormElement.prototype.submit.call(form);
    }

    form.addEventListener("submit", (event) => {
      if (!field.files.length) return;
      event.preventDefault();
      send([...field.files]);
    });
    for (const kind of ["dragover", "dragenter"]) {
      form.addEventListener(kind, (event) => { event.preventDefault(); form.classList.add("over"); });
    }
    form.addEventListener("dragleave", () => form.classList.remove("over"));
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      form.classList.remove("over");
      const files = [...event.dataTransfer.files];
      if (files.length) send(field.multiple ? files : files.slice(0, 1));
    });
  }

  document.querySelectorAll("form[data-sending]").forEach(prepared);
})();
