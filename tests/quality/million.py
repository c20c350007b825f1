"""Measures what is removed wrongly from very many paragraphs, where the truth is known and each proof is exact.

    python tests/quality/million.py [--paragraphs N] [--seed N] [--sample N] [--jobs N] [--work FOLDER]

All removals are held against what was planted; a sample of them is proved by brute force (`million_proof`), and the
similarity in the ledger is computed anew.  Exit 1 when a removal was wrong, or a proof failed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import million_corpus  # noqa: E402
import million_proof  # noqa: E402
from million_corpus import COPIES, TWICE, Planted  # noqa: E402

from pipeline import events  # noqa: E402
from pipeline.job import run  # noqa: E402
from pipeline.settings import load  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PARAGRAPHS: Final = 1_000_000
_FILES: Final = 8  # JSON Lines files, so that processes and members have something to share
_SURE: Final = 1.959964  # standard deviations of an interval of 95 %
_SHOWN: Final = 10  # failures that are printed


@dataclass(frozen=True, slots=True)
class Told:
    """What an output says of one document."""

    of: str  # the document it was removed for, or ""
    tier: str
    cuts: tuple[tuple[int, int, str], ...]  # start, end and reason of what was cut inside it


@dataclass(slots=True)
class Verdict:
    """What came of all removals, and of the sample."""

    wrong: list[str]  # against what was planted
    removed: Counter[str]  # documents, or documents with a repeat, by kind
    due: Counter[str]  # the same, of what was planted
    sampled: int = 0
    failed: list[str] | None = None


#: Two shingles of one text may share their hash of 32 bits, once in some two thousand texts of as many shingles.
_COLLISION: Final = 0.001


def write(folder: Path, paragraphs: int, seed: int) -> dict[str, Planted]:
    """Write the corpus; return its documents."""
    folder.mkdir(parents=True)
    truth = {}
    files = [(folder / f"part-{n}.jsonl").open("w", encoding="utf-8") for n in range(_FILES)]
    for n, document in enumerate(million_corpus.planted(paragraphs, seed)):
        row = {"id": document.id, "text": "\n".join(document.lines)}
        files[n % _FILES].write(json.dumps(row, ensure_ascii=False) + "\n")
        truth[document.id] = document
    for file in files:
        file.close()
    return truth


def told(out: Path) -> tuple[dict[str, Told], dict[str, str]]:
    """Return what an output says of each document, by its own name, and the names by the ledger's ids."""
    names: dict[str, str] = {}
    heads = {}
    for row in _rows(out, "documents"):
        names[row["id"]] = row["meta"]["id"]
        heads[row["id"]] = (row["of"] or "", row["tier"] or "")
    cuts: dict[str, list[tuple[int, int, str]]] = {}
    for row in _rows(out, "spans"):
        if row["reason"] != "document":
            cuts.setdefault(row["doc"], []).append((row["start"], row["end"], row["reason"]))
    return {
        names[i]: Told(names.get(of, ""), tier, tuple(cuts.get(i, ()))) for i, (of, tier) in heads.items()
    }, names


def _rows(out: Path, table: str) -> Iterator[dict[str, Any]]:
    with (out / "ledger" / f"{table}.jsonl").open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def held_against(truth: dict[str, Planted], said: dict[str, Told]) -> Verdict:
    """Return what was removed and should not have been, over all documents."""
    verdict = Verdict([], Counter(), Counter())
    for document in truth.values():
        kind, found = document.kind, said[document.id]
        verdict.due[kind] += (kind in COPIES and document.copy) or kind in TWICE
        wrong = _wrong(document, found, truth)
        if wrong:
            verdict.wrong.append(f"{document.id} ({kind}): {wrong}")
        elif found.of or found.cuts:
            verdict.removed[kind] += 1
    return verdict


