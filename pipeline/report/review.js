// The review: one pair at a time, a verdict by key or button, and events as `clean-corpus decide import` reads them.

// Names and words are those of the terminal and of the workbook.
const STRATA = {
  waiting: "waits for a person", borderline: "went, and is the least alike", alike: "stayed as a variant or an update, and is much alike",
  cluster: "of a large cluster or a chain", lot: "went, and was drawn by lot",
};
const VERDICTS = [
  ["KeyA", "same", "Same (a)", "one article: one may go for the other"],
  ["KeyX", "different", "Different (x)", "never joined"],
  ["KeyB", "keep-both", "Keep both (b)", "alike, and both stay"],
  ["KeyC", "canonical", "Keep the second (c)", "the second is the one that stays"],
  ["KeyO", "unsure", "Unsure (o)", "looked at, not decided"],
];
const review = { events: [], sent: 0, by: "", at: 0, why: "", blind: false, stratum: "", last: 0, times: [], busy: false };
const SEND_MS = 20000; // for which an answer of the server is waited for

const token = () => document.querySelector('meta[name="review-token"]')?.content;

// JSON with sorted keys, as the file of decisions has it.
const canonical = (value) => {
  if (Array.isArray(value)) {
    return `[${value.map(canonical).join(",")}]`;
  }
  if (value && typeof value === "object") {
    return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
  }
  return JSON.stringify(value);
};

