"""What every engine keeps to: the same answer, whoever works, in whatever order, and whoever dies."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from pipeline.engines.embedded import Embedded
from pipeline.errors import InternalError, OutputError

pytestmark = pytest.mark.usefixtures("spawned")


class ShufflingFlow:
    """A flow in memory, which hands rows and parts about in another order each time."""

    def __init__(self, parts, chance):
        self._parts, self._chance = parts, chance

    def map(self, task, on_death=None, *, apart=False):
        done = {}
        for n in self._chance.sample(range(len(self._parts)), len(self._parts)):
            done[n] = task(self._parts[n])
        return ShufflingFlow([done[n] for n in sorted(done)], self._chance)

    def exchange(self):
        if not self._parts:
            return self
        rows = pa.concat_tables(self._parts)
        if "p" not in rows.column_names or rows.schema.field("p").type != pa.int32():
            raise InternalError("no int32 column 'p' to exchange by")
        rows = rows.take(pa.array(self._chance.sample(range(len(rows)), len(rows)), pa.int64()))
        p = rows["p"].to_numpy()
        parts = [rows.filter(pa.array(p == value)) for value in np.unique(p)]
        return ShufflingFlow(parts or [rows], self._chance)

    def reduce(self, task, on_death=None):
        return self.map(task)

    def collect(self):
        return pa.concat_tables(self._parts) if self._parts else pa.table({})

    def parts(self):
        yield from self._parts


class Shuffling:
    def __init__(self, _spill):
        self._chance = random.Random(7)

    def flow(self, parts):
        return ShufflingFlow(list(parts), self._chance)

    def close(self):
        pass


def versions():
    return {"of": "this"}


def spark(spill):
    """An engine on this machine, where PySpark and Java are there."""
    pytest.importorskip("pyspark", reason="PySpark is not installed; make cluster-test does so")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("no Java here")
    from pipeline.engines.session import session
    from pipeline.engines.spark import Spark

    here = os.fspath(Path(__file__).parent)
    os.environ["PYTHONPATH"] = os.pathsep.join([here, *sys.path])  # where its processes find the tasks
    return Spark(session("local[2]", {}, spill), versions)


ENGINES = {
    "memory": Shuffling,
    "embedded-1": lambda spill: Embedded(spill, 1),
    "embedded-2": lambda spill: Embedded(spill, 2),
    "embedded-2-later": lambda spill: Embedded(spill, 2, start_cost=0.005),
    "spark": spark,
}


#: PySpark leaves closing its sockets to the collector of garbage.
QUIET = [
    pytest.mark.filterwarnings(f"ignore::{name}")
    for name in ("ResourceWarning", "pytest.PytestUnraisableExceptionWarning")
]


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=QUIET if name == "spark" else ()) for name in ENGINES]
)
def engine(request, tmp_path_factory):
    made = ENGINES[request.param](tmp_path_factory.mktemp("engine") / "spill")
    yield made
    made.close()


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    made = Embedded(tmp_path_factory.mktemp("two") / "spill", 2)
    yield made
    made.close()


# Tasks: what a worker process can import.


def doubled(part):
    return part.set_column(0, "n", pa.array(part["n"].to_numpy() * 2))


@dataclass(frozen=True)
class Spread:
    """n → one row for each of its divisors below `count`, with the divisor as p."""

    count: int

    def __call__(self, part):
        rows = [
            (d, n, "é" * (n % 3)) for n in part["n"].to_pylist() for d in range(1, self.count) if n % d == 0
        ]
        columns = list(zip(*rows, strict=True)) or [[], [], []]
        return pa.table(
            {
                "p": pa.array(columns[0], pa.int32()),
                "n": pa.array(columns[1], pa.int64()),
                "word": pa.array(columns[2], pa.string()),
            }
        )


def totals(part):
    """One row for each call: p, how many p there are, rows, sum."""
    p = part["p"].to_numpy()
    n = np.sort(part["n"].to_numpy())
    return pa.table(
        {
            "p": pa.array(p[:1], pa.int32()),
            "kinds": [len(np.unique(p))][: len(p)],
            "rows": [len(n)][: len(p)],
            "sum": [int(n.sum())][: len(p)],
        },
        schema=pa.schema(
            [("p", pa.int32()), ("kinds", pa.int64()), ("rows", pa.int64()), ("sum", pa.int64())]
        ),
    )


@dataclass(frozen=True)
class Failing:
    at: int

    def __call__(self, part):
        if part["n"][0].as_py() >= self.at:
            raise ValueError(f"no {part['n'][0].as_py()}")
        return part


@dataclass(frozen=True)
class Dying:
    """Kills its process on the part that begins with `at`, until it has done so `times` times; marks each start."""

    marks: str
    at: int
    times: int

    def __call__(self, part):
        if part["n"][0].as_py() == self.at:
            before = len(os.listdir(self.marks))
            Path(self.marks, f"{before}-{os.getpid()}").touch()
            if before < self.times:
                os._exit(9)
        return part


def emptied(part):
    return part.slice(0, 0)


def buried(code, part):
    assert code == 9
    return part.slice(0, 0)


@dataclass(frozen=True)
class Busy:
    """Marks its start, and works or waits until the time of its process runs out."""

    marks: str
    timer: int

    def __call__(self, part):
        Path(self.marks, f"{os.getpid()}").touch()
        signal.setitimer(self.timer, 0.2)
        while True:
            if self.timer == signal.ITIMER_REAL:
                time.sleep(60)


def process_numbers(part):
    return pa.table({"pid": [os.getpid()]})


def full_disk(part):
    raise OutputError("cannot write x: no space")


class StrangeError(Exception):
    def __init__(self, one, two):
        super().__init__(f"{one} {two}")


def strange(part):
    raise StrangeError(1, 2)


def numbers(parts, size=10):
    return [pa.table({"n": pa.array(range(i * size, (i + 1) * size), pa.int64())}) for i in range(parts)]


SPREAD = Spread(12)


def expected(parts):
    rows = [(d, n) for part in parts for n in part["n"].to_pylist() for d in range(1, 12) if n % d == 0]
    return [
        {"p": p, "kinds": 1, "rows": len(ns), "sum": sum(ns)}
        for p in range(1, 12)
        if (ns := [n for d, n in rows if d == p])
    ]


def test_map_keeps_the_order_of_parts_and_rows(engine):
    parts = numbers(5)
    assert engine.flow(parts).map(doubled).collect()["n"].to_pylist() == list(range(0, 100, 2))
    assert [len(part) for part in engine.flow(parts).map(doubled).map(doubled).parts()] == [10] * 5


@pytest.mark.parametrize("count", [1, 2, 7])
def test_each_p_is_reduced_once_with_all_its_rows(engine, count):
    parts = numbers(count)
    assert engine.flow(parts).map(SPREAD).exchange().reduce(totals).collect().to_pylist() == expected(parts)


def test_an_exchange_needs_no_map_before_it(engine):
    parts = [SPREAD(part) for part in numbers(3)]
    assert engine.flow(parts).exchange().reduce(totals).collect().to_pylist() == expected(numbers(3))


def test_what_was_reduced_can_be_mapped_and_exchanged_again(engine):
    flow = engine.flow(numbers(3)).map(SPREAD).exchange().reduce(totals)
    assert flow.exchange().reduce(emptied).collect().num_rows == 0
    assert len(flow.map(emptied).collect().column_names) == 4
    assert flow.collect().to_pylist() == expected(numbers(3))


def test_two_flows_may_go_on_from_one(engine):
    flow = engine.flow(numbers(3)).map(doubled)
    assert flow.map(doubled).collect()["n"].to_pylist() == list(range(0, 120, 4))
    assert flow.collect()["n"].to_pylist() == list(range(0, 60, 2))


def test_no_parts_give_no_rows(engine):
    assert engine.flow([]).map(doubled).collect().num_rows == 0
    assert engine.flow([]).map(SPREAD).exchange().reduce(totals).collect().num_rows == 0


def test_no_rows_to_exchange_still_have_their_columns(engine):
    table = engine.flow([emptied(p) for p in numbers(2)]).map(SPREAD).exchange().reduce(totals).collect()
    assert (table.num_rows, table.column_names) == (0, ["p", "kinds", "rows", "sum"])


@pytest.mark.parametrize("column", ["n", "q"])
def test_an_exchange_by_anything_but_an_int32_p_is_our_bug(engine, column):
    with pytest.raises(InternalError, match="int32"):
        engine.flow(
            [p.rename_columns(["p" if column == "n" else "q"]) for p in numbers(2)]
        ).exchange().collect()


def test_an_error_of_a_task_comes_home(engine):
    with pytest.raises(ValueError, match="no "):
        engine.flow(numbers(6)).map(Failing(20)).collect()
    assert engine.flow(numbers(2)).map(doubled).collect().num_rows == 20  # and the engine still works


# What only processes can do.


def test_the_first_error_in_order_is_raised_at_any_number_of_workers(two, tmp_path):
    for made in (two, Embedded(tmp_path, 1)):
        with pytest.raises(ValueError, match="no 20"):
            made.flow(numbers(12)).map(Failing(20)).collect()


def test_the_exit_code_of_an_error_survives_the_way_home(two):
    with pytest.raises(OutputError, match="no space"):
        two.flow(numbers(3)).map(full_disk).collect()


def test_an_error_that_cannot_be_sent_comes_home_as_ours(two):
    with pytest.raises(InternalError, match="StrangeError: 1 2"):
        two.flow(numbers(3)).map(strange).collect()


@pytest.mark.parametrize("times", [1, 2])
def test_a_part_whose_process_was_killed_is_done_again_in_a_fresh_one(two, tmp_path, times):
    task = Dying(str(tmp_path), 20, times)
    assert two.flow(numbers(6)).map(task).collect()["n"].to_pylist() == list(range(60))
    processes = [name.partition("-")[2] for name in os.listdir(tmp_path)]
    assert len(set(processes)) == len(processes) == times + 1


def test_a_part_that_keeps_killing_is_given_to_on_death_and_the_others_are_done(two, tmp_path):
    flow = two.flow(numbers(6)).map(Dying(str(tmp_path), 20, 99), on_death=buried)
    assert flow.collect()["n"].to_pylist() == [*range(20), *range(30, 60)]
    assert len(os.listdir(tmp_path)) == 3


@pytest.mark.parametrize(
    ("jobs", "timer", "number"),
    [(1, signal.ITIMER_PROF, signal.SIGPROF), (2, signal.ITIMER_REAL, signal.SIGALRM)],
)
def test_what_runs_out_of_time_is_not_tried_again_and_what_runs_apart_never_ends_this_process(
    tmp_path, jobs, timer, number
):
    made = Embedded(tmp_path / "spill", jobs)
    (tmp_path / "marks").mkdir()
    codes = []
    flow = made.flow(numbers(1)).map(
        Busy(str(tmp_path / "marks"), timer),
        on_death=lambda code, part: codes.append(code) or emptied(part),
        apart=True,
    )
    assert flow.collect().num_rows == 0
    made.close()
    assert codes == [-number]
    assert len(os.listdir(tmp_path / "marks")) == 1


def test_without_on_death_the_step_is_named(two, tmp_path):
    with pytest.raises(InternalError, match="Dying: part 3 of 6 killed its process three times"):
        two.flow(numbers(6)).map(Dying(str(tmp_path), 20, 99)).collect()


def test_a_reduce_survives_a_kill_too(two, tmp_path):
    parts = [pa.table({"n": [i], "p": pa.array([i], pa.int32())}) for i in (3, 1, 2)]
    assert two.flow(parts).exchange().reduce(Dying(str(tmp_path), 2, 1)).collect()["n"].to_pylist() == [
        1,
        2,
        3,
    ]


def test_one_part_or_one_job_starts_no_process(tmp_path, two):
    assert two.flow(numbers(1)).map(process_numbers).collect()["pid"].to_pylist() == [os.getpid()]
    alone = Embedded(tmp_path, 1)
    assert set(alone.flow(numbers(4)).map(process_numbers).collect()["pid"].to_pylist()) == {os.getpid()}


def lasting(part):
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    return process_numbers(part)


@pytest.mark.parametrize(
    ("start_cost", "here"), [(0, 0), (0.15, 1), (30, 8)]
)  # of eight parts the first tells that two processes save .175 s
def test_processes_are_started_once_that_saves_more_than_they_cost(tmp_path, start_cost, here):
    made = Embedded(tmp_path / "spill", 2, start_cost=start_cost)
    found = made.flow(numbers(8)).map(lasting).collect()["pid"].to_pylist()
    assert found.count(os.getpid()) == here
    assert [pid == os.getpid() for pid in found[:here]] == [True] * here
    made.close()


def test_what_may_die_is_begun_elsewhere_and_so_is_what_follows_it(tmp_path):
    made = Embedded(tmp_path / "spill", 2, start_cost=30)
    first = made.flow(numbers(3)).map(process_numbers, on_death=lambda code, part: part)
    assert os.getpid() not in first.collect()["pid"].to_pylist()
    assert os.getpid() not in made.flow(numbers(3)).map(process_numbers).collect()["pid"].to_pylist()
    made.close()


def test_processes_are_used_again(two):
    def seen():
        return set(two.flow(numbers(8)).map(process_numbers).collect()["pid"].to_pylist())

    first = seen() | seen()
    assert os.getpid() not in first
    assert len(first) <= 2


def test_progress_counts_every_part(tmp_path):
    told = []
    made = Embedded(tmp_path, 1, lambda done, total: told.append((done, total)))
    made.flow(numbers(3)).map(doubled).collect()
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_closing_removes_the_work_files(tmp_path):
    made = Embedded(tmp_path / "spill", 1)
    made.flow(numbers(3)).map(SPREAD).exchange().reduce(totals).collect()
    assert len(os.listdir(tmp_path / "spill")) == 2
    made.close()
    made.close()
    assert os.listdir(tmp_path / "spill") == []


@pytest.mark.parametrize(
    ("given", "master"),
    [
        ("local", "local[1,4]"),
        ("local[*]", "local[*,4]"),
        ("local[2]", "local[2,4]"),
        ("local[2,7]", "local[2,7]"),
        ("spark://one:7077", "spark://one:7077"),
    ],
)
def test_this_machine_as_a_master_has_the_tries_that_are_given_or_ours(tmp_path, given, master):
    from pipeline.engines.session import _begun

    found, conf = _begun(given, tmp_path)
    assert found == master
    assert ("spark.local.dir" in conf) == given.startswith("local")


PROGRAM = """
import os, signal, sys, time
from pathlib import Path
import pyarrow as pa
from pipeline.engines.embedded import Embedded

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs behind it with this one ignored

def slow(part):
    Path(sys.argv[1] if len(sys.argv) > 1 else os.environ["MARKS"], str(os.getpid())).touch()
    time.sleep(60)
    return part

if __name__ == "__main__":
    Embedded(Path(os.environ["MARKS"]) / "spill", 2).flow([pa.table({"n": [1]})] * 4).map(slow).collect()
"""


def running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_a_run_that_was_stopped(tmp_path, number):
    (tmp_path / "program.py").write_text(PROGRAM.replace("60", "60" if number == signal.SIGINT else "1"))
    environ = {**os.environ, "MARKS": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "program.py"], cwd=tmp_path, env=environ, stderr=subprocess.PIPE
    ) as run:
        until = time.monotonic() + 30
        while (
            len(workers := [p.name for p in tmp_path.iterdir() if p.name.isdigit()]) < 2
            and time.monotonic() < until
        ):
            time.sleep(0.02)
        run.send_signal(number)
        run.wait(timeout=10)
        run.stderr.read()
        until = time.monotonic() + 10
        while any(running(pid) for pid in workers) and time.monotonic() < until:
            time.sleep(0.02)
    assert len(workers) == 2
    assert not any(running(pid) for pid in workers)
