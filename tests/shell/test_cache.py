"""The cache is bounded: what a run used stays, of the rest the newest, and bytes as long as a pack needs them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pipeline import events, job
from pipeline.cache import prune_cache
from pipeline.check import verify
from pipeline.settings import load


def ran(source: Path, out: Path, **more):
    chosen = {"run.jobs": 1, "run.max_gone": 1.0, **{k.replace("_", ".", 1): v for k, v in more.items()}}
    job.run([source], out, load(None, chosen), printer=events.Silent())
    return {path.name for path in (out / ".work" / "cache").glob("pack-*")}


def written(folder: Path, night: int) -> Path:
    folder.mkdir(exist_ok=True)
    for n in range(3):
        (folder / f"{n}.txt").write_text(
            f"On day {night} bridge {n} of the town was opened by the mayor.\n" * 3
        )
    return folder


def test_what_changed_every_night_does_not_pile_up(tmp_path):
    sizes = []
    for night in range(6):
        packs = ran(written(tmp_path / "in", night), tmp_path / "out")
        sizes.append(len(packs))
    assert sizes[0] == 1
    assert max(sizes) == sizes[-1] == 2  # the one in use, and as much again
    assert ran(tmp_path / "in", tmp_path / "out", run_cache_spare=0) == packs & ran(
        tmp_path / "in", tmp_path / "out"
    )
    assert len(ran(tmp_path / "in", tmp_path / "out", run_cache_spare=0)) == 1
    assert verify(tmp_path / "out", deep=True).findings == ()


def test_what_is_gone_is_used_and_stays(tmp_path):
    source, out = written(tmp_path / "in", 0), tmp_path / "out"
    ran(source, out)
    for name in ("0.txt", "1.txt"):
        (source / name).unlink()
    for night in range(1, 4):
        (source / "2.txt").write_text(f"On day {night} bridge 2 was closed again.\n" * 3)
        ran(source, out, run_cache_spare=0)
    assert verify(out, deep=True).findings == ()
    job.apply(out, None, {"run.policy": "annotate", "run.jobs": 1}, printer=events.Silent())
    assert sorted(path.name for path in (out / "clean").iterdir()) == ["0.txt", "1.txt", "2.txt"]


def test_bytes_stay_as_long_as_a_pack_needs_them(tmp_path):
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    odd = "The harbour café was closed on day %d.\n".encode() * 3 + b"one bad byte \xff here\n"
    blobs = out / ".work" / "cache" / "blobs"
    (source / "a.txt").write_bytes(odd.replace(b"%d", b"1"))
    ran(source, out)
    assert len(list(blobs.iterdir())) == 1
    first = next(blobs.iterdir()).name
    (source / "a.txt").write_bytes(odd.replace(b"%d", b"2"))
    ran(source, out, run_cache_spare=3)
    assert len(list(blobs.iterdir())) == 2  # the first pack is spared, and what it needs
    (source / "a.txt").write_bytes(odd.replace(b"%d", b"1"))
    ran(source, out, run_cache_spare=0)
    assert [path.name for path in blobs.iterdir()] == [first]
    assert verify(out, deep=True).findings == ()


def test_bytes_stay_for_what_was_dropped_as_long_as_its_pack_is_used(tmp_path):
    source, out = written(tmp_path / "in", 0), tmp_path / "out"
    odd = "The old harbour café was closed for good.\n".encode() * 3 + b"one bad byte \xff here\n"
    (source / "odd.txt").write_bytes(odd)
    ran(source, out)
    (source / "odd.txt").unlink()
    job.run([source], out, load(None, {"run.jobs": 1}), prune=True, printer=events.Silent())
    (source / "odd.txt").write_bytes(odd)
    ran(source, out)
    assert verify(out, deep=True).findings == ()


def test_of_packs_that_are_not_used_the_newest_stay(tmp_path):
    for n in range(4):
        path = tmp_path / f"pack-{n}.arrow"
        path.write_bytes(b"x" * 10)
        os.utime(path, (n, n))
    shutil.copy(tmp_path / "pack-0.arrow", tmp_path / "mine.txt")
    prune_cache(tmp_path, {"pack-1.arrow"}, (), 2.0)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "mine.txt",
        "pack-1.arrow",
        "pack-2.arrow",
        "pack-3.arrow",
    ]
    prune_cache(tmp_path, {"pack-1.arrow"}, (), 1.9)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine.txt", "pack-1.arrow", "pack-3.arrow"]
