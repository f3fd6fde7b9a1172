// The counter: scans one after the other without a page between them, Enter in the empty field to finish.
"use strict";

(() => {
  const form = document.querySelector("form[data-counter]");
  if (!form) return;
  const field = form.querySelector("[data-scan]");
  const desk = document.getElementById("desk");
  const waiting = []; // what was scanned and not laid out yet
  let busy = false;

  // --- one scan after the other ------------------------------------------------------------------

  form.addEventListener("submit", (event) => {
    const submitter = event.submitter;
    const elsewhere = submitter?.getAttribute("formaction");
    if (elsewhere && elsewhere !== form.getAttribute("action")) return; // lending, taking back: a page of its own
    event.preventDefault();
    delete form.dataset.sent;
    const dropped = submitter?.name === "drop" ? submitter.value : "";
    const code = field.value.trim();
    field.value = "";
    if (!code && !dropped && document.activeElement === field) return void setTimeout(finish); // one submission at a time
    waiting.push({ code, dropped, from: document.activeElement?.name ?? "" });
    next();
  });

  async function next() {
    if (busy || !waiting.length) return;
    busy = true;
    const { code, dropped, from } = waiting.shift();
    const told = new FormData(form);
    told.set("scan", code);
    for (const name of [...told.keys()]) if (name.startsWith("password")) told.delete(name);
    if (dropped) told.set("drop", dropped);
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(told), headers: { "HX-Request": "true" } });
      if (answer.redirected || !answer.headers.get("content-type")?.includes("html") || answer.status >= 500) throw new Error("lost");
      if (!answer.ok) return void window.location.assign(form.action);
      desk.innerHTML = await answer.text();
      laid(from);
    } catch {
      window.anjuan?.say(form.dataset.failed, "error");
      field.value = code;
    } finally {
      busy = false;
      next();
    }
  }

  function laid(from) {
    window.htmx?.process(desk);
    window.anjuan.pads(desk);
    const after = { to: "purpose" }[from];
    const place = (after && desk.querySelector(`[name="${after}"]:not([type=hidden])`)) || field;
    place.focus();
    if (place.select && place !== field) place.select();
  }

  // --- Enter in the empty field: done ------------------------------------------------------------

  function finish() {
    const panels = [...desk.querySelectorAll("[data-panel]")];
    const lacking = panels.find((panel) => panel.dataset.panel !== "ready");
    if (lacking) return void (lacking.querySelector("[aria-invalid], [required]:placeholder-shown, [name=to]") ?? field).focus();
    const button = panels[0]?.querySelector("[data-primary]");
    if (!button) return;
    if (panels.length > 1) button.focus();
    else form.requestSubmit(button);
  }
})();
