"use strict";
// Filters, expand and collapse, and keys.  The page says everything without this; text is only ever compared or counted.
(() => {
  const root = document.documentElement;
  const removals = Array.from(document.querySelectorAll("details.removal"));
  let keys = true;

  // Filter boxes: every word must stand in the row.
  const filter = (box) => {
    const table = document.getElementById(box.dataset.filter);
    const words = box.value.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
    const rows = Array.from(table.tBodies[0].rows);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.normalize("NFKC").toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    const count = document.querySelector(`[data-count="${box.dataset.filter}"]`);
    count.textContent = words.length ? `${shown} of ${rows.length}` : "";
  };
  for (const box of document.querySelectorAll("[data-filter]")) {
    box.addEventListener("input", () => filter(box));
    filter(box);
  }

  // A link into a closed comparison opens it.
  const reveal = (element) => {
    for (let at = element; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") {
        at.open = true;
      }
    }
  };
  const follow = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target) {
      reveal(target);
      target.scrollIntoView();
    }
  };
  window.addEventListener("hashchange", follow);

  // j and k walk over the removals.
  const go = (step) => {
    if (!removals.length) {
      return;
    }
    const at = removals.findIndex((one) => one.dataset.at === "1");
    let next = at + step;
    if (at < 0) {
      next = removals.findIndex((one) => one.getBoundingClientRect().top > 8);
      next = step > 0 ? next : next - 1;
    }
    next = Math.min(removals.length - 1, Math.max(0, next));
    removals.forEach((one, i) => {
      one.dataset.at = i === next ? "1" : "0";
    });
    const one = removals[next];
    one.open = true;
    one.scrollIntoView({ block: "start" });
    one.querySelector("summary").focus({ preventScroll: true });
  };
  const typing = (target) => /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable;
  document.addEventListener("keydown", (event) => {
    if (!keys || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) {
      return;
    }
    const step = { KeyJ: 1, KeyK: -1 }[event.code];
    if (step) {
      event.preventDefault();
      go(step);
    }
  });

  const every = (open) => {
    for (const one of document.querySelectorAll("main details")) {
      one.open = open;
    }
  };
  const actions = {
    open: () => every(true),
    close: () => every(false),
    keys: (button) => {
      keys = !keys;
      button.setAttribute("aria-pressed", String(keys));
      button.textContent = keys ? "Keys: on" : "Keys: off";
    },
  };
  for (const button of document.querySelectorAll("[data-do]")) {
    button.addEventListener("click", () => actions[button.dataset.do](button));
  }
  window.addEventListener("beforeprint", () => every(true));

  follow();
  root.dataset.ready = String(document.querySelectorAll("[data-filter]").length);
})();
