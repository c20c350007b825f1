// The tools of all pages: elements out of text, numbers and dates for people, and the words of both languages.

const root = document.documentElement;
const pages = {}; // name of a section → what fills it
const keys = {}; // name of a section → code of a key → what it does
const state = { language: "en", keys: true, table: null, data: null, chinese: null };

// An element; strings become text, never HTML.  A name that begins with "on" takes a listener.
const el = (name, attributes, ...children) => fit(document.createElement(name), attributes, children);
const svg = (name, attributes, ...children) =>
  fit(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
const fit = (element, attributes, children) => {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith("on")) {
      element.addEventListener(key.slice(2), value);
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(key, value === true ? "" : String(value));
    }
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
};

const number = (value) => Number(value).toLocaleString("en-US");
const percent = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(1)} %` : "–");
const score = (thousandths) => (thousandths < 0 ? "–" : (thousandths / 1000).toFixed(3));
const days = new Map(); // number of a day → as people write it; there are few, and rows are many
const day = (minutes) => {
  const at = Math.floor(minutes / 1440);
  if (!days.has(at)) {
    days.set(at, minutes < 0 ? "" : new Date(at * 86400000).toISOString().slice(0, 10));
  }
  return days.get(at);
};
const span = (minutes) => {
  const steps = [[1440, "d"], [60, "h"], [1, "min"]];
  const [size, unit] = steps.find(([one]) => Math.abs(minutes) >= one) || [1, "min"];
  return `${Math.round((10 * minutes) / size) / 10} ${t(unit)}`;
};
const fold = (text) => text.normalize("NFKC").toLowerCase();
const language = (text) => (/[\u3041-\u30ff]/.test(text) ? "ja" : /[\u4e00-\u9fff]/.test(text) ? "zh" : null);
const named = (text) => el("span", { class: "name", lang: language(text), title: text }, text);
const tag = (text, kind) => el("span", { class: `tag ${kind || ""}` }, t(text));
const button = (text, action, more) => el("button", { type: "button", onclick: action, ...more }, t(text));
const says = (text) => el("p", { class: "says" }, t(text));
const announce = (text) => {
  document.querySelector(".live").textContent = text;
};

// What the browser keeps; where it keeps nothing, all works until the page is closed.
const kept = {
  get: (name) => {
    try {
      return localStorage.getItem(`clean-corpus:${name}`);
    } catch {
      return null;
    }
  },
  set: (name, value) => {
    try {
      localStorage.setItem(`clean-corpus:${name}`, value);
    } catch {
      announce(t("This browser keeps nothing: export before you close the page."));
    }
  },
};

// Copies a command; where that is not allowed, it is selected.
const command = (text) => {
  const code = el("code", { tabindex: "0" }, text);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      announce(t("Copied."));
    } catch {
      getSelection().selectAllChildren(code);
    }
  };
  return el("p", { class: "command" }, code, " ", button("Copy", copy));
};

const download = (name, text, type) => {
  const link = el("a", { download: name, href: URL.createObjectURL(new Blob([text], { type })) });
  document.body.append(link);
  link.click();
  link.remove();
};
