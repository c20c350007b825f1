"""Parquet with a dataset card: a folder that Hugging Face datasets, pandas, polars and DuckDB load.

The card is README.md with a YAML head (hub documentation, "Dataset Cards"); its strings are JSON, which YAML reads.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from pipeline.report.methods import methods
from pipeline.report.show import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.exports.origin import Origin
    from pipeline.store import Store

CONFIGS: Final = {
    "canonical": "the documents that were kept",
    "all": "every document, the removed ones with what they were removed for",
}
#: The size categories of the hub, each with the number of documents below which it is one.
_SIZES: Final = (
    *((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M")),
    *((10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M"), (1_000_000_000, "100M<n<1B")),
)
_LARGEST: Final = "n>1B"


def write(origin: Origin, store: Store) -> None:
    """Write README.md and the data files."""
    for name in CONFIGS:
        store.put(f"data/{name}.parquet", origin.blocks(f"data/{name}.parquet"))
    store.put("README.md", "".join(f"{line}\n" for line in _card(origin)).encode())


def _card(origin: Origin) -> Iterator[str]:
    about, documents = origin.about, origin.run["counts"]["documents"]
    yield "---"
    yield f"pretty_name: {_text(about.name)}"
    yield from _licence(about.license)
    if languages := origin.languages():
        yield f"language: {json.dumps(languages)}"
    size = next((name for most, name in _SIZES if documents["in"] < most), _LARGEST)
    yield f"size_categories: [{_text(size)}]"
    yield 'tags: ["deduplicated", "news"]'
    yield "configs:"
    for name in CONFIGS:
        yield f"- config_name: {name}"
        yield f"  data_files: {_text(f'data/{name}.parquet')}"
        if name == "canonical":
            yield "  default: true"
    yield from ("---", "", f"# {' '.join(about.name.split())}", "")
    if about.description:
        yield from (about.description, "")
    yield from _body(origin)


def _licence(name: str) -> Iterator[str]:
    """Yield the licence: the hub takes its own identifiers in small letters; any other is `other`, with its link."""
    if name.startswith(("http://", "https://")):
        yield from ("license: other", f"license_name: {_text('see link')}", f"license_link: {_text(name)}")
    elif name:
        yield f"license: {_text(name.lower())}"


def _body(origin: Origin) -> Iterator[str]:
    documents = origin.run["counts"]["documents"]
    yield from ("| configuration | documents | has |", "|---|---:|---|")
    counts = {"canonical": documents["kept"], "all": documents["in"]}
    for name, says in CONFIGS.items():
        yield f"| `{name}` | {number(counts[name])} | {says} |"
    yield from ("", "| column | type |", "|---|---|")
    for name, kind in origin.columns():
        yield f"| `{name}` | {kind} |"
    yield from ("", "## How it was made", "", methods(origin.run, "en"), "")
    yield f"SHA-256 of the manifest of the output: `{origin.identity}`"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
