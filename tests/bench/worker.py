"""Matches the documents of a JSONL file with one peer, in the environment of the peers.

    python worker.py PEER NEWS.jsonl OUT

Each is used as what its documents tell, on runs of five characters (datatrove and text-dedup: on words, which is all
they offer); of documents that it calls alike, the first is kept.  Nothing of the project is imported.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "quality"))

SHINGLE, THRESHOLD, PERMUTATIONS = 5, 0.7, 128

Labels = Sequence[object]  # of the texts: equal ones are one cluster


def _shingles(text: str) -> list[str]:
    return [text[at : at + SHINGLE] for at in range(max(1, len(text) - SHINGLE + 1))]


def _grown(
    items: Iterable[object], query: Callable[[object], Sequence[int]], insert: Callable[[int, object], object]
) -> Labels:
    """Return for each item the first that an index calls alike; what has none is put into the index."""
    labels: list[object] = []
    for n, item in enumerate(items):
        like = query(item)
        labels.append(min(like) if like else n)
        if not like:
            insert(n, item)
    return labels


def rensa(texts: Sequence[str]) -> Labels:
    from rensa import RMinHash, RMinHashDeduplicator

    kept = RMinHashDeduplicator(threshold=THRESHOLD, num_perm=PERMUTATIONS, use_lsh=True)
    labels: list[object] = []
    for n, text in enumerate(texts):
        sketch = RMinHash(num_perm=PERMUTATIONS, seed=42)
        sketch.update(_shingles(text))
        like = kept.get_duplicates(sketch)
        labels.append(int(like[0]) if like else n)
        if not like:
            kept.add(str(n), sketch)
    return labels


def gaoya(texts: Sequence[str]) -> Labels:
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(
        hash_size=32,
        jaccard_threshold=THRESHOLD,
        num_bands=20,
        band_size=5,
        analyzer="char",
        ngram_range=(SHINGLE, SHINGLE),
    )
    return _grown(texts, index.query, index.insert_document)


def daft(texts: Sequence[str]) -> Labels:
    import daft as package
    import numpy as np

    bands, rows = 16, 4
    spaced = package.from_pydict({"text": [" ".join(text) for text in texts]})
    sketch = package.col("text").minhash(num_hashes=bands * rows, ngram_size=SHINGLE, seed=1)
    column = spaced.with_column("sketch", sketch).select("sketch").to_arrow()["sketch"].combine_chunks()
    values = column.flatten().to_numpy().reshape(len(texts), bands, rows)
    labels = list(range(len(texts)))

    def first(n: int) -> int:
        while labels[n] != n:
            labels[n] = labels[labels[n]]
            n = labels[n]
        return n

    for band in range(bands):
        keys = np.ascontiguousarray(values[:, band]).view(np.void(rows * 4).dtype).ravel()
        _, heads, of = np.unique(keys, return_index=True, return_inverse=True)
        for n, head in enumerate(heads[of].tolist()):
            a, b = first(n), first(head)
            labels[max(a, b)] = min(a, b)
    return [first(n) for n in range(len(texts))]


def datasketch(texts: Sequence[str]) -> Labels:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)

    def sketch(text: str) -> MinHash:
        out = MinHash(num_perm=PERMUTATIONS)
        out.update_batch({shingle.encode() for shingle in _shingles(text)})
        return out

    return _grown(map(sketch, texts), index.query, index.insert)


def datatrove(texts: Sequence[str]) -> Labels:
    import peers_worker as quality
    from datatrove.pipeline.dedup.minhash import MinhashConfig

    return quality._datatrove(texts, MinhashConfig(), "cmn")


def text_dedup(texts: Sequence[str]) -> Labels:
    import peers_worker as quality

    return quality._text_dedup(texts)


PEERS: dict[str, Callable[[Sequence[str]], Labels]] = {
    "rensa": rensa,
    "daft": daft,
    "gaoya": gaoya,
    "datasketch": datasketch,
    "datatrove": datatrove,
    "text-dedup": text_dedup,
}


def main(peer: str, source: str, out: str) -> None:
    """Write the ids of the documents that go, and print the seconds it took to read and to match."""
    started = time.perf_counter()
    with open(source, encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    read = time.perf_counter()
    with contextlib.redirect_stdout(sys.stderr):  # what a peer prints is no figure
        labels = PEERS[peer]([row["text"] for row in rows])
    seen: set[object] = set()
    gone = [row["id"] for row, label in zip(rows, labels, strict=True) if label in seen or seen.add(label)]
    Path(out).mkdir()
    (Path(out) / "removed.json").write_text(json.dumps(gone))
    steps = {"read": read - started, "match": time.perf_counter() - read}
    print(json.dumps({"steps": {name: round(seconds, 3) for name, seconds in steps.items()}}))


if __name__ == "__main__":
    main(*sys.argv[1:])
