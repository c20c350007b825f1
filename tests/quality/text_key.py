"""How well the key compares: the cases of the reference, and the speed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import wraps
from text import DATA, Figure, absent
from text_segment import against_ftfy

from stages.decode import DecodeSettings, decode
from stages.fingerprint import key_hash, key_string, tokens
from stages.model import Decoded
from stages.normalise import NormaliseSettings, normalise
from stages.segment import SegmentSettings, segment

if TYPE_CHECKING:
    from collections.abc import Iterator

_AREA: Final = "key"


def _second_layer(case: dict[str, Any]) -> str:
    text = str(case["input"])
    if case.get("input_kind") == "bytes":
        decoded = decode(bytes.fromhex(text.removeprefix("hex:")), DecodeSettings())
        assert isinstance(decoded, Decoded)
        text = decoded.text
    return segment(normalise(text, NormaliseSettings()).text, SegmentSettings()).text


def _share(name: str, results: list[tuple[str, bool]]) -> Figure:
    wrong = [case for case, right in results if not right]
    note = "wrong: " + ", ".join(wrong) if wrong else ""
    return Figure(_AREA, name, len(results), 1 - len(wrong) / len(results), 1.0, note=note)


def figures(seed: int) -> Iterator[Figure]:
    """Yield the figures of the area."""
    path = DATA.parent / "reference" / "normalise_cases.jsonl"
    if path.exists():
        cases = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
        layers = {c["id"]: _second_layer(c) for c in cases}
        keys = {c["id"]: key_string(layers[c["id"]]) for c in cases}
        hashes = {name: key_hash(tokens(layer)) for name, layer in layers.items()}
        asked = [c for c in cases if not c.get("key_free") and "key_note" not in c]
        yield _share("reference cases: key", [(c["id"], keys[c["id"]] == c["key"]) for c in asked])
        same = [(c["id"], c["same_key_as"]) for c in cases if "same_key_as" in c]
        yield _share("reference cases: same key", [(a, hashes[a] == hashes[b]) for a, b in same])
        other = [(c["id"], c["different_key_from"]) for c in cases if "different_key_from" in c]
        yield _share("reference cases: different key", [(a, hashes[a] != hashes[b]) for a, b in other])
        again = {c["id"]: key_string(_second_layer({"input": layers[c["id"]]})) for c in cases}
        yield _share(
            "reference cases: the key stays", [(c["id"], again[c["id"]] == keys[c["id"]]) for c in cases]
        )
        folded = [(name, key_string(key) == key) for name, key in keys.items()]
        yield _share("reference cases: the key of a key is itself", folded)
    else:
        yield absent(_AREA, "reference cases")
    prose = ["\n".join(a) + "\n" for a in wraps.chinese(seed, 120)]
    yield against_ftfy(_AREA, "against ftfy, clean Chinese", tokens, prose, 10.0)
    short = [text[:900] for text in prose if len(text) > 900]
    yield against_ftfy(_AREA, "against ftfy, documents of 2–3 kB", tokens, short, 7.0)
    english = ["\n".join(a) + "\n" for a in wraps.english(seed, 60)]
    yield against_ftfy(_AREA, "against ftfy, English", tokens, english, 1.0)
