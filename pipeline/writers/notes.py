"""The provenance note of an input file: what it is, what happened, why, and how to check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from stages.model import FLAGS
from stages.normalise import evidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_QUOTE: Final = 30  # characters shown of the start and the end of a removed passage
_REPAIRS: Final = 5  # shown; the ledger has all
_DIFFERENCES: Final = 20  # shown for one repeat; the ledger has more


def note_head(name: str) -> str:
    """Return the head of the note of one input file."""
    return f"# 来源说明 · Provenance note\n\nFile: {_code(name)}\n"


def note_of(  # noqa: PLR0913 - one value for each table of the ledger
    row: Mapping[str, Any],
    text: str,
    *,
    spans: Sequence[Mapping[str, Any]],
    repeats: Sequence[Mapping[str, Any]],
    furniture: Sequence[Mapping[str, Any]],
    edits: Sequence[Mapping[str, Any]],
    repairs: Sequence[Mapping[str, Any]],
    names: Mapping[str, tuple[str, str]],
) -> str:
    """Return the section of one document; `text` is its L2, `names` files and archives of other documents by id."""
    lines = ["", *_identity(row), "", "## What happened", ""]
    lines += [*_fate(row, names), *_flags(row, text), *_repaired(repairs)]
    lines += _changes(row, edits)
    lines += [line for repeat in repeats for line in _repeat(repeat)]
    removed = [s for s in spans if s["reason"] != "document"]
    if removed:
        lines += ["", "## Removed from the text", ""]
        lines += [_removed(span, text) for span in removed]
    kept = [f for f in furniture if not f["removed"] and row["status"] == "kept"]
    if kept:
        lines += ["", "## Furniture that was found and kept", ""]
        lines += [f"- line {f['lines'][0]}: {_code(f['text'])} ({f['rule']})" for f in kept]
    lines += ["", "## How to check", "", *_hashes(row)]
    return "\n".join(lines) + "\n"


def _code(text: str) -> str:
    """Return text as inline code that cannot end early or break its line."""
    shown = text
    if not text.isprintable():
        shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
    ticks = "``" if "`" in shown else "`"
    return f"{ticks}{shown}{ticks}" if ticks == "`" else f"{ticks} {shown} {ticks}"


def _identity(row: Mapping[str, Any]) -> list[str]:
    meta = row["meta"]
    facts = [("Document", f"`{row['id']}`")]
    if row["member"]:
        facts.append(("Member", _code(row["member"])))
    if row["text_field"]:
        facts.append(("Record", str(row["ordinal"] + 1)))
    for label, name in (
        ("Its own id", "id"),
        ("Title", "title"),
        ("Published", "published"),
        ("Source", "source"),
        ("Author", "author"),
        ("URL", "url"),
    ):
        if meta[name]:
            facts.append((label, f"{_code(meta[name])} (rule: {meta['rules'].get(name, 'given')})"))
    l0, l1 = row["l0"], row["l1"]
    facts.append(("Encoding", f"{l0['encoding']}, found by {l0['how']} ({_code(l0['evidence'])})"))
    if l1["extractor"]:
        facts.append(
            (
                "Extracted by",
                f"{l1['extractor']}, agreement {l1['agreement']}, {l1['unextracted']} visible characters left aside",
            )
        )
    return [f"- {label}: {value}" for label, value in facts]


def _fate(row: Mapping[str, Any], names: Mapping[str, tuple[str, str]]) -> list[str]:
    if row["status"] == "removed" and row["of"] is None:
        return [f"**Removed** ({row['tier']}): {row['why']}"]
    if row["status"] == "removed":
        other, archive = names.get(row["of"], (row["of"], ""))
        where = f" in the archive {_code(archive)}" if archive else ""
        return [
            f"**Removed** ({row['tier']}) as a copy of {_code(other)}{where} (`{row['of']}`): {row['why']}"
        ]
    out = [f"**Kept**: {row['kept_chars']:,} of {row['l2']['chars']:,} characters. {row['why']}".rstrip()]
    out += [f"- Warning: {warning}" for warning in row["warnings"]]
    return out


def _flags(row: Mapping[str, Any], text: str) -> list[str]:
    """Return the flags of a kept document, each with what it means and what led to it."""
    out = []
    for flag in row["flags"] if row["status"] == "kept" else ():
        seen = evidence(text, flag)
        out.append(f"- Flag: {flag}: {FLAGS[flag]}" + (f" ({seen})" if seen else ""))
    return out


def _repaired(repairs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what decoding repaired, by rule, with the bytes of the first few."""
    if not repairs:
        return []
    counts: dict[str, int] = {}
    for repair in repairs:
        counts[repair["rule"]] = counts.get(repair["rule"], 0) + 1
    shown = ", ".join(f"{rule} {count:,}" for rule, count in sorted(counts.items()))
    out = ["", f"Decoding repaired: {shown}.", ""]
    for repair in repairs[:_REPAIRS]:
        raw, text = repair["bytes"], repair["text"]
        raw = raw if len(raw) <= 2 * _QUOTE else f"{raw[: 2 * _QUOTE]}…"
        text = text if len(text) <= _QUOTE else f"{text[:_QUOTE]}…"
        out.append(f"- byte {repair['start']:,} ({repair['rule']}): `{raw}` → {_code(text)}")
    more = len(repairs) - _REPAIRS
    return [*out, f"- … and {more:,} more in the ledger"] if more > 0 else out


