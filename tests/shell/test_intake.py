"""Pass 1: what kills its reader costs that file alone."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline import intake, packs, watch
from pipeline.cache import index_cache
from pipeline.engines import workers
from pipeline.engines.embedded import Embedded
from pipeline.errors import InternalError
from pipeline.intake import Preparing, prepare_all
from pipeline.readers import Unit
from pipeline.settings import load
from stages.model import REASONS, Rejected

ROOT = Path(__file__).resolve().parents[2]


class Deadly(Preparing):
    """Prepares, but a text that begins with one of these words does what it says."""

    __slots__ = ()

    def _stages(self, records, encodings):
        return super()._stages([self._met(record) for record in records], encodings)

    def _met(self, record):
        payload = record.payload if isinstance(record.payload, str) else record.payload.decode()
        match payload.split()[0]:
            case "exit":
                os._exit(9)
            case "crash":
                os.kill(os.getpid(), signal.SIGSEGV)
            case "hang":
                while True:
                    pass
            case "fill":
                return replace(record, payload=payload * 20_000_000)
        return record


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
        index_cache(tmp_path / "cache", tmp_path / "index", {})
        preparing = Preparing(tmp_path / "cache", tmp_path / "index", "x", load(None))
        rows = prepare_all(engine, units, 2100, preparing).to_pylist()
        assert [row["unit"] for row in rows] == [0, 1, 2, 3]
    assert len(list((tmp_path / "cache").glob("pack-*"))) == 2
    engine.close()


def test_nothing_of_a_stream_that_changed_while_it_was_read_is_ever_used(tmp_path, monkeypatch):
    """The file is written to after the first records are in a pack, then put back as it was, time and all."""
    monkeypatch.setattr("pipeline.cache._PACK", 10)
    monkeypatch.setattr("pipeline.cache._TOGETHER", 1)
    monkeypatch.setattr(intake, "_AT_ONCE", 1)
    path = tmp_path / "a.csv"
    rows = [f"{n},渡轮{n}号今日首航，码头上站着三百人。" for n in range(6)]
    whole = "\n".join(["n,text", *rows, ""]).encode()
    path.write_bytes(whole)
    known = path.stat()
    one = Unit("", b"a.csv", "a.csv", str(path), "csv", 0, len(whole), len(whole))
    engine = Embedded(tmp_path / "spill", jobs=1)
    plain = watch.read

    def read(unit, data, settings):
        path.write_bytes(whole.replace("首航".encode(), "停航".encode()))
        yield from plain(unit, data, settings)

    texts = []
    for change in (True, False):
        monkeypatch.setattr(watch, "read", read if change else plain)
        path.write_bytes(whole)
        os.utime(path, ns=(known.st_atime_ns, known.st_mtime_ns))
        index_cache(tmp_path / "cache", tmp_path / "index", {})
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
    monkeypatch.setattr("pipeline.cache._TOGETHER", together)
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
    index_cache(tmp_path / "cache", tmp_path / "index", {})
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


def prepared(
    folder: Path, units: list[Unit], jobs: int, *, kind=Deadly, **read
) -> dict[tuple[int, int], str]:
    """Return unit and ordinal → reason of what was refused, or its text."""
    chosen = load(None, {f"read.{key}": value for key, value in read.items()})
    index_cache(folder / "cache", folder / "index", {})
    engine = Embedded(folder / "spill", jobs=jobs)
    try:
        table = prepare_all(engine, units, 2200, kind(folder / "cache", folder / "index", "x", chosen))
    finally:
        engine.close()
    shelf = packs.Shelf(folder / "cache")
    rows = sorted(table.to_pylist(), key=lambda row: (row["unit"], row["ordinal"]))
    return {(r["unit"], r["ordinal"]): r["reason"] or shelf.text(r["pack"], r["row"]) for r in rows}


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_document_that_kills_its_reader_is_refused_alone(tmp_path, monkeypatch, jobs):
    """Whatever ends the process, with whatever else it was read: members of one archive, files of one part."""
    monkeypatch.setattr(workers, "_TRIES", jobs)
    words = ("one", "exit", "two", "crash", "three")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number, word in enumerate(words):
            archive.writestr(f"{number}.txt", f"{word} and more\n")
    size = (tmp_path / "a.zip").stat().st_size
    packed = Unit("", b"a.zip", "a.zip", str(tmp_path / "a.zip"), "zip", 0, size, size)
    plain = [unit(tmp_path, name) for name in ("a.txt", "b.txt")]
    found = prepared(tmp_path, [packed, *plain], jobs)
    lost = {"exit", "crash"}
    assert found == {
        **{(0, n): "worker_died" if word in lost else f"{word} and more\n" for n, word in enumerate(words)},
        **{(1 + n, 0): f"{name}: 渡轮今日首航。\n" for n, name in enumerate(("a.txt", "b.txt"))},
    }


@pytest.mark.parametrize(("word", "reason", "seconds"), [("hang", "timeout", 1), ("fill", "memory", 60)])
def test_a_document_that_takes_too_much_is_refused_alone(tmp_path, word, reason, seconds):
    path = tmp_path / "a.jsonl.gz"
    lines = [json.dumps({"text": f"{first} and more"}) for first in ("one", word, "two")]
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    size = path.stat().st_size
    one = Unit("", b"a.jsonl.gz", "a", str(path), "jsonl", 0, size, size, packing="gz")
    found = prepared(tmp_path, [one], 1, max_seconds=seconds, max_memory_bytes=600 << 20)
    assert found == {(0, 0): "one and more\n", (0, 1): reason, (0, 2): "two and more\n"}


def test_what_ended_its_process_is_tried_again_by_the_next_run(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "_TRIES", 1)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("0.txt", "exit and more\n")
    size = (tmp_path / "a.zip").stat().st_size
    packed = Unit("", b"a.zip", "a.zip", str(tmp_path / "a.zip"), "zip", 0, size, size)
    assert prepared(tmp_path, [packed], 1) == {(0, 0): "worker_died"}
    assert prepared(tmp_path, [packed], 1, kind=Preparing) == {(0, 0): "exit and more\n"}


def test_where_a_reader_died_what_it_gave_before_stays_and_all_behind_it_is_refused(tmp_path):
    data = b"".join(b'{"text": "record %d"}\n' % n for n in range(3))
    one = Unit("", b"a.jsonl", "a", "", "jsonl", 0, len(data), len(data))
    fate = watch.Fate(5, 1, True, Rejected("worker_died", ""))
    with watch.watching(tmp_path, 5, load(None).read) as watched:
        first, refused = watched.items(5, one, data, {1: fate})
    assert (first.payload, first.length) == ("record 0", 20)
    assert (refused.rejected, refused.offset, refused.length) == (
        fate.rejected,
        first.length,
        len(data) - 20,
    )


def test_a_part_that_died_is_done_again_without_the_document_that_its_mark_names(tmp_path):
    """A document that was passed over cannot have done it; and of a unit only so many are passed over."""
    part = pa.table({"index": [3, 4]})
    deaths = watch.Deaths(tmp_path, intake.SCHEMA)
    for ordinal in range(watch._MANY + 1):
        (tmp_path / "3").write_bytes(watch._MARK.pack(4, ordinal, watch.Doing.PREPARING))
        assert deaths(-signal.SIGKILL, part).num_rows == 0
    assert [(f.unit, f.ordinal, f.reading) for f in deaths.fates] == [
        (4, 0, False),
        (4, 0, True),
        *((4, n, False) for n in range(1, watch._MANY)),
    ]
    assert all(f.rejected.detail.endswith("SIGKILL") for f in deaths.fates)
    assert deaths.again == [part] * (watch._MANY + 1)
    with pytest.raises(InternalError, match="exit code 1"):
        deaths(1, part)
    (tmp_path / "3").write_bytes(b"cut")
    with pytest.raises(InternalError, match="keeps killing"):
        deaths(-signal.SIGSEGV, part)


def test_a_part_of_which_a_batch_died_is_done_again_a_document_at_a_time(tmp_path):
    part = pa.table({"index": [3, 4]})
    deaths = watch.Deaths(tmp_path, intake.SCHEMA)
    (tmp_path / "3").write_bytes(watch._MARK.pack(4, 2, watch.Doing.BATCH))
    assert deaths(-signal.SIGKILL, part).num_rows == 0
    assert (deaths.fates, deaths.alone, deaths.again) == ((), {3}, [part])
    with pytest.raises(InternalError, match="keeps killing"):
        deaths(-signal.SIGKILL, part)


def test_what_nobody_foresaw_costs_one_document(tmp_path, monkeypatch):
    plain = intake.prepare_batch

    def failing(records, settings, encodings):
        if any(b"b.txt" in record.payload for record in records):
            raise RecursionError("too deep")
        return plain(records, settings, encodings)

    monkeypatch.setattr(intake, "prepare_batch", failing)
    units = [unit(tmp_path, name) for name in ("a.txt", "b.txt", "c.txt")]
    found = prepared(tmp_path, units, 1, kind=Preparing)
    assert [text for text in found.values() if "渡轮" not in text] == ["failed"]


def test_what_an_extractor_says_of_a_page_does_not_reach_standard_error():
    words = "import logging; from pipeline.watch import hush; {}logging.getLogger('readability.readability').error('x')"
    said = [
        subprocess.run(
            [sys.executable, "-c", words.format(first)], capture_output=True, check=True, cwd=ROOT
        ).stderr
        for first in ("", "hush(); ", "hush(); logging.basicConfig(); ")
    ]
    assert said[:2] == [b"x\n", b""]
    assert said[2].endswith(b":x\n")  # who has set logging up hears it
