"""`pipeline` and `stages` are plain names: a foreign `stages` is refused, and not even run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def python(code, *path, cwd, options=()):
    """Run code in a new process whose import path begins with `path`."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, *options, "-c", code]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def foreign(folder):
    (folder / "stages").mkdir(parents=True)
    (folder / "stages" / "__init__.py").write_text("print('foreign code ran')\n", "utf-8")
    return folder


def test_a_foreign_core_is_refused_with_its_place_and_the_remedy(tmp_path):
    other = foreign(tmp_path / "other")
    run = python("import pipeline", other, ROOT, cwd=tmp_path)
    assert run.returncode != 0
    message = run.stderr.splitlines()[-1]
    assert message.startswith("ImportError: clean-corpus needs its own package 'stages' at ")
    assert str((other / "stages").resolve()) in message
    assert "in an environment of its own" in message
    assert "PYTHONPATH" in message


def test_a_foreign_core_is_refused_before_its_code_runs(tmp_path):
    run = python("import pipeline", foreign(tmp_path / "other"), ROOT, cwd=tmp_path)
    assert "foreign code ran" not in run.stdout


def test_a_foreign_core_that_was_imported_first_is_refused_too(tmp_path):
    run = python("import stages, pipeline", foreign(tmp_path / "other"), ROOT, cwd=tmp_path)
    assert "ImportError: clean-corpus needs its own package 'stages'" in run.stderr


def test_a_missing_core_is_named_as_missing(tmp_path):
    (tmp_path / "pipeline").mkdir()
    shutil.copy(ROOT / "pipeline" / "__init__.py", tmp_path / "pipeline")
    run = python("import pipeline", tmp_path, cwd=tmp_path, options=["-S"])  # -S: without what is installed
    assert "but Python finds none" in run.stderr


def test_our_own_core_is_accepted_from_any_folder(tmp_path):
    run = python("import pipeline, stages; print(pipeline.__version__)", ROOT, cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")


def test_a_core_reached_by_a_link_is_our_own(tmp_path):
    (tmp_path / "link").symlink_to(ROOT, target_is_directory=True)
    run = python("import pipeline", tmp_path / "link", cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")


def test_the_import_of_the_shell_waits_with_what_is_heavy(tmp_path):
    heavy = (
        "click",
        "datasketch",
        "ftfy",
        "importlib.metadata",
        "lxml",
        "numpy",
        "pyarrow",
        "scipy",
        "trafilatura",
    )
    code = f"import sys, pipeline; print([name for name in {heavy!r} if name in sys.modules])"
    run = python(code, ROOT, cwd=tmp_path, options=["-S"])
    assert run.stdout == "[]\n", run.stderr
