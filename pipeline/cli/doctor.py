"""clean-corpus doctor: what this machine has, and what one file is."""

from __future__ import annotations

import json
import locale
import os
import platform
import shutil
import sys
import unicodedata
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from pipeline.cli.show import put, quoted
from pipeline.errors import UsageError, safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.packs import Prepared
    from pipeline.readers import Record
    from pipeline.settings import Settings

_PACKAGES: Final = (
    *("clean-corpus", "ftfy", "datasketch", "click", "numpy", "pyarrow", "lxml", "rapidfuzz"),
    *("trafilatura", "readability-lxml", "justext", "cchardet", "jinja2", "wcwidth"),
)
_RECORDS: Final = 5  # of a file of records or an archive
_EXAMPLES: Final = 3  # of each rule
_LINES: Final = 60  # paragraphs


@click.command(name="doctor")
@click.argument("path", metavar="[IN|FILE]", required=False, type=click.Path(path_type=Path))
@click.option("-c", "--config", metavar="FILE", type=click.Path(path_type=Path), help="Settings, as TOML.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.option("--redact", is_flag=True, help="Leave out names and texts, for a report to others.")
def command(path: Path | None, config: Path | None, as_json: bool, redact: bool) -> int:
    """Show versions, disk space, locale and terminal; of a folder what it holds; of a file how it is read."""
    facts: dict[str, Any] = {"machine": _machine(path)}
    if path is not None and path.is_dir():
        facts["folder"] = _folder(path, config)
    elif path is not None:
        facts["file"] = _file(path, config)
    if redact:
        facts = _redacted(facts)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=1))
    else:
        put(_told(facts))
    return 0


def _machine(path: Path | None) -> dict[str, object]:
    """Return what a run depends on, and what it does not."""
    from pipeline.cli import versions

    place = path if path is not None and path.exists() else Path()
    disk = shutil.disk_usage(place)
    return {
        "python": platform.python_version(),
        "unicode": unicodedata.unidata_version,
        **dict(versions(_PACKAGES)),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "disk_free": disk.free,
        "locale": locale.setlocale(locale.LC_CTYPE),
        "file_names": sys.getfilesystemencoding(),
        "terminal": f"{os.environ.get('TERM', 'none')}, {shutil.get_terminal_size().columns} columns",
        "standard_output": f"{sys.stdout.encoding}, {'terminal' if sys.stdout.isatty() else 'no terminal'}",
    }


def _folder(path: Path, config: Path | None) -> dict[str, object]:
    """Return what an input folder holds."""
    from pipeline.readers.walk import walk
    from pipeline.settings import load

    settings = load(config)
    plan = walk([path], settings.run, settings.read)
    files = {unit.name: unit for unit in plan.units}.values()
    return {
        "files": len(files),
        "bytes": sum(unit.size for unit in files),
        "media": dict(sorted(Counter(unit.media for unit in files).items())),
        "problems": dict(sorted(Counter(unit.problem for unit in files if unit.problem).items())),
        "skipped": dict(sorted(Counter(found.reason for found in plan.skipped).items())),
    }


def _file(path: Path, config: Path | None) -> dict[str, object]:
    """Return how one file is read, and what is found in it."""
    from pipeline.passes import prepare
    from pipeline.readers import Record, read
    from pipeline.readers.members import member_name
    from pipeline.readers.opening import opened
    from pipeline.readers.walk import walk
    from pipeline.settings import load
    from stages.model import Rejected

    settings = load(config)
    units = walk([path], settings.run, settings.read).units
    if not units:
        raise UsageError(f"{safe(os.fspath(path))}: not a file that is read")
    unit = units[0]
    facts: dict[str, Any] = {
        "name": os.fsdecode(unit.path),
        "media": unit.media,
        "bytes": unit.size,
        "packing": unit.packing or "none",
        "documents": [],
    }
    if unit.why:
        facts["read_so"] = unit.why
    with opened(unit) as data:
        if isinstance(data, Rejected):
            return {**facts, "refused": f"{data.reason}: {data.detail}"}
        for number, record in enumerate(read(unit, data, settings.read)):
            if number == _RECORDS:
                facts["more"] = f"only the first {_RECORDS} records are shown"
                break
            name = member_name(unit.name, record.member) if record.member else unit.name
            member = {"member": name.removeprefix(f"{unit.name}/")} if record.member else {}
            if not isinstance(record, Record):
                shown = f"{record.rejected.reason}: {record.rejected.detail}"
                facts["documents"].append({**member, "refused": shown})
                continue
            result = prepare(record, settings, encoding=settings.read.encoding(name))
            if isinstance(result, Rejected):
                facts["documents"].append({**member, "refused": f"{result.reason}: {result.detail}"})
            else:
                facts["documents"].append(member | _document(record, result, settings))
    return facts


