"""The measurements run; what they measure is tested elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

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
