"""corpus.db: the ledger as tables of SQLite, for questions; made from the output, never read back, made anew at will.

It stands in the output beside `corpus-metadata.json`, outside the manifest, and goes when a run or `apply` puts a new
tree in place.  Rows go in as they are read; the same output gives the same rows in the same order.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pipeline import fsops
from pipeline.errors import DamageError, OutputError
from pipeline.exports.bigrams import indexed
from pipeline.exports.origin import Origin
from pipeline.exports.queries import metadata
from pipeline.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    Line: TypeAlias = tuple[Any, ...]

DATABASE: Final = "corpus.db"
METADATA: Final = "corpus-metadata.json"
#: Table → its columns; the order is that of the rows below.
SCHEMA: Final[dict[str, str]] = {
    "run": "key TEXT PRIMARY KEY, value TEXT",
    "documents": (
        "number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, path TEXT, member TEXT, ordinal INTEGER, media TEXT,"
        " status TEXT, tier TEXT, of TEXT, cluster TEXT REFERENCES clusters(id), why TEXT, source TEXT, title TEXT,"
        " url TEXT, published TEXT, author TEXT, language TEXT, encoding TEXT, decoding_errors INTEGER,"
        " source_bytes INTEGER, chars INTEGER, kept_chars INTEGER, removed_chars INTEGER, flags TEXT, warnings TEXT,"
        " source_sha256 TEXT, clean_path TEXT, clean_sha256 TEXT, text TEXT"
    ),
    "archived": (
        "id TEXT PRIMARY KEY, archive TEXT, doc TEXT, path TEXT, member TEXT, ordinal INTEGER, title TEXT,"
        " published TEXT, source TEXT"
    ),
    "spans": (
        "doc TEXT REFERENCES documents(id), n INTEGER, reason TEXT, rule TEXT, chars INTEGER, start INTEGER,"
        ' "end" INTEGER, first_line INTEGER, last_line INTEGER, of TEXT, of_first_line INTEGER,'
        " of_last_line INTEGER, why TEXT, PRIMARY KEY (doc, n)"
    ),
    "pairs": (
        "a TEXT, b TEXT, tier TEXT, accepted INTEGER, via TEXT, estimate REAL, jaccard REAL, a_in_b REAL,"
        " b_in_a REAL, identity REAL, a_aligned REAL, b_aligned REAL, only_a INTEGER, only_b INTEGER,"
        " differences TEXT, why TEXT, PRIMARY KEY (a, b)"
    ),
    "clusters": "id TEXT PRIMARY KEY, kept TEXT, why_kept TEXT, size INTEGER, chain INTEGER",
    "members": (
        "cluster TEXT REFERENCES clusters(id), place INTEGER, doc TEXT, tier TEXT, removed INTEGER, direct INTEGER,"
        " why TEXT, PRIMARY KEY (cluster, place)"
    ),
    "furniture": (
        'doc TEXT REFERENCES documents(id), start INTEGER, "end" INTEGER, first_line INTEGER, last_line INTEGER,'
        " rule TEXT, via TEXT, removed INTEGER, text TEXT"
    ),
    "skipped": "path TEXT, status TEXT, reason TEXT, detail TEXT, bytes INTEGER",
}
#: Made once the rows are in.
_INDICES: Final = {
    "documents": ("path", "source", "of", "cluster", "status, tier", "removed_chars"),
    "spans": ("of", "reason, rule"),
    "pairs": ("b", "tier, identity"),
    "clusters": ("size", "kept"),
    "members": ("doc",),
    "furniture": ("doc", "rule"),
    "skipped": ("path", "reason"),
}
_SCORES: Final = ("estimate", "jaccard", "a_in_b", "b_in_a", "identity", "a_aligned", "b_aligned")
_SHOWN: Final = ("tool", "version", "policy", "settings", "versions", "counts", "warnings")
#: No journal and no waiting: the file gets its name only when it is whole.
_FAST: Final = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;"
_WORDS: Final = "CREATE VIRTUAL TABLE found USING fts5(words, content = '', tokenize = 'unicode61')"
#: Of the index in memory before it goes to the disk: 16 MB took 15 to 28 % less time than the 1 MB of FTS5.
_HELD: Final = "INSERT INTO found (found, rank) VALUES ('hashsize', 16000000)"


def make(out: Path) -> Path:
    """Make corpus.db and corpus-metadata.json of an output; return the path of the database.

    Raises:
        UsageError: there is no output.
        DamageError: the output is not what was written.
        LockedError: a run works there.
        OutputError: they cannot be written; what was there stays.
    """
    origin = Origin(out)
    workspace = Workspace(out)
    with workspace.lock():
        aside = workspace.spill / "db"
        fsops.remove_tree(aside)
        fsops.make_folder(aside)
        try:
            with closing(sqlite3.connect(aside / DATABASE, isolation_level=None)) as database:
                _fill(database, origin)
        except sqlite3.Error as error:
            fsops.remove_tree(aside)
            raise OutputError(f"cannot make {DATABASE}: SQLite says: {error}") from error
        fsops.sync_tree(aside)
        fsops.rename(aside / DATABASE, out / DATABASE)
        fsops.write_atomic(out / METADATA, metadata(origin.run), durable=True)
        fsops.remove_tree(aside)
    return out / DATABASE


def _fill(database: sqlite3.Connection, origin: Origin) -> None:
    database.executescript(_FAST)
    database.execute("BEGIN")
    for table, columns in SCHEMA.items():
        database.execute(f"CREATE TABLE {table} ({columns})")
    database.execute(_WORDS)
    database.execute(_HELD)
    for table, lines in _LINES.items():
        width = len(database.execute(f"SELECT * FROM {table}").description)  # noqa: S608 - of the tables above
        marks = ",".join("?" * width)
        database.executemany(f"INSERT INTO {table} VALUES ({marks})", lines(origin))  # noqa: S608
    words = "SELECT number, title, text FROM documents ORDER BY number"
    rows = ((number, indexed(f"{title or ''}\n{text}")) for number, title, text in database.execute(words))
    database.executemany("INSERT INTO found (rowid, words) VALUES (?, ?)", rows)
    for table, keys in _INDICES.items():
        for key in keys:
            database.execute(f"CREATE INDEX {table}_{key.replace(', ', '_')} ON {table} ({key})")
    database.execute("COMMIT")


def _run(origin: Origin) -> Iterator[Line]:
    yield "manifest_sha256", origin.identity
    for key in _SHOWN:
        value = origin.run[key]
        yield key, value if isinstance(value, str) else _json(value)


def _documents(origin: Origin) -> Iterator[Line]:
    texts = origin.documents("all")
    for number, row in enumerate(origin.rows("documents"), 1):
        data = next(texts, {})
        if data.get("id") != row["id"]:
            raise DamageError("data/all.parquet: its documents are not those of the ledger")
        l0, l3, meta = row["l0"], row["l3"] or {}, row["meta"]
        yield (
            number,
            *(row[key] for key in ("id", "path", "member", "ordinal", "media", "status", "tier", "of")),
            *(row[key] for key in ("cluster", "why", "source")),
            *(meta[key] for key in ("title", "url", "published", "author")),
            *(row["language"]["tag"], l0["encoding"], l0["errors"], l0["bytes"]),
            *(row["l2"]["chars"], row["kept_chars"], row["removed_chars"]),
            *(" ".join(row["flags"]), "\n".join(row["warnings"])),
            *(l0["sha256"], l3.get("path"), l3.get("sha256"), data["text"]),
        )


def _archived(origin: Origin) -> Iterator[Line]:
    keys = ("id", "archive", "doc", "path", "member", "ordinal", "title", "published", "source")
    return (tuple(row[key] for key in keys) for row in origin.rows("archived"))


def _spans(origin: Origin) -> Iterator[Line]:
    for row in origin.rows("spans"):
        of = row["of"] or {"doc": None, "lines": (None, None)}
        head = (row[key] for key in ("doc", "n", "reason", "rule", "chars", "start", "end"))
        yield (*head, *_ends(row["lines"]), of["doc"], *_ends(of["lines"]), row["why"])


def _pairs(origin: Origin) -> Iterator[Line]:
    for row in origin.rows("pairs"):
        head = (row[key] for key in ("a", "b", "tier", "accepted"))
        scores = (row["scores"][key] for key in _SCORES)
        differences = [[d["kind"], d["a_text"], d["b_text"]] for d in row["differences"]]
        yield (
            *head,
            " ".join(row["via"]),
            *scores,
            row["only_a"],
            row["only_b"],
            _json(differences),
            row["why"],
        )


def _clusters(origin: Origin) -> Iterator[Line]:
    keys = ("id", "kept", "why_kept", "size", "chain")
    return (tuple(row[key] for key in keys) for row in origin.rows("clusters"))


def _members(origin: Origin) -> Iterator[Line]:
    for row in origin.rows("clusters"):
        for place, member in enumerate(row["members"]):
            yield row["id"], place, *(member[key] for key in ("id", "tier", "removed", "direct", "why"))


def _furniture(origin: Origin) -> Iterator[Line]:
    for row in origin.rows("furniture"):
        ends = (row["doc"], row["start"], row["end"], *_ends(row["lines"]))
        yield (*ends, *(row[key] for key in ("rule", "via", "removed", "text")))


def _skipped(origin: Origin) -> Iterator[Line]:
    keys = ("path", "status", "reason", "detail", "bytes")
    return (tuple(row[key] for key in keys) for row in origin.rows("skipped"))


def _ends(lines: Sequence[int | None]) -> Line:
    return lines[0], lines[-1]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


_LINES: Final[dict[str, Callable[[Origin], Iterator[Line]]]] = {
    "run": _run,
    "clusters": _clusters,
    "documents": _documents,
    "archived": _archived,
    "spans": _spans,
    "pairs": _pairs,
    "members": _members,
    "furniture": _furniture,
    "skipped": _skipped,
}
