// A table of any number of rows, of which the document holds those that are seen, and its filter.
//
// Words of a filter must all hold: `text` in the row, `-text` not, `key:text`, `key:>3`, `key:<.9`, `key:2024-03`.

const ROW = 34; // pixels
const AROUND = 8; // rows above and below those that are seen

const parsed = (query) =>
  (fold(query).match(/-?(?:[\p{L}]+:)?(?:"[^"]*"|\S+)/gu) || []).map((word) => {
    const not = word.startsWith("-") && word.length > 1;
    const [, key, rest] = word.slice(not ? 1 : 0).match(/^(?:(\p{L}+):)?(.*)$/u);
    const value = rest.replaceAll('"', "");
    const bound = value.match(/^([<>]=?|=)(\d*\.?\d+)$/);
    return { not, key, value, bound: bound && { how: bound[1], than: Number(bound[2]) } };
  });
const BOUNDS = {
  "<": (a, b) => a < b, "<=": (a, b) => a <= b, ">": (a, b) => a > b, ">=": (a, b) => a >= b, "=": (a, b) => a === b,
};

// Tells whether a row passes a word; `fields` gives values by key, `text` that of the row.
const holds = (word, fields, i) => {
  const field = word.key && fields[word.key];
  if (word.key && !field) {
    return fields.text(i).includes(`${word.key}:${word.value}`) !== word.not;
  }
  const value = (field || fields.text)(i);
  const fits = word.bound && typeof value === "number"
    ? BOUNDS[word.bound.how](value, word.bound.than)
    : typeof value === "number" ? value === Number(word.value) : value.includes(word.value);
  return fits !== word.not;
};

// The place of each text in the order of the language, each text compared once.  The order of a language takes
// seconds for hundreds of thousands of names: so many stand in the order of their characters.
const COLLATED = 50000;
const ranked = (texts) => {
  const found = [...new Set(texts)];
  found.sort(found.length > COLLATED ? undefined : new Intl.Collator(state.language, { numeric: true }).compare);
  const ranks = new Map(found.map((text, n) => [text, n]));
  return texts.map((text) => ranks.get(text));
};

class Table {
  // `spec`: name, count, columns [{label, value, cell, number, width}], fields, facets [[label, words]], open, what;
  // of rows that may be decided: choice [[code, verdict, label]], about(i) → [{key, doc, seen, names}].
  constructor(spec) {
    this.spec = spec;
    this.order = null; // rows that pass, in order
    this.at = 0;
    this.picked = new Set(); // rows, whatever the filter shows
    this.from = null; // where a range begins
    const kept = Table.kept.get(spec.name) || { query: "", sort: -1, down: false };
    Table.kept.set(spec.name, kept);
    this.kept = kept;
    this.build();
    this.filter();
  }

  build() {
    const { spec } = this;
    const id = `box-${spec.name}`;
    this.box = el("input", {
      type: "search", id, autocomplete: "off", spellcheck: "false", value: this.kept.query,
      oninput: (event) => event.isComposing || this.ask(this.box.value),
      oncompositionend: () => this.ask(this.box.value),
      onkeydown: (event) => {
        if (event.key === "Escape" || (event.key === "Enter" && !event.isComposing)) {
          this.view.focus();
        }
      },
    });
    this.status = el("span", { role: "status", class: "dim" });
    const facets = (spec.facets || []).map(([label, words]) =>
      el("button", { type: "button", class: "facet", "data-words": words, "aria-pressed": "false",
        onclick: () => this.toggle(words) }, label));
    this.facets = facets;
    this.picks = spec.choice ? new Picks(this) : null;
    this.heads = spec.columns.map((column, n) =>
      el("th", { scope: "col", class: column.number ? "num" : null, "aria-sort": "none" },
        el("button", { type: "button", class: "sort", onclick: () => this.sort(n) }, t(column.label))));
    const all = spec.choice ? el("th", { scope: "col", class: "pick" },
      el("button", { type: "button", class: "sort", "aria-label": t("Select all rows, or none"), onclick: () => this.pickAll() }, "✓")) : null;
    this.body = el("tbody");
    const table = el("table", { "aria-label": t(spec.what) },
      el("colgroup", {}, all && el("col", { class: "pick-of" }), spec.columns.map((column) => el("col", { class: column.width || (column.number ? "num-of" : "mid-of") }))),
      el("thead", {}, el("tr", { "aria-rowindex": 1 }, all, this.heads)), this.body);
    this.table = table;
    this.view = el("div", {
      class: "grid", tabindex: "0", role: "group", "aria-label": t(spec.what),
      onscroll: () => this.draw(),
      onkeydown: (event) => this.press(event),
    }, table);
    this.save = button("Export CSV", () => this.export(), { class: "quiet" });
    this.element = el("div", { class: "listing" },
      el("div", { class: "bar-of" }, el("label", { for: id }, t("Filter")), this.box, this.status, this.save),
      facets.length ? el("div", { class: "facets", role: "group", "aria-label": t("Facets") }, facets) : null,
      this.picks?.element, this.view);
  }

