// What a person decided: events as `clean-corpus decide import` reads them, kept by the browser, shared by its tabs,
// and sent where the page is served.
//
// What a decision is about has a key: the numbers of both documents in the order of the ledger, or of the one.

const made = {
  events: [], sent: new Set(), refused: new Map(), dropped: new Set(), by: "", last: 0, trouble: "", // kept, but for the trouble of the last sending
  aside: new Map(), // events of other tabs, until it is known what they are about
  standing: new Map(), barred: new Map(), touched: new Set(), // reckoned: by key, and documents of which anything stands
};
const SEND_MS = 20000; // for which an answer of the server is waited for
const REFUSALS = new Set([400, 409, 413, 415, 422]); // of this event alone; any other answer is for all of them

const token = () => document.querySelector('meta[name="review-token"]')?.content;
const keyOf = (item) => (item[8] ? `${item[7]} ${item[6]}` : `${item[6]} ${item[7]}`);
const standing = (key) => made.standing.get(key);
const unsent = () => made.events.filter((one) => !made.sent.has(one.id) && !made.refused.has(one.id));

// Documents as decisions name them, by number.  Pairs of the queue have theirs; a report that is not too large, all;
// for one that is, a server has them.
const holdings = new Map();
const holding = (doc) => holdings.get(doc);
const served = async () => {
  try {
    const answer = await fetch("./holdings", { signal: AbortSignal.timeout(SEND_MS) });
    const value = answer.ok ? await answer.json() : null;
    return value?.name === state.data.name ? value : null; // numbers of another run would name other documents
  } catch {
    return null;
  }
};
const allHoldings = async () => {
  const found = holdings.whole ? null
    : document.getElementById("holdings") ? await parcel("holdings") : token() ? await served() : null;
  if (found) {
    const { paths, text, bytes } = found;
    const hashes = (packed) => Array.from(packed.matchAll(/.{64}/g), ([hash]) => (/[^0]/.test(hash) ? `sha256:${hash}` : ""));
    const [texts, sources] = [hashes(text), hashes(bytes)];
    texts.forEach((one, doc) => holdings.set(doc, { bytes: sources[doc], path: paths[doc] || state.data.documents.names[doc], text: one }));
    holdings.whole = true;
  }
  return Boolean(holdings.whole);
};

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

// What a verdict of a key is about; `doc` is the one of a pair that a verdict of one document means.
const subjectOf = (key, verdict, doc) => {
  const [a, b] = key.split(" ").map(Number);
  return b === undefined || verdict === "canonical" ? { kind: "document", document: holding(doc ?? a) }
    : { kind: "pair", a: holding(a), b: holding(b) };
};

