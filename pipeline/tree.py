"""The new tree, put together from parts as they come: files, tables, data; and what its ledger comes to."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import ExitStack, suppress
from itertools import islice
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.balance import Tally, tally_of
from pipeline.columns import chosen
from pipeline.fsops import scratch
from pipeline.ledger import OPTIONAL, TABLES, Rows, row_line
from pipeline.output import AGAIN, DATA, GIST, MADE, ROWS, TALLY
from pipeline.readers import CLEAN_SUFFIXES
from pipeline.report.gist import Gist
from pipeline.report.tables import csv_heads, csv_lines
from pipeline.settings import Layout
from pipeline.shards import Sharding
from pipeline.store import Directory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from pipeline.ledger import Row
    from pipeline.workspace import Workspace

_ROWS_A_GROUP: Final = 1024  # of a Parquet file, and of a table in one go
#: What the name of a clean copy may have behind that of its file.
_ENDS: Final = frozenset({"", *CLEAN_SUFFIXES.values()})
_NOBODY: Final[dict[str, str]] = {}


class Tree:
    """The new tree.  Parts come in order; nothing of them stays in memory but counts and what a report shows."""

    def __init__(self, workspace: Workspace, layout: Layout) -> None:
        self.store = Directory(workspace.next_tree, workspace.out)
        self.tally: Tally = Counter()
        self.gist = Gist()
        heads = {f"ledger/{table}.jsonl": b"" for table in TABLES if table not in OPTIONAL}
        heads |= {f"report/{name}": head for name, head in csv_heads().items()}
        self._tables = frozenset(heads)
        self._data = _Data(self.store, workspace.spill)
        try:
            for name, head in heads.items():
                self.store.add(name, head)
            self._shards = Sharding(self.store) if layout is Layout.PACKED else None
        except BaseException:
            self.abandon()
            raise
        self._files = self._shards or self.store

    def add(self, part: pa.Table) -> None:
        """Add what came of a part of the documents."""
        going_on = ""  # the input of which this part may not have all documents
        for row in part.to_pylist():
            name, data = row["name"], row["data"]
            if data is None:
                self.store.adopt(name, row["sha256"], row["size"])
            elif name == ROWS:
                self._data.add(data)
            elif name == TALLY:
                self.tally.update({(what, of): count for what, of, count in json.loads(data)})
            elif name == GIST:
                self.gist.add(Gist.load(data))
            elif name in {MADE, AGAIN}:
                continue  # for the run after
            elif name in self._tables:
                self.store.add(name, data)
            else:
                self._files.add(name, data)
                if name.startswith("notes/"):  # of every document
                    going_on = name.removeprefix("notes/").removesuffix(".note.md")
        self._finish(but=going_on)

    def _finish(self, but: str) -> None:
        """Finish the files of inputs that are complete: the pieces of one follow each other, and inputs too."""
        going_on = {f"notes/{but}.note.md", *(f"clean/{but}{end}" for end in _ENDS)}
        for name in self._files.unfinished:
            if name in going_on:
                break
            if name not in self._tables:
                self._files.finish(name)

    def through(self, table: str, rows: Iterable[Row], names: Mapping[str, str] = _NOBODY) -> Iterator[Row]:
        """Add the rows of a table and pass them on; `names` has the documents that a spreadsheet names."""
        left = iter(rows)
        while batch := list(islice(left, _ROWS_A_GROUP)):
            part = Rows(**{table: batch})
            self.tally.update(tally_of(part, ()))
            self.store.add(f"ledger/{table}.jsonl", b"".join(map(row_line, batch)))
            for name, lines in csv_lines(part, names).items():
                if lines:
                    self.store.add(f"report/{name}", lines)
            yield from batch

    def close(self) -> None:
        """Finish all files that pieces were added to."""
        if self._shards is not None:
            self._shards.close()
        for name in self.store.unfinished:
            self.store.finish(name)
        self._data.close()

    def abandon(self) -> None:
        """Close what is open, whatever state it is in."""
        self._data.abandon()
        self.store.abandon()


class _Data:
    """Writes data/canonical.parquet and data/all.parquet in row groups as the rows come."""

    def __init__(self, store: Directory, spill: Path) -> None:
        self._store = store
        self._open = ExitStack()
        self._paths = {name: spill / f"{name}.parquet" for name in ("canonical", "all")}
        files = {name: self._open.enter_context(scratch(path)) for name, path in self._paths.items()}
        self._writers = {n: pq.ParquetWriter(f, DATA, compression="zstd") for n, f in files.items()}
        self._rows = {name: DATA.empty_table() for name in self._paths}

    def add(self, data: bytes) -> None:
        """Add documents, as a stream of Arrow."""
        rows = pa.ipc.open_stream(data).read_all()
        for name, some in (("canonical", _kept(rows)), ("all", rows)):
            self._rows[name] = pa.concat_tables([self._rows[name], some])
            while self._rows[name].num_rows >= _ROWS_A_GROUP:
                self._write(name)

    def _write(self, name: str) -> None:
        group = self._rows[name].slice(0, _ROWS_A_GROUP)
        self._writers[name].write_table(group.combine_chunks())
        self._rows[name] = self._rows[name].slice(_ROWS_A_GROUP)

    def abandon(self) -> None:
        """Close what is open, whatever state it is in."""
        for writer in self._writers.values():
            with suppress(OSError, ValueError):
                writer.close()
        with suppress(OSError):
            self._open.close()

    def close(self) -> None:
        """Finish both files and put them into the tree."""
        for name in self._paths:
            if self._rows[name].num_rows:
                self._write(name)
            self._writers[name].close()
        self._open.close()
        for name, path in self._paths.items():
            self._store.put(f"data/{name}.parquet", _blocks(path))


def _kept(rows: pa.Table) -> pa.Table:
    return chosen(rows, [status == "kept" for status in rows["status"].to_pylist()])


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield a file in blocks."""
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            yield block
