// Two texts side by side, a document with its repeats, and the steps from difference to difference.

const KINDS = { pair: "to be judged", repeat: "repeat in a file", reprint: "reprint", whole: "document" };
const kindOf = (anchor) => KINDS[anchor.split("-")[0]];

// Opens a comparison in `place`, all of it unfolded but what is equal; returns what steps through its differences.
const show = async (place, anchor) => {
  place.replaceChildren(says("…"));
  const content = await fragment(anchor);
  const outer = content.querySelector("details.removal");
  if (outer) {
    outer.open = true;
    outer.querySelector("summary").addEventListener("click", (event) => event.preventDefault());
    outer.querySelector("summary").tabIndex = -1;
  }
  for (const named of content.querySelectorAll("[id]")) {
    named.removeAttribute("id"); // it may stand in the page already
  }
  translate(content, true);
  place.replaceChildren(content);
  jumps(place);
  return stepper(place);
};

const stepper = (place) => {
  const found = Array.from(place.querySelectorAll(".row.changed, .row.kept, .row.removed, .line-of.gone"));
  let at = -1;
  return (step) => {
    if (!found.length) {
      announce(t("No difference."));
      return;
    }
    at = Math.min(found.length - 1, Math.max(0, at + step));
    found.forEach((one, n) => one.classList.toggle("here", n === at));
    found[at].scrollIntoView({ block: "center" });
    announce(`${t("difference")} ${at + 1} ${t("of")} ${found.length}`);
  };
};

// A letter leads to the next place of the same passage.
const jumps = (place) => {
  for (const letter of place.querySelectorAll("[data-jump]")) {
    letter.setAttribute("aria-label", `${t("passage")} ${letter.textContent.trim()}: ${t("go to its other place")}`);
    letter.addEventListener("click", () => {
      const same = Array.from(place.querySelectorAll(`[data-block="${letter.dataset.jump}"]`));
      const groups = [same.filter((one) => one.classList.contains("kept")), same.filter((one) => one.classList.contains("repeat"))];
      const target = (letter.classList.contains("kept") ? groups[1] : groups[0])[0];
      if (target) {
        target.scrollIntoView({ block: "center" });
        target.focus({ preventScroll: true });
      }
    });
  }
};

// A page with a list of cases above and the chosen one below; `press` gets what the keys of the page do.
const viewer = (section, name, cases, columns, argument) => {
  const place = el("div", { class: "stage" });
  let step = () => {};
  const table = listing(section, {
    name, what: name === "inside" ? "In the document" : "Compare", count: cases.length, total: cases.length, columns,
    fields: { text: (i) => fold(`${cases[i][1]}\n${cases[i][2]}`), kind: (i) => fold(kindOf(cases[i][0])), figures: (i) => (cases[i][3] ? "differ" : "equal") },
    facets: name === "inside" ? [] : [["reprint", "kind:reprint"], ["repeat in a file", "kind:repeat"], ["to be judged", "kind:judged"]].map(([label, words]) => [t(label), words]),
    open: (i) => choose(cases[i][0]), text: (i) => cases[i][1],
  });
  table.view.classList.add("short");
  const choose = async (anchor) => {
    history.replaceState(null, "", `#${name}/${anchor}`);
    step = await show(place, anchor);
  };
  const walk = (by) => {
    table.move(by);
    table.choose(table.at);
  };
  const linear = () => place.classList.toggle("linear");
  section.append(el("div", { class: "bar-of" },
    button("Previous (k)", () => walk(-1)), button("Next (j)", () => walk(1)),
    button("Previous difference (p)", () => step(-1)), button("Next difference (n)", () => step(1)),
    button(name === "inside" ? "Hide what was removed (d)" : "One column (d)", linear)), place);
  keys[name] = {
    KeyJ: () => walk(1), KeyK: () => walk(-1), KeyN: () => step(1), KeyP: () => step(-1), KeyD: linear,
  };
  const wanted = table.order.findIndex((i) => cases[i][0] === argument);
  if (cases.length) {
    table.at = Math.max(0, wanted);
    if (argument && wanted < 0 && state.data.shown.has(argument)) {
      choose(argument);
    } else {
      table.move(0);
      choose(cases[table.order[table.at] ?? 0][0]);
    }
  } else {
    place.append(says("There is nothing to compare."));
  }
};

pages.compare = (section, argument) => {
  const { cases, documents, clusters } = state.data;
  const shown = cases.filter(([anchor]) => !anchor.startsWith("whole"));
  const all = documents.fate.filter((fate) => fate).length + state.data.repeats.doc.length;
  section.append(says("What was removed beside what stays, or both of a pair that waits for a person."));
  if (all > shown.length) {
    section.append(el("p", { class: "band" }, `${number(shown.length)} ${t("of")} ${number(all)} ${t("removals have a comparison here; the rest:")} `, el("code", {}, "clean-corpus explain OUT A B")));
  }
  viewer(section, "compare", shown, [
    { label: "document", value: (i) => shown[i][1], cell: (i) => named(shown[i][1]), width: "wide-of" },
    { label: "beside", value: (i) => shown[i][2], cell: (i) => named(shown[i][2]), width: "wide-of" },
    { label: "kind", value: (i) => kindOf(shown[i][0]), cell: (i) => t(kindOf(shown[i][0])) },
    { label: "figures", value: (i) => (shown[i][3] ? "differ" : ""), cell: (i) => (shown[i][3] ? el("b", { class: "hot" }, t("figures differ")) : "") },
  ], argument);
};

