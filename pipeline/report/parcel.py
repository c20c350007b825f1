"""What the script of the page reads: one value with all tables, and comparisons that are opened when asked for.

A parcel is JSON, compressed by the zlib of pyarrow, the same on every machine, and written in base64 into an element
that shows nothing; so no character of it can be read as HTML.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from pipeline.decisions import hint_of
from pipeline.report.fragments import asset
from pipeline.report.markup import Html, fill, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.report.fragments import Fragment
    from pipeline.report.gist import Gist
    from pipeline.report.rows import Row
    from pipeline.waiting import Chosen

FEW: Final = 5_000  # clusters, up to which comparisons have the larger budget
BUDGETS: Final = (3_000_000, 240_000)  # bytes of all parcels of comparisons: of few clusters, of many
CHINESE: Final = "chinese.json"
HOLDINGS_CAP: Final = 8_000  # documents, up to which the page has what decisions of each are keyed by
_A_PARCEL: Final = 120_000  # characters of HTML, about
_GZIP: Final = pa.Codec("gzip", compression_level=9)


def packed(value: object) -> str:
    """Return a value as a parcel."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    squeezed = _GZIP.compress(text.encode("utf-8", "backslashreplace"), asbytes=True)
    return base64.b64encode(squeezed).decode("ascii")


def element(ident: str, content: str) -> Html:
    """Return a parcel as an element."""
    return fill('<template id="{ident}">{content}</template>\n', ident=ident, content=Html(content))


def parcels(fragments: Sequence[Fragment], budget: int) -> tuple[list[str], list[list[Any]]]:
    """Return comparisons in parcels until the budget is spent, and for each: anchor, title, summary, alarm, parcel."""
    out: list[str] = []
    index: list[list[Any]] = []
    part: list[Fragment] = []
    left = budget
    for n, one in enumerate(fragments, 1):
        part.append(one)
        if n < len(fragments) and sum(len(f.html) for f in part) < _A_PARCEL:
            continue
        parcel = packed([f.html for f in part])
        left -= len(parcel)
        if left < 0:
            break
        index += [[f.anchor, f.title, f.summary, f.alarm, len(out), at] for at, f in enumerate(part)]
        out.append(parcel)
        part = []
    return out, index


def application(
    run: Mapping[str, Any],
    gist: Gist,
    index: Sequence[Sequence[Any]],
    queue: Iterable[tuple[str, Chosen]],
    rule: str,
) -> dict[str, Any]:
    """Return all that the script reads, but for comparisons; `queue` has the anchors of pairs to be judged."""
    verify = run["settings"].get("verify", {})
    shown = {row[0] for row in index}
    items = [(anchor, item) for anchor, item in queue if anchor in shown]
    holdings = _holdings(gist, {one for _, item in items for one in item.ids})
    record = json.dumps(run, sort_keys=True).encode()
    return {
        "v": 1,
        "name": hashlib.sha256(record).hexdigest()[:16],  # what a browser keeps verdicts under
        "run": {
            "version": run["version"],
            "policy": run["policy"],
            "documents": run["counts"]["documents"],
            "identity": verify.get("identity", 0.85),
            "rule": rule,
        },
        "cases": list(index),
        "queue": [
            [
                *(anchor, item.stratum, int(item.gone is not None), *(holdings[one] for one in item.ids)),
                *(_seen(item.pair, rule), *map(gist.columns.number, item.ids)),
                int(item.pair["a"] != item.ids[0]),  # whether a decision names the second first
            ]
            for anchor, item in items
        ],
        **gist.columns.table(gist.names),
    }


def _seen(pair: Row, rule: str) -> dict[str, Any]:
    """Return what the machine says of a pair, as a decision has it."""
    return {"rule": rule, "score": (pair["scores"] or {}).get("jaccard"), "what": pair["tier"]}


def _holdings(gist: Gist, wanted: set[str]) -> dict[str, dict[str, str]]:
    """Return documents as decisions name them, see `pipeline.decisions.Holding`."""
    found = {
        ident: {
            "bytes": "",
            "path": _hint(row["path"], row["ordinal"]),
            "text": f"sha256:{row['l3']['sha256']}",
        }
        for ident, row in gist.archived.items()
        if ident in wanted
    }
    for card in gist.columns.cards.some(wanted):
        path = _hint(card.path, card.ordinal)
        found[card.id] = {"bytes": f"sha256:{card.bytes}", "path": path, "text": f"sha256:{card.text}"}
    return found


def holdings(gist: Gist) -> dict[str, Any] | None:
    """Return all documents as decisions name them, by number: hashes in one string, paths; None where they are many."""
    if gist.columns.cards.total > HOLDINGS_CAP:
        return None
    idents = gist.columns.idents()
    known = _holdings(gist, set(idents))
    nothing = {"bytes": "", "path": "", "text": ""}
    rows = [known.get(ident, nothing) for ident in idents]
    return {
        **{key: "".join(_hex(row[key]) for row in rows) for key in ("bytes", "text")},
        "paths": [row["path"] for row in rows],
    }


def _hex(digest: str) -> str:
    """Return the digits of a hash; zeros where there is none."""
    return digest.removeprefix("sha256:") or "0" * 64


def _hint(path: str, ordinal: int) -> str:
    """Return how a decision calls a document; half a surrogate pair, which no decision may have, is replaced."""
    return hint_of(path, ordinal).encode("utf-8", "replace").decode()


def elements(main: Mapping[str, Any], held: Mapping[str, Any] | None, comparisons: Sequence[str]) -> Html:
    """Return all parcels as elements of the page; `held` are `holdings`, if they are not too many."""
    parts = {"chinese": packed(json.loads(asset(CHINESE))), "data": packed(main)}
    parts |= {"holdings": packed(held)} if held else {}
    return joined(
        [
            *(element(name, one) for name, one in parts.items()),
            *(element(f"texts-{n}", one) for n, one in enumerate(comparisons)),
        ]
    )
