"""Rewrites samples/*/expected from a run; the difference is reviewed like code."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import runs


def main() -> None:
    for name in runs.samples():
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out"
            runs.clean(name, out)
            expected = runs.SAMPLES / name / "expected"
            shutil.rmtree(expected, ignore_errors=True)
            for path, data in runs.compared(out).items():
                target = expected / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
        print(name)
    with tempfile.TemporaryDirectory() as folder:
        path, name = runs.PACKED
        path.write_text(runs.packed(name, Path(folder) / "out"), "utf-8")


if __name__ == "__main__":
    main()