pages.inside = (section, argument) => {
  const { cases, repeats } = state.data;
  const shown = cases.filter(([anchor]) => anchor.startsWith("whole"));
  section.append(says("A document with all that repeats in it: each passage has a letter and a colour, its copy the same letter with a prime; what was removed is struck out."));
  const count = (i) => repeats.doc.filter((doc) => doc === shown[i][6]).length;
  viewer(section, "inside", shown, [
    { label: "document", value: (i) => shown[i][1], cell: (i) => named(shown[i][1]), width: "wide-of" },
    { label: "repeats", number: true, value: count },
  ], argument);
};

// The threshold lab: what another identity would bring back, or bring into question.
pages.lab = (section) => {
  const { documents, pairs, clusters, run, tiers } = state.data;
  const now = Math.round(1000 * run.identity);
  const scored = new Set(["near", "contained"].map((tier) => tiers.indexOf(tier)));
  const rejected = tiers.indexOf("rejected");
  const heading = el("h3", {});
  const says1 = el("p", { class: "lead", "aria-live": "polite" });
  const place = el("div", {});
  const value = el("output", { for: "slider" });
  const slider = el("input", { type: "range", id: "slider", min: 700, max: 1000, step: 5, value: now, oninput: () => schedule() });
  const commands = el("div", {});
  const flips = (threshold) => {
    const out = [];
    for (let i = 0; i < pairs.a.length; i += 1) {
      const back = pairs.gone[i] && scored.has(pairs.tier[i]) && pairs.identity[i] < threshold;
      const asked = threshold < now && pairs.tier[i] === rejected && pairs.identity[i] >= threshold && pairs.identity[i] < now;
      if (back || asked) {
        out.push(i);
      }
    }
    return out.sort((x, y) => pairs.identity[x] - pairs.identity[y] || x - y);
  };
  const gone = documents.fate.filter((fate) => fate).length;
  const removing = clusters.removed.filter((n) => n).length;
  const update = () => {
    const threshold = Number(slider.value);
    const rows = flips(threshold);
    const back = rows.filter((i) => pairs.gone[i]);
    const lost = new Set(back.map((i) => (pairs.gone[i] === 2 ? pairs.b[i] : pairs.a[i])));
    const fewer = new Map();
    for (const doc of lost) {
      fewer.set(documents.cluster[doc], (fewer.get(documents.cluster[doc]) || 0) + 1);
    }
    const left = removing - [...fewer].filter(([i, n]) => i >= 0 && clusters.removed[i] === n).length;
    value.textContent = (threshold / 1000).toFixed(3);
    slider.setAttribute("aria-valuetext", value.textContent);
    says1.textContent = `${t("identity")} ${run.identity.toFixed(3)} → ${value.textContent}: ${t("removed documents")} ${number(gone)} → ${number(gone - lost.size)}, ${t("clusters with a removal")} ${number(removing)} → ${number(left)}`;
    heading.textContent = threshold === now ? t("This is the threshold of the run.") : threshold > now
      ? `${number(back.length)} ${t("documents would come back, unless another kept document fits")}`
      : `${number(rows.length)} ${t("rejected pairs would be near enough, if all else holds")}`;
    commands.replaceChildren(command(`clean-corpus run INPUT... -o OUT --set verify.identity=${threshold / 1000}`));
    place.replaceChildren();
    listing(place, {
      name: "flips", what: "Flips", count: rows.length, total: rows.length, open: null,
      columns: [
        { label: "identity", number: true, value: (n) => pairs.identity[rows[n]] / 1000, cell: (n) => score(pairs.identity[rows[n]]) },
        { label: "verdict", value: (n) => tiers[pairs.tier[rows[n]]], cell: (n) => tag(tiers[pairs.tier[rows[n]]], pairs.gone[rows[n]] ? "removed" : "") },
        { label: "first", value: (n) => title(pairs.a[rows[n]]), cell: (n) => named(title(pairs.a[rows[n]])), width: "wide-of" },
        { label: "second", value: (n) => title(pairs.b[rows[n]]), cell: (n) => named(title(pairs.b[rows[n]])), width: "wide-of" },
      ],
      fields: { text: (n) => `${searched(pairs.a[rows[n]])}\n${searched(pairs.b[rows[n]])}`, sim: (n) => pairs.identity[rows[n]] / 1000, kind: (n) => tiers[pairs.tier[rows[n]]] },
    });
  };
  let waiting = 0;
  const schedule = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(update);
  };
  section.append(says("Scores of all checked pairs are stored, so another threshold can be tried here. A run with it settles the matter: what is compared does not change, what is found near does."),
    el("p", { class: "slider" }, el("label", { for: "slider" }, t("least identity of near copies")), slider, value,
      button("Back to the run", () => { slider.value = now; update(); })),
    says1, commands, histogram()[0], heading, place);
  update();
  keys.lab = {
    BracketLeft: () => { slider.stepDown(); update(); }, BracketRight: () => { slider.stepUp(); update(); },
  };
};
