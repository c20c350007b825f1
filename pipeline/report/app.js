// Pages by the part of the address behind #, both languages, themes, keys, print; and the start.

const main = document.querySelector("main");
const sections = new Map(Array.from(main.querySelectorAll(":scope > section"), (section) => [section.id, section]));
const originals = new WeakMap();

// Puts our own words into the language that is on.  Only elements that never hold words of strangers are looked at.
const OURS = "h2, h3, thead th, caption, dt, .says, .band, .tag, label, button, .verdict, .scores th, .values th, .why dd, [data-t]";
const translate = (place, once) => {
  for (const element of [place, ...place.querySelectorAll(OURS)].filter((one) => one.matches?.(OURS))) {
    if (element.matches("svg")) { // a picture is told by its label
      originals.set(element, originals.get(element) ?? element.getAttribute("aria-label"));
      element.setAttribute("aria-label", t(originals.get(element)));
    }
    for (const node of element.childNodes) {
      if (node.nodeType === Node.TEXT_NODE && node.data.trim()) {
        if (!originals.has(node)) {
          originals.set(node, node.data);
        }
        const text = originals.get(node);
        const words = text.trim().replace(/\s+/g, " ");
        const found = t(words);
        const next = found === words ? text : text.replace(text.trim(), () => found);
        if (node.data !== next) {
          node.data = next;
        }
      }
    }
  }
  return once;
};

// Filter boxes of plain tables: every word must stand in the row.
const plainFilters = (section) => {
  for (const box of section.querySelectorAll("[data-filter]")) {
    const table = section.querySelector(`#${box.dataset.filter}`);
    const count = section.querySelector(`[data-count="${box.dataset.filter}"]`);
    const filter = () => {
      const words = fold(box.value).split(/\s+/).filter(Boolean);
      const rows = Array.from(table.tBodies[0].rows);
      for (const row of rows) {
        row.hidden = !words.every((word) => fold(row.textContent).includes(word));
      }
      count.textContent = words.length ? `${rows.filter((row) => !row.hidden).length} / ${rows.length}` : "";
    };
    box.oninput = filter;
  }
};

// Plain pages of many rows are shown in parts, lest a browser hold them all.
const ROWS = 160; // of a part
const parted = (section) => {
  const parts = [];
  let rows = Infinity;
  for (const unit of section.querySelectorAll(":scope > .keptpair, :scope > .plain")) {
    const more = unit.querySelectorAll("tr").length;
    if (rows + more > ROWS) {
      parts.push([]);
      rows = 0;
    }
    rows += more;
    parts.at(-1).push([unit, document.createComment("")]);
  }
  if (parts.length < 2 || section.dataset.parted) {
    return;
  }
  const place = el("b", {});
  let at = 0;
  const turn = (step) => {
    at = Math.min(parts.length - 1, Math.max(0, at + step));
    parts.forEach((units, n) => units.forEach(([unit, mark]) => (n === at ? mark.replaceWith(unit) : unit.replaceWith(mark))));
    place.textContent = `${at + 1} / ${parts.length}`;
  };
  const one = (text, step) => el("button", { type: "button", onclick: () => turn(step) }, text);
  section.dataset.parted = "yes";
  section.querySelector("h2 + *").after(el("div", { class: "bar-of" }, one("Previous part", -1), one("Next part", 1), place));
  turn(0);
};

const follow = () => {
  const [wanted, argument] = decodeURIComponent(location.hash.slice(1)).split("/");
  const anchor = /^(repeat|reprint|pair)-\d+$/.test(wanted);
  const name = anchor ? "compare" : sections.has(wanted) ? wanted : "overview";
  enter(name, anchor ? wanted : argument);
};

