"""What was removed for another text, each with the two texts side by side and the evidence.

A removal is a document that gave way to another, or a passage that repeats another of its own document.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pipeline.report.compare import Comparison, compare, paragraphs
from pipeline.report.rows import Row, lines_text, name_of, repeat_text
from pipeline.report.show import Run, language, number, share, visible, with_figures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pipeline.report.gist import Gist
    from pipeline.waiting import Chosen

    Texts = Callable[[str, str], str]

DIFFERENCES_CAP: Final = 24  # of one removal or pair
FIGURES: Final = frozenset({"number", "date", "negation"})  # kinds of differences that make other news
TIERS: Final = {
    "identical": "every character of the compared text is equal",
    "key-equal": "equal but for punctuation, spaces, width, case or script form",
    "near": "aligned over most of both texts",
    "contained": "the shorter text lies in the longer one",
    "person": "a person decided it",
    "shared": "passages in common, different articles",
    "variant": "figures, dates or negation differ",
    "update": "the text has substance of its own",
    "review": "a short name is the only difference",
    "rejected": "the text did not bear the proposal out",
    "copy": "a whole second copy of the article",
    "block": "a run of paragraphs",
    "paragraph": "one long paragraph",
    "recurring": "a refrain, a label, or the same passage in two items",
}
_SCORES: Final = (
    ("estimate", "MinHash estimate"),
    ("jaccard", "Jaccard, exact"),
    ("b_in_a", "{b} text found in the {a} one"),
    ("a_in_b", "{a} text found in the {b} one"),
    ("identity", "equal characters where aligned"),
    ("b_aligned", "{b} text that is aligned"),
    ("a_aligned", "{a} text that is aligned"),
)
_KEPT: Final = ("Kept", "Removed")
_VIA: Final = {"key": "equal keys", "bands": "MinHash bands (LSH)", "runs": "rare runs of characters"}
_SWAP: Final = {"a_in_b": "b_in_a", "b_in_a": "a_in_b", "a_aligned": "b_aligned", "b_aligned": "a_aligned"}


@dataclass(frozen=True, slots=True)
class Bar:
    """A score as text and as the width of a bar, of 100."""

    label: str
    value: str
    width: float


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two texts differ."""

    kind: str
    a: tuple[Run, ...]
    b: tuple[Run, ...]
    figure: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """Where two passages lie in their document, on a scale of 1000."""

    kept: tuple[float, float]  # x, width
    repeat: tuple[float, float]
    cuts: tuple[tuple[float, float], ...]
    says: str


@dataclass(frozen=True, slots=True)
class Side:
    """The heading of one of the two texts."""

    name: str
    where: str  # "lines 1–37", or what its line numbers count
    lang: str


@dataclass(frozen=True, slots=True)
class Removal:
    """One removed text beside the one that stays."""

    anchor: str
    tier: str
    title: str
    summary: str
    kept: Side
    removed: Side
    facts: tuple[tuple[str, str], ...]
    bars: tuple[Bar, ...]
    differences: tuple[Difference, ...]
    more_differences: int
    alarm: str  # loud: figures differ
    comparison: Comparison | None  # None where there is no text to set beside it
    picture: Picture | None = None
    heads: tuple[str, str] = _KEPT


def bars(scores: Mapping[str, float | None] | None, heads: tuple[str, str] = _KEPT) -> tuple[Bar, ...]:
    """Return the scores as bars; `heads` are what the sides `a` and `b` are called."""
    if scores is None:
        return ()
    a, b = map(str.lower, heads)
    rows = ((label.format(a=a, b=b), scores[key]) for key, label in _SCORES)
    return tuple(
        Bar(label, share(value), round(100 * min(1.0, max(0.0, value)), 1))
        for label, value in rows
        if value is not None
    )


def differences(rows: Iterable[Row], *, swap: bool = False) -> tuple[Difference, ...]:
    """Return the differing values with their figures marked; `swap` exchanges the sides."""
    out = []
    for row in rows:
        a, b = with_figures(row["a_text"]), with_figures(row["b_text"])
        left, right = (b, a) if swap else (a, b)
        kind = {"only_a": "only_b", "only_b": "only_a"}.get(row["kind"], row["kind"]) if swap else row["kind"]
        out.append(Difference(visible(kind, 40), tuple(left), tuple(right), row["kind"] in FIGURES))
    return tuple(out)


def oriented(pair: Row, kept: str) -> tuple[dict[str, float | None], bool]:
    """Return the scores of a pair as seen from the kept text as side `a`, and whether the sides were swapped."""
    swap = pair["a"] != kept
    scores = pair["scores"] or {}
    return {key: scores.get(_SWAP.get(key, key) if swap else key) for key, _ in _SCORES}, swap


