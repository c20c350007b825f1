"""What came of a rung: what was found, what was removed that should not have been, and what the missed were taken for."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import ladder
from ladder_figures import Agreement, Figure, agreement, share
from ladder_negatives import NOTICES
from ladder_rungs import EITHER, FIRST, SECOND, Rung, Text

from pipeline import events
from pipeline.check import verify
from pipeline.job import run
from pipeline.ledger import Output
from pipeline.settings import load

_COMPLETE: Final = 0.97  # of the story's characters have to stay; the rest is what an edit may leave out
_OVERLAP: Final = 0.98  # of truth and removal, from which on a repeat counts as found
_HOLDS: Final = "contained"  # the tier of a text that another one holds


@dataclass(slots=True)
class Score:
    """What was measured on one rung."""

    name: str
    found: Figure  # share of the copies or repeats to find, or of the documents to leave alone
    number: int  # of those
    false: int = 0  # removals that should not have been
    iou: float | None = None  # of removed and true repeats, mean
    agreement: Agreement | None = None  # of the clusters with the truth
    said: tuple[str, ...] = ()  # the cluster of each text
    lead: float | None = None  # of our ARI over that of the best peer
    missed: dict[str, int] = field(default_factory=dict)  # what the missed ones were taken for
    faults: list[str] = field(default_factory=list)  # for people: where it went wrong
    seconds: float = 0.0
    gate: bool = True


@dataclass(frozen=True, slots=True)
class Cleaned:
    """An output and what is looked up in it."""

    out: Path
    output: Output
    by_path: dict[str, dict]
    by_id: dict[str, dict]
    pairs: dict[frozenset[str], dict]  # of two paths
    spans: dict[str, list[dict]]  # what was cut of a path
    seconds: float
    damage: tuple[str, ...]

    def removed(self, path: str) -> bool:
        return self.by_path[path]["status"] == "removed"

    def kept_for(self, path: str) -> str:
        """Return the document that a document was removed for; itself where it stays."""
        document = self.by_path[path]
        return self.by_id[document["of"]]["path"] if self.removed(path) else path

    def furniture(self, path: str) -> int:
        """Return how many characters, blanks not counted, were cut as furniture."""
        canonical, own = self.output.text(self.by_path[path]["id"], "L2"), self.spans.get(path, ())
        spans = [(s["start"], s["end"]) for s in own if s["reason"] == "furniture"]
        return sum(len(squeezed(str(canonical)[a:b])) for a, b in spans)

    def text(self, path: str) -> str:
        return (self.out / "clean" / path).read_text(encoding="utf-8")

    def judged(self, a: str, b: str) -> str:
        """Return what a pair was taken for, with its scores."""
        pair = self.pairs.get(frozenset((a, b)))
        return "not compared" if pair is None else pair["tier"]

    def evidence(self, a: str, b: str) -> str:
        pair = self.pairs.get(frozenset((a, b)))
        if pair is None:
            return "not compared"
        kept = {
            k: round(v, 3)
            for k, v in pair["scores"].items()
            if k in {"identity", "a_aligned", "b_aligned", "jaccard"}
        }
        own = [side for side in ("only_a", "only_b") if pair[side]]
        lead = "" if pair["shares_lead"] else ", no lead"
        return f"{pair['tier']} {kept}{', ' + '+'.join(own) if own else ''}{lead}"


def clean(folder: Path, out: Path, policy: str = "standard") -> Cleaned:
    """Clean a folder and prove the output."""
    started = time.perf_counter()
    run([folder], out, load(None, {"run.jobs": 1, "run.policy": policy}), printer=events.Silent())
    seconds = time.perf_counter() - started
    damage = verify(out, deep=True, sample=None, seed=0).findings
    output = Output(out)
    rows = output.rows()
    by_id = {d["id"]: d for d in rows.documents}
    spans: dict[str, list[dict]] = {}
    for span in rows.spans:
        spans.setdefault(by_id[span["doc"]]["path"], []).append(span)
    return Cleaned(
        out=out,
        output=output,
        by_path={d["path"]: d for d in rows.documents},
        by_id=by_id,
        pairs={frozenset((by_id[p["a"]]["path"], by_id[p["b"]]["path"])): p for p in rows.pairs},
        spans=spans,
        seconds=seconds,
        damage=tuple(f"verify: {f.where}: {f.what}" for f in damage),
    )


def squeezed(text: str) -> str:
    return "".join(text.split())


def decoded(text: Text) -> str:
    """Return what a file says."""
    try:
        return text.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return text.data.decode("gb18030")


def _groups(texts: Sequence[Text]) -> dict[str, list[Text]]:
    groups: dict[str, list[Text]] = {}
    for text in texts:
        groups.setdefault(text.group, []).append(text)
    return groups


# --- copies ----------------------------------------------------------------------------------------------------


def copies(rung: Rung, done: Cleaned) -> Score:
    """Score copies in several files: all but one of a story go, and none for another story."""
    score = Score(rung.name, Figure(0, 0, 0), 0)
    found, owners = [], []
    for group, texts in _groups(rung.texts).items():
        story, *others = texts
        kept = [t for t in texts if not done.removed(t.path)]
        home = done.kept_for(story.path)
        for text in others:
            gone, what = done.kept_for(text.path) == home, done.judged(text.path, home)
            found.append(gone or (rung.kind == "parts" and what == _HOLDS))
            owners.append(group)
            if not gone:
                score.missed[what] = score.missed.get(what, 0) + 1
                score.faults.append(f"missed {text.cls} {text.path}: {done.evidence(text.path, home)}")
        full = len(squeezed(decoded(story)))
        best = max((_stays(t, done) for t in kept), default=0)
        if best < full * _COMPLETE:
            score.false += 1
            score.faults.append(f"FALSE {story.path}: {best} of {full} characters of the story stay")
    for path, of in false_removals(rung, done):
        score.false += 1
        score.faults.append(f"FALSE {path} removed for {of}: {done.by_path[path]['why']}")
    score.number, score.found = len(found), share(found, owners)
    score.said = tuple(done.kept_for(t.path) for t in rung.texts)
    score.agreement = agreement([t.group for t in rung.texts], score.said)
    return score


def _stays(text: Text, done: Cleaned) -> int:
    """Return how many characters of a story stay; what articles of others lose as furniture is measured by another gate."""
    own = text.cls in NOTICES  # written by us: none of it is furniture but what stands around it
    return len(squeezed(done.text(text.path))) + (0 if own else done.furniture(text.path))


def false_removals(rung: Rung, done: Cleaned) -> list[tuple[str, str]]:
    """Return the documents that were removed for one of another story."""
    group = {t.path: t.group for t in rung.texts}
    return [(p, done.kept_for(p)) for p in sorted(group) if group[done.kept_for(p)] != group[p]]


# --- repeats ---------------------------------------------------------------------------------------------------


def _marks(text: Text, wanted: str) -> set[int]:
    """Return the offsets, blanks not counted, of the pieces with this mark."""
    found: set[int] = set()
    at = 0
    for mark, lines in text.pieces:
        size = sum(len(squeezed(line)) for line in lines)
        if mark == wanted:
            found.update(range(at, at + size))
        at += size
    return found


def _cut(canonical: str, spans: Sequence[dict]) -> set[int]:
    """Return the offsets, blanks not counted, that were cut."""
    offsets = [0]
    for char in canonical:
        offsets.append(offsets[-1] + (not char.isspace()))
    return {at for span in spans for at in range(offsets[span["start"]], offsets[span["end"]])}


def repeats(rung: Rung, done: Cleaned) -> Score:
    """Score repeats inside files: one of the two copies goes, all of it and nothing else."""
    score = Score(rung.name, Figure(0, 0, 0), len(rung.texts))
    overlaps = []
    for text in rung.texts:
        document = done.by_path[text.path]
        canonical = done.output.text(document["id"], "L2")
        assert isinstance(canonical, str)
        if squeezed(canonical) != squeezed(decoded(text)):
            score.faults.append(f"{text.path}: normalising changed more than blanks")
        cut = _cut(canonical, done.spans.get(text.path, ())) - _marks(text, EITHER)
        first, second = _marks(text, FIRST), _marks(text, SECOND)
        iou, truth = max(((len(cut & t) / len(cut | t), t) for t in (second, first)), key=lambda x: x[0])
        overlaps.append(iou)
        if iou < _OVERLAP:
            what = "in part" if cut else "nothing"
            score.missed[what] = score.missed.get(what, 0) + 1
            score.faults.append(f"missed {text.path}: IoU {iou:.3f}")
        stays, full = len(squeezed(done.text(text.path))), len(first)
        if len(cut - truth) > (1 - _COMPLETE) * full or stays < full * _COMPLETE:
            score.false += 1
            what = f"{len(cut - truth)} characters cut that are no repeat; {stays} of {full} stay"
            score.faults.append(f"FALSE {text.path}: {what}")
    score.found = share([x >= _OVERLAP for x in overlaps], [t.group for t in rung.texts])
    score.iou = sum(overlaps) / max(len(overlaps), 1)
    return score


# --- contained, and distinct -----------------------------------------------------------------------------------


def contained(rung: Rung, done: Cleaned) -> Score:
    """Score stories that a roundup holds: listed as contained, and all kept."""
    score = untouched(rung.name, done)
    alone = {t.group: t.path for t in rung.texts if not t.inside}
    pairs = [(group, alone[group], t.path) for t in rung.texts for group in t.inside]
    hits = [done.judged(single, whole) == _HOLDS for _, single, whole in pairs]
    for hit, (_, single, whole) in zip(hits, pairs, strict=True):
        if not hit:
            what = done.judged(single, whole)
            score.missed[what] = score.missed.get(what, 0) + 1
            score.faults.append(f"missed {single} in {whole}: {done.evidence(single, whole)}")
    score.number, score.found = len(pairs), share(hits, [group for group, _, _ in pairs])
    return score


def absorbed(rung: Rung, done: Cleaned) -> Score:
    """Score the same under `training`: the single stories go, the roundups stay."""
    score = Score(f"{rung.name}-training", Figure(0, 0, 0), 0)
    held = {group for t in rung.texts for group in t.inside}
    singles = [t for t in rung.texts if t.group in held]
    homes = {t.path: done.kept_for(t.path) for t in singles}
    inside = {t.path: t.inside for t in rung.texts}
    hits = [t.group in inside[homes[t.path]] for t in singles]
    score.missed = {"kept": hits.count(False)} if False in hits else {}
    for path, of in false_removals(rung, done):
        if done.by_path[path]["status"] == "removed" and not set(_group_of(rung, path)) <= set(inside[of]):
            score.false += 1
            score.faults.append(f"FALSE {path} removed for {of}: {done.by_path[path]['why']}")
    score.number, score.found = len(singles), share(hits, [t.group for t in singles])
    return score


def _group_of(rung: Rung, path: str) -> tuple[str, ...]:
    """Return the stories of a file."""
    text = next(t for t in rung.texts if t.path == path)
    return text.inside or (text.group,)


def untouched(name: str, done: Cleaned) -> Score:
    """Score a folder of which nothing may be removed."""
    faults = [
        f"FALSE {path} removed for {done.kept_for(path)}: {document['why']}"
        for path, document in sorted(done.by_path.items())
        if document["status"] == "removed"
    ]
    faults += [
        f"FALSE {done.by_id[span['doc']]['path']}: {span['chars']} characters cut: {span['why']}"
        for span in done.output.rows().spans
        if span["reason"] != "document"
    ]
    hurt = {fault.split(" ", 2)[1].rstrip(":") for fault in faults}
    whole = [path not in hurt for path in done.by_path]
    return Score(name, share(whole, list(done.by_path)), len(whole), len(faults), faults=faults)


_JUDGES: Final = {"copies": copies, "parts": copies, "repeats": repeats, "contained": contained}


def measured(rung: Rung, work: Path) -> list[Score]:
    """Write a rung, clean it, and return what came of it; contained texts are cleaned under `training` too."""
    folder = work / "in"
    ladder.write(rung, folder)
    done = clean(folder, work / "out")
    judge = _JUDGES.get(rung.kind)
    scores = [_closed(judge(rung, done) if judge else untouched(rung.name, done), done, rung)]
    if rung.kind == "contained":
        again = clean(folder, work / "training", "training")
        scores.append(_closed(absorbed(rung, again), again, rung))
    return scores


def sample(name: str, work: Path) -> Score:
    """Clean a sample of which nothing may be removed."""
    done = clean(ladder.SAMPLES / name / "input", work / "out")
    return _closed(untouched(f"sample-{name}", done), done, None)


def _closed(score: Score, done: Cleaned, rung: Rung | None) -> Score:
    score.seconds, score.gate = done.seconds, rung is None or rung.gate
    score.faults += done.damage
    score.false += len(done.damage)
    return score
