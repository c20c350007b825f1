"""Spark makes the bytes that this machine makes alone, whoever works, and whoever dies meanwhile."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MANIFEST = "manifest-sha256.txt"
DOCUMENTS = 180
#: Tasks of workers, one of each pass: cleaning, furniture by recurrence, sketches, buckets and pairs, checks, writing;
#: before `Several` and `Pairing` there are parts that were finished and sent.
MAIN = {"Preparing", "Several", "Views", "Pairing", "Checking", "Writing"}
ALL = MAIN | {
    "Placing",
    "LinesOf",
    "Columns",
    "Buckets",
    "Passages",
    "Shared",
    "Showing",
    "Ends",
    "Star",
}
#: What waits for a machine that may come back is to give up soon: it does not.
SOON = ("--conf", "spark.shuffle.io.maxRetries=1", "--conf", "spark.shuffle.io.retryWait=1s", "--conf", "spark.locality.wait=0s")  # fmt: skip
DRIVER = ("--conf", "spark.driver.host=127.0.0.1", "--conf", "spark.executor.memory=512m")


def _module(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    found = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


cluster_tools = _module("cluster_tools", HERE / "conftest.py")
ours, struck, submitted = cluster_tools.ours, cluster_tools.struck, cluster_tools.submitted
bucket = _module("local_stores", ROOT / "tests" / "shell" / "stores.py").bucket
deaths = _module("deaths", HERE / "deaths.py")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return inputs: texts with copies, edited copies, and texts that stand twice, a page and records."""
    made = tmp_path_factory.mktemp("cluster") / "in"
    chance = random.Random(8)
    words = [
        "".join(chance.choice("abcdefghiklmnoprstuvw") for _ in range(chance.randint(3, 9)))
        for _ in range(900)
    ]
    texts = []
    for n in range(DOCUMENTS):
        kind = n % 10
        if texts and kind in (3, 6):
            paragraphs = list(chance.choice(texts))
            if kind == 6:
                paragraphs[1] = paragraphs[1].replace(" ", " quite ", 1)
        else:
            sentences = [" ".join(chance.choices(words, k=14)).capitalize() + "." for _ in range(20)]
            paragraphs = [" ".join(sentences[at : at + 4]) for at in range(0, 20, 4)]
        texts.append(paragraphs)
        shown = [*paragraphs, *paragraphs] if kind == 9 else paragraphs
        path = made / f"source-{n % 4}" / f"{n:05d}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n\n".join(shown) + "\n")
    rows = [json.dumps({"id": n, "text": "\n\n".join(t)}) for n, t in enumerate(texts[::7])]
    (made / "records.jsonl").write_text("\n".join(rows) + "\n")
    (made / "page.html").write_text(
        "<html><body><article>" + "".join(f"<p>{p}</p>" for p in texts[0]) + "</article></body></html>"
    )
    return made


@pytest.fixture(scope="module")
def alone(folder, tmp_path_factory):
    """Return the manifest that this machine makes of the inputs."""
    out = tmp_path_factory.mktemp("alone") / "out"
    ours("run", folder, "-o", out, "--quiet")
    return (out / MANIFEST).read_bytes()


def test_spark_on_one_machine_makes_the_same_bytes(folder, alone, tmp_path):
    out = tmp_path / "out"
    ours("run", folder, "-o", out, "--engine", "spark", "--master", "local[2]", "--quiet")
    assert (out / MANIFEST).read_bytes() == alone
    assert "all fits" in ours("verify", out, "--deep")


def test_a_session_that_spark_submit_began_makes_the_same_bytes(folder, alone, tmp_path):
    out = tmp_path / "out"
    submitted("--master", "local[4]", arguments=("run", folder, "-o", out, "--engine", "spark", "--quiet"))
    assert (out / MANIFEST).read_bytes() == alone


def test_all_samples_come_out_the_same(tmp_path):
    inputs = sorted(ROOT.glob("samples/*/input"))
    ours("run", *inputs, "-o", tmp_path / "a", "--quiet", code=3)
    ours("run", *inputs, "-o", tmp_path / "b", "--engine", "spark", "--master", "local[2]", "--quiet", code=3)
    assert (tmp_path / "a" / MANIFEST).read_bytes() == (tmp_path / "b" / MANIFEST).read_bytes()


def test_workers_of_their_own_make_the_same_bytes_and_the_output_grows(folder, alone, cluster, tmp_path):
    more = tmp_path / "in"
    subprocess.run(["cp", "-r", folder, more], check=True)
    out = tmp_path / "out"
    spark = ("--engine", "spark", "--master", cluster.url, *DRIVER)
    ours("run", more, "-o", out, *spark, "--quiet")
    assert (out / MANIFEST).read_bytes() == alone
    (more / "source-0" / "new.txt").write_bytes((more / "source-1" / "00001.txt").read_bytes())
    ours("run", more, "-o", out, *spark, "--quiet")
    ours("run", more, "-o", tmp_path / "fresh", "--quiet")
    assert (out / MANIFEST).read_bytes() == (tmp_path / "fresh" / MANIFEST).read_bytes()
    ours("apply", out, "--policy", "training", *spark, "--quiet")
    ours("apply", tmp_path / "fresh", "--policy", "training", "--quiet")
    assert (out / MANIFEST).read_bytes() == (tmp_path / "fresh" / MANIFEST).read_bytes()


