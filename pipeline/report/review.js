// The review: one pair at a time, a verdict by key or button.

// Names and words are those of the terminal and of the workbook.
const STRATA = {
  waiting: "waits for a person", borderline: "went, and is the least alike", alike: "stayed as a variant or an update, and is much alike",
  cluster: "of a large cluster or a chain", lot: "went, and was drawn by lot",
};
const VERDICTS = [
  ...PAIR_VERDICTS.slice(0, 3), ["KeyC", "canonical", "Keep the second (c)", "the second is the one that stays"],
  ...PAIR_VERDICTS.slice(3),
];
const review = { at: 0, why: "", blind: false, stratum: "", times: [] };

// The interval of Wilson for a share, at 95 %.
const wilson = (right, all) => {
  const z = 1.959964;
  const p = right / all;
  const middle = p + (z * z) / (2 * all);
  const half = z * Math.sqrt((p * (1 - p)) / all + (z * z) / (4 * all * all));
  return [Math.max(0, (middle - half) / (1 + (z * z) / all)), Math.min(1, (middle + half) / (1 + (z * z) / all))];
};
const precision = () => {
  const { queue } = state.data;
  const verdicts = queue.filter((item) => item[1] === "lot").map((item) => standing(keyOf(item))?.verdict).filter((verdict) => verdict && verdict !== "unsure");
  if (!verdicts.length) {
    return t("No removal drawn by lot was judged yet.");
  }
  const right = verdicts.filter((verdict) => verdict === "same" || verdict === "canonical").length;
  const [low, high] = wilson(right, verdicts.length).map((share) => `${(100 * share).toFixed(1)} %`);
  return `${t("Of removals drawn by lot, right are")} ${right} / ${verdicts.length}: ${percent(right, verdicts.length)} (95 %: ${low} – ${high})`;
};

pages.review = (section) => {
  const { queue } = state.data;
  const chosen = queue.filter((item) => !review.stratum || item[1] === review.stratum);
  const place = el("div", { class: "stage" });
  const progress = el("p", { class: "dim", role: "status" });
  const told = el("p", {});
  const sample = el("p", {});
  let step = () => {};
  let began = Date.now();
  const by = el("input", { id: "by", value: made.by, autocomplete: "name", oninput: () => { made.by = by.value.trim(); remember(); refresh(); } });
  const why = el("input", { id: "why", value: review.why, oninput: () => { review.why = why.value; } });
  const stratum = el("select", { id: "stratum", onchange: () => { review.stratum = stratum.value; review.at = 0; again(); } },
    el("option", { value: "" }, t("all")), Object.entries(STRATA).map(([value, text]) => el("option", { value, selected: value === review.stratum }, t(text))));
  const save = button("Export decisions", () => { exported(); refresh(); }, { class: "strong" });
  const buttons = VERDICTS.map(([code, verdict, label, hint]) => button(label, () => decide(verdict), { "data-verdict": verdict, title: t(hint) }));
  const blind = button("Blind (z)", () => blinded(), { "aria-pressed": String(review.blind) });

  const refresh = () => {
    const item = chosen[review.at];
    const done = queue.filter((one) => standing(keyOf(one))).length;
    const pace = review.times.length ? review.times.reduce((x, y) => x + y, 0) / review.times.length : 0;
    const left = pace ? ` · ${t("about")} ${Math.ceil((pace * (queue.length - done)) / 60000)} ${t("min left")}` : "";
    progress.textContent = `${chosen.length ? review.at + 1 : 0} / ${chosen.length} · ${number(done)} ${t("judged of")} ${number(queue.length)}${left}`;
    const verdict = item && standing(keyOf(item));
    const barred = item && made.barred.get(keyOf(item));
    for (const one of buttons) {
      one.setAttribute("aria-pressed", String(verdict?.verdict === one.dataset.verdict));
      one.disabled = !made.by || !item;
    }
    save.textContent = `${t("Export decisions")} (${unsent().length})`;
    save.disabled = !made.events.length;
    told.replaceChildren(item ? el("span", {}, review.blind ? "" : [tag(STRATA[item[1]]), " "], verdict ? [t("judged:"), " ", el("b", {}, t(verdict.verdict)), verdict.why ? ` – ${verdict.why}` : ""] : made.by ? "" : t("Write your name to judge."),
      troubled() ? [" ", troubled()] : "", barred ? el("span", { class: "refused", role: "alert" }, ` ${t(barred[0])}: ${t("The server refused this decision:")} ${barred[1]}`) : "") : "");
    sample.textContent = review.blind && done < queue.length ? t("Blind: scores and proposals are hidden, the precision comes at the end.") : precision();
  };
  const go = async (at) => {
    review.at = Math.min(chosen.length - 1, Math.max(0, at));
    why.value = review.why;
    if (chosen.length) {
      step = await show(place, chosen[review.at][0]);
    }
    began = Date.now();
    refresh();
  };
  const walk = (by) => alone(() => go(review.at + by));
  const decide = (verdict) => alone(async () => {
    const item = chosen[review.at];
    if (!item || !made.by) {
      by.focus();
      return;
    }
    review.times = [...review.times.slice(-19), Math.min(120000, Date.now() - began)];
    await record([{ key: keyOf(item), verdict, doc: item[7], why: review.why, seen: verdict === "canonical"
      ? { rule: "", score: null, what: item[2] || state.data.documents.fate[item[7]] ? "removed" : "kept" } : item[5] }]);
    review.why = "";
    announce(`${t("judged:")} ${t(verdict)}`);
    await go(review.at + 1);
  });
  const undo = () => alone(async () => {
    const here = chosen[review.at] && standing(keyOf(chosen[review.at]));
    const old = here || made.events.findLast((one) => standing(one.item) === one && queue.some((item) => keyOf(item) === one.item));
    if (old) {
      await record([{ key: old.item }]);
      announce(t("Taken back."));
      const at = chosen.findIndex((item) => keyOf(item) === old.item);
      await go(at < 0 ? review.at : at);
    }
  });
  const blinded = () => {
    review.blind = !review.blind;
    again();
  };
  const again = () => {
    section.replaceChildren(section.firstElementChild);
    pages.review(section);
  };

  section.classList.toggle("blind", review.blind);
  section.append(
    says("Pairs that wait for a person, the least alike of those that went, large clusters and chains, and removals drawn by lot, from which the precision is told."),
    el("div", { class: "bar-of" }, el("label", { for: "by" }, t("Your name")), by, el("label", { for: "stratum" }, t("Queue")), stratum, blind, save,
      token() ? tag("Decisions are sent to the server.") : null),
    progress, told,
    el("div", { class: "bar-of", role: "group", "aria-label": t("Verdict") }, buttons,
      button("Undo (u)", undo), button("Skip (s)", () => walk(1)), button("Back (k)", () => walk(-1)),
      button("Next difference (n)", () => step(1))),
    el("p", {}, el("label", { for: "why" }, t("Reason")), " ", why), place, sample,
    says("Import the file with:"), command("clean-corpus decide import FILE"));
  keys.review = {
    ...Object.fromEntries(VERDICTS.map(([code, verdict]) => [code, () => decide(verdict)])),
    KeyU: undo, KeyS: () => walk(1), KeyJ: () => walk(1), KeyK: () => walk(-1),
    KeyN: () => step(1), KeyP: () => step(-1), KeyZ: blinded, KeyE: () => { if (made.events.length) { exported(); refresh(); } },
  };
  if (!chosen.length) {
    place.append(says("Nothing waits here."));
  }
  state.changed = refresh;
  refresh();
  go(review.at);
};
