"""The removals that the report shows, spread over processes: cases → fragments of the page.

A fragment is remembered by its case and the texts that it shows: what the run before showed is not compared again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from pipeline import codec
from pipeline.memo import PLACE, Memo
from pipeline.packs import Shelf
from pipeline.report.fragments import Fragment, fragment, renamed
from pipeline.report.removals import Case
from pipeline.writers.orders import Other
from pipeline.writers.rows import SpanWriter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pipeline.engines import Engine
    from pipeline.memo import Memory
    from pipeline.settings import Settings

_CASES_A_PART: Final = 16


@dataclass(frozen=True, slots=True)
class Showing:
    """Cases, with where the texts of their documents lie → fragments, under no anchor of their own."""

    folder: Path  # of packs
    settings: Settings
    memo: Path | None

    def __call__(self, part: pa.Table) -> pa.Table:
        """Return the fragment of each case."""
        shelf = Shelf(self.folder)
        spans = SpanWriter(shelf, self.settings)
        places, texts = [], []
        for row in part.to_pylist():
            others = {one.id: one for one in (codec.load(Other, text) for text in row["documents"])}
            digest = hashlib.sha256(row["case"].encode())
            of_case = []
            for document, layer in codec.load(Case, row["case"]).texts:
                other = others[document]
                text = shelf.text(other.pack, other.row) if layer == "L2" else spans.other(other)[1].text
                of_case.append({"document": document, "layer": layer, "text": text})
                digest.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
            places.append(digest.hexdigest())
            texts.append(of_case)
        columns = {PLACE: places, "case": part["case"], "texts": pa.array(texts, _TEXTS)}
        return Memo(self.memo).through(pa.table(columns), self._computed)

    @staticmethod
    def _computed(part: pa.Table) -> pa.Table:
        out = []
        for row in part.to_pylist():
            texts = {(one["document"], one["layer"]): one["text"] for one in row["texts"]}
            found = fragment(codec.load(Case, row["case"]), lambda *place, texts=texts: texts[place])
            out.append(codec.dump(found, ascii_only=True))
        return pa.table({PLACE: part[PLACE], "fragment": pa.array(out, pa.large_string())})


_TEXTS: Final = pa.list_(
    pa.struct([("document", pa.string()), ("layer", pa.string()), ("text", pa.large_string())])
)


def shown(
    cases: Sequence[Case],
    others: Mapping[str, Other],
    folder: Path,
    engine: Engine,
    settings: Settings,
    memory: Memory,
) -> list[Fragment]:
    """Return the fragments of cases in their order; `others` has the documents that they name, by id."""
    rows = []
    for case in cases:
        documents = [codec.dump(others[one]) for one in case.documents]
        nameless = replace(case, anchor="-1" if case.anchor.endswith("-1") else "-")  # the first stands open
        rows.append({"case": codec.dump(nameless, ascii_only=True), "documents": documents})
    parts = [pa.Table.from_pylist(rows[at : at + _CASES_A_PART]) for at in range(0, len(rows), _CASES_A_PART)]
    flow = engine.flow(parts).map(Showing(folder, settings, memory.of("shown")))
    found = [text for part in flow.parts() for text in part["fragment"].to_pylist()]
    memory.write("shown", flow.parts())
    return [renamed(codec.load(Fragment, text), case) for text, case in zip(found, cases, strict=True)]
