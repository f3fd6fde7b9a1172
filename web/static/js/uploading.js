// Files brought in piece by piece, with their progress; a broken connection is gone on with, a page left gives them up.
"use strict";

(() => {
  const TRIES = 8;
  const token = () => document.querySelector("meta[name=csrf-token]").content;
  const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });
  const size = (bytes) => (bytes < 1 << 20 ? `${Math.max(1, Math.round(bytes / 1024))} KiB` : `${(bytes / (1 << 20)).toFixed(1)} MiB`);

  async function ask(method, way, body, type) {
    const headers = { "X-CSRFToken": token(), Accept: "application/json" };
    if (type) headers["Content-Type"] = type;
    const answer = await fetch(way, { method, body, headers, credentials: "same-origin" });
    const told = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
    return { ok: answer.ok, status: answer.status, told };
  }

  const form = (values) => new URLSearchParams(values);

  class Refused extends Error {}

  // One file, from its first byte to where the page wants it; `shown` hears how far it has come.
  async function bring(file, values, shown) {
    const begun = await ask("POST", "/uploads", form({ name: file.name, size: file.size, ...values }));
    if (!begun.ok) throw new Refused(begun.told.error || "");
    const { id, piece } = begun.told;
    let received = 0;
    let failures = 0;
    while (received < file.size) {
      const end = Math.min(received + piece, file.size);
      try {
        const sent = await ask("PUT", `/uploads/${id}/${received}`, file.slice(received, end), "application/octet-stream");
        if (sent.ok || sent.told.received != null) received = sent.told.received;
        else if (sent.status < 500) throw new Refused(sent.told.error || "");
        else throw new TypeError("machine");
        failures = 0;
        shown(received, file.size, "");
      } catch (slip) {
        failures += 1;
        if (slip instanceof Refused || failures > TRIES) throw slip;
        shown(received, file.size, "resume");
        await wait(500 * 2 ** Math.min(failures, 5));
        const far = await ask("GET", `/uploads/${id}`).catch(() => null);
        if (far?.ok) received = far.told.received;
        else if (far && far.status === 404) throw new Refused(far.told.error || "");
      }
    }
    return id;
  }

  async function attached(id, values) {
    let done = await ask("POST", `/uploads/${id}/done`, form(values));
    for (let again = 1; done.status === 503 && again < TRIES; again += 1) {
      await wait(1000 * again);
      done = await ask("POST", `/uploads/${id}/done`, form(values));
    }
    if (!done.ok) throw new Refused(done.told.error || "");
    return done.told;
  }

  // What other pages call: bring one file in and be told its number (`web/receiving.py` takes it over).
  window.anjuan = Object.assign(window.anjuan || {}, { bring, attached });

  // --- the place where files are dropped ---------------------------------------------------------

  document.querySelectorAll("form[data-upload]").forEach((place) => {
    const field = place.querySelector("input[type=file]");
    const list = place.querySelector(".drop-list");
    const words = place.dataset;
    const button = place.querySelector("button[type=submit]");
    let busy = 0;
    let queue = Promise.resolve(true);

    function line(file) {
      const item = document.createElement("li");
      const name = document.createElement("span");
      name.className = "drop-name";
      name.textContent = file.name;
      const bar = document.createElement("progress");
      bar.max = Math.max(1, file.size);
      bar.value = 0;
      bar.setAttribute("aria-label", file.name);
      const state = document.createElement("span");
      state.className = "drop-state";
      item.append(name, bar, state);
      list.append(item);
      return { item, bar, state };
    }

    async function one(file) {
      const row = line(file);
      const shown = (received, whole, note) => {
        row.bar.value = received;
        row.state.textContent = note ? words[note] : `${Math.floor((100 * received) / Math.max(1, whole))}% · ${size(whole)}`;
      };
      const values = { code: words.upload, kind: place.elements.kind?.value || "TEXT" };
      busy += 1;
      try {
        const id = await bring(file, values, shown);
        row.bar.value = row.bar.max;
        row.state.textContent = words.reading;
        const told = await attached(id, values);
        row.item.classList.add(told.warning ? "warned" : "good");
        row.state.textContent = [words.done, told.outcome, told.warning].filter(Boolean).join(" · ");
      } catch (slip) {
        row.item.classList.add("bad");
        row.state.textContent = [words.failed, slip instanceof Refused ? slip.message : ""].filter(Boolean).join("：");
      } finally {
        busy -= 1;
      }
      return row.item.classList.contains("good");
    }

    // Taken up one after the other, whatever is dropped meanwhile; what was chosen is not sent again by the button.
    function all(files) {
      field.value = "";
      button.disabled = true;
      const mine = queue.then(async (before) => {
        let good = before;
        for (const file of files) good = (await one(file)) && good;
        return good;
      });
      queue = mine;
      mine.then((good) => {
        if (mine !== queue) return;
        queue = Promise.resolve(true);
        button.disabled = false;
        delete place.dataset.sent;
        if (good && files.length) window.location.assign(words.after);
      });
    }

    place.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      delete place.dataset.sent;
      if (field.files.length) all([...field.files]);
    });
    field.addEventListener("change", () => { if (field.files.length) all([...field.files]); });
    ["dragenter", "dragover"].forEach((name) => place.addEventListener(name, (event) => {
      event.preventDefault();
      place.classList.add("over");
    }));
    ["dragleave", "drop"].forEach((name) => place.addEventListener(name, () => place.classList.remove("over")));
    place.addEventListener("drop", (event) => {
      event.preventDefault();
      all([...event.dataTransfer.files]);
    });
    window.addEventListener("beforeunload", (event) => { if (busy) event.preventDefault(); });
  });
})();
