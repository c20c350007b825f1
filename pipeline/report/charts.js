// Charts as SVG, each with its numbers as a table beside it.

const WIDE = 520;
const HIGH = 150;

// Bars: `rows` are [label, count, kind]; a height on a scale of logarithms where counts differ by far.
// `marks` are [place, label] on an axis whose labels stand at the left edges of their bars.
const bars = (heading, rows, note, marks) => {
  const most = Math.max(1, ...rows.map((row) => row[1]));
  const steep = most > 200;
  const scaled = (count) => (steep ? Math.log1p(count) / Math.log1p(most) : count / most);
  const step = WIDE / Math.max(1, rows.length);
  const top = marks ? 30 : 12;
  const drawing = svg("svg", { viewBox: `0 ${-top} ${WIDE} ${HIGH + top + 22}`, role: "img", class: "chart",
    "aria-label": `${t(heading)}: ${rows.map((row) => `${row[0]} ${row[1]}`).join(", ")}` });
  rows.forEach(([label, count, kind], n) => {
    const height = count ? Math.max(2, HIGH * scaled(count)) : 0;
    drawing.append(svg("rect", { class: kind || "fill", x: n * step + step * 0.1, y: HIGH - height, width: step * 0.8,
      height, rx: 2 }, svg("title", {}, `${label}: ${number(count)}`)));
    if (rows.length < 24 && count) {
      drawing.append(svg("text", { x: (n + 0.5) * step, y: HIGH - height - 3, class: "value" }, number(count)));
    }
    if (n % Math.ceil(rows.length / 12) === 0) {
      drawing.append(svg("text", { x: (marks ? n : n + 0.5) * step, y: HIGH + 16, class: "label" }, label));
    }
  });
  for (const [at, label] of marks || []) {
    drawing.append(svg("line", { class: "threshold", x1: at * step, x2: at * step, y1: -18, y2: HIGH }),
      svg("text", { x: at * step - 4, y: -16, class: "label end" }, label));
  }
  return el("figure", { class: "plot" }, el("figcaption", {}, el("b", {}, t(heading)), " ",
    el("span", { class: "dim" }, t(note || ""), steep ? ` ${t("Heights are logarithmic.")}` : "")), drawing, numbers(rows));
};

const numbers = (rows) =>
  el("details", { class: "numbers" }, el("summary", {}, t("Numbers")),
    el("table", {}, el("tbody", {}, rows.slice(0, 60).map(([label, count]) =>
      el("tr", {}, el("th", { scope: "row" }, label), el("td", { class: "num" }, number(count)))))));

// Counts of scores by hundredths or so, from the least bound up.
const LOWEST = 500;
const STEP = 25;
const histogram = () => {
  const { pairs, run } = state.data;
  const kinds = [new Array(21).fill(0), new Array(21).fill(0)];
  for (let i = 0; i < pairs.a.length; i += 1) {
    if (pairs.identity[i] >= LOWEST) {
      kinds[pairs.gone[i] ? 1 : 0][Math.floor((pairs.identity[i] - LOWEST) / STEP)] += 1;
    }
  }
  const [stayed, went] = kinds;
  const label = (n) => ((LOWEST + n * STEP) / 1000).toFixed(2);
  const at = (run.identity * 1000 - LOWEST) / STEP;
  return [["Identity of pairs of which one was removed", went, "fill gone"],
    ["Identity of pairs that both stay", stayed, "fill"]].map(([heading, counts, kind]) =>
    bars(heading, counts.map((count, n) => [label(n), count, kind]), "Equal characters in the aligned part.",
      [[at, `${t("threshold")} ${run.identity}`]]));
};

const SIZES = [2, 3, 4, 5, 10, 20, 50, 100, 200];
const sizes = () => {
  const counts = SIZES.map(() => 0);
  for (const size of state.data.clusters.size) {
    counts[SIZES.findLastIndex((least) => size >= least)] += 1;
  }
  const label = (n) => (SIZES[n + 1] - SIZES[n] === 1 ? `${SIZES[n]}` : SIZES[n + 1] ? `${SIZES[n]}–${SIZES[n + 1] - 1}` : `${SIZES[n]}+`);
  return bars("Sizes of clusters", counts.map((count, n) => [label(n), count]), "Documents in a cluster.");
};

