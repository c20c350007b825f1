"""Pass 1: what kills its reader costs that file alone."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline import codec, intake, packs
from pipeline.engines.embedded import Embedded
from pipeline.intake import Preparing, index_cache, prepare_all
from pipeline.readers import Unit
from pipeline.settings import load
from stages.model import REASONS


@dataclass(frozen=True, slots=True)
class Deadly:
    """Prepares, but dies of a file whose name says so."""

    inner: Preparing

    def __call__(self, part):
        for row in part.to_pylist():
            if b"deadly" in codec.load(Unit, row["unit"]).path:
                os._exit(9)
        return self.inner(part)


def unit(folder: Path, name: str) -> Unit:
    path = folder / name
    path.write_text(f"{name}: 渡轮今日首航。\n", encoding="utf-8")
    size = path.stat().st_size
    return Unit("", name.encode(), name, str(path), "txt", 0, size, size)


def test_what_two_tasks_prepared_of_one_content_is_found_once(tmp_path):
    """Their packs differ by what else is in them, and both stay in the cache."""
    units = [unit(tmp_path, name) for name in ("a.txt", "b.txt", "c.txt", "d.txt")]
    (tmp_path / "d.txt").write_bytes((tmp_path / "a.txt").read_bytes())
    engine = Embedded(tmp_path / "spill", jobs=1)
    for _ in range(2):
        index_cache(tmp_path / "cache", tmp_path / "index")
        preparing = Preparing(tmp_path / "cache", tmp_path / "index", "x", load(None))
        rows = prepare_all(engine, units, 2100, preparing).to_pylist()
        assert [row["unit"] for row in rows] == [0, 1, 2, 3]
    assert len(list((tmp_path / "cache").glob("pack-*"))) == 2
    engine.close()


def test_nothing_of_a_stream_that_changed_while_it_was_read_is_ever_used(tmp_path, monkeypatch):
    """The file is written to after the first records are in a pack, then put back as it was, time and all."""
    monkeypatch.setattr(intake, "_PACK", 10)
    monkeypatch.setattr(intake, "_TOGETHER", 1)
    monkeypatch.setattr(intake, "_AT_ONCE", 1)
    path = tmp_path / "a.csv"
    rows = [f"{n},渡轮{n}号今日首航，码头上站着三百人。" for n in range(6)]
    whole = "\n".join(["n,text", *rows, ""]).encode()
    path.write_bytes(whole)
    known = path.stat()
    one = Unit("", b"a.csv", "a.csv", str(path), "csv", 0, len(whole), len(whole))
    engine = Embedded(tmp_path / "spill", jobs=1)
    plain = intake.read

    def read(unit, data, settings):
        path.write_bytes(whole.replace("首航".encode(), "停航".encode()))
        yield from plain(unit, data, settings)

    texts = []
    for change in (True, False):
        monkeypatch.setattr(intake, "read", read if change else plain)
        path.write_bytes(whole)
        os.utime(path, ns=(known.st_atime_ns, known.st_mtime_ns))
        index_cache(tmp_path / "cache", tmp_path / "index")
        found = prepare_all(
            engine, [one], 1, Preparing(tmp_path / "cache", tmp_path / "index", "x", load(None))
        )
        shelf = packs.Shelf(tmp_path / "cache")
        texts.append(
            [shelf.text(r["pack"], r["row"]) if r["pack"] else r["reason"] for r in found.to_pylist()]
        )
    engine.close()
    assert texts == [["changed"], [row.partition(",")[2] + "\n" for row in rows]]


@pytest.mark.parametrize("together", [1, 3, 256])
def test_records_of_many_units_are_prepared_together_and_each_unit_is_whole(tmp_path, monkeypatch, together):
    """Units of many records and of one, refused ones between; the batches end where they will."""
    monkeypatch.setattr(intake, "_TOGETHER", together)
    (tmp_path / "many.jsonl").write_text(
        "".join(f'{{"text": "渡轮{n}号今日首航。"}}\n' if n % 5 else "broken\n" for n in range(14)), "utf-8"
    )
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 4)
    (tmp_path / "none.jsonl").write_bytes(b"")
    names = ("many.jsonl", "binary.txt", "none.jsonl")
    sizes = [(tmp_path / name).stat().st_size for name in names]
    units = [
        unit(tmp_path, "a.txt"),
        *(
            Unit("", name.encode(), name, str(tmp_path / name), name.partition(".")[2], 0, size, size)
            for name, size in zip(names, sizes, strict=True)
        ),
        unit(tmp_path, "b.txt"),
    ]
    index_cache(tmp_path / "cache", tmp_path / "index")
    engine = Embedded(tmp_path / "spill", jobs=1)
    preparing = Preparing(tmp_path / "cache", tmp_path / "index", "x", load(None))
    rows = prepare_all(engine, units, 1 << 20, preparing).to_pylist()
    engine.close()
    shelf = packs.Shelf(tmp_path / "cache")
    found = [
        (row["unit"], row["ordinal"], row["reason"] or shelf.text(row["pack"], row["row"])) for row in rows
    ]
    many = [(1, n, f"渡轮{n}号今日首航。\n" if n % 5 else "json") for n in range(14)]
    ends = [(4, 0, "b.txt: 渡轮今日首航。\n")]
    refused = [(2, 0, next(reason for at, _, reason in found if at == 2))]
    assert found == [(0, 0, "a.txt: 渡轮今日首航。\n"), *many, *refused, *ends]
    assert refused[0][2] in REASONS


def test_a_file_that_kills_its_reader_is_refused_and_the_others_are_read(tmp_path):
    chosen = load(None)
    units = [unit(tmp_path, name) for name in ("a.txt", "deadly.txt", "b.txt", "c.txt")]
    index_cache(tmp_path / "cache", tmp_path / "index")
    engine = Embedded(tmp_path / "spill", jobs=2)
    try:
        table = prepare_all(
            engine, units, 2200, Deadly(Preparing(tmp_path / "cache", tmp_path / "index", "x", chosen))
        )
    finally:
        engine.close()
    found = {row["unit"]: row["reason"] for row in table.to_pylist()}
    assert found == {0: "", 1: "worker_died", 2: "", 3: ""}
