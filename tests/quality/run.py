"""Measures what the tool finds and what it removes wrongly, on texts of which the truth is known, against floors.

    python tests/quality/run.py [--data] [--only NAME] [--update [--allow-regression]] [--keep FOLDER] [--page]

False removals have no floor but 0: a document or passage that says something of its own and is gone, a repeat cut
where there is none, a kept copy that is not the most complete one.  What is found may fall below what was once
measured only on purpose.  Exit 1 when something did.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import ladder  # noqa: E402

from pipeline import events  # noqa: E402
from pipeline.check import verify  # noqa: E402
from pipeline.job import run  # noqa: E402
from pipeline.ledger import Output  # noqa: E402
from pipeline.settings import load  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FLOORS = HERE / "floors.json"
PAGE = HERE.parents[1] / "docs" / "quality.md"
FLAWLESS = ("templates", "legit")  # samples of which nothing may be removed
_COMPLETE = 0.97  # of the story's characters have to stay; the rest is what an edit may leave out
_OVERLAP = 0.9  # of truth and removal, from which on a repeat counts as found
_DIGITS = 3  # of the figures that are pinned


@dataclass(slots=True)
class Score:
    """What was measured on one rung."""

    name: str
    number: int  # copies to find, repeats to find, or documents to leave alone
    found: float  # share of them
    false: int  # removals that should not have been
    iou: float | None = None  # of removed and true repeats, mean
    ari: float | None = None  # of clusters, singletons included
    missed: dict[str, int] = field(default_factory=dict)  # what the missed ones were taken for
    faults: list[str] = field(default_factory=list)  # for people: where it went wrong
    seconds: float = 0.0
    gate: bool = True


def adjusted_rand(truth: Sequence[str], said: Sequence[str]) -> float:
    """Return the adjusted Rand index of two labellings of the same things; 1 is agreement, 0 is chance."""

    def pairs(labels: Iterable[object]) -> int:
        return sum(n * (n - 1) // 2 for n in Counter(labels).values())

    both, mine, theirs = pairs(zip(truth, said, strict=True)), pairs(truth), pairs(said)
    every = len(truth) * (len(truth) - 1) // 2
    chance = mine * theirs / every if every else 0.0
    most = (mine + theirs) / 2
    return 1.0 if most == chance else (both - chance) / (most - chance)


def squeezed(text: str) -> str:
    return "".join(text.split())


def _rows(output: Output) -> tuple[dict[str, dict], dict[str, dict]]:
    documents = output.rows().documents
    return {d["path"]: d for d in documents}, {d["id"]: d for d in documents}


def _copies(rung: ladder.Rung, output: Output, out: Path) -> Score:
    by_path, by_id = _rows(output)
    group = {t.path: t.group for t in rung.texts}
    tiers: dict[frozenset[str], str] = {
        frozenset((by_id[p["a"]]["path"], by_id[p["b"]]["path"])): p["tier"] for p in output.rows().pairs
    }
    score = Score(rung.name, 0, 0.0, 0)
    gone = 0
    groups: dict[str, list[ladder.Text]] = {}
    for text in rung.texts:
        groups.setdefault(text.group, []).append(text)
    for texts in groups.values():
        kept = [t for t in texts if by_path[t.path]["status"] != "removed"]
        score.number += len(texts) - 1
        gone += min(len(texts) - len(kept), len(texts) - 1)
        for text in kept[1:]:
            what = tiers.get(frozenset((text.path, kept[0].path)), "not compared")
            score.missed[what] = score.missed.get(what, 0) + 1
        story = texts[0]  # the article as it is
        full = len(squeezed(story.data.decode()))
        best = max((len(squeezed(_clean(by_path[t.path], out))) for t in kept), default=0)
        if best < full * _COMPLETE:
            score.false += 1
            score.faults.append(f"{story.path}: {best} of {full} characters of the story stay")
    for path, document in by_path.items():
        if document["status"] == "removed" and group[by_id[document["of"]]["path"]] != group[path]:
            score.false += 1
            score.faults.append(f"{path} removed for {by_id[document['of']]['path']}: {document['why']}")
    score.found = gone / max(score.number, 1)
    said = {p: by_id[d["of"]]["path"] if d["status"] == "removed" else p for p, d in by_path.items()}
    names = sorted(by_path)
    score.ari = adjusted_rand([group[p] for p in names], [said[p] for p in names])
    return score


def _clean(document: dict, out: Path) -> str:
    return (out / "clean" / document["path"]).read_text(encoding="utf-8")


def _marks(pieces: Sequence[Sequence[str]], which: int) -> set[int]:
    """Return the offsets, blanks not counted, of every second piece, from the first or the second on."""
    found: set[int] = set()
    at = 0
    for n, piece in enumerate(pieces):
        size = sum(len(squeezed(line)) for line in piece)
        if n % 2 == which:
            found.update(range(at, at + size))
        at += size
    return found


def _repeats(rung: ladder.Rung, output: Output, out: Path) -> Score:
    by_path, _ = _rows(output)
    spans: dict[str, list[dict]] = {}
    for span in output.rows().spans:
        spans.setdefault(span["doc"], []).append(span)
    score = Score(rung.name, len(rung.texts), 0.0, 0)
    overlaps = []
    for text in rung.texts:
        document = by_path[text.path]
        canonical = output.text(document["id"], "L2")
        assert isinstance(canonical, str)
        if squeezed(canonical) != squeezed(text.data.decode()):
            score.faults.append(f"{text.path}: normalising changed more than blanks")
        offsets = [0]
        for char in canonical:
            offsets.append(offsets[-1] + (not char.isspace()))
        cut: set[int] = set()
        for span in spans.get(document["id"], ()):
            cut.update(range(offsets[span["start"]], offsets[span["end"]]))
        truths = [_marks(text.repeats, which) for which in (1, 0)]
        iou, truth = max(((len(cut & t) / len(cut | t), t) for t in truths), key=lambda x: x[0])
        overlaps.append(iou)
        if iou < _OVERLAP:
            what = "nothing" if not cut else "in part"
            score.missed[what] = score.missed.get(what, 0) + 1
        stays = len(squeezed(_clean(document, out)))
        full = len(truths[0] ^ set(range(len(squeezed(canonical)))))
        if len(cut - truth) > (1 - _COMPLETE) * full or stays < full * _COMPLETE:
            score.false += 1
            score.faults.append(
                f"{text.path}: {len(cut - truth)} characters cut that are no repeat; {stays} of {full} stay"
            )
    score.found = sum(x >= _OVERLAP for x in overlaps) / max(score.number, 1)
    score.iou = sum(overlaps) / max(len(overlaps), 1)
    return score


def _untouched(name: str, output: Output) -> Score:
    by_path, by_id = _rows(output)
    score = Score(name, len(by_path), 0.0, 0)
    for path, document in sorted(by_path.items()):
        if document["status"] == "removed":
            score.faults.append(f"{path} removed for {by_id[document['of']]['path']}: {document['why']}")
    for span in output.rows().spans:
        if span["reason"] != "document":
            score.faults.append(
                f"{by_id[span['doc']]['path']}: {span['chars']} characters cut: {span['why']}"
            )
    score.false = len(score.faults)
    score.found = 1 - score.false / max(score.number, 1)
    return score


def _cleaned(folder: Path, out: Path) -> tuple[Output, float, list[str]]:
    started = time.perf_counter()
    run([folder], out, load(None, {"run.jobs": 1}), printer=events.Silent())
    seconds = time.perf_counter() - started
    damage = verify(out, deep=True, sample=None, seed=0).findings
    return Output(out), seconds, [f"verify: {f.where}: {f.what}" for f in damage]


def measured(rung: ladder.Rung, name: str, work: Path) -> Score:
    """Write a rung, clean it, and return what came of it."""
    folder, out = work / name / "in", work / name / "out"
    ladder.write(rung, folder)
    output, seconds, damage = _cleaned(folder, out)
    if rung.kind == "copies":
        score = _copies(rung, output, out)
    elif rung.kind == "repeats":
        score = _repeats(rung, output, out)
    else:
        score = _untouched(name, output)
    score.name, score.seconds, score.gate = name, seconds, rung.gate
    score.faults += damage
    score.false += len(damage)
    return score


def all_scores(options: argparse.Namespace, work: Path) -> Iterable[Score]:
    """Measure everything that was asked for, one after the other."""
    pools = {"": ladder.ladder(ladder.sample_articles())}
    if options.data:
        for pool, (name, *_) in ladder.POOLS.items():
            articles = ladder.data_articles(pool)
            if articles:
                pools[f"{pool}/"] = ladder.ladder(articles, notices=False)
            else:
                print(f"skipped {pool}: {name} is not beside the repository")
    for prefix, rungs in pools.items():
        for rung in (*rungs, ladder.mixed(rungs)):
            name = prefix + rung.name
            if not options.only or name in options.only:
                yield measured(rung, name, work)
    for sample in FLAWLESS:
        name = f"sample-{sample}"
        if not options.only or name in options.only:
            output, seconds, damage = _cleaned(ladder.SAMPLES / sample / "input", work / name)
            score = _untouched(name, output)
            score.seconds = seconds
            score.faults += damage
            score.false += len(damage)
            yield score


def row_of(score: Score) -> list[str]:
    """Return the columns of a score."""
    shown = [score.name, f"{score.number}", f"{score.found:.3f}", f"{score.false}"]
    shown += ["" if x is None else f"{x:.3f}" for x in (score.iou, score.ari)]
    return [*shown, " · ".join(f"{what} {n}" for what, n in sorted(score.missed.items()))]


HEADER = ["class", "number", "found", "false", "span IoU", "ARI", "the missed were taken for"]


def failures(score: Score, floor: dict[str, float] | None) -> list[str]:
    """Return what of a score is below its floor; false removals have the floor 0."""
    if not score.gate:
        return []
    found = [f"{score.name}: {score.false} false removals"] if score.false else []
    if floor is None and "/" not in score.name:  # texts beside the repository may have none
        found.append(f"{score.name}: no floor; --update pins one")
    for key in ("found", "iou", "ari"):
        least = (floor or {}).get(key)
        value = getattr(score, key)
        if least is not None and (value is None or round(value, _DIGITS) < least):
            found.append(f"{score.name}: {key} {value:.3f} is below {least:.3f}")
    return found


def pinned(score: Score) -> dict[str, float]:
    """Return the floors that a score gives."""
    figures = {"found": score.found, "iou": score.iou, "ari": score.ari}
    return {key: round(value, _DIGITS) for key, value in figures.items() if value is not None}


def update(scores: Sequence[Score], floors: dict[str, dict[str, float]], *, allow: bool) -> list[str]:
    """Rewrite the floors from what was measured; return why not, where a floor would fall."""
    lower = [why for s in scores if s.name in floors for why in failures(s, floors[s.name])]
    lower += [
        f"{s.name}: {s.false} false removals" for s in scores if s.gate and s.false and s.name not in floors
    ]
    if lower and not allow:
        return lower
    merged = {**floors, **{s.name: pinned(s) for s in scores if s.gate}}
    text = json.dumps(dict(sorted(merged.items())), indent=1, ensure_ascii=False)
    FLOORS.write_text(text + "\n", encoding="utf-8")
    return []


def page(scores: Sequence[Score]) -> str:
    """Return docs/quality.md."""
    lines = [
        "# What is found, and what is removed wrongly",
        "",
        "<!-- Made by `python tests/quality/run.py --page` from a measurement: change it there. -->",
        "",
        "Each class takes the articles of `samples/` and changes them in one way, so the truth is known. *Found* is the share of the",
        "copies that were removed (of the repeats: cut, at an overlap of .9 or more; of the rest: left alone). *False* counts removals that",
        "should not have been. The classes after `one-line` look alike and are not: nothing of them may go.",
        "",
        "| " + " | ".join(HEADER) + " |",
        "|---|" + "---:|" * 5 + "---|",
        *("| " + " | ".join(row_of(s)) + " |" for s in scores),
        "",
        "`make quality` measures again and fails where a figure falls below `tests/quality/floors.json`.",
        "",
    ]
    return "\n".join(lines)


def options_of(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", action="store_true", help="also from the texts beside the repository, where present"
    )
    parser.add_argument(
        "--only", action="append", metavar="NAME", help="this class alone; may be given again"
    )
    parser.add_argument("--update", action="store_true", help="rewrite the floors")
    parser.add_argument("--allow-regression", action="store_true", help="also where a floor falls")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave inputs and outputs in this folder")
    parser.add_argument("--page", action="store_true", help="rewrite docs/quality.md")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the scores")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Measure, print, compare; return the exit code."""
    options = options_of(arguments)
    work = options.keep or Path(tempfile.mkdtemp(prefix="quality-"))
    floors = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {}
    started = time.perf_counter()
    scores = []
    widths = (22, 7, 6, 6, 9, 6)
    try:
        print("".join(f"{h:<{w}}" for h, w in zip(HEADER, (*widths, 0), strict=True)).rstrip())
        for score in all_scores(options, work):
            scores.append(score)
            print(
                "".join(f"{c:<{w}}" for c, w in zip(row_of(score), (*widths, 0), strict=True)).rstrip(),
                flush=True,
            )
    finally:
        if not options.keep:
            shutil.rmtree(work, ignore_errors=True)
    print(f"\nin {time.perf_counter() - started:.0f} s")
    return concluded(options, scores, floors)


def concluded(
    options: argparse.Namespace, scores: Sequence[Score], floors: dict[str, dict[str, float]]
) -> int:
    """Say what failed, write what was asked for, and return the exit code."""
    for score in scores:
        for fault in score.faults[:8]:
            print(f"  {score.name}: {fault}")
    if options.json:
        options.json.write_text(json.dumps([asdict(s) for s in scores], indent=1, ensure_ascii=False) + "\n")
    if options.page and not options.only:
        PAGE.write_text(page(scores), encoding="utf-8")
    if options.update:
        refused = update(scores, floors, allow=options.allow_regression)
        for why in refused:
            print(f"not updated: {why}")
        floors = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {}
    failed = [why for s in scores for why in failures(s, floors.get(s.name))]
    for why in failed:
        print(f"FAILED {why}")
    bad = sum(bool(failures(s, floors.get(s.name))) for s in scores)
    print(f"{len(scores) - bad} passed, {bad} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
