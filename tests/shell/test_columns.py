"""What pyarrow imports behind our back."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_RUN = """
import sys
sys.path.insert(0, sys.argv[1])
import pyarrow as pa
from pipeline.columns import without_pandas
{before}
without_pandas()
pa.table({{"a": [1]}})
print("pandas" in sys.modules)
import pandas
print(pandas.__version__)
"""


def _said(folder: Path, before: str = "") -> list[str]:
    """Return what a process says in which a package pandas can be found that only has a version."""
    (folder / "pandas.py").write_text("__version__ = '0.1'\n")
    command = [sys.executable, "-W", "ignore", "-c", _RUN.format(before=before), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_pandas_is_not_imported_for_a_table_and_can_be_imported_afterwards(tmp_path: Path) -> None:
    assert _said(tmp_path) == ["False", "0.1"]


def test_who_has_imported_pandas_keeps_it(tmp_path: Path) -> None:
    assert _said(tmp_path, "import pandas") == ["True", "0.1"]
