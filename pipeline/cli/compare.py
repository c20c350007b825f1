"""How two documents compare: what the ledger says, and the same computed again from their texts.

Estimates are datasketch's own here, from its own objects.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

from pipeline.cli.explain import difference_lines, named, scores_text
from pipeline.cli.show import labelled, quoted
from pipeline.errors import safe
from pipeline.settings import load
from stages import candidates, figures, fingerprint
from stages.model import Span
from stages.render import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.ledger import Output, Row
    from pipeline.settings import Settings
    from stages.model import Tokens

_LISTED: Final = 24  # differences
_FIGURES: Final = 12  # on each side


class _Side:
    """One document as it is compared: its text less the repeats inside it and its furniture."""

    def __init__(self, output: Output, row: Row, settings: Settings) -> None:
        text = output.text(row["id"], "L2")
        cuts = [Span(*cut) for r in output.rows().repeats if r["doc"] == row["id"] for cut in r["cuts"]]
        starts = [s.start for s in _lines(text)]
        for found in output.rows().furniture:
            if found["doc"] == row["id"]:
                after = bisect_left(starts, found["end"])
                cuts.append(Span(found["start"], starts[after] if after < len(starts) else len(text)))
        self.text = render(text, _merged(cuts))
        self.tokens: Tokens = fingerprint.tokens(self.text)
        shingles, signature = fingerprint.sketch(self.text, _lines(self.text), settings.fingerprint)
        self.shingles: NDArray[np.uint32] = shingles
        self.signature: NDArray[np.uint32] = signature


def pair_lines(output: Output, a: Row, b: Row) -> list[str]:
    """Return the verdict on two documents, and the grounds of it."""
    head = [
        labelled("A", _status(output, a)),
        labelled("B", _status(output, b)),
        *_ledger(output, a, b),
    ]
    if output.archived(a["id"]) or output.archived(b["id"]):
        return [*head, "", labelled("again", "not here: a text of an archive is not in this output")]
    stored = {f"{s}.{k}": v for s, keys in output.run["settings"].items() for k, v in keys.items()}
    settings = load(None, stored)
    one, two = (_Side(output, row, settings) for row in (a, b))
    return [
        *head,
        "",
        labelled("again", "computed from the two texts, less repeats inside them and furniture"),
        *_sketches(one, two, settings),
        *_figures(one, two),
        *_differences(one, two, settings),
    ]


def _status(output: Output, row: Row) -> str:
    if output.archived(row["id"]):
        return f"{named(output, row['id'])}   kept there"
    of = f" as a copy of {named(output, row['of'])}" if row["of"] else ""
    return f"{named(output, row['id'])}   {row['status']}{of}"


def _ledger(output: Output, a: Row, b: Row) -> list[str]:
    """Return what the run made of the pair."""
    for pair in output.rows().pairs:
        if {pair["a"], pair["b"]} != {a["id"], b["id"]}:
            continue
        swapped = " (A and B the other way round)" if pair["a"] == b["id"] else ""
        via = ", ".join(pair["via"])
        lines = [
            labelled("verdict", f"{pair['tier']}: {safe(pair['why'])}{swapped}"),
            labelled("found by", f"{safe(via)}; {len(pair['bands'])} bands"),
            labelled("scores", scores_text(pair["scores"])),
        ]
        lines += (
            [labelled("", "B has nothing of its own")]
            if not pair["only_b" if not swapped else "only_a"]
            else []
        )
        lines += (
            [labelled("", "A has nothing of its own")]
            if not pair["only_a" if not swapped else "only_b"]
            else []
        )
        return lines + difference_lines(pair["differences"])
    shared = a.get("cluster")
    if shared and shared == b.get("cluster"):
        return [labelled("verdict", f"both in cluster {safe(shared)}, not compared with each other")]
    return [labelled("verdict", "none in the ledger: never proposed, or rejected as too far apart")]


def _sketches(one: _Side, two: _Side, settings: Settings) -> list[str]:
    """Return estimate, exact figures and the bands that propose the pair."""
    first, second = (fingerprint.minhash(side.shingles, settings.fingerprint) for side in (one, two))
    alike = fingerprint.similarity((one.shingles, one.signature), (two.shingles, two.signature))
    keys = candidates.bands(np.stack([one.signature, two.signature]), settings.candidates)
    hit = np.flatnonzero(keys[0] == keys[1]).tolist()
    runs, others = (candidates.sampled_runs(side.tokens.hashes, settings.candidates) for side in (one, two))
    common = int(np.intersect1d(runs, others, assume_unique=True).size)
    shown = f": {', '.join(map(str, hit))}" if hit else ""
    equal = one.tokens.hashes.tobytes() == two.tokens.hashes.tobytes()
    return [
        labelled(
            "MinHash",
            f"estimate {first.jaccard(second):.4f} ({settings.fingerprint.permutations} permutations)",
        ),
        labelled(
            "exact", f"Jaccard {alike.jaccard:.4f}, A in B {alike.a_in_b:.4f}, B in A {alike.b_in_a:.4f}"
        ),
        labelled(
            "keys", "equal" if equal else f"differ ({len(one.tokens):,} and {len(two.tokens):,} tokens)"
        ),
        labelled("bands", f"{len(hit)} of {settings.candidates.bands} equal{shown}"),
        labelled(
            "runs",
            f"{common} sampled runs in common, openings aside; {settings.candidates.common} propose a pair",
        ),
    ]


def _figures(one: _Side, two: _Side) -> list[str]:
    """Return the figures, dates and negations that only one side has."""
    lines = []
    for name, read in (("figures", figures.figures), ("negations", figures.negations)):
        a, b = Counter(read(one.text)), Counter(read(two.text))
        sides = [f"only {side}: {_values(only)}" for side, only in (("A", a - b), ("B", b - a)) if only]
        lines.append(labelled(name, "; ".join(sides) or "the same"))
    return lines


def _values(counts: Counter[str]) -> str:
    values = sorted(counts.elements())
    more = f" and {len(values) - _FIGURES} more" if len(values) > _FIGURES else ""
    return ", ".join(map(safe, values[:_FIGURES])) + more


def _differences(one: _Side, two: _Side, settings: Settings) -> list[str]:
    """Return the aligned difference."""
    found = figures.compare_passages(
        one.text,
        one.tokens,
        two.text,
        two.tokens,
        residue=settings.guard.residue,
        max_differences=_LISTED,
    )
    lines = [
        labelled(
            "aligned", f"identity {found.identity:.4f}, {len(found.differences)} differences (A against B)"
        )
    ]
    for d in found.differences:
        a, b = (quoted(text) if text else "nothing" for text in (d.a_text, d.b_text))
        lines.append(f"  {d.kind}: {a} against {b}")
    return lines


def _lines(text: str) -> list[Span]:
    """Return the lines that are not blank, without their ends."""
    out, at = [], 0
    for line in text.split("\n"):
        if line.strip():
            out.append(Span(at, at + len(line)))
        at += len(line) + 1
    return out


def _merged(spans: Sequence[Span]) -> list[Span]:
    out: list[Span] = []
    for span in sorted(spans):
        if out and span.start <= out[-1].end:
            out[-1] = Span(out[-1].start, max(out[-1].end, span.end))
        else:
            out.append(span)
    return out