def test_workers_read_a_store_themselves(folder, alone, cluster, bucket, tmp_path):
    """They have an access key of their own, so that the server can tell who asks."""
    bucket.fill(folder, "in")
    named = {name: os.environ[name] for name in os.environ if name.startswith("AWS_")}
    named["AWS_ACCESS_KEY_ID"] = "worker"
    theirs = [
        word for name, value in named.items() for word in ("--conf", f"spark.executorEnv.{name}={value}")
    ]
    spark = ("--engine", "spark", "--master", cluster.url, *DRIVER, *theirs)
    ours("run", f"{bucket.url}/in", "-o", tmp_path / "out", *spark, "--quiet")
    assert (tmp_path / "out" / MANIFEST).read_bytes() == alone
    for path in folder.rglob("*.*"):
        assert "worker" in bucket.askers["GET", f"in/{path.relative_to(folder).as_posix()}"]


def _struck_on(cluster, victim, tasks, folder, out, where):
    """Clean a folder while somebody dies in tasks; return how it ended, what it said and what happened."""
    arguments = ("run", folder, "-o", out, "--engine", "spark", "--master", cluster.url, *DRIVER, *SOON)
    code, told = struck(victim, tasks, where, *arguments, "--quiet")
    return code, told, deaths.events(where)


def _after(log, at):
    """Return the parts that were begun after a place in the log for another executor than died there."""
    return {
        (event.task, event.part) for event in log[at:] if event.what == "begun" and event.node != log[at].node
    }


def test_a_python_process_that_dies_in_each_step_costs_work_and_no_byte(folder, alone, cluster, tmp_path):
    out = tmp_path / "out"
    code, told, log = _struck_on(cluster, "python", ALL, folder, out, tmp_path / "marks")
    assert code == 0, told
    assert (out / MANIFEST).read_bytes() == alone
    strikes = [(at, event) for at, event in enumerate(log) if event.what == "struck"]
    assert {event.task for _, event in strikes} == ALL
    for at, struck_at in strikes:
        again = {(event.task, event.part) for event in log[at:] if event.what == "begun"}
        assert (struck_at.task, struck_at.part) in again


@pytest.mark.parametrize("victim", ["executor", "node"])
def test_who_dies_with_finished_work_in_each_pass_has_it_done_again(folder, alone, cluster, tmp_path, victim):
    """Whatever was done where: the step's frame is read again, and the dead have one of its parts."""
    out = tmp_path / "out"
    with cluster.mended():
        code, told, log = _struck_on(cluster, victim, MAIN, folder, out, tmp_path / "marks")
    assert code == 0, told
    assert (out / MANIFEST).read_bytes() == alone
    strikes = [(at, event) for at, event in enumerate(log) if event.what == "struck"]
    assert {event.task for _, event in strikes} == MAIN
    for at, struck_at in strikes:
        lost = {
            event.part
            for event in log[:at]
            if (event.what, event.task, event.node) == ("finished", struck_at.task, struck_at.node)
        }
        assert lost
        assert {(struck_at.task, part) for part in lost} <= _after(log, at)


def test_a_run_whose_first_process_was_killed_in_every_pass_goes_on(folder, alone, cluster, tmp_path):
    out = tmp_path / "out"
    codes = []
    while not codes or codes[-1] == -9:
        code, told, log = _struck_on(cluster, "driver", MAIN, folder, out, tmp_path / "marks")
        codes.append(code)
    assert codes == [-9] * len(MAIN) + [0], told
    assert {event.task for event in log if event.what == "struck"} == MAIN
    assert (out / MANIFEST).read_bytes() == alone


def test_a_worker_with_other_versions_ends_the_run(cluster, tmp_path):
    """Asked of the engine alone: an installation of another version is a variable here."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    environ = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)]), "OF": "ours"}
    done = subprocess.run(
        [sys.executable, program, cluster.url, "theirs", tmp_path / "spill"],
        env=environ, capture_output=True, text=True, check=False, timeout=cluster_tools.ENDS,
    )  # fmt: skip
    assert done.returncode == 7, done.stderr
    assert "of theirs, not ours" in done.stderr


PROGRAM = """
import os, sys
from pathlib import Path
import pyarrow as pa
from pipeline.engines.session import session
from pipeline.engines.spark import Spark
from pipeline.errors import CleanCorpusError

def versions():
    return {"of": os.environ["OF"]}

if __name__ == "__main__":
    import program
    url, other, spill = sys.argv[1:]
    conf = {
        "spark.executorEnv.OF": other,
        "spark.executorEnv.PYTHONPATH": os.environ["PYTHONPATH"],
        "spark.driver.host": "127.0.0.1",
        "spark.executor.memory": "512m",
    }
    engine = Spark(session(url, conf, Path(spill)), program.versions)
    try:
        print(engine.flow([pa.table({"n": [1]})]).map(program.same).collect().num_rows)
    except CleanCorpusError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
    finally:
        engine.close()

def same(part):
    return part
"""
