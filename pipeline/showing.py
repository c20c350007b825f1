"""The removals that the report shows, spread over processes: cases → fragments of the page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from pipeline import codec
from pipeline.packs import Shelf
from pipeline.report.fragments import Fragment, fragment
from pipeline.report.markup import Html
from pipeline.report.removals import Case
from pipeline.writers.orders import Other
from pipeline.writers.rows import SpanWriter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pipeline.engines import Engine
    from pipeline.settings import Settings

_CASES_A_PART: Final = 16


@dataclass(frozen=True, slots=True)
class Showing:
    """Cases, with where the texts of their documents lie → fragments."""

    folder: Path  # of packs
    settings: Settings

    def __call__(self, part: pa.Table) -> pa.Table:
        """Return the fragment of each case."""
        shelf = Shelf(self.folder)
        spans = SpanWriter(shelf, self.settings)
        out = []
        for row in part.to_pylist():
            others = {one.id: one for one in (codec.load(Other, text) for text in row["documents"])}

            def text(document: str, layer: str, others: Mapping[str, Other] = others) -> str:
                other = others[document]
                return shelf.text(other.pack, other.row) if layer == "L2" else spans.other(other)[1].text

            out.append(codec.dump(fragment(codec.load(Case, row["case"]), text), ascii_only=True))
        return pa.table({"fragment": pa.array(out, pa.large_string())})


def shown(
    cases: Sequence[Case], others: Mapping[str, Other], folder: Path, engine: Engine, settings: Settings
) -> list[Fragment]:
    """Return the fragments of cases in their order; `others` has the documents that they name, by id."""
    rows = []
    for case in cases:
        documents = [codec.dump(others[one]) for one in case.documents]
        rows.append({"case": codec.dump(case, ascii_only=True), "documents": documents})
    parts = [pa.Table.from_pylist(rows[at : at + _CASES_A_PART]) for at in range(0, len(rows), _CASES_A_PART)]
    flow = engine.flow(parts).map(Showing(folder, settings))
    found = [text for part in flow.parts() for text in part["fragment"].to_pylist()]
    return [replace(one, html=Html(one.html)) for one in (codec.load(Fragment, text) for text in found)]
