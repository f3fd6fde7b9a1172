// The worklist by keyboard: j and k walk (of every page), 1 to 5 are the verdicts, r the reason, a as the others, x to
// choose; Enter saves the line, and the next one is at hand. Without this file the forms work as forms do.
"use strict";

(() => {
  const list = document.querySelector("[data-worklist]");
  if (!list) return;
  const TYPING = "input:not([type=checkbox]):not([type=radio]), textarea, select";

  const lines = () => [...list.querySelectorAll("[data-line]")];
  const current = () => document.activeElement?.closest?.("[data-line]") ?? list.querySelector("[data-line].chosen") ?? lines()[0];

  function choose(line) {
    lines().forEach((one) => one.classList.toggle("chosen", one === line));
    line.focus({ preventScroll: true });
    line.scrollIntoView({ block: "nearest" });
  }

  function verdict(nth) {
    const line = current();
    const radio = line?.querySelectorAll("input[name=verdict]")[nth - 1];
    if (!radio) return false;
    choose(line);
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    (radio.value === "EXTEND" ? line.querySelector("[name=period]") : radio).focus();
    return true;
  }

  const KEYS = {
    r: (line) => line.querySelector("[name=reason]")?.focus(),
    a: (line) => line.querySelector(".like")?.click(),
    x: (line) => line.querySelector("input[name=lines]")?.click(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.getElementById("dialog")?.open) return;
    if (event.target.matches(TYPING)) {
      if (event.key === "Escape") current()?.focus();
      return;
    }
    const line = current();
    if (!line) return;
    if (/^[1-5]$/.test(event.key)) {
      if (verdict(Number(event.key))) event.preventDefault();
    } else if (KEYS[event.key]) {
      event.preventDefault();
      choose(line);
      KEYS[event.key](line);
    } else if (event.key === "Enter" && (event.target === line || event.target.matches("input[type=radio]"))) {
      event.preventDefault();
      line.querySelector("form.work-form")?.requestSubmit(line.querySelector("form.work-form button[name=act]"));
    }
  });

  // Only the standard texts that fit the verdict are offered.
  function fit(form) {
    const said = form.querySelector("input[name=verdict]:checked")?.value;
    form.querySelectorAll("option[data-verdicts]").forEach((option) => {
      option.hidden = Boolean(said) && !option.dataset.verdicts.split(" ").includes(said);
    });
    const standard = form.querySelector("[name=standard]");
    if (standard?.selectedOptions[0]?.hidden) standard.value = "";
    if (said === "TAKE_OUT") form.querySelector(".work-more").open = true;
  }

  list.addEventListener("change", (event) => { if (event.target.name === "verdict") fit(event.target.form); });
  list.querySelectorAll("form.work-form").forEach(fit);

  document.addEventListener("htmx:after:swap", (event) => {
    const id = event.detail.ctx?.target?.id ?? "";
    const line = id.startsWith("line-") ? document.getElementById(id) : null;
    if (!line) return;
    const form = line.querySelector("form.work-form");
    if (form) fit(form);
    const all = lines();
    const next = all.slice(all.indexOf(line) + 1).find((one) => one.querySelector("form.work-form"));
    if (line.classList.contains("is-saved") && next) choose(next);
    else {
      choose(line);
      (line.querySelector("[aria-invalid=true]") ?? line.querySelector("input[name=verdict]:checked") ?? line).focus();
    }
  });
})();