// An event of now, later than any before, with an id that its content gives it.
const event = async (verdict, subject, seen, more) => {
  review.last = Math.max(Math.floor(Date.now() / 1000), review.last + 1);
  const at = new Date(1000 * review.last).toISOString().replace(".000", "");
  const made = { v: 1, id: "", at, by: review.by, via: "html", verdict, subject, seen, why: "", supersedes: null, ...more };
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical(made))));
  made.id = `e-${Array.from(digest.slice(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  return made;
};

const subjectOf = (item, verdict) =>
  verdict === "canonical" ? { kind: "document", document: item[4] }
    : { kind: "pair", a: item[item[8] ? 4 : 3], b: item[item[8] ? 3 : 4] }; // in the order of the ledger

// The verdict that stands of a pair.
const standing = (item) => {
  const undone = new Set(review.events.filter((one) => one.verdict === "undo").map((one) => one.supersedes));
  return review.events.findLast((one) => one.subject && !undone.has(one.id) && one.item === item[0]);
};

const remember = () => kept.set(`review:${state.data.name}`, JSON.stringify({ events: review.events, sent: review.sent, by: review.by, last: review.last }));
// Other files of this machine may share what the browser keeps: only events of pairs that are shown here are taken.
const recall = () => {
  const items = new Map(state.data.queue.map((item) => [item[0], item]));
  const fits = (one) => items.has(one.item) && (one.verdict === "undo" ? one.subject === null
    : canonical(one.subject) === canonical(subjectOf(items.get(one.item), one.verdict)));
  try {
    const { events, sent, by, last } = JSON.parse(kept.get(`review:${state.data.name}`));
    if (events.every(fits)) {
      Object.assign(review, { events, sent: Number(sent), by: String(by), last: Number(last) });
    }
  } catch {
    // nothing is kept, or nothing of ours
  }
};

const line = ({ item, ...one }) => `${canonical(one)}\n`;

// Where the page is served, an event is sent at once; else it waits for the export, which may come while one is sent.
const send = async () => {
  while (token() && review.sent < review.events.length) {
    const at = review.sent;
    const answer = await fetch("./decisions", {
      method: "POST", headers: { "Content-Type": "application/json", "X-Review-Token": token() }, body: line(review.events[at]),
      signal: AbortSignal.timeout(SEND_MS),
    });
    if (!answer.ok) {
      throw new Error(`${answer.status}`);
    }
    review.sent = Math.max(review.sent, at + 1);
  }
};
const add = async (made) => {
  review.events.push(made);
  remember();
  try {
    await send();
    remember();
  } catch (error) {
    announce(`${t("It could not be sent, and is kept here:")} ${error.message}`);
  }
};

const takeBack = async (old) => {
  const place = review.events.indexOf(old);
  if (place >= review.sent) {
    review.events.splice(place, 1); // nobody has seen it
    remember();
  } else {
    await add({ ...(await event("undo", null, null, { supersedes: old.id })), item: old.item });
  }
};

const judge = async (item, verdict) => {
  const old = standing(item);
  if (old) {
    await takeBack(old);
  }
  const seen = verdict === "canonical" ? { rule: "", score: null, what: item[2] || state.data.documents.fate[item[7]] ? "removed" : "kept" } : item[5];
  await add({ ...(await event(verdict, subjectOf(item, verdict), seen, { why: review.why })), item: item[0] });
  review.why = "";
};

// One thing at a time: what is asked for before a verdict is recorded and the next pair is shown, is not done.
const alone = async (work) => {
  if (!review.busy) {
    review.busy = true;
    try {
      await work();
    } finally {
      review.busy = false;
    }
  }
};

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
  const verdicts = queue.filter((item) => item[1] === "lot").map((item) => standing(item)?.verdict).filter((verdict) => verdict && verdict !== "unsure");
  if (!verdicts.length) {
    return t("No removal drawn by lot was judged yet.");
  }
  const right = verdicts.filter((verdict) => verdict === "same" || verdict === "canonical").length;
  const [low, high] = wilson(right, verdicts.length).map((share) => `${(100 * share).toFixed(1)} %`);
  return `${t("Of removals drawn by lot, right are")} ${right} / ${verdicts.length}: ${percent(right, verdicts.length)} (95 %: ${low} – ${high})`;
};

const exported = () => {
  const name = `decisions-${state.data.name.slice(0, 8)}-${review.by.replace(/[^\p{L}\p{N}-]+/gu, "_") || "nobody"}.jsonl`;
  download(name, review.events.map(line).join(""), "application/x-ndjson");
  review.sent = review.events.length;
  remember();
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
  const by = el("input", { id: "by", value: review.by, autocomplete: "name", oninput: () => { review.by = by.value.trim(); remember(); refresh(); } });
  const why = el("input", { id: "why", value: review.why, oninput: () => { review.why = why.value; } });
  const stratum = el("select", { id: "stratum", onchange: () => { review.stratum = stratum.value; review.at = 0; again(); } },
    el("option", { value: "" }, t("all")), Object.entries(STRATA).map(([value, text]) => el("option", { value, selected: value === review.stratum }, t(text))));
  const save = button("Export decisions", () => { exported(); refresh(); }, { class: "strong" });
  const buttons = VERDICTS.map(([code, verdict, label, hint]) => button(label, () => decide(verdict), { "data-verdict": verdict, title: t(hint) }));
  const blind = button("Blind (z)", () => blinded(), { "aria-pressed": String(review.blind) });

  const refresh = () => {
    const item = chosen[review.at];
    const done = queue.filter((one) => standing(one)).length;
    const pace = review.times.length ? review.times.reduce((x, y) => x + y, 0) / review.times.length : 0;
    const left = pace ? ` · ${t("about")} ${Math.ceil((pace * (queue.length - done)) / 60000)} ${t("min left")}` : "";
    progress.textContent = `${chosen.length ? review.at + 1 : 0} / ${chosen.length} · ${number(done)} ${t("judged of")} ${number(queue.length)}${left}`;
    const verdict = item && standing(item);
    for (const one of buttons) {
      one.setAttribute("aria-pressed", String(verdict?.verdict === one.dataset.verdict));
      one.disabled = !review.by || !item;
    }
    const waiting = review.events.length - review.sent;
    save.textContent = `${t("Export decisions")} (${waiting})`;
    save.disabled = !review.events.length;
    told.replaceChildren(item ? el("span", {}, review.blind ? "" : [tag(STRATA[item[1]]), " "], verdict ? [t("judged:"), " ", el("b", {}, t(verdict.verdict)), verdict.why ? ` – ${verdict.why}` : ""] : review.by ? "" : t("Write your name to judge.")) : "");
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
    if (!item || !review.by) {
      by.focus();
      return;
    }
    review.times = [...review.times.slice(-19), Math.min(120000, Date.now() - began)];
    await judge(item, verdict);
    announce(`${t("judged:")} ${t(verdict)}`);
    await go(review.at + 1);
  });
  const undo = () => alone(async () => {
    const old = chosen[review.at] && standing(chosen[review.at]) ? standing(chosen[review.at])
      : review.events.findLast((one) => one.subject && queue.some((item) => standing(item) === one));
    if (old) {
      await takeBack(old);
      announce(t("Taken back."));
      const at = chosen.findIndex((item) => item[0] === old.item);
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
    KeyN: () => step(1), KeyP: () => step(-1), KeyZ: blinded, KeyE: () => { if (review.events.length) { exported(); refresh(); } },
  };
  if (!chosen.length) {
    place.append(says("Nothing waits here."));
  }
  refresh();
  go(review.at);
};

window.addEventListener("beforeunload", (leaving) => {
  if (review.events.length > review.sent && !kept.get(`review:${state.data?.name}`)) {
    leaving.preventDefault(); // only where the browser keeps nothing
  }
});