  ask(query) {
    this.kept.query = query;
    this.filter();
  }

  toggle(words) {
    const has = ` ${this.kept.query} `.includes(` ${words} `);
    const query = has ? ` ${this.kept.query} `.replace(` ${words} `, " ").trim() : `${this.kept.query} ${words}`.trim();
    this.box.value = query;
    this.ask(query);
  }

  filter() {
    const { spec } = this;
    const words = parsed(this.kept.query);
    const rows = [];
    for (let i = 0; i < spec.count; i += 1) {
      let passes = true;
      for (const word of words) {
        passes = passes && holds(word, spec.fields, i);
      }
      if (passes) {
        rows.push(i);
      }
    }
    this.order = rows;
    this.arrange();
    for (const facet of this.facets) {
      facet.setAttribute("aria-pressed", String(` ${this.kept.query} `.includes(` ${facet.dataset.words} `)));
    }
    const left = spec.total > spec.count ? ` ${t("of")} ${number(spec.total)} (${t("the rest is in the ledger")})` : "";
    this.status.textContent = words.length
      ? `${number(rows.length)} ${t("of")} ${number(spec.count)}` : `${number(spec.count)}${left}`;
  }

  sort(n) {
    this.kept.down = this.kept.sort === n ? !this.kept.down : Boolean(this.spec.columns[n].number);
    this.kept.sort = n;
    this.arrange();
  }

  arrange() {
    const column = this.spec.columns[this.kept.sort];
    if (column) {
      const way = this.kept.down ? -1 : 1;
      const rows = this.order;
      const values = rows.map((i) => column.value(i));
      const ranks = column.number ? values : ranked(values);
      this.order = rows.map((_, n) => n).sort((x, y) => way * (ranks[x] - ranks[y]) || rows[x] - rows[y]).map((n) => rows[n]);
    }
    this.heads.forEach((head, n) => {
      const now = n === this.kept.sort ? (this.kept.down ? "descending" : "ascending") : "none";
      head.setAttribute("aria-sort", now);
    });
    this.table.setAttribute("aria-rowcount", String(this.order.length + 1));
    this.at = Math.min(this.at, Math.max(0, this.order.length - 1));
    this.view.scrollTop = 0;
    this.draw();
  }

  draw() {
    const height = this.view.clientHeight || 560;
    const first = Math.max(0, Math.floor(this.view.scrollTop / ROW) - AROUND);
    const last = Math.min(this.order.length, first + Math.ceil(height / ROW) + 2 * AROUND);
    const space = (rows) => {
      const cell = el("td", { colspan: this.spec.columns.length + (this.spec.choice ? 1 : 0), class: "space" });
      cell.style.height = `${rows * ROW}px`;
      return el("tr", { "aria-hidden": "true", class: "space" }, cell);
    };
    const rows = this.order.slice(first, last).map((i, n) => this.row(i, first + n));
    this.body.replaceChildren(space(first), ...rows, space(this.order.length - last));
  }

