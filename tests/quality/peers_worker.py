"""Clusters texts with one peer, in the environment of the peers: texts come as JSON on stdin, labels go to stdout.

    python peers_worker.py PEER SIZES THRESHOLDS     as in: datatrove 3,5 0.5,0.6,0.7,0.8,0.9

Each peer runs at its defaults, and then with tokens of one character, which no peer takes by itself and which suits
Chinese best, over shingles and thresholds.  It is the peer's own code that hashes, pairs and clusters; here is only
what its documents tell a user to write.  Nothing of the project is imported.
"""

from __future__ import annotations

import contextlib
import json
import re
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

#: Buckets and rows whose curve has its centre, (1 / b) ** (1 / r), at the threshold.
BUCKETS = {0.5: (32, 5), 0.6: (20, 6), 0.7: (14, 7), 0.8: (9, 10), 0.9: (6, 17)}

Labels = Sequence[object]
Sweep = Sequence[tuple[int, float]]  # characters of a shingle, and threshold
Setting = tuple[str, bool, Labels]  # what was set, whether these are the defaults, and a label for each text

_TOKEN = re.compile(r"\w")


def characters(text: str) -> list[str]:
    """Return the letters, figures and Han characters of a text."""
    return _TOKEN.findall(text.lower())


# --- datatrove: signature, buckets and cluster of its MinHash pipeline -----------------------------------------


def datatrove(texts: Sequence[str], sweep: Sweep) -> Iterator[Setting]:
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.utils.text import TextNormConfig
    from datatrove.utils.word_tokenizers import WordTokenizer

    class Characters(WordTokenizer):
        def word_tokenize(self, text: str) -> list[str]:
            return characters(text)

        def sent_tokenize(self, text: str) -> list[str]:
            raise NotImplementedError

        def span_tokenize(self, text: str) -> list[tuple[int, int]]:
            raise NotImplementedError

    yield "defaults (English words, 5, 14 × 8)", True, _datatrove(texts, MinhashConfig(), "en")
    yield "Chinese words (jieba), 5, 14 × 8", False, _datatrove(texts, MinhashConfig(), "cmn")
    for size, threshold in sweep:
        buckets, rows = BUCKETS[threshold]
        config = MinhashConfig(
            n_grams=size,
            num_buckets=buckets,
            hashes_per_bucket=rows,
            norm_config=TextNormConfig(norm_numbers=False),
        )
        name = f"characters, {size}, {buckets} × {rows} (≈ {threshold}), figures kept"
        yield name, False, _datatrove(texts, config, Characters("zh"))


def _datatrove(texts: Sequence[str], config: object, language: object) -> Labels:
    from datatrove.data import Document
    from datatrove.pipeline.dedup.minhash import (
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupSignature,
    )

    with tempfile.TemporaryDirectory() as folder:
        signatures, buckets, clusters = (f"{folder}/{name}" for name in ("signatures", "buckets", "clusters"))
        documents = (Document(text=text, id=str(n)) for n, text in enumerate(texts))
        MinhashDedupSignature(signatures, config=config, language=language).run(documents)
        for rank in range(config.num_buckets):
            pairs = MinhashDedupBuckets(signatures, buckets, config=config)
            pairs.run(rank=rank, world_size=config.num_buckets)
        MinhashDedupCluster(buckets, clusters, config=config, save_cluster_id=True).run()
        labels: list[object] = [f"alone {n}" for n in range(len(texts))]
        found = Path(clusters) / "000000.clusters"
        if found.exists():
            for document, cluster in struct.iter_unpack("<2I", found.read_bytes()):
                labels[document] = cluster
    return labels


# --- text-dedup: its MinHash command ---------------------------------------------------------------------------


def text_dedup(texts: Sequence[str], sweep: Sweep) -> Iterator[Setting]:
    yield "defaults (words, 5, threshold 0.7, 250 permutations)", True, _text_dedup(texts)
    apart = [" ".join(characters(text)) for text in texts]  # it has no characters for tokens: it splits at \W
    for size, threshold in sweep:
        more = {"ngram": size, "threshold": threshold, "min_length": 1, "hash_func": "xxh3"}
        yield f"characters, {size}, threshold {threshold}", False, _text_dedup(apart, **more)


def _text_dedup(texts: Sequence[str], **more: object) -> Labels:
    import text_dedup.minhash as command
    from text_dedup.utils import IOArgs, MetaArgs, MinHashArgs

    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "texts.jsonl"
        rows.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
        files = IOArgs(
            path="json",
            data_files=str(rows),
            split="train",
            cache_dir=f"{folder}/cache",
            output=f"{folder}/out",
            num_proc=1,
        )
        command.main.callback(
            io_args=files, meta_args=MetaArgs(column="text"), minhash_args=MinHashArgs(**more)
        )
    return [command.uf.find(n) for n in range(len(texts))]


# --- rensa: its deduplicator -----------------------------------------------------------------------------------


def rensa(texts: Sequence[str], sweep: Sweep) -> Iterator[Setting]:
    yield "README (words, threshold 0.8, 128 permutations)", True, _rensa([t.split() for t in texts], 0.8)
    tokens = [characters(text) for text in texts]
    for size, threshold in sweep:
        shingles = [["".join(x[at : at + size]) for at in range(max(len(x) - size + 1, 1))] for x in tokens]
        yield f"characters, {size}, threshold {threshold}", False, _rensa(shingles, threshold)


def _rensa(tokens: Sequence[list[str]], threshold: float) -> Labels:
    from rensa import RMinHash, RMinHashDeduplicator

    sketches = RMinHash.from_token_sets(tokens, num_perm=128, seed=42)
    kept = RMinHashDeduplicator(threshold=threshold, num_perm=128, use_lsh=True)
    labels: list[object] = []
    for n, sketch in enumerate(sketches):
        like = kept.get_duplicates(sketch)
        first = min(like, key=lambda key: (-sketch.jaccard(sketches[int(key)]), int(key)), default=None)
        labels.append(n if first is None else int(first))
        if first is None:
            kept.add(str(n), sketch)
    return labels


PEERS: dict[str, Callable[[Sequence[str], Sweep], Iterator[Setting]]] = {
    "datatrove": datatrove,
    "text-dedup": text_dedup,
    "rensa": rensa,
}


def main(name: str, sizes: str, thresholds: str) -> None:
    """Print a line of JSON for each setting."""
    texts = json.load(sys.stdin)
    sweep = [
        (int(size), float(threshold)) for size in sizes.split(",") for threshold in thresholds.split(",")
    ]
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # what a peer prints is not an answer
        for setting, default, labels in PEERS[name](texts, sweep):
            row = {"setting": setting, "default": default, "labels": [str(x) for x in labels]}
            out.write(json.dumps(row) + "\n")
            out.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
