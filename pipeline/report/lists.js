// The pages that are tables: clusters, pairs, repeats, files; and who printed what of whom.

const listing = (section, spec, ...around) => {
  const table = new Table(spec);
  section.append(...around, table.element);
  state.table = table;
  table.draw();
  return table;
};
const compareLink = (anchor) => (anchor ? el("a", { href: `#compare/${anchor}` }, t("compare")) : null);
const explained = (...names) => // `--`, lest a name be read as an option
  command(`clean-corpus explain OUT ${names.some((name) => name.startsWith("-")) ? "-- " : ""}${names.map(quoted).join(" ")}`);
const explain = (...docs) => explained(...docs.map(called));
const status = (doc) => {
  const { documents, tiers } = state.data;
  if (doc >= documents.fate.length) {
    return tag("archive", "kept");
  }
  const fate = documents.fate[doc];
  return fate === KEPT ? tag("kept", "kept") : el("span", {}, tag("removed", "removed"), " ", t(tiers[fate - 1]));
};

const PAIR_VERDICTS = [
  ["KeyA", "same", "Same (a)", "one article: one may go for the other"], ["KeyX", "different", "Different (x)", "never joined"],
  ["KeyB", "keep-both", "Keep both (b)", "alike, and both stay"], ["KeyO", "unsure", "Unsure (o)", "looked at, not decided"],
];
const REPEAT_VERDICTS = [
  ["KeyA", "protect", "Keep the documents whole (a)", "nothing is removed from them"],
  ["KeyX", "keep", "Keep these passages (x)", "by commands, a line each"],
];

pages.clusters = (section, argument) => {
  const { clusters, documents } = state.data;
  const first = (i) => clusters.members[clusters.start[i]];
  const density = (i) => (clusters.removed[i] ? clusters.direct[i] / clusters.removed[i] : 1);
  const panel = el("div", { class: "panel", "aria-live": "polite" });
  const open = (i) => panel.replaceChildren(...cluster(i));
  const judged = (i) => judgedOf(members(i), () => about(i));
  const about = (i) => members(i).slice(1).map((doc) => pairOf(first(i), doc)).filter((pair) => pair >= 0).map(aboutPair);
  section.append(says("Documents around the one that stays. A document is removed only if it matches the kept one directly."));
  listing(section, {
    name: "clusters", what: "Clusters", count: clusters.size.length, total: clusters.total,
    columns: [
      { label: "kept copy", value: (i) => title(first(i)), cell: (i) => named(title(first(i))), width: "wide-of" },
      { label: "size", number: true, width: "few-of", value: (i) => clusters.size[i] },
      { label: "removed", number: true, width: "few-of", value: (i) => clusters.removed[i] },
      { label: "kind", value: (i) => clusters.kind[i],
        cell: (i) => [clusters.kind[i].split(" ").filter(Boolean).map(t).join(t(", ")), clusters.chain[i] ? [" ", tag("chain")] : null] },
      { label: "least identity", number: true, value: (i) => clusters.least[i] / 1000, cell: (i) => score(clusters.least[i]) },
      { label: "sources", number: true, width: "few-of", value: (i) => clusters.sources[i] },
      { label: "first seen", value: (i) => day(clusters.first[i]), width: "date-of" },
      { label: "span", number: true, value: (i) => clusters.last[i] - clusters.first[i],
        cell: (i) => (clusters.last[i] > clusters.first[i] ? span(clusters.last[i] - clusters.first[i]) : "") },
      { label: "decided", width: "date-of", value: judged, cell: (i) => (made.events.length ? decided(about(i)) : "") },
    ],
    choice: PAIR_VERDICTS, about,
    fields: {
      text: (i) => searched(first(i)),
      member: (i) => members(i).map((one) => searched(one)).join("\n"),
      kind: (i) => clusters.kind[i], size: (i) => clusters.size[i], removed: (i) => clusters.removed[i],
      sim: (i) => clusters.least[i] / 1000, sources: (i) => clusters.sources[i], density,
      source: (i) => members(i).map((one) => sourced(one)).join("\n"),
      date: (i) => day(clusters.first[i]), chain: (i) => (clusters.chain[i] ? "yes" : "no"),
      days: (i) => (clusters.last[i] - clusters.first[i]) / 1440, status: judged,
    },
    facets: [["identical", "kind:identical"], ["key-equal", "kind:key-equal"], ["near", "kind:near"], ["contained", "kind:contained"]]
      .map(([label, words]) => [t(label), words])
      .concat([[t("size > 3"), "size:>3"], [t("identity < .95"), "sim:<.95"], [t("several sources"), "sources:>1"], [t("chain"), "chain:yes"]]),
    open, text: (i) => `${title(first(i))}, ${clusters.size[i]}`,
  });
  section.append(panel);
  const wanted = Number(argument);
  if (argument && wanted < clusters.size.length) {
    open(wanted);
  }
};

