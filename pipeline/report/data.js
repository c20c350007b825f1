// The values of the page: parcels opened, columns given back their rows.

const opened = new Map();

// Returns the value of a parcel: base64, gzip, JSON.
const parcel = (ident) => {
  if (!opened.has(ident)) {
    opened.set(ident, open(document.getElementById(ident).content.textContent));
  }
  return opened.get(ident);
};
const open = async (text) => {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i += 1) {
    bytes[i] = characters.charCodeAt(i);
  }
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
};

// Sums of steps.
const summed = (steps) => {
  const out = new Int32Array(steps.length);
  let at = 0;
  for (let i = 0; i < steps.length; i += 1) {
    at += steps[i];
    out[i] = at;
  }
  return out;
};

const KEPT = 0; // in `fate`; else the number of a tier, and one

const prepared = (value) => {
  const { documents, pairs, clusters } = value;
  documents.place = summed(documents.place);
  documents.of = Int32Array.from(documents.of, (step, i) => (step === 0 ? -1 : i - step));
  let file = "";
  documents.names = documents.names.map((name, doc) => {
    file = name || file;
    return documents.place[doc] ? `${file} #${documents.place[doc]}` : file;
  });
  documents.cut = documents.cut.map((cut, doc) => (documents.fate[doc] ? documents.chars[doc] : cut)); // removed whole
  documents.folded = [];
  documents.sourced = documents.sources.map(fold);
  pairs.a = summed(pairs.a);
  pairs.b = pairs.a.map((one, i) => one + pairs.b[i]);
  clusters.members = summed(clusters.members);
  clusters.start = Int32Array.from(clusters.size);
  for (let i = 0, at = 0; i < clusters.size.length; i += 1) {
    clusters.start[i] = at;
    at += clusters.size[i];
  }
  value.shown = new Map(value.cases.map((row) => [row[0], row]));
  value.anchor = new Map(value.cases.filter((row) => !row[0].startsWith("repeat")).map((row) => [row[6], row[0]]));
  value.inside = new Map(value.cases.filter((row) => row[0].startsWith("whole")).map((row) => [row[6], row[0]]));
  measured(value);
  return value;
};

// Adds to documents the pair that each went for, and to clusters what their members come to.
const measured = ({ documents, pairs, clusters, tiers }) => {
  const count = documents.names.length;
  const went = new Int32Array(count).fill(-1);
  pairs.gone = new Int8Array(pairs.a.length);
  for (let i = 0; i < pairs.a.length; i += 1) {
    const a = pairs.a[i];
    const b = pairs.b[i];
    if (documents.of[b] === a && documents.fate[b]) {
      went[b] = i;
      pairs.gone[i] = 2;
    } else if (documents.of[a] === b && documents.fate[a]) {
      went[a] = i;
      pairs.gone[i] = 1;
    }
  }
  documents.went = went;
  const size = clusters.size.length;
  documents.cluster = new Int32Array(count).fill(-1);
  clusters.least = new Int16Array(size).fill(1000);
  clusters.removed = new Int32Array(size);
  clusters.sources = new Int32Array(size);
  clusters.first = new Int32Array(size).fill(-1);
  clusters.last = new Int32Array(size).fill(-1);
  clusters.kind = new Array(size);
  clusters.direct = new Int32Array(size); // members that match the kept one
  for (let i = 0; i < size; i += 1) {
    const members = clusters.members.subarray(clusters.start[i], clusters.start[i] + clusters.size[i]);
    const kinds = new Set();
    const sources = new Set();
    for (const one of members) {
      sources.add(documents.source[one]);
      if (documents.fate[one]) {
        clusters.removed[i] += 1;
        documents.cluster[one] = i;
        kinds.add(documents.fate[one] - 1);
        clusters.direct[i] += documents.of[one] === members[0];
        const pair = went[one];
        if (pair >= 0 && pairs.identity[pair] >= 0) {
          clusters.least[i] = Math.min(clusters.least[i], pairs.identity[pair]);
        }
      }
      const at = documents.date[one];
      if (at >= 0) {
        clusters.first[i] = clusters.first[i] < 0 ? at : Math.min(clusters.first[i], at);
        clusters.last[i] = Math.max(clusters.last[i], at);
      }
    }
    clusters.sources[i] = sources.size;
    clusters.kind[i] = [...kinds].sort((x, y) => x - y).map((kind) => tiers[kind]).join(" ");
  }
};

// The name of a document as it is searched; folded when it is first asked for, or when there is time.
const searched = (doc) => {
  const { folded, names } = state.data.documents;
  if (folded[doc] === undefined) {
    folded[doc] = fold(names[doc] || "");
  }
  return folded[doc];
};
const foldAll = (from) => {
  const { names } = state.data.documents;
  for (let doc = from; doc < Math.min(names.length, from + 5000); doc += 1) {
    searched(doc);
  }
  if (from + 5000 < names.length) {
    setTimeout(() => foldAll(from + 5000), 30);
  }
};
const sourced = (doc) => state.data.documents.sourced[state.data.documents.source[doc]] || "";

const members = (i) => {
  const { clusters } = state.data;
  return Array.from(clusters.members.subarray(clusters.start[i], clusters.start[i] + clusters.size[i]));
};
const title = (doc) => state.data.documents.names[doc] || "?";
// A document as commands name it: by its path, a record of a file by its number, from 1.
const called = (doc) => {
  const { names, place } = state.data.documents;
  const at = place[doc] || 0;
  const file = at ? names[doc].slice(0, -` #${at}`.length) : title(doc);
  const path = file.split(" › ")[0];
  return at || names[doc + 1] === `${file} #${place[doc + 1]}` ? `${path}:${at + 1}` : path;
};
const source = (doc) => state.data.documents.sources[state.data.documents.source[doc]] || "";

// HTML of our own making: each text in it was escaped when it was written.  The policy of the page lets no other
// string become HTML, and none of its attributes run.
const trusted = window.trustedTypes
  ? window.trustedTypes.createPolicy("report", { createHTML: (html) => html })
  : { createHTML: (html) => html };
const fragment = async (anchor) => {
  const row = state.data.shown.get(anchor);
  const texts = await parcel(`texts-${row[4]}`);
  const holder = document.createElement("template");
  holder.innerHTML = trusted.createHTML(texts[row[5]]);
  return document.importNode(holder.content, true);
};