  row(i, place) {
    const cells = this.spec.columns.map((column) =>
      el("td", { class: column.number ? "num" : column.width === "wide-of" ? "path" : null }, column.cell ? column.cell(i) : column.value(i)));
    const pick = this.spec.choice ? el("td", { class: "pick" }, el("input", { type: "checkbox", tabindex: -1, "aria-label": `${t("select")} ${this.spec.text(i)}`,
      onclick: (event) => this.pick(place, event.shiftKey) })) : null;
    if (pick) {
      pick.firstChild.checked = this.picked.has(i);
    }
    return el("tr", {
      "aria-rowindex": place + 2, "data-row": i, "aria-current": place === this.at ? "true" : null, class: this.picked.has(i) ? "picked" : null,
      onclick: (event) => event.target.closest("a, button, input") || this.choose(place),
    }, pick, cells);
  }

  move(step) {
    this.at = Math.min(this.order.length - 1, Math.max(0, this.at + step));
    const top = this.at * ROW;
    const head = 36;
    if (top < this.view.scrollTop) {
      this.view.scrollTop = top;
    } else if (top + ROW + head > this.view.scrollTop + this.view.clientHeight) {
      this.view.scrollTop = top + ROW + head - this.view.clientHeight;
    }
    this.draw();
    if (this.order.length && this.spec.text) {
      announce(this.spec.text(this.order[this.at]));
    }
  }

  // Picks a row, or lets it go; with `range`, all from the last one that was picked.
  pick(place, range) {
    const on = !this.picked.has(this.order[place]);
    const from = range && this.from !== null ? this.from : place;
    for (let n = Math.min(from, place); n <= Math.max(from, place); n += 1) {
      this.picked[range || on ? "add" : "delete"](this.order[n]);
    }
    [this.from, this.at] = [place, place];
    this.told();
  }

  pickAll() {
    const all = this.order.every((i) => this.picked.has(i));
    this.picked = new Set(all ? [] : this.order);
    this.told();
  }

  // Shows how many are picked, and what may be decided of them.
  told() {
    this.picks?.refresh();
    this.save.textContent = this.picked.size ? `${t("Export CSV")} (${number(this.picked.size)})` : t("Export CSV");
    this.draw();
  }

  choose(place) {
    this.at = place;
    this.draw();
    if (this.order.length && this.spec.open) {
      this.spec.open(this.order[place]);
    }
  }

  press(event) {
    const page = Math.max(1, Math.floor(this.view.clientHeight / ROW) - 2);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -1e9, End: 1e9 };
    if (event.target === this.view && event.code in steps) {
      event.preventDefault();
      this.move(steps[event.code]);
      if (event.shiftKey && this.spec.choice && this.order.length) {
        this.pick(this.at, true);
      }
    } else if (event.target === this.view && this.spec.choice && event.code === "Space") {
      event.preventDefault();
      this.pick(this.at, event.shiftKey);
    } else if (event.target === this.view && this.spec.choice && event.code === "KeyA" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.pickAll();
    } else if (event.target === this.view && event.code === "Escape" && this.picked.size) {
      this.picked.clear();
      this.told();
    } else if (event.target === this.view && event.code === "Enter") {
      this.choose(this.at);
    }
  }

  export() {
    const quoted = (value) => {
      const text = String(value);
      return `"${(/^[=+\-@\t\r]/.test(text) && typeof value !== "number" ? `'${text}` : text).replaceAll('"', '""')}"`;
    };
    const line = (values) => `${values.map(quoted).join(",")}\r\n`;
    const rows = (this.picked.size ? this.order.filter((i) => this.picked.has(i)) : this.order).map((i) => line(this.spec.columns.map((column) => column.value(i))));
    const text = `\ufeff${line(this.spec.columns.map((column) => t(column.label)))}${rows.join("")}`;
    download(`${this.spec.name}.csv`, text, "text/csv");
  }
}
Table.kept = new Map(); // name → what was asked of it, while the page is open