// The members of a cluster, at most so many.
const MEMBERS = 60;
const cluster = (i) => {
  const { clusters, documents, pairs } = state.data;
  const [first, ...others] = members(i);
  const rows = [first, ...others].slice(0, MEMBERS).map((doc) => {
    const pair = documents.went[doc] ?? -1;
    return el("tr", {}, el("th", { scope: "row" }, named(title(doc))), el("td", {}, status(doc)),
      el("td", { class: "num" }, pair >= 0 ? score(pairs.identity[pair]) : ""), el("td", {}, source(doc)),
      el("td", {}, day(documents.date[doc] ?? -1)), el("td", {}, compareLink(documents.fate[doc] ? state.data.anchor.get(doc) : null)));
  });
  const wanted = others.find((doc) => documents.fate[doc]) ?? others[0];
  return [
    el("h3", {}, named(title(first))),
    says(`${number(clusters.size[i])} ${t("documents in it")} · ${number(clusters.direct[i])} ${t("match the kept one directly")}${clusters.chain[i] ? ` · ${t("chain: not every member matches the kept one")}` : ""}`),
    el("div", { class: "wide" }, el("table", {}, el("thead", {}, el("tr", {},
      ["document", "status", "identity", "source", "date", ""].map((label) => el("th", { scope: "col", class: label === "identity" ? "num" : null }, t(label))))), el("tbody", {}, rows))),
    others.length >= MEMBERS ? says("More members are in clusters.csv.") : null,
    explain(first, wanted), timelineOf([first, ...others]),
  ].filter(Boolean);
};
const timelineOf = (docs) => {
  const dated = docs.filter((doc) => state.data.documents.date[doc] >= 0);
  return dated.length > 1 ? timeline(dated) : null;
};

