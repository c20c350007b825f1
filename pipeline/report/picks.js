// The rows of a table that were picked, and what is decided of all of them at once.

const COMMANDS = 20; // that are shown where the page cannot decide
const quoted = (text) => (/^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

class Picks {
  constructor(table) {
    this.table = table;
    const { choice, name } = table.spec;
    this.count = el("b", { role: "status" });
    this.by = el("input", { id: `by-${name}`, value: made.by, autocomplete: "name",
      oninput: () => { made.by = this.by.value.trim(); remember(); this.refresh(); } });
    this.buttons = choice.map(([, verdict, label, hint]) =>
      button(label, () => this.decide(verdict), { "data-verdict": verdict, title: t(hint) }));
    this.undo = button("Undo (u)", () => this.decide(""));
    this.save = button("Export decisions", () => { exported(); this.refresh(); }, { class: "strong" });
    this.more = el("div");
    this.trouble = el("p");
    this.element = el("div", { class: "picks" }, el("div", { class: "bar-of", role: "group", "aria-label": t("Decide for the selected rows") },
      this.count, el("label", { for: `by-${name}` }, t("Your name")), this.by, this.buttons, this.undo, this.save), this.trouble, this.more);
    keys[name] = { ...Object.fromEntries(choice.map(([code, verdict]) => [code, () => this.decide(verdict)])), KeyU: () => this.decide("") };
    state.changed = () => { this.refresh(); table.draw(); };
    this.refresh();
  }

  refresh() {
    const { size } = this.table.picked;
    this.element.hidden = !size && !made.events.length;
    this.count.textContent = `${number(size)} ${t("selected")}`;
    this.trouble.replaceChildren(troubled() || "");
    this.buttons.forEach((one) => { one.disabled = !size || !made.by; });
    this.undo.disabled = !size;
    this.save.textContent = `${t("Export decisions")} (${unsent().length})`;
    this.save.disabled = !made.events.length;
  }

  // Records a verdict of all that the picked rows are about; none takes back what stands.
  decide(verdict) {
    const { table } = this;
    const about = table.order.filter((i) => table.picked.has(i)).flatMap((i) => table.spec.about(i, verdict));
    const rows = [...new Map(about.map((row) => [row.key, row])).values()];
    return alone(async () => {
      this.more.replaceChildren();
      if (!rows.length) {
        announce(t("Select rows first: Space, or Shift and an arrow."));
      } else if (verdict && !made.by) {
        this.by.focus();
      } else if (verdict && (rows[0].line || !(await allHoldings()) || !rows.every(({ key }) => key.split(" ").every((doc) => holding(Number(doc)))))) {
        this.command(verdict, rows);
      } else {
        await record(verdict ? rows.map((row) => ({ ...row, verdict })) : rows.filter((row) => standing(row.key)));
        announce(`${verdict ? t(verdict) : t("Taken back.")} ${number(rows.length)}`);
      }
      state.changed?.();
    });
  }

  // What the page does not hold the keys of, texts of paragraphs or a very large report, is decided by commands.
  command(verdict, rows) {
    const lines = rows.slice(0, COMMANDS).map((row) =>
      `clean-corpus decide ${verdict} OUT ${row.names.map(quoted).join(" ")} --as ${quoted(made.by)}`);
    this.more.replaceChildren(says("The page does not hold what these decisions are keyed by: record them with these commands."), command(lines.join("\n")),
      rows.length > COMMANDS ? says("The rest is in the exported rows.") : "",
      rows[0].line || token() ? "" : el("div", {}, says("Served, the page records any number of them at once:"), command("clean-corpus review OUT --serve")));
  }
}

// What a decision of a pair is about, and of a document; `names` are those of the commands.
const aboutPair = (i) => {
  const { pairs, tiers, run } = state.data;
  const [a, b] = [pairs.a[i], pairs.b[i]];
  const seen = { rule: run.rule, score: pairs.jaccard[i] < 0 ? null : pairs.jaccard[i] / 1000, what: tiers[pairs.tier[i]] };
  return { key: `${a} ${b}`, seen, names: [called(a), called(b)] };
};
const aboutDocument = (doc) => {
  const seen = { rule: "", score: null, what: state.data.documents.fate[doc] ? "removed" : "kept" };
  return { key: `${doc}`, doc, seen, names: [called(doc)] };
};
// The number of the pair of two documents; -1 where they were not checked.
const pairOf = (one, other) => {
  const { pairs } = state.data;
  if (!pairs.at) {
    pairs.at = new Map();
    pairs.a.forEach((a, i) => pairs.at.set(`${a} ${pairs.b[i]}`, i));
  }
  return pairs.at.get(`${one} ${other}`) ?? pairs.at.get(`${other} ${one}`) ?? -1;
};

// What was decided of a row: the verdicts that stand, and what the server refused.
const decided = (rows) => {
  const verdicts = [...new Set(rows.map((row) => standing(row.key)?.verdict).filter(Boolean))];
  const barred = rows.map((row) => made.barred.get(row.key)).find(Boolean);
  return [verdicts.flatMap((verdict) => [tag(verdict), " "]), barred ? el("span", { class: "refused", title: barred[1] }, `${t("refused:")} ${barred[1]}`) : null];
};
// Whether any of it was decided; `about` is asked only where one of the documents was.
const judgedOf = (docs, about) =>
  (docs.some((doc) => made.touched.has(doc)) && about().some((row) => standing(row.key)) ? "decided" : "open");