const enter = (name, argument) => {
  const section = sections.get(name);
  state.table = null;
  state.changed = null;
  state.page = name;
  main.replaceChildren(section);
  const built = pages[name];
  if (built) {
    section.replaceChildren(section.querySelector("h2"));
    built(section, argument);
  }
  if (name === "overview") {
    const sure = state.data.queue.length
      ? el("p", {}, el("b", {}, t("How sure are we?")), " ", precision(), " ", el("a", { href: "#review" }, t("Review"))) : "";
    section.querySelector("#charts").replaceChildren(sure, charts());
  }
  parted(section);
  translate(section);
  plainFilters(section);
  for (const link of document.querySelectorAll("nav a")) {
    const here = link.getAttribute("href") === `#${name}`;
    link.toggleAttribute("aria-current", here);
    if (here) {
      link.setAttribute("aria-current", "page");
    }
  }
  document.title = `${t(section.querySelector("h2").textContent)} · clean-corpus`;
  if (state.entered) {
    main.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  state.entered = true;
};

const THEMES = ["system", "light", "dark"];
const themed = (theme) => {
  root.dataset.theme = theme;
  const one = document.querySelector('[data-do="theme"]');
  const text = `Theme: ${theme}`;
  one.replaceChildren(t(text));
  kept.set("theme", theme);
};
const spoken = (name) => {
  state.language = name;
  root.lang = name === "zh" ? "zh-Hans" : "en";
  const other = document.querySelector('[data-do="language"]');
  other.textContent = name === "zh" ? "English" : "中文";
  other.lang = name === "zh" ? "en" : "zh-Hans";
  kept.set("language", name);
  document.querySelectorAll("body > :not(main)").forEach((part) => translate(part));
  themed(root.dataset.theme || "system");
};

const HELP = [
  ["j k", "next and previous row or item"], ["Enter", "open"], ["n p", "next and previous difference"], ["d", "one column, or hide what was removed"],
  ["/ f", "filter"], ["Space", "select a row; with Shift and an arrow, several; with Ctrl A, all"], ["[ ]", "threshold down and up"], ["a x b c o", "same, different, keep both, keep the second, unsure"],
  ["u s z e", "undo, skip, blind, export"], ["g", "next page"], ["?", "this help"], ["Esc", "leave a field or this help"],
];
const helped = () => {
  const old = document.querySelector("dialog");
  if (old) {
    old.close();
    return;
  }
  const dialog = el("dialog", { "aria-label": t("Keys"), onclose: () => dialog.remove() }, el("h2", {}, t("Keys")),
    el("table", {}, el("tbody", {}, HELP.map(([key, text]) => el("tr", {}, el("th", { scope: "row" }, el("kbd", {}, key)), el("td", {}, t(text)))))),
    says("Filters: words, -word, key:word, key:>3, key:<.9. Keys of tables: kind, size, sim, source, date, removed, status (also decided, open)."),
    button("Close", () => dialog.close()));
  document.body.append(dialog);
  dialog.showModal();
};

const actions = {
  language: () => {
    spoken(state.language === "zh" ? "en" : "zh");
    follow();
  },
  theme: () => themed(THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length]),
  keys: (one) => {
    state.keys = !state.keys;
    one.setAttribute("aria-pressed", String(state.keys));
    one.replaceChildren(t(state.keys ? "Keys: on" : "Keys: off"));
  },
  help: helped,
};

const typing = (target) => /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && target.type !== "range";
const filterBox = () => main.querySelector("input[type=search]")?.focus();
const next = (step) => {
  const names = [...sections.keys()];
  location.hash = names[(names.indexOf(state.page) + step + names.length) % names.length];
};
const common = {
  KeyJ: () => state.table?.move(1), KeyK: () => state.table?.move(-1), KeyF: filterBox, Slash: filterBox, KeyG: () => next(1),
};
const STEPS = new Set(["KeyJ", "KeyK", "KeyN", "KeyP", "BracketLeft", "BracketRight"]);
document.addEventListener("keydown", (event) => {
  // The code of a key is where it stands, whatever an input method makes of it.  One that is held down only steps on.
  if (!state.keys || (event.repeat && !STEPS.has(event.code)) || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog")) {
    return;
  }
  const shifted = { Slash: helped, KeyG: () => next(-1) };
  const action = event.shiftKey ? shifted[event.code] : { ...common, ...keys[state.page] }[event.code];
  if (action) {
    event.preventDefault();
    action();
  }
});

const start = async () => {
  if (!window.DecompressionStream) {
    return; // the plain page stays
  }
  state.chinese = shaped(await parcel("chinese"));
  state.data = prepared(await parcel("data"));
  await recall();
  root.dataset.theme = THEMES.includes(kept.get("theme")) ? kept.get("theme") : "system";
  const wanted = kept.get("language") || (navigator.language.startsWith("zh") ? "zh" : "en");
  spoken(wanted === "zh" ? "zh" : "en");
  for (const one of document.querySelectorAll("[data-do]")) {
    one.addEventListener("click", () => actions[one.dataset.do](one));
  }
  root.dataset.ready = "yes";
  addEventListener("hashchange", follow);
  addEventListener("resize", () => state.table?.draw());
  addEventListener("beforeprint", () => main.querySelectorAll("details").forEach((one) => { one.open = true; }));
  follow();
  root.dataset.painted = String(Math.round(performance.now()));
  setTimeout(() => foldAll(0), 200);
  deliver();
};
start();