pages.pairs = (section) => {
  const { pairs, documents, tiers, run } = state.data;
  section.append(says("Every pair of documents that was checked on its texts and came near, removed or not, with the verdict."));
  const panel = el("div", { class: "panel", "aria-live": "polite" });
  const judged = (i) => judgedOf([pairs.a[i], pairs.b[i]], () => [aboutPair(i)]);
  const anchors = new Map(state.data.queue.map((item) => [`${item[6]} ${item[7]}`, item[0]]));
  const anchor = (i) => anchors.get(`${pairs.a[i]} ${pairs.b[i]}`) || anchors.get(`${pairs.b[i]} ${pairs.a[i]}`)
    || (pairs.gone[i] ? state.data.anchor.get(pairs.gone[i] === 2 ? pairs.b[i] : pairs.a[i]) : null);
  listing(section, {
    name: "pairs", what: "Pairs", count: pairs.a.length, total: pairs.total,
    columns: [
      { label: "first", value: (i) => title(pairs.a[i]), cell: (i) => named(title(pairs.a[i])), width: "wide-of" },
      { label: "second", value: (i) => title(pairs.b[i]), cell: (i) => named(title(pairs.b[i])), width: "wide-of" },
      { label: "verdict", value: (i) => tiers[pairs.tier[i]], cell: (i) => tag(tiers[pairs.tier[i]], pairs.gone[i] ? "removed" : "") },
      { label: "identity", number: true, value: (i) => pairs.identity[i] / 1000, cell: (i) => score(pairs.identity[i]) },
      { label: "Jaccard", number: true, value: (i) => pairs.jaccard[i] / 1000, cell: (i) => score(pairs.jaccard[i]) },
      { label: "texts", width: "num-of", value: () => "", cell: (i) => compareLink(anchor(i)) },
      { label: "decided", width: "date-of", value: judged, cell: (i) => decided([aboutPair(i)]) },
    ],
    choice: PAIR_VERDICTS, about: (i) => [aboutPair(i)],
    fields: {
      text: (i) => `${searched(pairs.a[i])}\n${searched(pairs.b[i])}`,
      kind: (i) => tiers[pairs.tier[i]], sim: (i) => pairs.identity[i] / 1000, jaccard: (i) => pairs.jaccard[i] / 1000,
      removed: (i) => (pairs.gone[i] ? "yes" : "no"),
      source: (i) => `${sourced(pairs.a[i])}\n${sourced(pairs.b[i])}`, status: judged,
    },
    facets: [...new Set(pairs.tier)].sort((x, y) => x - y).map((tier) => [t(tiers[tier]), `kind:${tiers[tier]}`])
      .concat([[t("near the threshold"), `sim:>=${Math.max(0, run.identity - 0.1).toFixed(2)} sim:<=${(run.identity + 0.05).toFixed(2)}`]]),
    open: (i) => panel.replaceChildren(el("p", {}, compareLink(anchor(i))), explain(pairs.a[i], pairs.b[i])),
    text: (i) => `${title(pairs.a[i])}, ${title(pairs.b[i])}: ${tiers[pairs.tier[i]]}`,
  });
  section.append(panel);
};

pages.repeats = (section) => {
  const { repeats, documents, inside } = state.data;
  section.append(says("Passages that stood twice in one document, and were removed. The most complete copy stays; line numbers are those of the source file."));
  const lines = (first, last) => (first === last ? `${first}` : `${first}–${last}`);
  const panel = el("div", { class: "panel", "aria-live": "polite" });
  listing(section, {
    name: "repeats", what: "Repeats in files", count: repeats.doc.length, total: repeats.total,
    columns: [
      { label: "document", value: (i) => title(repeats.doc[i]), cell: (i) => named(title(repeats.doc[i])), width: "wide-of" },
      { label: "class", value: (i) => repeats.kind[i], cell: (i) => tag(repeats.kind[i], "removed") },
      { label: "lines removed", number: true, value: (i) => repeats.from[i], cell: (i) => lines(repeats.from[i], repeats.to[i]) },
      { label: "repeat lines", number: true, value: (i) => repeats.kept0[i], cell: (i) => lines(repeats.kept0[i], repeats.kept1[i]) },
      { label: "characters", number: true, value: (i) => repeats.size[i], cell: (i) => number(repeats.size[i]) },
      { label: "figures", width: "num-of", value: (i) => (repeats.figures[i] ? "differ" : ""), cell: (i) => (repeats.figures[i] ? el("b", { class: "hot" }, t("figures differ")) : "") },
      { label: "texts", width: "num-of", value: () => "", cell: (i) => (inside.has(repeats.doc[i]) ? el("a", { href: `#inside/${inside.get(repeats.doc[i])}` }, t("show")) : null) },
      { label: "decided", width: "date-of", value: (i) => judgedOf([repeats.doc[i]], () => [aboutDocument(repeats.doc[i])]), cell: (i) => decided([aboutDocument(repeats.doc[i])]) },
    ],
    choice: REPEAT_VERDICTS,
    about: (i, verdict) => (verdict === "keep" ? [{ key: `${repeats.doc[i]} ${repeats.from[i]}`, line: true, names: [`${called(repeats.doc[i])}:${repeats.from[i]}`] }]
      : [aboutDocument(repeats.doc[i])]),
    fields: {
      text: (i) => searched(repeats.doc[i]), kind: (i) => repeats.kind[i], chars: (i) => repeats.size[i],
      figures: (i) => (repeats.figures[i] ? "differ" : "equal"), source: (i) => sourced(repeats.doc[i]),
    },
    facets: ["copy", "block", "paragraph"].map((kind) => [t(kind), `kind:${kind}`]).concat([[t("figures differ"), "figures:differ"]]),
    open: (i) => panel.replaceChildren(explain(repeats.doc[i])), text: (i) => `${title(repeats.doc[i])}, ${repeats.kind[i]}`,
  });
  section.append(panel);
};

