"""PROV-JSON (W3C member submission, 2013): what was made of what, by document.

    source ──used by──> run ──generated──> clean copy, a member of the output
    clean copy ──derived from──> source;   source removed for another ──alternate of──> that one

The file is written through, a section at a time; nothing of it is held.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pipeline.exports.origin import Origin
    from pipeline.ledger import Row
    from pipeline.store import Store

    Pairs: TypeAlias = Iterator[tuple[str, dict[str, Any]]]

_RUN, _OUTPUT, _SOFTWARE = "run:cleaning", "run:output", "run:software"


def write(origin: Origin, store: Store) -> None:
    """Write prov.json."""
    store.put("prov.json", _document(origin))


def _document(origin: Origin) -> Iterator[bytes]:
    spaces = {
        kind: f"urn:x-clean-corpus:{origin.identity}:{kind}:"
        for kind in ("run", "source", "copy", "archived")
    }
    yield b'{"prefix":' + _json(spaces | {"field": "urn:x-clean-corpus:field:"})
    for name, pairs in _SECTIONS.items():
        yield b',\n"' + name.encode() + b'":{'
        for number, (key, value) in enumerate(pairs(origin)):
            yield (b",\n" if number else b"\n") + _json(key) + b":" + _json(value)
        yield b"}"
    yield b"}\n"


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _name(name: str) -> dict[str, str]:
    """Return a qualified name as a value; a plain string would be one without meaning."""
    return {"$": name, "type": "prov:QUALIFIED_NAME"}


def _entities(origin: Origin) -> Pairs:
    name = origin.about.name
    yield (
        _OUTPUT,
        {"prov:type": _name("prov:Collection"), "prov:label": name, "field:manifest_sha256": origin.identity},
    )
    for row in origin.rows("documents"):
        yield (
            _source(row["id"]),
            {
                "prov:label": row["path"],
                "field:record": row["ordinal"],
                "field:sha256": row["l0"]["sha256"],
                "field:bytes": row["l0"]["bytes"],
                "field:media": row["media"],
                "field:status": row["status"],
                **({"field:tier": row["tier"], "field:why": row["why"]} if row["tier"] else {}),
            },
        )
        if row["l3"] is not None:
            copy, l3 = f"copy:{row['id']}", row["l3"]
            facts = {"field:sha256": l3["sha256"], "field:characters": l3["chars"]}
            yield copy, {"prov:label": l3["path"], **facts, "field:removed_characters": row["removed_chars"]}
    for row in origin.rows("archived"):
        facts = {"field:archive": row["archive"], "field:sha256": row["l3"]["sha256"]}
        yield f"archived:{row['id']}", {"prov:label": row["path"], **facts}


def _activities(origin: Origin) -> Pairs:
    run = origin.run
    settings = json.dumps(run["settings"], ensure_ascii=False, separators=(",", ":"))
    yield _RUN, {"prov:label": f"policy {run['policy']}", "field:settings": settings}


def _agents(origin: Origin) -> Pairs:
    run = origin.run
    versions = {f"field:version_of_{name}": version for name, version in sorted(run["versions"].items())}
    label = f"{run['tool']} {run['version']}"
    yield _SOFTWARE, {"prov:type": _name("prov:SoftwareAgent"), "prov:label": label, **versions}


def _associations(origin: Origin) -> Pairs:
    del origin
    yield "_:association", {"prov:activity": _RUN, "prov:agent": _SOFTWARE}


def _each(
    name: str, relation: Callable[[Row], dict[str, Any]], wanted: Callable[[Row], bool]
) -> Callable[[Origin], Pairs]:
    def pairs(origin: Origin) -> Pairs:
        rows: Iterable[Row] = (row for row in origin.rows("documents") if wanted(row))
        for number, row in enumerate(rows):
            yield f"_:{name}{number}", relation(row)

    return pairs


def _kept(row: Row) -> bool:
    return row["l3"] is not None


def _replaced(row: Row) -> bool:
    """Whether it was removed for another; what a person drops is removed for none."""
    return row["l3"] is None and row["of"] is not None


def _any(row: Row) -> bool:
    del row
    return True


def _derived(row: Row) -> dict[str, Any]:
    copy, source = f"copy:{row['id']}", _source(row["id"])
    return {"prov:generatedEntity": copy, "prov:usedEntity": source, "prov:activity": _RUN}


def _source(doc: str) -> str:
    """Return the name of a document as it came; of one of an archive, what the archive has."""
    return f"archived:{doc}" if doc.startswith("a-") else f"source:{doc}"


#: Section of the file → its parts.
_SECTIONS: Final[dict[str, Callable[[Origin], Pairs]]] = {
    "entity": _entities,
    "activity": _activities,
    "agent": _agents,
    "wasAssociatedWith": _associations,
    "used": _each("used", lambda r: {"prov:activity": _RUN, "prov:entity": _source(r["id"])}, _any),
    "wasGeneratedBy": _each(
        "generated", lambda r: {"prov:entity": f"copy:{r['id']}", "prov:activity": _RUN}, _kept
    ),
    "wasDerivedFrom": _each("derived", _derived, _kept),
    "hadMember": _each(
        "member", lambda r: {"prov:collection": _OUTPUT, "prov:entity": f"copy:{r['id']}"}, _kept
    ),
    "alternateOf": _each(
        "alternate",
        lambda r: {"prov:alternate1": _source(r["id"]), "prov:alternate2": _source(r["of"])},
        _replaced,
    ),
}