def _wrong(document: Planted, found: Told, truth: dict[str, Planted]) -> str:
    """Return what is wrong with what was removed of a document, or nothing."""
    if found.of:
        may_go = document.kind in COPIES and (document.copy or document.kind != "truncated")
        return "" if may_go and truth[found.of].story == document.story else f"removed for {found.of}"
    half = len("\n".join(document.lines[: len(document.lines) // 2])) + 1
    for start, _end, reason in found.cuts:
        if reason != "repeat" or document.kind not in TWICE:
            return f"{reason} cut at {start}"
    sides = {start >= half - 1 for start, _, _ in found.cuts} | {end > half for _, end, _ in found.cuts}
    return "a piece of both copies was cut" if len(sides) > 1 else ""


def proved(
    truth: dict[str, Planted], said: dict[str, Told], scores: dict[tuple[str, str], tuple[float, ...]]
) -> Iterator[str]:
    """Yield, for each sampled removal, what its exact proof found wrong, or nothing."""
    for (name, kept), (jaccard, a_in_b, b_in_a) in scores.items():
        lines, stays = truth[name].lines, truth[kept].lines
        why = million_proof.refuted(lines, stays)
        exact, told = million_proof.alike(lines, stays), (jaccard, a_in_b, b_in_a)
        if not why and any(abs(x - y) > _COLLISION for x, y in zip(exact, told, strict=True)):
            why = f"similarity is {exact}, not {told}"
        yield why and f"{name} for {kept}: {why}"


def _inside(document: Planted, cuts: Sequence[tuple[int, int, str]]) -> str:
    """Return what the exact proof of the cuts inside a document found wrong, or nothing."""
    text = "\n".join(document.lines)
    stays, at = [], 0
    for start, end, _ in cuts:
        stays.append(text[at:start])
        at = end
    kept = "".join([*stays, text[at:]]).split("\n")
    gone = "\n".join(text[start:end].strip("\n") for start, end, _ in cuts).split("\n")
    why = million_proof.refuted(gone, kept)
    return why and f"{document.id}: {why}"


def sampled(
    out: Path, truth: dict[str, Planted], said: dict[str, Told], names: dict[str, str], size: int, seed: int
) -> list[str]:
    """Return what the proofs of a sample of documents and of cuts found, one string each."""
    dice = random.Random(seed)
    removed = sorted(n for n, t in said.items() if t.of)
    cut = sorted(n for n, t in said.items() if t.cuts)
    chosen = set(dice.sample(removed, min(size, len(removed))))
    scores: dict[tuple[str, str], tuple[float, ...]] = {}
    for row in _rows(out, "pairs"):
        a, b = names[row["a"]], names[row["b"]]
        own = row["scores"]
        if a in chosen and said[a].of == b:
            scores[a, b] = (own["jaccard"], own["a_in_b"], own["b_in_a"])
        elif b in chosen and said[b].of == a:
            scores[b, a] = (own["jaccard"], own["b_in_a"], own["a_in_b"])
    unproved = chosen - {name for name, _ in scores}
    return [
        *(f"{name}: no checked pair with {said[name].of}" for name in sorted(unproved)),
        *proved(truth, said, scores),
        *(_inside(truth[n], said[n].cuts) for n in dice.sample(cut, min(size // 2, len(cut)))),
    ]


def wilson(right: int, number: int) -> tuple[float, float]:
    """Return the interval of 95 % of a share (Wilson 1927)."""
    if not number:
        return 0.0, 1.0
    share, square = right / number, _SURE**2
    centre = share + square / (2 * number)
    spread = _SURE * sqrt(share * (1 - share) / number + square / (4 * number**2))
    below = 1 + square / number
    return max(0.0, (centre - spread) / below), min(1.0, (centre + spread) / below)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--paragraphs", type=int, default=PARAGRAPHS)
    parser.add_argument("--seed", type=int, default=million_corpus.SEED)
    parser.add_argument(
        "--sample", type=int, default=2000, help="documents to prove, and half as many repeats"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--work", type=Path, help="keep corpus and output in this new folder")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Make, clean, prove, print; return the exit code."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="million-") as name:
        work = options.work or Path(name)
        truth = write(work / "in", options.paragraphs, options.seed)
        kinds = Counter(d.kind for d in truth.values())
        print(
            f"{sum(len(d.lines) for d in truth.values()):,} paragraphs, {len(truth):,} documents: {dict(kinds)}"
        )
        started, used = time.perf_counter(), _processor()
        run([work / "in"], work / "out", load(None, {"run.jobs": options.jobs}), printer=events.Silent())
        print(
            f"cleaned in {time.perf_counter() - started:,.0f} s, {_processor() - used:,.0f} s of processor, {_peak()} MB",
            flush=True,
        )
        said, names = told(work / "out")
        verdict = held_against(truth, said)
        proofs = sampled(work / "out", truth, said, names, options.sample, options.seed)
    return _printed(verdict, proofs, len(truth))


def _processor() -> float:
    return sum(
        u.ru_utime + u.ru_stime
        for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _printed(verdict: Verdict, proofs: Sequence[str], documents: int) -> int:
    failed = [p for p in proofs if p]
    removed = verdict.removed.total() + len(verdict.wrong)
    for kind, due in sorted(verdict.due.items()):
        if due:
            print(f"{kind:<14}{verdict.removed[kind]:>8,} of {due:>8,} found")
    for title, right, number in (
        ("right by what was planted", removed - len(verdict.wrong), removed),
        ("proved exactly, sampled", len(proofs) - len(failed), len(proofs)),
    ):
        low, high = wilson(right, number)
        share = right / number if number else 0.0
        print(f"{title}: {right:,} of {number:,} removals, {share:.4%} [{low:.4%}, {high:.4%}]")
    print(f"{documents - removed:,} documents were left alone")
    for fault in (*verdict.wrong, *failed)[:_SHOWN]:
        print(f"wrong: {fault}")
    return 1 if verdict.wrong or failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