pages.files = (section) => {
  const { documents, skipped, tiers } = state.data;
  const count = documents.fate.length;
  const isDoc = (i) => i < count;
  const name = (i) => (isDoc(i) ? documents.names[i] : skipped.names[i - count]);
  const fate = (i) => (!isDoc(i) ? skipped.status[i - count] : documents.fate[i] ? `removed ${tiers[documents.fate[i] - 1]}` : "kept");
  const panel = el("div", { class: "panel", "aria-live": "polite" });
  section.append(says("Every document and every input that was not processed: search any path to see what became of it."));
  listing(section, {
    name: "files", what: "Files", count: count + skipped.names.length, total: documents.total + skipped.total,
    columns: [
      { label: "path", value: name, cell: (i) => named(name(i)), width: "wide-of" },
      { label: "status", width: "state-of", value: fate, cell: (i) => (isDoc(i) ? status(i) : el("span", {}, tag(skipped.status[i - count]), ` ${skipped.reason[i - count]}`)) },
      { label: "kept copy", value: (i) => (isDoc(i) && documents.of[i] >= 0 ? title(documents.of[i]) : ""), cell: (i) => (isDoc(i) && documents.of[i] >= 0 ? named(title(documents.of[i])) : ""), width: "wide-of" },
      { label: "characters", number: true, value: (i) => (isDoc(i) ? documents.chars[i] : 0), cell: (i) => (isDoc(i) ? number(documents.chars[i]) : "") },
      { label: "removed", number: true, width: "few-of", value: (i) => (isDoc(i) ? documents.cut[i] : 0), cell: (i) => (isDoc(i) ? number(documents.cut[i]) : "") },
      { label: "source", value: (i) => (isDoc(i) ? source(i) : "") },
      { label: "date", value: (i) => (isDoc(i) ? day(documents.date[i]) : ""), width: "date-of" },
    ],
    fields: {
      text: (i) => (isDoc(i) ? (documents.titles ? `${searched(i)}\n${fold(documents.titles[i])}` : searched(i)) : fold(name(i))),
      status: fate, chars: (i) => (isDoc(i) ? documents.chars[i] : 0), removed: (i) => (isDoc(i) ? documents.cut[i] : 0),
      source: (i) => (isDoc(i) ? sourced(i) : ""), date: (i) => (isDoc(i) ? day(documents.date[i]) : ""),
    },
    facets: [[t("kept"), "status:kept"], [t("removed"), "status:removed"], [t("partly removed"), "status:kept removed:>0"]]
      .concat([...new Set(skipped.status)].map((one) => [t(one), `status:${one}`])),
    open: (i) => panel.replaceChildren(...(isDoc(i) ? file(i) : [explained(name(i))])),
    text: (i) => `${name(i)}: ${fate(i)}`,
  });
  section.append(panel);
};

