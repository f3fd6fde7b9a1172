// The search box: suggestions walked by keys, the `/` key, filters folded on a phone. Without it the box still asks.
"use strict";

(() => {
  const box = document.getElementById("q");
  const list = document.getElementById("suggestions");
  if (!box || !list) return;

  const lines = () => [...list.querySelectorAll("[role=option]")];
  let at = -1;

  function show(open) {
    list.hidden = !open || !lines().length;
    box.setAttribute("aria-expanded", String(!list.hidden));
    if (list.hidden) choose(-1);
  }

  function choose(to) {
    const all = lines();
    at = all.length ? Math.max(-1, Math.min(all.length - 1, to)) : -1;
    all.forEach((line, number) => line.setAttribute("aria-selected", String(number === at)));
    if (at >= 0) box.setAttribute("aria-activedescendant", all[at].id);
    else box.removeAttribute("aria-activedescendant");
  }

  document.addEventListener("htmx:after:swap", () => {
    at = -1;
    show(document.activeElement === box && box.value.trim() !== "");
  });

  box.addEventListener("input", () => { if (!box.value.trim()) show(false); });
  box.addEventListener("focus", () => show(box.value.trim() !== ""));
  document.addEventListener("pointerdown", (event) => { if (!event.target.closest("[data-ask]")) show(false); });

  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      show(false);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) show(true);
      choose(at + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && at >= 0 && !list.hidden) {
      event.preventDefault();
      lines()[at].click();
    }
  });

  // The bar's own box is hidden here: `/` means this one.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input, textarea, select") || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    box.focus();
    box.select();
  }, true);

  // One open menu at a time, closed by a click elsewhere.
  document.addEventListener("click", (event) => {
    const mine = event.target.closest("details.hit-more");
    document.querySelectorAll("details.hit-more[open]").forEach((one) => { if (one !== mine) one.open = false; });
  });

  const fold = document.querySelector("[data-wide-open]");
  const wide = window.matchMedia("(min-width: 900px)");
  const folded = () => { if (fold) fold.open = wide.matches; };
  wide.addEventListener("change", folded);
  folded();
})();