const removalBySource = () => {
  const { documents } = state.data;
  const counts = documents.sources.map((name) => [name, 0, 0]);
  documents.source.forEach((n, doc) => {
    counts[n][1] += 1;
    counts[n][2] += documents.fate[doc] ? 1 : 0;
  });
  const rows = counts.sort((x, y) => y[2] - x[2] || y[1] - x[1]).slice(0, 12);
  const most = Math.max(1, ...rows.map((row) => row[1]));
  const step = 22;
  const drawing = svg("svg", { viewBox: `0 0 ${WIDE} ${rows.length * step + 4}`, role: "img", class: "chart",
    "aria-label": `${t("Removed by source")}: ${rows.map((row) => `${row[0]} ${row[2]} / ${row[1]}`).join(", ")}` });
  rows.forEach(([name, came, gone], n) => {
    const y = n * step;
    const width = (count) => (count / most) * (WIDE - 250);
    const short = name.length > 24 ? `${name.slice(0, 23)}…` : name;
    drawing.append(
      svg("text", { x: 0, y: y + 15, class: "row" }, short || "–"),
      svg("rect", { class: "fill", x: 170, y: y + 4, width: width(came), height: 14, rx: 2 }, svg("title", {}, `${name}: ${came}`)),
      svg("rect", { class: "fill gone", x: 170, y: y + 4, width: width(gone), height: 14, rx: 2 }),
      svg("text", { x: 176 + width(came), y: y + 15, class: "row" }, `${number(gone)} / ${number(came)}`));
  });
  return el("figure", { class: "plot" }, el("figcaption", {}, el("b", {}, t("Removed by source")), " ",
    el("span", { class: "dim" }, t("Removed of all documents."))), drawing,
    numbers(rows.map(([name, came, gone]) => [`${name}: ${gone} / ${came}`, gone])));
};

// Documents by month, or by year where there are many months.
const timeline = (chosen) => {
  const { documents } = state.data;
  const dates = chosen || documents.date.keys();
  const found = new Map();
  let dated = 0;
  for (const doc of dates) {
    if (documents.date[doc] >= 0) {
      const month = day(documents.date[doc]).slice(0, 7);
      const counts = found.get(month) || [0, 0];
      counts[documents.fate[doc] ? 1 : 0] += 1;
      found.set(month, counts);
      dated += 1;
    }
  }
  let rows = [...found].sort();
  if (rows.length > 36) {
    const years = new Map();
    for (const [month, [stay, go]] of rows) {
      const counts = years.get(month.slice(0, 4)) || [0, 0];
      years.set(month.slice(0, 4), [counts[0] + stay, counts[1] + go]);
    }
    rows = [...years];
  }
  if (!dated) {
    return el("figure", { class: "plot" }, el("figcaption", {}, el("b", {}, t("Timeline"))), says("No document has a date."));
  }
  const most = Math.max(1, ...rows.map(([, [stay, go]]) => stay + go));
  const step = WIDE / Math.max(rows.length, 6);
  const drawing = svg("svg", { viewBox: `0 -12 ${WIDE} ${HIGH + 34}`, role: "img", class: "chart",
    "aria-label": `${t("Timeline")}: ${rows.map(([at, [stay, go]]) => `${at} ${stay} ${go}`).join(", ")}` });
  rows.forEach(([at, [stay, go]], n) => {
    const [low, high] = [(HIGH * stay) / most, (HIGH * go) / most];
    drawing.append(
      svg("rect", { class: "fill", x: n * step + step * 0.1, y: HIGH - low, width: step * 0.8, height: low },
        svg("title", {}, `${at}: ${number(stay)} ${t("kept")}`)),
      svg("rect", { class: "fill gone", x: n * step + step * 0.1, y: HIGH - low - high, width: step * 0.8, height: high },
        svg("title", {}, `${at}: ${number(go)} ${t("removed")}`)));
    if (n % Math.ceil(rows.length / 8) === 0) {
      drawing.append(svg("text", { x: (n + 0.5) * step, y: HIGH + 16, class: "label" }, at));
    }
  });
  return el("figure", { class: "plot" }, el("figcaption", {}, el("b", {}, t("Timeline")), " ",
    el("span", { class: "dim" }, `${number(dated)} ${t("documents with a date: blue stays, orange was removed.")}`)), drawing,
    numbers(rows.map(([at, [stay, go]]) => [`${at}: ${stay} + ${go}`, stay + go])));
};

const charts = () => el("div", { class: "plots" }, ...histogram(), sizes(), removalBySource(), timeline());
