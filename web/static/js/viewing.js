// Turning the pages of a file with the arrow keys, and the reader's name over a text that is confidential.
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

  // The mark over a text: a picture made here, so that it lies over every line however long the text is.
  document.querySelectorAll(".paper[data-mark]").forEach((paper) => {
    const canvas = document.createElement("canvas");
    canvas.width = 420;
    canvas.height = 220;
    const pen = canvas.getContext("2d");
    pen.translate(20, 190);
    pen.rotate(-0.42);
    pen.font = "17px sans-serif";
    pen.fillStyle = "rgba(96, 40, 40, .17)";
    pen.fillText(paper.dataset.mark, 0, 0);
    const mark = document.createElement("div");
    mark.className = "paper-marks";
    paper.append(mark);
    canvas.toBlob((blob) => { mark.style.setProperty("background-image", `url(${URL.createObjectURL(blob)})`); });
  });
})();