@dataclass(frozen=True, slots=True)
class Case:
    """A removal, or a pair that stayed, to be shown: what is known of it but for its texts."""

    anchor: str
    row: Row  # of a repeat, with `length`; of a document; of an item of the queue; or all repeats of a document
    name: str | None  # of the repeat's document, or of the kept one; None where it is unknown
    here: bool  # the kept text is in this output
    pair: Row | None = None
    why_kept: str | None = None

    @property
    def is_repeat(self) -> bool:
        """Whether it is a passage of a document."""
        return "repeat" in self.row

    @property
    def is_whole(self) -> bool:
        """Whether it is a document with all that repeats in it."""
        return "repeats" in self.row

    @property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """The texts that it may ask for: document and layer."""
        row = self.row
        if "doc" in row:
            return ((row["doc"], "L2"),)
        if "a" in row:
            return ((row["a"], "L2"), (row["b"], "L2")) if self.here else ((row["b"], "L2"),)
        gone = (row["id"], "L2")
        return ((row["of"], "L3"), gone) if self.here else (gone,)

    @property
    def documents(self) -> tuple[str, ...]:
        """The documents whose texts it needs."""
        return tuple(document for document, _ in self.texts)


def repeat_case(gist: Gist, row: Row, anchor: str) -> Case:
    """Return a removed repeat as a case."""
    return Case(anchor, row, gist.names[row["doc"]], here=True)


def document_case(gist: Gist, row: Row, anchor: str) -> Case:
    """Return a removed document as a case."""
    of = row["of"]
    cluster = gist.why_kept.get(row["cluster"])
    return Case(
        anchor,
        row,
        gist.names.get(of),
        here=of in gist.names and of not in gist.archived,  # the texts of an archive are not in this output
        pair=gist.matched.get(frozenset((of, row["id"]))),
        why_kept=(cluster["why_kept"] or "–") if cluster else None,
    )


def pair_case(gist: Gist, item: Chosen, anchor: str) -> Case:
    """Return a pair that is to be judged as a case."""
    a, b = item.ids
    names = [gist.names.get(one, one) for one in item.ids]
    row = {"a": a, "b": b, "removed": item.gone is not None, "names": names}
    here = gist.archived.keys().isdisjoint(item.ids)
    return Case(anchor, row, names[0], here=here, pair=item.pair)


def whole_case(gist: Gist, document: str, repeats: Sequence[Row], anchor: str) -> Case:
    """Return a document with the repeats that were removed in it as a case."""
    return Case(anchor, {"doc": document, "repeats": repeats}, gist.names[document], here=True)


def removal(case: Case, texts: Texts) -> Removal:
    """Return a removal with both texts; `texts` gives that of a document (id) in layer "L2" or "L3"."""
    if "a" in case.row:
        return _pair(case, texts)
    return (_repeat if case.is_repeat else _document)(case, texts)


def _repeat(case: Case, texts: Texts) -> Removal:
    """Return a passage beside the one it repeats, with L1 line numbers."""
    row = case.row
    text = texts(row["doc"], "L2")
    kept, repeat = row["kept"], row["repeat"]
    a, b = text[kept["start"] : kept["end"]], text[repeat["start"] : repeat["end"]]
    cuts = [(s - repeat["start"], e - repeat["start"], "") for s, e in row["cuts"]]
    kept_paragraphs = paragraphs(a, _numbered(a, kept["lines"]))
    shown = differences(row["differences"])
    lang = language([a, b])
    name = visible(case.name)
    length = sum(e - s for s, e, _ in cuts)
    return Removal(
        anchor=case.anchor,
        tier=visible(row["class"], 40),
        title=name,
        summary=repeat_text(repeat["lines"], kept["lines"]),
        kept=Side(name, lines_text(kept["lines"]), lang),
        removed=Side(name, lines_text(repeat["lines"]), lang),
        facts=(
            ("what", f"{visible(row['class'], 40)}: {TIERS.get(row['class'], '')}"),
            ("why", visible(row["why"])),
            ("equal lines", f"{number(row['lines_equal'])} of {number(row['lines_total'])}"),
            (
                "removed",
                f"{number(length)} characters in {number(len(cuts))} span{'s' * (len(cuts) != 1)}",
            ),
        ),
        bars=bars(row["scores"]),
        differences=shown[:DIFFERENCES_CAP],
        more_differences=max(0, len(shown) - DIFFERENCES_CAP),
        alarm="The two copies differ in figures: check which one is right." if row["figures_differ"] else "",
        comparison=compare(kept_paragraphs, paragraphs(b, _numbered(b, repeat["lines"]))),
        picture=_picture(row, row["length"] or len(text)),
    )


