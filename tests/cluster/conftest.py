"""A Spark of our own on 127.0.0.1: a master and two workers as processes, started and stopped by the tests."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
UP = 300  # seconds that a master or worker may take to be there, on a busy machine
ENDS = 3600  # seconds that a run may take, with all who die in it
#: Java only moves bytes here: half the processor time, and each process lives for a minute.
JAVA = {"JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
#: Loads what a run does of Java.
LOADING = """
import sys
from pathlib import Path
import pyarrow as pa
from pipeline.engines.session import session
from pipeline.engines.spark import Spark

engine = Spark(session("local[1]", {}, Path(sys.argv[1])), dict)
parts = [pa.table({"p": pa.array([n], pa.int32())}) for n in range(2)]
assert engine.flow(parts).exchange().reduce(pa.Table.combine_chunks).collect().num_rows == 2
engine.close()
"""


def pytest_collection_modifyitems(items):
    why = missing()
    for item in items:
        if why and Path(item.fspath).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.skip(reason=why))


def missing() -> str:
    """Return what these tests need and is not there."""
    try:
        import pyspark  # noqa: F401
    except ImportError:
        return "PySpark is not installed; make cluster-test does so"
    return "" if shutil.which("java") or os.environ.get("JAVA_HOME") else "Java is not there"


def children(pid: int) -> list[int]:
    """Return the processes that a process began, and those that these began."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            parents.setdefault(parent, []).append(int(entry.name))
    found, due = [], [pid]
    while due:
        more = parents.get(due.pop(), [])
        found += more
        due += more
    return found


@dataclass
class Cluster:
    """A master and its workers."""

    folder: Path
    url: str = ""
    processes: list[subprocess.Popen] = field(default_factory=list)  # the master first
    names: Iterator[int] = field(default_factory=itertools.count)

    def begin(self, name: str, *arguments: str) -> subprocess.Popen:
        """Start a process of Spark; what it says goes to a file of its name."""
        import pyspark

        home = Path(pyspark.__file__).parent
        environ = (
            os.environ
            | JAVA
            | {
                "SPARK_HOME": str(home),
                "SPARK_LOCAL_IP": "127.0.0.1",
                "SPARK_DAEMON_MEMORY": "256m",
                "SPARK_LOCAL_DIRS": str(self.folder / name),
                "SPARK_WORKER_DIR": str(self.folder / f"{name}-work"),
                "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)]),
            }
        )
        with (self.folder / f"{name}.log").open("wb") as log:
            command = [home / "bin" / "spark-class", *arguments]
            process = subprocess.Popen(
                command, stdout=log, stderr=log, env=environ, start_new_session=True, cwd=self.folder
            )
        self.processes.append(process)
        return process

    def waits(self, name: str, line: str) -> None:
        """Wait until a process has said something."""
        until = time.monotonic() + UP
        while not re.search(line, (self.folder / f"{name}.log").read_text()):
            if time.monotonic() > until:
                raise TimeoutError((self.folder / f"{name}.log").read_text())
            time.sleep(0.2)

    def worker(self, name: str) -> subprocess.Popen:
        """Start a worker of one processor."""
        found = self.begin(
            name, "org.apache.spark.deploy.worker.Worker", "-h", "127.0.0.1", "--webui-port", "0", "-c", "1",
            "-m", "1g", self.url,
        )  # fmt: skip
        self.waits(name, "Successfully registered with master")
        return found

    @contextlib.contextmanager
    def mended(self) -> Iterator[None]:
        """Start a worker for each that dies meanwhile."""
        done = threading.Event()
        mending = threading.Thread(target=self._mend, args=(done,))
        mending.start()
        try:
            yield
        finally:
            done.set()
            mending.join()

    def _mend(self, done: threading.Event) -> None:
        while not done.wait(0.2):
            for process in self.processes[1:]:
                if process.poll() is not None:
                    self.processes.remove(process)
                    self.worker(f"worker-{next(self.names)}")

    def end(self) -> None:
        """Stop all."""
        for process in self.processes:
            for pid in [*children(process.pid), process.pid]:
                kill(pid)
            process.wait()


def kill(pid: int) -> None:
    """Kill a process, if it is there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="module", autouse=True)
def classes(tmp_path_factory):
    """Have the classes of Java that a run takes loaded from an archive: a third of the time of some fifty processes."""
    folder = tmp_path_factory.mktemp("classes")
    options = JAVA["JDK_JAVA_OPTIONS"] + " -Xlog:disable"
    archive = folder / "archive.jsa"
    _run(
        [sys.executable, "-c", LOADING],
        [folder],
        JDK_JAVA_OPTIONS=f"{options} -XX:ArchiveClassesAtExit={archive}",
    )
    JAVA["JDK_JAVA_OPTIONS"] = f"{options} -XX:SharedArchiveFile={archive}"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, classes):
    """Give a standalone cluster with two workers of one processor each."""
    del classes
    made = Cluster(tmp_path_factory.mktemp("spark"))
    try:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        made.url = f"spark://127.0.0.1:{port}"
        made.begin("master", "org.apache.spark.deploy.master.Master", "-h", "127.0.0.1", "-p", str(port), "--webui-port", "0")  # fmt: skip
        made.waits("master", "I have been elected leader")
        for _ in range(2):
            made.worker(f"worker-{next(made.names)}")
        yield made
    finally:
        made.end()


def ours(*arguments: object, code: int = 0) -> str:
    """Run a command of ours, and return what it printed."""
    return _run([sys.executable, "-m", "pipeline"], arguments, code=code)


def submitted(*options: str, arguments: Sequence[object]) -> str:
    """Run a command of ours by `spark-submit`, and return what it printed."""
    import pyspark

    program = [str(Path(pyspark.__file__).parent / "bin" / "spark-submit"), *options]
    return _run([*program, str(ROOT / "pipeline" / "__main__.py")], arguments, PYSPARK_PYTHON=sys.executable)


def _run(program: list[str], arguments: Sequence[object], code: int = 0, **environ: str) -> str:
    done = subprocess.run(
        [*program, *map(str, arguments)],
        cwd=ROOT, env=os.environ | JAVA | environ, capture_output=True, text=True, timeout=ENDS, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr + done.stdout
    return done.stdout


def struck(victim: str, tasks: Iterable[str], folder: Path, *arguments: object) -> tuple[int, str]:
    """Run a command of ours in which victims die, see `deaths`; return how it ended, and what it said."""
    folder.mkdir(exist_ok=True)
    program = [sys.executable, "-c", "import deaths; deaths.main()", victim, ",".join(sorted(tasks)), folder]
    paths = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)])}
    done = subprocess.run(
        [*program, *map(str, arguments)],
        cwd=ROOT, env=os.environ | JAVA | paths, capture_output=True, text=True, timeout=ENDS, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr
