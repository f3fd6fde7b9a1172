// A Word file goes to the server in pieces as it is: nothing is written before it has been checked.
"use strict";

document.addEventListener("alpine:init", () => {
  const PIECE = 256 * 1024;

  Alpine.data("layout", () => ({
    told: "",
    failed: false,
    share: 0,
    busy: false,
    get idle() { return !this.busy; },
    async send(event) {
      const file = event.target.files[0];
      if (!file) return;
      this.busy = true;
      this.told = "";
      this.failed = false;
      const place = this.$root.dataset.place;
      const token = document.querySelector("meta[name=csrf-token]").content;
      for (let at = 0; at === 0 || at < file.size; at += PIECE) {
        const asked = new URLSearchParams({ name: file.name, at: String(at), size: String(file.size) });
        const answer = await fetch(`${place}?${asked}`, {
          method: "PUT",
          headers: { "Content-Type": "application/octet-stream", "X-CSRFToken": token },
          body: file.slice(at, at + PIECE),
        }).then((one) => one.json(), () => ({ error: document.body.dataset.failed }));
        this.share = Math.min(100, Math.round((at + PIECE) * 100 / file.size));
        if (answer.error) {
          this.told = answer.error;
          this.failed = true;
          break;
        }
        if (answer.done) window.location.reload();
      }
      this.busy = false;
      event.target.value = "";
    },
  }));
});
