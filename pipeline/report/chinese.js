// Our words in Chinese.  They are data, `chinese.json`: words and sentences as they are, and patterns of sentences.
//
// A pattern has `{}` for any words and `{#}` for a number or a range; its Chinese has `{1}` for the first value as it
// is, and `{1:}` for one that is itself of our words.  The first that fits is taken.

const LITERAL = /[.*+?^${}()|[\]\\]/g;
const shaped = ({ words, patterns }) => ({ words: new Map(Object.entries(words)), patterns: patterns.map(([english, chinese]) => {
  const pieces = english.split(/(\{#?\})/).map((piece) => ({ "{}": "(.*?)", "{#}": "([\\d.,–−-]+)" })[piece] || piece.replace(LITERAL, "\\$&"));
  return [new RegExp(`^${pieces.join("")}$`, "su"), chinese];
}) });

// The Chinese of a sentence with values in it; undefined where none of ours fits.
const sentence = (text) => {
  for (const [pattern, chinese] of state.chinese.patterns) {
    const found = pattern.exec(text);
    if (found) {
      return chinese.replace(/\{(\d)(:?)\}/g, (_, n, ours) => (ours ? t(found[n]) : found[n]));
    }
  }
  return undefined;
};
const t = (text) => (state.language === "zh" ? state.chinese.words.get(text) || sentence(text) || text : text);
