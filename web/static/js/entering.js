// The table of papers: moving with the keyboard, pasting a block from a spreadsheet, copying down; and finding a class.
"use strict";

(() => {
  const table = document.querySelector("[data-grid]");
  const finder = document.querySelector("[data-find]");
  if (finder) narrow(finder);
  if (!table) return;

  const body = table.tBodies[0];
  const most = Number(table.dataset.most);
  const rows = () => [...body.rows];
  const inputs = (row) => [...row.querySelectorAll("input")];
  const place = (input) => [rows().indexOf(input.closest("tr")), inputs(input.closest("tr")).indexOf(input)];
  const at = (row, column) => inputs(body.rows[row])[column];

  // --- rows --------------------------------------------------------------------------------------

  function number(row, count) {
    row.querySelector("th").firstChild.textContent = String(count + 1);
    inputs(row).forEach((input) => {
      input.name = input.name.replace(/^r\d+/, `r${count}`);
      input.setAttribute("aria-label", input.getAttribute("aria-label").replace(/\d+$/, String(count + 1)));
    });
  }

  function clean(row) {
    row.classList.remove("bad");
    row.querySelectorAll(".bad").forEach((cell) => cell.classList.remove("bad"));
    row.querySelectorAll(".cell-error").forEach((error) => error.remove());
    inputs(row).forEach((input) => { input.removeAttribute("aria-invalid"); input.removeAttribute("aria-describedby"); });
  }

  function add(after) {
    if (body.rows.length >= most) return null;
    const row = body.rows[0].cloneNode(true);
    clean(row);
    inputs(row).forEach((input) => { input.value = ""; });
    if (after) after.after(row);
    else body.append(row);
    rows().forEach(number);
    return row;
  }

  document.querySelectorAll("[data-grid-add]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => { const row = add(); if (row) inputs(row)[0].focus(); });
  });

  // --- pasting -----------------------------------------------------------------------------------

  // Cells of a spreadsheet: parted by tabs, rows by line ends; a cell with a line end or a tab stands in quotes.
  function cells(text) {
    const found = [[""]];
    let quoted = false;
    for (let i = 0; i < text.length; i += 1) {
      const letter = text[i];
      const row = found[found.length - 1];
      if (quoted) {
        if (letter === '"' && text[i + 1] === '"') { row[row.length - 1] += '"'; i += 1; }
        else if (letter === '"') quoted = false;
        else row[row.length - 1] += letter;
      } else if (letter === '"' && row[row.length - 1] === "") quoted = true;
      else if (letter === "\t") row.push("");
      else if (letter === "\n") found.push([""]);
      else if (letter !== "\r") row[row.length - 1] += letter;
    }
    if (found.length > 1 && found[found.length - 1].join("") === "") found.pop();
    return found;
  }

  body.addEventListener("paste", (event) => {
    const input = event.target.closest("input");
    const text = event.clipboardData.getData("text/plain");
    if (!input || !/[\t\n]/.test(text.trimEnd())) return;
    event.preventDefault();
    const [top, left] = place(input);
    cells(text).forEach((line, down) => {
      while (body.rows.length <= top + down && add());
      const row = body.rows[top + down];
      if (!row) return;
      const fields = inputs(row);
      line.forEach((value, right) => {
        if (fields[left + right]) fields[left + right].value = value.replace(/\s*[\r\n]+\s*/g, " ").trim();
      });
    });
    input.form.dataset.dirty = "1";
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // --- the keyboard --------------------------------------------------------------------------------

  function go(row, column) {
    const input = row >= 0 && row < body.rows.length ? at(row, column) : null;
    if (input) { input.focus(); input.select(); }
    return Boolean(input);
  }

  const MOVES = { ArrowUp: -1, ArrowDown: 1 };
  body.addEventListener("keydown", (event) => {
    const input = event.target.closest("input");
    if (!input || event.isComposing) return;
    const [row, column] = place(input);
    if (event.ctrlKey && event.key.toLowerCase() === "d") {
      event.preventDefault();
      if (event.shiftKey) double(row);
      else if (row > 0) input.value = at(row - 1, column).value;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (event.key === "Enter" && !event.ctrlKey) {
      event.preventDefault();
      if (!go(row + 1, column) && add()) go(row + 1, column);
    } else if (MOVES[event.key] && !input.list && !event.altKey) {
      if (go(row + MOVES[event.key], column)) event.preventDefault();
    }
  });

  function double(row) {
    const from = body.rows[row];
    const made = add(from);
    if (!made) return;
    inputs(from).forEach((input, column) => { inputs(made)[column].value = input.value; });
    go(row + 1, 0);
  }

  // --- finding a class -----------------------------------------------------------------------------

  function narrow(list) {
    const field = document.getElementById(list.dataset.find);
    field.addEventListener("input", () => {
      const wanted = field.value.trim().toLowerCase();
      list.querySelectorAll("[data-words]").forEach((one) => { one.hidden = !one.dataset.words.includes(wanted); });
      list.querySelectorAll("[data-group]").forEach((group) => { group.hidden = !group.querySelector("[data-words]:not([hidden])"); });
    });
  }
})();
