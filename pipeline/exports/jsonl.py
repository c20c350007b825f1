"""JSON Lines: `corpus.jsonl`, the kept texts; every key on every line, so that loaders infer one schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.ledger import row_line

if TYPE_CHECKING:
    from pipeline.exports.origin import Origin
    from pipeline.store import Store


def write(origin: Origin, store: Store) -> None:
    """Write corpus.jsonl."""
    store.put("corpus.jsonl", (row_line(row) for row in origin.documents("canonical")))
