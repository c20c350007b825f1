"""A Spark of our own on 127.0.0.1: a master and two workers as processes, started and stopped by the tests."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UP = 90  # seconds that a master or worker may take to be there
ENDS = 600  # seconds that a run may take


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


def says(pid: int) -> str:
    """Return the command line of a process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


@dataclass
class Cluster:
    """A master and its workers."""

    folder: Path
    url: str = ""
    processes: list[subprocess.Popen] = field(default_factory=list)

    def begin(self, name: str, *arguments: str) -> subprocess.Popen:
        """Start a process of Spark; what it says goes to a file of its name."""
        import pyspark

        home = Path(pyspark.__file__).parent
        environ = os.environ | {
            "SPARK_HOME": str(home),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_DAEMON_MEMORY": "256m",
            "SPARK_LOCAL_DIRS": str(self.folder / name),
            "SPARK_WORKER_DIR": str(self.folder / f"{name}-work"),
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests" / "conformance")]),
        }
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

    def executors(self) -> list[int]:
        """Return the processes of Java that work."""
        return self._of("CoarseGrainedExecutorBackend")

    def pythons(self) -> list[int]:
        """Return the processes of Python that work, not those that start them."""
        daemons = set(self._of("pyspark.daemon"))
        return [pid for pid in daemons if parent(pid) in daemons]

    def _of(self, what: str) -> list[int]:
        found = (pid for process in self.processes for pid in children(process.pid))
        return [pid for pid in found if what in says(pid)]

    def end(self) -> None:
        """Stop all."""
        for process in self.processes:
            for pid in [*children(process.pid), process.pid]:
                kill(pid)
            process.wait()


def parent(pid: int) -> int:
    """Return the process that began a process."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


def kill(pid: int) -> None:
    """Kill a process, if it is there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def cluster(tmp_path):
    """Give a standalone cluster with two workers of one processor each."""
    made = Cluster(tmp_path / "spark")
    made.folder.mkdir()
    try:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        made.url = f"spark://127.0.0.1:{port}"
        made.begin("master", "org.apache.spark.deploy.master.Master", "-h", "127.0.0.1", "-p", str(port), "--webui-port", "0")  # fmt: skip
        made.waits("master", "I have been elected leader")
        for name in ("one", "two"):
            made.worker(name)
        yield made
    finally:
        made.end()


def command(*arguments: object) -> list[str]:
    """Return a command of ours."""
    return [sys.executable, "-m", "pipeline", *map(str, arguments)]


def ours(*arguments: object, code: int = 0) -> str:
    """Run a command of ours, and return what it printed."""
    done = subprocess.run(
        command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=ENDS, check=False
    )
    assert done.returncode == code, done.stderr + done.stdout
    return done.stdout
