"""What all tests share: the short form of a run and of a law, and the long one, `--long`, which `.ci/run` takes too."""

from __future__ import annotations

import csv
import multiprocessing
import os
import sys
from multiprocessing import forkserver

import pytest
from hypothesis import HealthCheck, Phase, settings

sys.dont_write_bytecode = False  # else each process that a test starts compiles every module again

#: Examples of each law over whole runs, in each form.
SHORT, LONG = 2, 8
#: What a worker comes to need.  It is imported once, in a process that all others are then copied from.
#: `pandas`, which we do not use, is imported by `pyarrow` wherever it is installed, as it is with what judges exports.
WORKER = (
    *("pytest", "pipeline.job", "pipeline.cli", "pyarrow.compute", "pyarrow.parquet", "pandas"),
    *("trafilatura", "readability", "justext", "tests.warm"),
)


def pytest_addoption(parser):
    parser.addoption(
        "--long", action="store_true", help="start workers as for a user, and try more examples of laws"
    )


def pytest_configure(config):
    """Ask no law for its time by the clock, and make the profile of those over whole runs.

    A folder says enough itself, so none is made smaller.
    """
    settings.register_profile("any", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("any")
    settings.register_profile(
        "runs",
        derandomize=True,
        max_examples=LONG if config.getoption("--long") else SHORT,
        phases=[Phase.explicit, Phase.generate],
    )


@pytest.fixture(scope="session", autouse=True)
def _form(request):
    """In the short form, start workers in hundredths of a second, not in seconds, and wait for no disk.

    A worker that is copied has no more of this process than one that was started.
    """
    with pytest.MonkeyPatch.context() as patch:
        if not request.config.getoption("--long"):
            patch.setattr(os, "fsync", lambda _: None)  # nobody cuts the power
            if sys.platform == "linux":  # elsewhere a copy may crash in a library of the system
                multiprocessing.set_forkserver_preload(list(WORKER))
                forkserver.ensure_running()
                patch.setattr("pipeline.engines.workers.START", "forkserver")
        yield


@pytest.fixture(autouse=True)
def _cells():
    """Let no test find the limit of a cell that a reader set in another; it is one for the whole process."""
    csv.field_size_limit(1 << 24)


@pytest.fixture(scope="session")
def thorough(request):
    """Return whether this is the long form, for what tries many points of a run."""
    return request.config.getoption("--long")


@pytest.fixture(scope="module")
def spawned():
    """Start worker processes as for a user, in a module that is about them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.engines.workers.START", "spawn")
        yield
