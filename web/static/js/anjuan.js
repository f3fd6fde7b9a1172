// What every page can do: shortcuts, the dialog, confirmations, forms that are not lost. Everything works without it.
"use strict";

(() => {
  const body = document.body;
  const dialog = document.getElementById("dialog");
  const dialogBody = document.getElementById("dialog-body");
  const TYPING = "input:not([type=checkbox]):not([type=radio]):not([type=button]):not([type=submit]), textarea, select, [contenteditable]";

  // --- shortcuts ---------------------------------------------------------------------------------

  let going = 0; // until when a letter after `g` is a way

  const rows = () => [...document.querySelectorAll("[data-row], table.list tbody tr")].filter((row) => row.offsetParent);

  function step(by) {
    const all = rows();
    if (!all.length) return;
    const at = all.findIndex((row) => row.classList.contains("chosen"));
    const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
    all.forEach((row) => row.classList.toggle("chosen", row === next));
    const link = next.querySelector("a, button");
    if (link) link.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  const KEYS = {
    "/": () => document.getElementById("search")?.select(),
    "?": () => document.getElementById("keys")?.togglePopover(),
    j: () => step(1),
    k: () => step(-1),
    g: () => { going = Date.now() + 1500; },
  };

  function goes(key) {
    const link = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
    if (link) link.click();
    return Boolean(link);
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.key === "Enter") {
      event.target.closest("form")?.requestSubmit();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.matches(TYPING) || dialog?.open) return;
    if (going > Date.now()) {
      going = 0;
      if (goes(event.key)) event.preventDefault();
      return;
    }
    const act = KEYS[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  });

  // --- the dialog --------------------------------------------------------------------------------

  const dirty = () => document.querySelector("form[data-dirty]");

  function open() {
    if (!dialog.open) dialog.showModal();
    const wrong = dialogBody.querySelector("[aria-invalid=true], .has-error input");
    const empty = [...dialogBody.querySelectorAll("[autofocus], .form-control, .form-select")].find((field) => !field.value && field.offsetParent);
    (wrong ?? empty ?? dialogBody.querySelector(".form-control, .form-select, .form-check-input, .btn-primary"))?.focus();
  }

  function close() {
    if (dialogBody.querySelector("form[data-dirty]") && !window.confirm(body.dataset.unsaved)) return;
    dialog.close();
  }

  document.addEventListener("htmx:after:swap", (event) => {
    const target = event.detail.ctx?.target;
    if (target === dialogBody) open();
    else target?.querySelector?.("[data-focus]")?.focus();
  });

  document.addEventListener("htmx:config:request", (event) => {
    event.detail.ctx.request.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]").content;
  });
  document.addEventListener("htmx:before:request", () => body.classList.add("busy"));
  document.addEventListener("htmx:finally:request", () => body.classList.remove("busy"));
  document.addEventListener("htmx:error", () => say(body.dataset.failed, "error"));

  dialog?.addEventListener("close", () => { dialogBody.replaceChildren(); });
  dialog?.addEventListener("cancel", (event) => {
    event.preventDefault();
    close();
  });
  dialog?.addEventListener("mousedown", (event) => { if (event.target === dialog) close(); });

  // --- what is told ------------------------------------------------------------------------------

  function say(text, kind) {
    const line = document.createElement("div");
    line.className = `flash flash-${kind}`;
    const words = document.createElement("p");
    words.textContent = text;
    line.append(words);
    document.getElementById("flash").replaceChildren(line);
  }
  window.anjuan = { say };

  // --- clicks and forms --------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const on = event.target.closest?.("[data-dismiss], [data-close], [data-print], [data-show-secret]");
    if (!on) return;
    if (on.matches("[data-dismiss]")) on.parentElement.remove();
    if (on.matches("[data-print]")) window.print();
    if (on.matches("[data-show-secret]")) reveal(on);
    if (on.matches("[data-close]") && dialog?.open) {
      event.preventDefault();
      close();
    }
  });

  function reveal(button) {
    const field = document.getElementById(button.dataset.showSecret);
    field.type = field.type === "password" ? "text" : "password";
    button.setAttribute("aria-pressed", String(field.type === "text"));
  }

  document.addEventListener("change", (event) => {
    const all = event.target.dataset?.all;
    if (!all) return;
    const scope = event.target.closest("table") ?? document;
    scope.querySelectorAll(`input[type=checkbox][name="${CSS.escape(all)}"]`).forEach((box) => { box.checked = event.target.checked; });
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-submits]")) event.target.form.requestSubmit();
  });

  let typed = Date.now(); // when the service was last told, or asked, that somebody sits here

  // Before anything else hears of it: what is asked again, and what was sent already.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const asked = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    const sure = form.dataset.stands || !asked || window.confirm(asked || body.dataset.sure);
    const long = Date.now() - typed > 60_000;
    const unsure = form.method === "post" && form.dataset.dirty && !form.dataset.stands && long;
    if (!sure || form.dataset.sent || unsure) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (sure && !form.dataset.sent) again(form, event.submitter);
      return;
    }
    delete form.dataset.dirty;
    delete form.dataset.stands;
    const bySelf = !form.matches("[hx-post], [hx-get], [hx-put], [method=dialog]");
    const stays = form.target || "file" in form.dataset; // what is answered by a file leaves the page as it is
    if (bySelf && form.method === "post" && !stays) form.dataset.sent = "1";
  }, true);

  // What was filled in for long is sent only while its log-in stands; if it ended, the page stays, and with it what was typed.
  async function again(form, submitter) {
    const answer = await fetch("/account/here", { redirect: "manual", cache: "no-store" }).catch(() => null);
    if (answer?.type === "opaqueredirect") {
      if (window.confirm(body.dataset.over)) window.open("/login");
      return;
    }
    typed = Date.now();
    const token = answer?.headers.get("X-CSRFToken");
    if (token) {
      document.querySelector("meta[name=csrf-token]").content = token;
      document.querySelectorAll("input[name=csrf_token]").forEach((field) => { field.value = token; });
    }
    form.dataset.stands = "1";
    form.requestSubmit(submitter);
  }

  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
  });

  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.matches("[data-guard]")) form.dataset.dirty = "1";
  });

  // Typing is use, too: who fills in a long table is not signed out meanwhile, and loses nothing.
  document.addEventListener("input", () => {
    if (Date.now() - typed < 300_000) return;
    typed = Date.now();
    fetch("/account/here", { redirect: "manual", cache: "no-store" }).catch(() => {});
  });

  window.addEventListener("beforeunload", (event) => { if (dirty()) event.preventDefault(); });

  // A table that scrolls within its box is reached by the keyboard, if nothing in it is.
  function reachable() {
    document.querySelectorAll(".list-box").forEach((box) => {
      const wide = box.scrollWidth > box.clientWidth && !box.querySelector("a[href], button, input, select, summary");
      if (wide) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    });
  }
  reachable();
  window.addEventListener("resize", reachable);
  document.addEventListener("htmx:after:swap", reachable);

  // --- paper -------------------------------------------------------------------------------------

  window.addEventListener("beforeprint", () => {
    const now = new Date();
    const two = (number) => String(number).padStart(2, "0");
    const told = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())} ${two(now.getHours())}:${two(now.getMinutes())}`;
    document.querySelectorAll("[data-now]").forEach((place) => { place.textContent = told; });
  });
})();