def _document(record: Record, prepared: Prepared, settings: Settings) -> dict[str, object]:
    """Return what pass 1 found in a document."""
    del settings
    found = prepared.found
    source = found.source
    rules: dict[str, list[tuple[str, str]]] = {}
    for edit in found.edits:
        rules.setdefault(edit.rule, []).append((edit.old, edit.new))
    return {
        "record": record.ordinal + 1,
        "media": record.media,
        "decoded": {
            "encoding": source.encoding,
            "how": source.how,
            "evidence": source.evidence,
            "errors": source.errors,
            "bom": source.bom,
            "exact": source.exact,
        },
        "extracted": {
            "by": source.extractor,
            "agreement": source.agreement,
            "visible": source.visible,
            "left": source.unextracted,
        }
        if source.extractor
        else None,
        "lines": source.l1_lines,
        "characters": {"decoded": source.l1_chars, "normalised": len(prepared.text)},
        "edits": {
            rule: {"count": len(pairs), "examples": [list(p) for p in dict.fromkeys(pairs)][:_EXAMPLES]}
            for rule, pairs in sorted(rules.items())
        },
        "flags": list(found.flags),
        "metadata": {name: getattr(found.metadata, name) for name, _ in found.metadata.rules},
        "paragraphs": [
            {
                "lines": [p.first_line, p.last_line],
                "role": p.role.value,
                "rule": p.rule,
                "text": prepared.text[p.start : p.end],
            }
            for p in found.paragraphs[:_LINES]
        ],
        "paragraphs_in_all": len(found.paragraphs),
        "repeats": [
            {
                "class": r.cls.value,
                "why": r.reason,
                "figures_differ": r.figures_differ,
                "jaccard": r.scores.jaccard,
            }
            for r in found.repeats
        ],
    }


#: Keys whose values are names or texts of the user's.
_PRIVATE: Final = frozenset(
    {"name", "member", "text", "examples", "metadata", "evidence", "detail", "refused"}
)


def _redacted(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return the facts without names and texts: of each only how long it is."""
    if isinstance(value, dict):
        return {key: _hidden(inner) if key in _PRIVATE else _redacted(inner) for key, inner in value.items()}
    return [_redacted(inner) for inner in value] if isinstance(value, list) else value


def _hidden(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, str):
        return f"({len(value)} characters)"
    if isinstance(value, dict):
        return {key: _hidden(inner) for key, inner in value.items()}
    return [_hidden(inner) for inner in value] if isinstance(value, list) else value


def _told(facts: dict[str, Any]) -> Iterable[str]:
    for name, value in facts["machine"].items():
        shown = f"{value / 1e9:,.1f} GB" if name == "disk_free" else str(value)
        yield f"{name.replace('_', ' '):<18}{safe(shown)}"
    for section in ("folder", "file"):
        for name, value in facts.get(section, {}).items():
            if name != "documents":
                yield f"{name:<18}{safe(_flat(value))}"
    for document in facts.get("file", {}).get("documents", ()):
        yield ""
        yield from _document_told(document)


def _flat(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {inner}" for key, inner in value.items() if inner != "") or "none"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _document_told(document: dict[str, Any]) -> Iterable[str]:
    if "member" in document:
        yield f"{'member':<18}{safe(document['member'])}"
    if "refused" in document:
        yield f"{'refused':<18}{safe(document['refused'])}"
        return
    for name in ("media", "decoded", "extracted", "lines", "characters", "metadata"):
        if document[name]:
            yield f"{name:<18}{safe(_flat(document[name]))}"
    for rule, edits in document["edits"].items():
        examples = edits["examples"]
        shown = (
            examples
            if isinstance(examples, str)
            else "; ".join(f"{_code(o)} → {_code(n)}" for o, n in examples)
        )
        yield f"{'edit':<18}{safe(rule)} {edits['count']:,}: {shown}"
    yield f"{'flags':<18}{', '.join(document['flags']) or 'none'}"
    for paragraph in document["paragraphs"]:
        first, last = paragraph["lines"]
        rule = f" ({paragraph['rule']})" if paragraph["rule"] else ""
        yield f"  {first:>5}–{last:<5} {paragraph['role'] + safe(rule):<22} {quoted(paragraph['text'])}"
    more = document["paragraphs_in_all"] - len(document["paragraphs"])
    if more:
        yield f"  and {more:,} more paragraphs"
    for repeat in document["repeats"]:
        warning = ", FIGURES DIFFER" if repeat["figures_differ"] else ""
        yield f"{'repeat':<18}{repeat['class']}: {safe(repeat['why'])}, Jaccard {repeat['jaccard']:.4f}{warning}"


def _code(text: str) -> str:
    """Return a piece of text in quotes, white space and marks by their numbers."""
    if text and len(text) <= 4 and not text.isalnum():
        return " ".join(f"U+{ord(char):04X}" for char in text)
    return quoted(text, 24) if text else "nothing"