// A time later than any before, in seconds.
const moment = () => {
  made.last = Math.max(Math.floor(Date.now() / 1000), made.last + 1);
  return new Date(1000 * made.last).toISOString().replace(".000", "");
};
// An event, with an id that its content gives it.
const event = async (at, item, verdict, subject, seen, more) => {
  const one = { v: 1, id: "", at, by: made.by, via: "html", verdict, subject, seen, why: "", supersedes: null, ...more };
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical(one))));
  one.id = `e-${Array.from(digest.slice(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  return { ...one, item };
};
const line = ({ item, ...one }) => `${canonical(one)}\n`;

// What went wrong with the last sending; nothing where nothing did.
const troubled = () => (made.trouble ? el("span", { class: "refused", role: "alert" }, `${t("It could not be sent, and is kept here:")} ${made.trouble}`) : null);

// Finds what stands of each key, and what the server refused since.
const reckon = () => {
  const undone = new Set(made.events.filter((one) => one.verdict === "undo").map((one) => one.supersedes));
  made.standing.clear();
  made.barred.clear();
  for (const one of made.events) {
    if (made.refused.has(one.id)) {
      made.barred.set(one.item, [one.verdict, made.refused.get(one.id)]);
    } else if (one.subject && !undone.has(one.id)) {
      made.standing.set(one.item, one);
      made.barred.delete(one.item);
    }
  }
  made.touched = new Set([...made.standing.keys()].flatMap((key) => key.split(" ").map(Number)));
};

// Other tabs may have decided, and other files of this machine share what the browser keeps: what is stored is added
// by ids, and only events of what is shown here are taken.
const list = (value) => (Array.isArray(value) ? value : []);
const fits = (one) => {
  if (typeof one?.id !== "string" || typeof one.item !== "string" || typeof one.at !== "string") {
    return false;
  }
  return one.verdict === "undo" ? one.subject === null
    : one.item.split(" ").some((doc) => canonical(one.subject) === canonical(subjectOf(one.item, one.verdict, Number(doc))));
};
const unknown = (one) => !holdings.whole && typeof one?.id === "string" && typeof one.item === "string"
  && !one.item.split(" ").every((doc) => holding(Number(doc)));
const merge = (stored) => {
  const found = [...list(stored.events), ...made.aside.values()];
  made.aside = new Map(found.filter(unknown).map((one) => [one.id, one]));
  list(stored.sent).forEach((id) => made.sent.add(id));
  list(stored.dropped).forEach((id) => made.dropped.add(id));
  list(stored.refused).forEach(([id, why]) => made.refused.set(id, String(why)));
  const known = new Map([...found.filter(fits), ...made.events].map((one) => [one.id, one]));
  made.events = [...known.values()].filter((one) => !made.dropped.has(one.id) || made.sent.has(one.id))
    .sort((x, y) => (x.at < y.at ? -1 : x.at > y.at ? 1 : x.id < y.id ? -1 : 1));
  made.last = Math.max(made.last, Number(stored.last) || 0);
  reckon();
};
const place = () => `review:${state.data.name}`;
const stored = () => {
  try {
    return JSON.parse(kept.get(place())) || {};
  } catch {
    return {}; // nothing of ours
  }
};
const remember = () => {
  merge(stored());
  const { sent, refused, dropped, by, last } = made;
  const events = [...made.events, ...made.aside.values()];
  kept.set(place(), JSON.stringify({ events, sent: [...sent], refused: [...refused], dropped: [...dropped], by, last }));
};
// Takes over what is stored, once it is known what that is about.
const learned = async (value) => {
  if (list(value.events).some(unknown)) {
    await allHoldings();
  }
  merge(value);
};
// Whether what is stored has not all that is known here.  Only then is it written anew: tabs would answer each other
// for ever.
const lacking = ({ events, sent, refused, dropped }) => {
  const ids = new Set(list(events).map((one) => one?.id));
  return made.events.some((one) => !ids.has(one.id)) || [[made.sent, sent], [made.refused, refused], [made.dropped, dropped]]
    .some(([here, there]) => here.size > list(there).length);
};
const recall = async () => {
  for (const item of state.data.queue) {
    holdings.set(item[6], item[3]);
    holdings.set(item[7], item[4]);
  }
  const before = stored();
  made.by = typeof before.by === "string" ? before.by : "";
  await learned(before);
  addEventListener("storage", async (change) => {
    if (change.key === `clean-corpus:${place()}`) {
      const had = made.events.length;
      const theirs = stored();
      await learned(theirs);
      if (lacking(theirs)) {
        remember(); // a tab that wrote at the same time gets what it did not know
      }
      if (made.events.length !== had) {
        announce(t("Decided in another tab, and taken over here."));
      }
      state.changed?.();
    }
  });
};

// Sends what nobody has seen.  What the server refuses is kept aside with its reason, and the rest goes on.
const send = async () => {
  for (let one = unsent()[0]; token() && one; [one] = unsent()) {
    const answer = await fetch("./decisions", {
      method: "POST", headers: { "Content-Type": "application/json", "X-Review-Token": token() }, body: line(one),
      signal: AbortSignal.timeout(SEND_MS),
    });
    if (answer.ok) {
      made.sent.add(one.id);
    } else if (REFUSALS.has(answer.status)) {
      const told = await answer.json().catch(() => ({}));
      made.refused.set(one.id, told.error || String(answer.status));
      announce(`${t("The server refused this decision:")} ${made.refused.get(one.id)}`);
    } else {
      throw new Error(`${answer.status}`);
    }
    remember();
  }
};
const deliver = async () => {
  made.trouble = "";
  try {
    await send();
  } catch (error) {
    made.trouble = error.message;
  }
  state.changed?.();
};

// Takes decisions back: one that nobody has seen is dropped, another gets an event that undoes it.
const takenBack = async (olds) => {
  const seen = olds.filter((one) => made.sent.has(one.id));
  olds.filter((one) => !made.sent.has(one.id)).forEach((one) => made.dropped.add(one.id));
  const at = seen.length ? moment() : "";
  return Promise.all(seen.map((one) => event(at, one.item, "undo", null, null, { supersedes: one.id })));
};

// Records verdicts of one moment, each of a key; what stood of them is taken back.
const record = async (rows) => {
  const undone = await takenBack(rows.map((row) => standing(row.key)).filter(Boolean));
  const at = moment();
  const fresh = await Promise.all(rows.filter((row) => row.verdict).map((row) =>
    event(at, row.key, row.verdict, subjectOf(row.key, row.verdict, row.doc), row.seen, { why: row.why || "" })));
  made.events.push(...undone, ...fresh);
  remember();
  await deliver();
};

const exported = () => {
  const name = `decisions-${state.data.name.slice(0, 8)}-${made.by.replace(/[^\p{L}\p{N}-]+/gu, "_") || "nobody"}.jsonl`;
  const events = made.events.filter((one) => !made.refused.has(one.id));
  download(name, events.map(line).join(""), "application/x-ndjson");
  events.forEach((one) => made.sent.add(one.id));
  remember();
};

// One thing at a time: what is asked for before a verdict is recorded and the next pair is shown, is not done.
const alone = async (work) => {
  if (!made.busy) {
    made.busy = true;
    try {
      await work();
    } finally {
      made.busy = false;
    }
  }
};

addEventListener("beforeunload", (leaving) => {
  if (unsent().length && !kept.get(place())) {
    leaving.preventDefault(); // only where the browser keeps nothing
  }
});
