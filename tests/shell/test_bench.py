"""The measurements run; what they measure is tested elsewhere."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_CALL = "import run, sys; from pathlib import Path; run.matching(Path(sys.argv[1]), Path(sys.argv[2]))"


def test_matching_alone_is_measured_and_finds_a_copy(tmp_path: Path) -> None:
    text = "\n".join(f"第{n}号渡轮今日首航，乘客{n * 7}人，船票七元。" for n in range(20))
    other = "\n".join(f"一座桥明天在{n}月开通，灯塔{n * 11}座。" for n in range(20))
    rows = [{"id": str(n), "text": one} for n, one in enumerate((text, other, text))]
    (tmp_path / "news.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    paths = os.pathsep.join(map(str, (ROOT / "tests" / "bench", ROOT)))
    environ = {**os.environ, "PYTHONPATH": paths, "BENCH_JOBS": "1"}
    words = [sys.executable, "-c", _CALL, str(tmp_path), str(tmp_path / "out")]
    subprocess.run(words, env=environ, check=True)
    assert json.loads((tmp_path / "out" / "removed.json").read_text()) == ["2"]


def _module(name: str) -> object:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tests" / "bench" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:  # it looks for what stands beside it
        patch.setattr(sys, "path", [*sys.path])
        spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def many() -> object:
    return _module("many")


@pytest.fixture(scope="module")
def capacity() -> object:
    return _module("capacity")


def test_clusters_of_a_simulation_hold_all_documents(capacity: object) -> None:
    for documents in (1_000, 10**6, 10**10):
        size, count = capacity.clusters_of(documents)
        assert 0 <= int((size * count).sum()) - documents <= documents // 100
        assert size[-1] * 220 >= documents  # one notice stands in one of two hundred


def test_buckets_thrown_whole_load_partitions_as_all_their_rows_do(capacity: object) -> None:
    """The short play that is used beyond a million documents says what the long one says where both can be had."""
    rows, whole = (play(1_000_000, 32, 4) for play in (capacity.every_row, capacity.every_bucket))
    assert whole["mean"] == pytest.approx(rows["mean"], rel=0.01)
    assert whole["p99"] == pytest.approx(rows["p99"], rel=0.03)
    assert whole["bucket"] == pytest.approx(rows["bucket"], rel=0.05)


def test_checks_of_a_cluster_stay_in_proportion_to_its_members(capacity: object) -> None:
    few, many = (capacity.anchored(members, 4.0) for members in (500, 5_000))
    assert many["rounds"] <= 16
    assert many["kept"] == few["kept"] == 4
    assert many["checks"] < 1.2 * few["checks"]


def test_the_page_on_capacity_has_the_figures_that_were_measured(capacity: object) -> None:
    task = {"cpu": 1e-5, "in": 1.0, "out": 2.0, "rows": 61.0, "sent": 500.0, "most": 3}
    cost = {"documents": 8, "read": 1000.0, "written": 4000.0, "remembered": 1000.0, "files": 0.0}
    cost |= {
        "resident": 400.0,
        "fixed": 10**8,
        "steps": {"read and prepare": 0.0036},
        "tasks": {"Buckets": task},
    }
    skew = {f"{n:.0e}": capacity.spread(capacity.np.array([n // 10, n]), 5) for n in capacity.SIZES}
    pairing = {"shape": "mixed", "rows": 9, "cpu": 1e-6, "bytes": 300.0, "edges": 1.0}
    growth = {"drift": 4.0, "members": 9, "rounds": 4, "checks": 2.8, "kept": 4, "cpu": 1e-6}
    text = capacity.page(
        {"machine": {}, "cost": cost, "skew": skew, "pairing": [pairing], "growth": [growth]}
    )
    assert "| pass 1 | 3.60 |" in text
    assert "| 10⁶ | 1.0 | 1.0 | 16 | 0.06 | 0.04 | 0.5 |" in text
    assert "between 172 and 340 million documents in 64 GiB" in text


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ({"1.txt"}, []),
        ({"2.txt", "4.txt"}, []),
        ({"3.txt"}, ["1 exact copies stay"]),
        ({"1.txt", "2.txt"}, ["1 stories of which more than a copy went"]),
        ({"0.txt", "1.txt"}, ["1 stories of which more than a copy went"]),
    ],
)
def test_many_says_what_went_wrongly_or_stayed(
    many: object, tmp_path: Path, gone: set[str], said: list[str]
) -> None:
    """Not only how many: an exact copy that stays is not made good by another text that goes."""
    kinds = {
        "0": (0, "unique"),
        "1": (1, "unique"),
        "2": (1, "exact"),
        "3": (2, "unique"),
        "4": (2, "edited"),
    }
    (tmp_path / "ledger").mkdir()
    rows = [
        {"path": f"{n}.txt", "ordinal": 0, "status": "removed" if f"{n}.txt" in gone else "kept"}
        for n in kinds
    ]
    (tmp_path / "ledger" / "documents.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert many.wrong(tmp_path, {f"{name}.txt": told for name, told in kinds.items()}) == said