def _document(case: Case, texts: Texts) -> Removal:
    """Return a removed document beside the kept one."""
    row, pair = case.row, case.pair
    removed_text = texts(row["id"], "L2")
    kept_text = texts(row["of"], "L3") if case.here else ""
    one_to_one = removed_text.count("\n") + (not removed_text.endswith("\n")) == row["l1"]["lines"]
    removed_paragraphs = paragraphs(removed_text, 1 if one_to_one else None)
    scores, swap = oriented(pair, row["of"]) if pair else (None, False)
    shown = differences(pair["differences"], swap=swap) if pair else ()
    name = visible(name_of(row))
    kept_name = visible(row["of"] or "no other document") if case.name is None else visible(case.name)
    return Removal(
        anchor=case.anchor,
        tier=visible(row["tier"] or "removed", 40),
        title=name,
        summary=f"gives way to {kept_name}" if row["of"] else "goes by a person's decision",
        kept=Side(
            kept_name, "the clean copy, its own line numbers" if case.here else "", language([kept_text])
        ),
        removed=Side(
            name,
            "line numbers of the source" if one_to_one else "the normalised text",
            language([removed_text]),
        ),
        facts=_facts(case),
        bars=bars(scores),
        differences=shown[:DIFFERENCES_CAP],
        more_differences=max(0, len(shown) - DIFFERENCES_CAP),
        alarm="",
        comparison=compare(paragraphs(kept_text, 1), removed_paragraphs) if case.here else None,
    )


def _pair(case: Case, texts: Texts) -> Removal:
    """Return two documents side by side, whatever became of them."""
    row, pair = case.row, case.pair
    a, b = (texts(row[side], "L2") for side in ("a", "b")) if case.here else ("", "")
    scores, swap = oriented(pair, row["a"]) if pair else (None, False)
    shown = differences(pair["differences"], swap=swap) if pair else ()
    names = [visible(name) for name in row["names"]]
    heads = _KEPT if row["removed"] else ("First", "Second")
    tier = visible(pair["tier"], 40) if pair else "cluster"
    facts = [("what", f"{tier}: {TIERS.get(tier, '')}")]
    if pair:
        facts += [("why matched", visible(pair["why"] or "–")), *_proposed(pair)]
    return Removal(
        anchor=case.anchor,
        tier=tier,
        title=names[1],
        summary=names[0],
        kept=Side(names[0], "", language([a])),
        removed=Side(names[1], "", language([b])),
        facts=tuple(facts),
        bars=bars(scores, heads),
        differences=shown[:DIFFERENCES_CAP],
        more_differences=max(0, len(shown) - DIFFERENCES_CAP),
        alarm="",
        comparison=compare(paragraphs(a), paragraphs(b)) if case.here else None,
        heads=heads,
    )


def _proposed(pair: Row) -> list[tuple[str, str]]:
    """Return how a pair was found."""
    facts = [("proposed by", visible(", ".join(_VIA.get(v, v) for v in pair["via"]) or "–"))]
    if pair["bands"]:
        facts.append(("bands that agree", visible(", ".join(map(str, pair["bands"])), 200)))
    return facts


def _facts(case: Case) -> tuple[tuple[str, str], ...]:
    row, pair = case.row, case.pair
    facts = [("what", f"{visible(row['tier'] or 'removed', 40)}: {TIERS.get(row['tier'], '')}")]
    facts.append(("why removed", visible(row["why"] or "–")))
    if pair:
        facts.append(("why matched", visible(pair["why"] or "–")))
        facts += _proposed(pair)
        substance = [side for side, has in (("a", pair["only_a"]), ("b", pair["only_b"])) if has]
        sides = {"kept" if (side == "a") == (pair["a"] == row["of"]) else "removed" for side in substance}
        facts.append(
            ("substance of its own", " and ".join(sorted(sides)) + " text" if sides else "neither text")
        )
    if case.why_kept is not None:
        facts.append(("why this copy was kept", visible(case.why_kept)))
    return tuple(facts)


def _numbered(text: str, lines: Sequence[int]) -> int | None:
    """Return the number of the first line where lines of `text` are lines of the source, one to one."""
    body = text.removesuffix("\n")
    return lines[0] if lines and body.count("\n") == lines[-1] - lines[0] else None


def _picture(row: Row, length: int) -> Picture:
    def scaled(start: int, end: int) -> tuple[float, float]:
        x = round(1000 * start / max(1, length), 1)
        return x, max(2.0, round(1000 * end / max(1, length) - x, 1))

    kept, repeat = row["kept"], row["repeat"]
    says = f"Of {number(length)} characters, {number(repeat['start'])} to {number(repeat['end'])} "
    says += f"repeat {number(kept['start'])} to {number(kept['end'])}: "
    says += repeat_text(repeat["lines"], kept["lines"])
    return Picture(
        scaled(kept["start"], kept["end"]),
        scaled(repeat["start"], repeat["end"]),
        tuple(scaled(s, e) for s, e in row["cuts"]),
        says,
    )
