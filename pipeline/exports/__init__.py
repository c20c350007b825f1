"""Exports: a finished output → what other tools read; one file a format, each from the standard it names.

All are views of what the run wrote: each file that is read is checked against the manifest first, rows and texts go
through one by one, and nothing tells of a clock, a host, a user or an absolute path.  What only a person knows, such
as a licence, is said by that person or left out.
"""

from __future__ import annotations

import importlib
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from pipeline import fsops
from pipeline.errors import OutputError, UsageError, safe
from pipeline.exports.origin import About, Origin
from pipeline.names import TEMPORARY
from pipeline.store import Directory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

#: Format → what it writes; the module of that name writes it, by its function `write`.
FORMATS: Final[dict[str, str]] = {
    "jsonl": "the kept texts with their metadata, one JSON object a line",
    "parquet": "both Parquet files with a dataset card for Hugging Face",
    "croissant": "both Parquet files described in JSON-LD, Croissant 1.1",
    "bagit": "the whole output in a bag for archives, BagIt 1.0 (RFC 8493)",
    "prov": "what was made of what, PROV-JSON",
    "csv": "the kept texts with their metadata, one table",
    "xlsx": "documents, removals, clusters and repeats, a workbook",
}


def export(
    out: Path, name: str, target: Path, about: Mapping[str, str] | None = None
) -> list[tuple[str, int]]:
    """Write an output to the new folder `target` in a format; return the files with their sizes.

    Raises:
        UsageError: the target is there already or lies in the output; what is said about the corpus is not known;
            or a package is missing.
        DamageError: the output is not what was written.
        OutputError: the target cannot be written; nothing of it is left.
    """
    origin = Origin(out, About.of(about or {}))
    shown = safe(os.fspath(target))
    if os.path.lexists(target):
        raise UsageError(f"{shown}: is there already; name a new folder")
    if out.resolve() in target.resolve().parents:
        raise UsageError(f"{shown}: inside the output; name a folder elsewhere")
    write = importlib.import_module(f"pipeline.exports.{name}").write
    with _new_folder(target) as folder:
        store = Directory(folder)
        write(origin, store)
    return [(file, size) for file, _, size in store.records]


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside `target`; at the end all in it is durable, and it gets that name."""
    folder = target.parent / f"{TEMPORARY}{os.getpid()}-{target.name}"
    fsops.remove_tree(folder)  # of a dead process of this number
    fsops.make_folder(folder)
    try:
        yield folder
        fsops.sync_tree(folder)
        fsops.rename(folder, target)
        fsops.sync_folder(target.parent)
    except BaseException:
        with suppress(OutputError):  # the error that led here is the one to tell of
            fsops.remove_tree(folder)
        raise
