// Turning the pages of a file with the arrow keys.
"use strict";

(() => {
  const WAYS = { ArrowLeft: "prev", ArrowRight: "next", PageUp: "prev", PageDown: "next" };
  document.addEventListener("keydown", (event) => {
    const way = WAYS[event.key];
    if (!way || event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input, select, textarea")) return;
    const link = document.querySelector(`.viewer-bar a[rel=${way}]`);
    if (!link) return;
    event.preventDefault();
    link.click();
  });
})();
