"""clean-corpus doctor: what this machine has, what a folder holds, and how one file is read."""

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

from pipeline.cli.place import PLACE
from pipeline.cli.show import put, quoted, settings_of
from pipeline.errors import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipeline.diagnosis import Facts
    from pipeline.remote import Place
    from pipeline.settings import Settings

_PACKAGES: Final = (
    *("clean-corpus", "ftfy", "datasketch", "click", "numpy", "pyarrow", "lxml", "rapidfuzz"),
    *("trafilatura", "readability-lxml", "justext", "cchardet", "wcwidth"),
)
_RECORDS: Final = 5  # of a file of records or an archive
_REPAIRS: Final = 5  # of decoding
_LINES: Final = 60  # paragraphs that are shown where not all are asked for


@click.command(name="doctor")
@click.argument("path", metavar="[IN|FILE]", required=False, type=PLACE)
@click.option("-c", "--config", metavar="FILE", type=click.Path(path_type=Path), help="Settings, as TOML.")
@click.option("--encoding", "encodings", multiple=True, metavar="GLOB=NAME", help="Encoding of some files.")
@click.option("--set", "overrides", multiple=True, metavar="SECTION.KEY=VALUE", help="One setting.")
@click.option("--record", metavar="N", type=click.IntRange(min=1), help="Only this record of the file.")
@click.option("--all", "everything", is_flag=True, help="All paragraphs, not the first 60.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.option("--redact", is_flag=True, help="Leave out names and texts, for a report to others.")
def command(
    path: Place | None,
    config: Path | None,
    encodings: tuple[str, ...],
    overrides: tuple[str, ...],
    record: int | None,
    everything: bool,
    as_json: bool,
    redact: bool,
) -> int:
    """Show versions, disk space, locale and terminal; of a folder what it holds; of a file how it is read.

    Of a file: how it was decoded, extracted and split, what was changed by which rule and where, and what each
    paragraph is taken for.  Nothing is written.
    """
    settings = settings_of(config, overrides, encodings)
    facts: dict[str, Any] = {}
    from pipeline.remote import is_folder

    folder = path is not None and is_folder(path)
    if path is None or folder or as_json or redact:
        facts["machine"] = _machine(path if isinstance(path, Path) else None)
    if path is not None and folder:
        facts["folder"] = _folder(path, settings)
    elif path is not None:
        from pipeline.diagnosis import diagnosed

        facts["file"] = diagnosed(path, settings, first=record or 1, count=1 if record else _RECORDS)
    if redact:
        facts = _redacted(facts)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=1))
    else:
        put(_told(facts, limit=None if everything else _LINES))
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


def _folder(path: Place, settings: Settings) -> dict[str, object]:
    """Return what an input folder holds."""
    from pipeline.readers.walk import walk

    plan = walk([path], settings.run, settings.read)
    files = {unit.name: unit for unit in plan.units}.values()
    return {
        "files": len(files),
        "bytes": sum(unit.size for unit in files),
        "media": dict(sorted(Counter(unit.media for unit in files).items())),
        "problems": dict(sorted(Counter(unit.problem for unit in files if unit.problem).items())),
        "skipped": dict(sorted(Counter(found.reason for found in plan.skipped).items())),
    }


#: Keys whose values are names or texts of the user's.
_PRIVATE: Final = frozenset({"name", "member", "text", "old", "new", "value", "evidence", "refused", "bytes"})


