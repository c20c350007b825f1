"""What an export is made from: an output, each file checked against its manifest before a row of it is used."""

from __future__ import annotations

import difflib
import hashlib
from collections import Counter
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from pipeline.errors import DamageError, UsageError, safe
from pipeline.ledger import Output, each_row, sha256
from pipeline.manifest import MANIFEST, entries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pipeline.ledger import Row

_BLOCK: Final = 1 << 20  # bytes
_ROWS: Final = 256  # of a Parquet file at a time


@dataclass(frozen=True, slots=True)
class About:
    """What only a person can say of a corpus; empty where nobody said it, and then left out."""

    name: str = "clean-corpus"
    description: str = ""
    version: str = ""
    license: str = ""  # a URL, or an identifier of SPDX
    url: str = ""
    creator: str = ""
    published: str = ""  # a date, ISO 8601

    @classmethod
    def of(cls, given: Mapping[str, str]) -> About:
        """Return what was given by name.

        Raises:
            UsageError: a name is not known.
        """
        known = [field.name for field in fields(cls)]
        for key in given:
            if key not in known:
                close = difflib.get_close_matches(key, known, n=1)
                hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
                raise UsageError(f"--about {safe(key)}: not known; {hint}")
        return cls(**given)


class Origin:
    """A finished output, read for an export.

    Raises:
        UsageError: it is none.
        DamageError: it has no manifest.
    """

    def __init__(self, out: Path, about: About | None = None) -> None:
        output = Output(out)
        self.path = out
        self.run: Row = output.run
        self.about = about or About()
        try:
            data = (out / MANIFEST).read_bytes()
        except OSError as error:
            raise DamageError(f"{MANIFEST}: cannot be read ({error.strerror})") from error
        self.manifest = data
        #: The hash of the manifest: it names this very output.
        self.identity = hashlib.sha256(data).hexdigest()
        self._hashes = dict(entry for entry in entries(data) if entry is not None)
        self._sound: set[str] = set()

    @property
    def names(self) -> list[str]:
        """The files of the output that its manifest names, in its order."""
        return list(self._hashes)

    def blocks(self, name: str) -> Iterator[bytes]:
        """Yield a file in blocks.

        Raises:
            DamageError: it does not fit its hash, which is known at its end.
        """
        digest = hashlib.sha256()
        try:
            with (self.path / name).open("rb") as file:
                while block := file.read(_BLOCK):
                    digest.update(block)
                    yield block
        except OSError as error:
            raise DamageError(f"{safe(name)}: cannot be read ({error.strerror})") from error
        if digest.hexdigest() != self._hashes.get(name):
            raise DamageError(f"{safe(name)}: changed: it does not fit its hash in the manifest")

    def checked(self, name: str) -> Path:
        """Return the path of a file that fits its hash.

        Raises:
            DamageError: it does not.
        """
        if name not in self._sound:
            for _ in self.blocks(name):
                pass
            self._sound.add(name)
        return self.path / name

    def rows(self, table: str) -> Iterator[Row]:
        """Yield the rows of a table of the ledger.

        Raises:
            DamageError: it is not what was written.
        """
        self.checked(f"ledger/{table}.jsonl")
        return each_row(self.path, table)

    def documents(self, data: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of data/canonical.parquet or data/all.parquet, each text with its hash checked.

        Raises:
            DamageError: they are not what was written.
        """
        import pyarrow.parquet as pq  # noqa: PLC0415 - commands answer before it is loaded

        with pq.ParquetFile(self.checked(f"data/{data}.parquet")) as file:
            for batch in file.iter_batches(_ROWS):
                for row in batch.to_pylist():
                    if sha256(row["text"]) != row["text_sha256"]:
                        raise DamageError(
                            f"{safe(row['path'])} ({row['id']}): its text does not fit its hash"
                        )
                    yield row

    def columns(self) -> list[tuple[str, str]]:
        """Return names and Arrow types of the columns of the data files."""
        import pyarrow.parquet as pq  # noqa: PLC0415 - as above

        schema = pq.read_schema(self.checked("data/canonical.parquet"))
        return [(field.name, str(field.type)) for field in schema]

    def languages(self) -> list[str]:
        """Return the ISO 639 codes of kept documents, the commonest first; of scripts alone no language is known."""
        tags = Counter(
            row["language"]["tag"].partition("-")[0] for row in self.rows("documents") if row["l3"]
        )
        named = {tag: count for tag, count in tags.items() if len(tag) < 4 and tag not in {"mul", "und"}}
        return sorted(named, key=lambda tag: (-named[tag], tag))

    def hash_of(self, name: str) -> str:
        """Return the SHA-256 of a file, by the manifest."""
        return self._hashes[name]

    def size_of(self, name: str) -> int:
        """Return the bytes of a file."""
        return self.checked(name).stat().st_size