// What happened to a document.
const file = (doc) => {
  const { documents, repeats } = state.data;
  const anchor = documents.fate[doc] ? state.data.anchor.get(doc) : null;
  const own = repeats.doc.filter((one) => one === doc).length;
  const lines = [
    [t("status"), status(doc)],
    documents.titles && documents.titles[doc] ? [t("title"), named(documents.titles[doc])] : null,
    documents.of[doc] >= 0 ? [t("kept copy"), named(title(documents.of[doc]))] : null,
    [t("characters"), `${number(documents.chars[doc])}; ${t("removed")} ${number(documents.cut[doc])}`],
    own ? [t("repeats"), `${own} `, state.data.inside.has(doc) ? el("a", { href: `#inside/${state.data.inside.get(doc)}` }, t("show")) : null] : null,
    anchor ? [t("texts"), compareLink(anchor)] : null,
  ].filter(Boolean);
  return [el("h3", {}, named(title(doc))), el("dl", {}, lines.map(([label, ...value]) => [el("dt", {}, label), el("dd", {}, value)])), explain(doc)];
};

// Who reprinted whom: for each two sources how many documents of one went for the other's, and how much later.
pages.sources = (section) => {
  const { documents } = state.data;
  const flows = new Map();
  for (let doc = 0; doc < documents.fate.length; doc += 1) {
    const of = documents.of[doc];
    if (documents.fate[doc] && of >= 0 && of < documents.fate.length) {
      const key = `${documents.source[doc]} ${documents.source[of]}`;
      const flow = flows.get(key) || { from: documents.source[of], to: documents.source[doc], count: 0, lags: [], earlier: 0 };
      flow.count += 1;
      if (documents.date[doc] >= 0 && documents.date[of] >= 0) {
        const lag = documents.date[doc] - documents.date[of];
        flow.lags.push(lag);
        flow.earlier += lag < 0 ? 1 : 0;
      }
      flows.set(key, flow);
    }
  }
  const rows = [...flows.values()];
  for (const row of rows) {
    row.lags.sort((x, y) => x - y);
    row.median = row.lags.length ? row.lags[Math.floor(row.lags.length / 2)] : null;
  }
  rows.sort((x, y) => y.count - x.count);
  const name = (n) => documents.sources[n] || "–";
  section.append(says("Documents of one source that went for a document of another. The kept copy is chosen by a total order of facts; it need not be the first that was printed."), el("div", { class: "plots" }, removalBySource(), timeline(), lags(rows) || ""), el("h3", {}, t("Who reprinted whom")));
  listing(section, {
    name: "sources", what: "Who reprinted whom", count: rows.length, total: rows.length,
    columns: [
      { label: "reprinted by", value: (i) => name(rows[i].to), cell: (i) => named(name(rows[i].to)), width: "wide-of" },
      { label: "from", value: (i) => name(rows[i].from), cell: (i) => named(name(rows[i].from)), width: "wide-of" },
      { label: "documents", number: true, value: (i) => rows[i].count, cell: (i) => number(rows[i].count) },
      { label: "median lag", number: true, value: (i) => rows[i].median ?? -Infinity, cell: (i) => (rows[i].median === null ? "–" : span(rows[i].median)) },
      { label: "printed before the kept one", number: true, value: (i) => rows[i].earlier, cell: (i) => number(rows[i].earlier) },
    ],
    fields: {
      text: (i) => fold(`${name(rows[i].to)}\n${name(rows[i].from)}`), from: (i) => fold(name(rows[i].from)), by: (i) => fold(name(rows[i].to)),
      count: (i) => rows[i].count, same: (i) => (rows[i].from === rows[i].to ? "yes" : "no"), lag: (i) => (rows[i].median ?? -1) / 60,
    },
    facets: [[t("between sources"), "same:no"], [t("inside a source"), "same:yes"]], open: null,
  });
};
const LAGS = [["< 1 h", 60], ["< 6 h", 360], ["< 1 d", 1440], ["1–2 d", 2880], ["2–7 d", 10080], ["> 7 d", Infinity]];
const lags = (rows) => {
  const counts = LAGS.map(([label]) => [label, 0]);
  for (const lag of rows.flatMap((row) => row.lags)) {
    counts[LAGS.findIndex(([, most]) => Math.abs(lag) < most)][1] += 1;
  }
  return rows.every((row) => !row.lags.length) ? null : bars("Lag of reprints", counts, "Between the dates of both copies, as they are written.");
};