def _changes(row: Mapping[str, Any], edits: Sequence[Mapping[str, Any]]) -> list[str]:
    if not edits:
        return ["", "No character was changed before removal."]
    counts: dict[str, int] = {}
    for edit in edits:
        counts[edit["rule"]] = counts.get(edit["rule"], 0) + len(edit["starts"])
    shown = ", ".join(f"{rule} {count:,}" for rule, count in sorted(counts.items()))
    return ["", f"Normalised ({row['l1']['chars']:,} → {row['l2']['chars']:,} characters): {shown}."]


def _repeat(repeat: Mapping[str, Any]) -> list[str]:
    scores = repeat["scores"]
    verdict = "removed" if repeat["removed"] else "kept and listed"
    out = [
        "",
        f"## Repeat: {repeat['why']}",
        "",
        f"- Class: {repeat['class']}; {verdict}.",
        f"- MinHash estimate {scores['estimate']}, exact Jaccard {scores['jaccard']}, identity {scores['identity']}.",
        f"- Contained: {scores['b_in_a']} of the repeat in the kept passage, {scores['a_in_b']} the other way.",
    ]
    if repeat["figures_differ"]:
        out.append("- **Warning: figures differ between the copies.**")
    out += [
        f"- Differs ({d['kind']}): kept {_code(d['a_text'])}, repeat {_code(d['b_text'])}"
        for d in repeat["differences"][:_DIFFERENCES]
    ]
    more = len(repeat["differences"]) - _DIFFERENCES
    if more > 0:
        out.append(f"- … and {more} more in the ledger")
    return out


def _removed(span: Mapping[str, Any], text: str) -> str:
    gone = text[span["start"] : span["end"]].strip("\n")
    shown = gone if len(gone) <= 2 * _QUOTE else f"{gone[:_QUOTE]} … {gone[-_QUOTE:]}"
    first, last = span["lines"]
    where = f"line {first}" if first == last else f"lines {first}–{last}"
    what = f"{span['chars']:,} characters, {span['reason']}: {span['rule']}"
    return f"- {where} ({what}): {_code(shown)} — {span['why']}"


def _hashes(row: Mapping[str, Any]) -> list[str]:
    out = [
        f"- sha256 of the source: `{row['l0']['sha256']}` ({row['l0']['bytes']:,} bytes)",
        f"- sha256 of the decoded text: `{row['l1']['sha256']}`",
        f"- sha256 of the normalised text: `{row['l2']['sha256']}`",
    ]
    if row["l3"]:
        out.append(f"- sha256 of the clean copy: `{row['l3']['sha256']}` ({row['l3']['path']})")
    out.append(f"- to get the source back: `clean-corpus restore OUT -o DIR --id {row['id']}`")
    return out