def _redacted(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return the facts without names and texts: of each only how long it is."""
    if isinstance(value, dict):
        return {
            key: f"({len(inner)} characters)"
            if key in _PRIVATE and isinstance(inner, str)
            else _redacted(inner)
            for key, inner in value.items()
        }
    return [_redacted(inner) for inner in value] if isinstance(value, list) else value


def _told(facts: Facts, limit: int | None) -> Iterator[str]:
    """Yield the facts as lines for people."""
    for name, value in facts.get("machine", {}).items():
        yield _line(name.replace("_", " "), f"{value / 1e9:,.1f} GB" if name == "disk_free" else str(value))
    for name, value in facts.get("folder", {}).items():
        yield _line(name, _flat(value))
    if "file" in facts:
        file = facts["file"]
        packed = f", compressed ({file['packing']})" if file["packing"] else ""
        yield _line("file", f"{file['name']}: {file['media']}{packed}, {file['bytes']:,} bytes")
        if file["why"]:
            yield _line("read so", file["why"])
        for document in file["documents"]:
            yield ""
            if len(file["documents"]) > 1:
                member = f" of the file, {document['member']}" if document["member"] else ""
                yield _line("record", f"{document['record']:,}{member}")
            yield from _document_told(document, limit)
        yield from (_line("more", file[key]) for key in ("more",) if key in file)


def _line(name: str, value: str) -> str:
    return f"{name:<18}{safe(value)}"


def _flat(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {inner}" for key, inner in value.items() if inner != "") or "none"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _document_told(document: Facts, limit: int | None) -> Iterator[str]:
    if "refused" in document:
        yield _line("refused", f"{document['refused']} ({document['meaning']})")
        return
    yield from _decoding_told(document["decoded"])
    if document["extracted"]:
        yield from _extraction_told(document["extracted"])
    for name, found in document["metadata"].items():
        yield _line("metadata", f"{name}: {found['value']} (found by {found['rule']})")
    language = document["language"]
    yield _line("language", f"{language['tag']}, by the script of {language['share']:.0%} of the letters")
    yield from _division_told(document["divided"])
    yield from _edits_told(document)
    for flag, meaning in document["flags"].items():
        yield _line("flag", f"{flag}: {meaning}")
    yield from _paragraphs_told(document["paragraphs"], limit)
    for repeat in document["repeats"]:
        warning = ", FIGURES DIFFER" if repeat["figures_differ"] else ""
        yield _line("repeat", f"{repeat['class']}: {repeat['why']}, Jaccard {repeat['jaccard']:.4f}{warning}")


def _decoding_told(decoded: Facts) -> Iterator[str]:
    mark = f", after the byte-order mark {decoded['bom']}" if decoded["bom"] else ""
    yield _line(
        "decoded", f"as {decoded['encoding']}{mark}; found by {decoded['how']}: {decoded['evidence']}"
    )
    if decoded["errors"]:
        yield _line("", f"{decoded['errors']:,} sequences could not be read and stand as U+FFFD")
    repairs = decoded["repairs"]
    for repair in repairs[:_REPAIRS]:
        raw, text = repair["bytes"][:48], quoted(repair["text"], 24)
        yield _line("  repair", f"{repair['rule']} at byte {repair['start']:,}: {raw} → {text}")
    if len(repairs) > _REPAIRS:
        yield _line("", f"and {len(repairs) - _REPAIRS:,} more repairs")
    same = "the text encodes to the same bytes again"
    yield _line(
        "", same if decoded["exact"] else "the text does not give the bytes: a run keeps them, as a blob"
    )


def _extraction_told(extracted: Facts) -> Iterator[str]:
    chosen, *others = extracted["by"].split("; ")
    beside = f"; also asked: {', '.join(others)}" if others else ""
    yield _line("extracted", f"by {chosen}, agreement with the others {extracted['agreement']:.2f}{beside}")
    seen = extracted["visible"]
    share = extracted["left"] / max(1, seen)
    yield _line("", f"{extracted['left']:,} of {seen:,} visible characters ({share:.0%}) are not in the text")


def _division_told(blocks: Sequence[Facts]) -> Iterator[str]:
    """Yield how lines became paragraphs, block by block."""
    for block in blocks:
        first, last = block["lines"]
        yield _line("divided", f"lines {first}–{last} {block['mode']}: {block['meaning']}")
        if block["column"]:
            full = f"{block['full']:,} reach column {block['column']} ({block['measure']})"
            yield _line(
                "", f"{full}, {block['mid']:,} in mid-sentence; {block['joined']:,} joined with the next"
            )


def _edits_told(document: Facts) -> Iterator[str]:
    size, edits = document["characters"], document["edits"]
    count = sum(rule["count"] for rule in edits.values())
    changed = f"became {size['normalised']:,}: {count:,} edits" if count else "are kept as they are"
    yield _line("changed", f"{size['decoded']:,} characters in {document['lines']:,} lines {changed}")
    for rule, facts in edits.items():
        yield _line("  edit", f"{rule} {facts['count']:,}×, {facts['net']:+,} characters: {facts['meaning']}")
        for place in facts["examples"]:
            yield _line("", f"line {place['line']}, column {place['column']}: {_change(place)}")


def _change(place: Facts) -> str:
    return f"{_code(place['old'])} → {_code(place['new'])}"


def _code(text: str) -> str:
    """Return a piece of text in quotes, white space and marks by their numbers."""
    if text and len(text) <= 4 and not text.isalnum():
        return " ".join(f"U+{ord(char):04X}" for char in text)
    return quoted(text, 24) if text else "nothing"


def _paragraphs_told(paragraphs: Sequence[Facts], limit: int | None) -> Iterable[str]:
    for paragraph in paragraphs[:limit]:
        first, last = paragraph["lines"]
        rule = f" ({paragraph['rule']})" if paragraph["rule"] else ""
        yield f"  {first:>5}–{last:<5} {paragraph['role'] + safe(rule):<22} {quoted(paragraph['text'])}"
    if limit is not None and len(paragraphs) > limit:
        yield f"  and {len(paragraphs) - limit:,} more paragraphs; --all shows them"
