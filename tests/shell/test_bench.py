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


@pytest.fixture(scope="module")
def many() -> object:
    spec = importlib.util.spec_from_file_location("many", ROOT / "tests" / "bench" / "many.py")
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:  # it looks for what stands beside it
        patch.setattr(sys, "path", [*sys.path])
        spec.loader.exec_module(module)
    return module


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
