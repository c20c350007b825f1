"""What all tests share: how worker processes start, and how much a law tries.

`--long` is the form that `.ci/run` takes: each process starts as it does for a user, each law tries all its examples.
"""

from __future__ import annotations

import multiprocessing
import sys
from multiprocessing import forkserver

import pytest

sys.dont_write_bytecode = False  # else each process that a test starts compiles every module again

#: What a worker comes to need.  It is imported once, in a process that all others are then copied from.
WORKER = (
    *("pytest", "pipeline.job", "pipeline.cli", "pyarrow.compute", "pyarrow.parquet"),
    *("stages.extract", "trafilatura", "readability", "justext"),
)


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="workers start as for a user, laws try all examples")


@pytest.fixture(scope="session", autouse=True)
def _workers(request):
    """Copy worker processes from one that has imported everything: a start takes hundredths of a second, not seconds.

    A copy has no more of this process than one that was started.
    """
    if request.config.getoption("--long") or sys.platform != "linux":  # elsewhere a copy of threads may crash
        yield
        return
    multiprocessing.set_forkserver_preload(list(WORKER))
    forkserver.ensure_running()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.engines.workers.START", "forkserver")
        yield


@pytest.fixture(scope="module")
def spawned():
    """Start worker processes as for a user, in a module that is about them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.engines.workers.START", "spawn")
        yield
