"""An output that grows is that of a fresh run over what ought to be in it, byte for byte, whatever its history."""

from __future__ import annotations

import importlib.util
import json
import random
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline import assemble, barrier, events, job, output, passes
from pipeline.check import verify
from pipeline.errors import UsageError
from pipeline.ledger import Output
from pipeline.readers import stamps
from pipeline.restore import restore
from pipeline.settings import load

_SPEC = importlib.util.spec_from_file_location("promises", Path(__file__).with_name("test_promises.py"))
promises = importlib.util.module_from_spec(_SPEC)
sys.modules["promises"] = promises
_SPEC.loader.exec_module(promises)
_SPEC = importlib.util.spec_from_file_location("deciding", Path(__file__).with_name("test_decisions.py"))
deciding = importlib.util.module_from_spec(_SPEC)
sys.modules["deciding"] = deciding
_SPEC.loader.exec_module(deciding)

STEPS = ("add", "edit", "drop", "rename", "return", "prune", "nothing")


class Told(events.Silent):
    """Remembers what was said."""

    def __init__(self):
        self.lines = []

    def show(self, event):
        if isinstance(event, events.RunStarted):
            self.lines.append(event.text)


def ran(source: Path, out: Path, *, prune=False, printer=None, **chosen):
    values = {
        "run.jobs": 1,
        "run.max_gone": 1.0,
        **{name.replace("_", ".", 1): v for name, v in chosen.items()},
    }
    return job.run([source], out, load(None, values), prune=prune, printer=printer or events.Silent())


@pytest.fixture(autouse=True, scope="module")
def stamped():
    """Stamps count at once: a file that a step leaves alone is not read again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stamps, "_SETTLED", 0)
        yield


def written(folder: Path, files) -> Path:
    """Make a folder hold these files; one that it has is left alone."""
    for path in sorted(folder.rglob("*"), reverse=True) if folder.is_dir() else ():
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
        elif path.is_file() and files.get(path.relative_to(folder).as_posix()) != path.read_bytes():
            path.unlink()
    for name, data in files.items():
        if not (folder / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
    return folder


def tree(out: Path) -> str:
    return (out / "manifest-sha256.txt").read_text(encoding="utf-8")


def ledger(out: Path):
    return {row["path"]: row for row in Output(out).rows().documents}


class History:
    """What ought to be in an output: the files that are there, and those that are gone."""

    def __init__(self, seed: int, steps):
        self.dice = random.Random(seed)
        files = sorted(promises.folder_of(seed).items())
        self.left = files[len(files) // 2 :]  # to be added
        self.there = dict(files[: len(files) // 2])
        self.gone: dict[str, bytes] = {}
        self.steps = steps

    def step(self, what: str) -> None:
        known = {**self.there, **self.gone}
        before = dict(self.there)
        getattr(self, f"_{what}")()
        new = {data for name, data in self.there.items() if name not in known}
        absent = {**self.gone, **before}
        self.gone = {
            name: data for name, data in absent.items() if name not in self.there and data not in new
        }
        if what == "prune":
            self.gone = {}

    def _some(self):
        return self.dice.sample(sorted(self.there), min(len(self.there) - 1, self.dice.randint(1, 2)))

    def _add(self):
        self.there |= dict(self.left[:2])
        self.left = self.left[2:]

    def _edit(self):
        for name in self._some():
            self.there[name] += b"\n" + self.dice.choice(list(self.there.values()))[:99]

    def _drop(self):
        for name in self._some():
            del self.there[name]

    def _rename(self):
        for name in self._some():
            self.there[f"moved/{self.dice.randint(0, 99)}-{name}"] = self.there.pop(name)

    def _return(self):
        for name in sorted(self.gone)[:1]:
            self.there[name] = self.gone[name]

    def _prune(self):
        self._drop()

    def _nothing(self):
        pass


def copies(out: Path) -> dict[str, bytes]:
    """Return the clean copies of an output."""
    output = Output(out)
    names = {row["l3"]["path"] for row in output.rows().documents if row["l3"] is not None}
    return {name: output.files.read(name) for name in names}


def fresh(root: Path, history: History, layout="files") -> Path:
    """Return the output of a fresh run over all that ought to be in it, of which then what is gone was taken away."""
    source, out = root / "fresh", root / "fresh-out"
    ran(written(source, {**history.there, **history.gone}), out, run_layout=layout)
    if history.gone:
        whole = copies(out)
        for name in history.gone:
            (source / name).unlink()
        ran(source, out, run_layout=layout)
        assert copies(out) == whole
    return out


@settings.get_profile("runs")
@given(
    st.integers(0, 10**6),
    st.lists(st.sampled_from(STEPS), min_size=3, max_size=5),
    st.sampled_from(["files", "packed"]),
)
@example(4, ["drop", "add", "rename", "drop"], "files")
@example(5, ["drop", "nothing", "return", "edit"], "packed")
@example(6, ["drop", "prune", "add"], "packed")
def test_an_output_that_grew_is_that_of_a_fresh_run(seed, steps, layout):
    root = Path(tempfile.mkdtemp(prefix="law-"))
    history = History(seed, steps)
    source, out = root / "in", root / "out"
    ran(written(source, history.there), out, run_layout=layout)
    for step in steps:
        history.step(step)
        ran(written(source, history.there), out, prune=step == "prune", run_layout=layout)
    assert tree(out) == tree(fresh(root, history, layout))
    gone = {path for path, row in ledger(out).items() if "source_gone" in row["flags"]}
    assert {name.split("/")[-1] for name in gone} <= {name.split("/")[-1] for name in history.gone}
    assert bool(gone) == bool(history.gone)
    assert verify(out, deep=True).findings == ()
    shutil.rmtree(root)


@settings.get_profile("runs")
@given(st.integers(0, 10**6))
def test_what_is_remembered_fits_other_policies_and_decisions(seed):
    """Inputs, policy and decisions change from run to run, and parts of documents are small."""
    root, dice = Path(tempfile.mkdtemp(prefix="law-")), random.Random(seed)
    history, file, made = History(seed, ()), root / "d.jsonl", []
    source, out = root / "in", root / "out"
    ran(written(source, history.there), out)
    for step in ("add", "rename", "nothing", "edit"):
        history.step(step)
        kept = dice.sample(made, len(made) // 2)
        made = list({one.id: one for one in (*kept, *deciding.decided(Output(out), seed, 4))}.values())
        deciding.written(file, made)
        chosen = {
            "run_policy": dice.choice(["cautious", "standard", "training", "annotate"]),
            "run_decisions": [str(file)],
            "decide_over_removed": dice.choice([0.1, 0.95]),
        }
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(assemble, "_ORDERS_A_PART", dice.choice([1, 2, 5]))
            ran(written(source, history.there), out, **chosen)
        shutil.rmtree(root / "fresh", ignore_errors=True)
        ran(source, root / "fresh", **chosen)
        assert tree(out) == tree(root / "fresh")
    assert verify(out, deep=True).findings == ()
    shutil.rmtree(root)


def test_what_did_not_change_is_the_file_of_before(tmp_path):
    """The same inode and time; but a file that is not what was written is written anew."""
    files = {f"a/{n}.txt": f"第{n}号渡轮今日首航，乘客{n * 7}人。\n".encode() for n in range(6)}
    source, out = tmp_path / "in", tmp_path / "out"
    ran(written(source, files), out)
    (out / "clean" / "a" / "5.txt").unlink()
    (out / "clean" / "a" / "5.txt").write_bytes(files["a/5.txt"].replace(b"\n", b"!"))
    kept = {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in out.glob("[cn]*/a/[0-4].*")}
    files["a/9.txt"] = "一座桥明天开通。\n".encode()
    ran(written(source, files), out)
    assert {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in out.glob("[cn]*/a/[0-4].*")} == kept
    assert len(kept) == 10
    assert all(p.stat().st_nlink == 1 for p in out.glob("clean/a/*"))
    assert (out / "clean" / "a" / "5.txt").read_bytes() == files["a/5.txt"]
    assert verify(out, deep=True).findings == ()


@pytest.mark.parametrize("records", [3, 600])
def test_a_file_of_records_that_did_not_change_is_the_file_of_before(tmp_path, records):
    """Also one that is put together from the pieces of two parts; and tables in which nothing is new."""
    lines = [
        json.dumps({"text": f"第{n}号渡轮今日首航，乘客{n * 7}人。"}, ensure_ascii=False)
        for n in range(records)
    ]
    files = {"a.jsonl": "\n".join(lines).encode() + b"\n"}
    source, out = tmp_path / "in", tmp_path / "out"
    ran(written(source, files), out)
    names = ("clean/a.jsonl", "notes/a.jsonl.note.md", "ledger/edits.jsonl")
    before = [(out / name).stat() for name in names]
    files["b.txt"] = "一座桥明天开通。\n".encode()
    ran(written(source, files), out)
    assert [(s.st_ino, s.st_mtime_ns) for s in before] == [
        ((out / name).stat().st_ino, (out / name).stat().st_mtime_ns) for name in names
    ]
    assert tree(out) == tree(fresh_of(tmp_path, files))


def test_if_many_inputs_are_gone_the_run_is_refused(tmp_path):
    files = {f"{n}.txt": f"第{n}号渡轮今日首航，乘客{n * 7}人。\n".encode() for n in range(20)}
    source, out = tmp_path / "in", tmp_path / "out"
    ran(written(source, files), out)
    for name in ("3.txt", "4.txt"):
        (source / name).unlink()
    told = Told()
    ran(source, out, run_max_gone=0.1, printer=told)
    assert "0 new, 2 gone (kept as source_gone; --prune drops them)" in told.lines[0]
    before = tree(out)
    ran(source, out, run_max_gone=0.1)
    assert tree(out) == before
    for name in ("5.txt", "6.txt"):
        (source / name).unlink()
    with pytest.raises(UsageError, match=r"5.txt, 6.txt are gone since the last run, more than run.max_gone"):
        ran(source, out, run_max_gone=0.1)
    assert tree(out) == before
    with pytest.raises(UsageError, match=r"does not serve this one"):  # other settings, and no unfinished run
        ran(source, out, normalise_restore_punct=True)
    ran(source, out, run_max_gone=0.1, prune=True, printer=told)
    assert told.lines[1:] == ["inputs since the last run: 0 new, 4 gone (dropped)"]
    assert len(ledger(out)) == 16


def test_a_folder_that_was_renamed_has_moved(tmp_path):
    files = {f"a/{n}.txt": f"第{n}号渡轮今日首航，乘客{n * 7}人。\n".encode() for n in range(6)}
    source, out = tmp_path / "in", tmp_path / "out"
    ran(written(source, files), out)
    told = Told()
    ran(written(source, {name.replace("a/", "b/"): data for name, data in files.items()}), out, printer=told)
    assert told.lines == ["inputs since the last run: 0 new, 6 moved"]
    assert sorted(ledger(out)) == [f"b/{n}.txt" for n in range(6)]


@pytest.mark.parametrize("how", ["work", "cache", "settings"])
def test_what_is_gone_and_cannot_be_kept_is_refused(tmp_path, how):
    files = {f"{n}.txt": f"第{n}号渡轮今日首航，乘客{n * 7}人。\n".encode() for n in range(4)}
    source, out = tmp_path / "in", tmp_path / "out"
    ran(written(source, files), out)
    chosen = {}
    if how == "settings":
        chosen = {"normalise_restore_punct": True}
    else:
        shutil.rmtree(out / ".work" / ("cache" if how == "cache" else ""))
    ran(source, out, **chosen) if how != "cache" else None
    (source / "2.txt").unlink()
    if how == "settings":
        chosen = {}
    elif how == "work":
        shutil.rmtree(out / ".work")
    before = tree(out)
    with pytest.raises(UsageError, match=r"2.txt is gone, and what the last run made of it does not serve"):
        ran(source, out, **chosen)
    assert tree(out) == before
    ran(source, out, prune=True, **chosen)
    assert sorted(ledger(out)) == ["0.txt", "1.txt", "3.txt"]


def test_nothing_that_did_not_change_is_prepared_again(tmp_path, monkeypatch):
    files = {f"{n}.txt": f"第{n}号渡轮今日首航，乘客{n * 7}人。\n".encode() for n in range(6)}
    source, out = tmp_path / "in", tmp_path / "out"
    ran(written(source, files), out)
    decoded = []
    real = passes.decode
    monkeypatch.setattr(
        passes, "decode", lambda data, *rest, **more: (decoded.append(data), real(data, *rest, **more))[1]
    )
    files |= {"7.txt": "一座桥明天开通。\n".encode(), "3.txt": files["3.txt"] + b"!\n"}
    ran(written(source, files), out)
    assert sorted(decoded) == sorted([files["3.txt"], files["7.txt"]])


def test_nothing_that_did_not_change_is_fingerprinted_compared_or_written_again(tmp_path, monkeypatch):
    files = {f"a/{n}.txt": "\n".join(promises.article(random.Random(n))).encode() for n in range(40)}
    files |= {f"b/{n}.txt": files[f"a/{n}.txt"] + b"\n!" for n in range(3)}
    source, out = tmp_path / "in", tmp_path / "out"
    ran(written(source, files), out)
    rows: dict[str, int] = {}
    for task in (barrier.Views, barrier.Placing, barrier.Checking):
        real = task._computed

        def counted(self, part, real=real, name=task.__name__):
            rows[name] = rows.get(name, 0) + part.num_rows
            return real(self, part)

        monkeypatch.setattr(task, "_computed", counted)
    orders = []
    real_part = output._Maker.document
    monkeypatch.setattr(
        output._Maker, "document", lambda self, key, one: (orders.append(one), real_part(self, key, one))[1]
    )
    ran(source, out)
    assert (rows, orders) == ({}, [])
    files["c/new.txt"] = files["a/7.txt"] + b"\n?"
    ran(written(source, files), out)
    assert (rows["Views"], rows["Placing"], rows["Checking"]) == (1, 1, 1)
    assert len(orders) == 2  # the new one, and the one that now has a copy
    assert tree(out) == tree(fresh_of(tmp_path, files))


def fresh_of(root: Path, files) -> Path:
    ran(written(root / "anew", files), root / "anew-out")
    return root / "anew-out"


@pytest.mark.parametrize("name", ["views", "lines", "verdicts", "pieces", "shown"])
def test_what_is_remembered_and_damaged_is_not_used(tmp_path, name):
    files = {f"a/{n}.txt": "\n".join(promises.article(random.Random(n % 3))).encode() for n in range(6)}
    source, out = tmp_path / "in", tmp_path / "out"
    ran(written(source, files), out)
    before = tree(out)
    (memo,) = (out / ".work" / "memo").glob(f"{name}-*")
    data = bytearray(memo.read_bytes())
    data[len(data) // 2] ^= 1
    memo.write_bytes(data)
    ran(source, out)
    assert tree(out) == before
    assert memo.read_bytes() != bytes(data)
    assert len(list((out / ".work" / "memo").iterdir())) == 5


def test_a_folder_named_by_itself_and_then_with_the_one_above_it_has_the_same_files(tmp_path):
    files = {
        f"{part}/{n}.txt": f"第{n}号渡轮今日首航，{part}班。\n".encode() for n in range(3) for part in "ab"
    }
    source, out = written(tmp_path / "in", files), tmp_path / "out"
    chosen = load(None, {"run.jobs": 1})
    job.run([source / "a", source / "b"], out, chosen, printer=events.Silent())
    files["b/1.txt"] += "今日停航。\n".encode()
    ran(written(source, files), out)
    assert tree(out) == tree(fresh_of(tmp_path, files))
    job.run([source / "a", source / "b"], out, chosen, printer=events.Silent())
    job.run([source / "a", source / "b"], tmp_path / "two", chosen, printer=events.Silent())
    assert tree(out) == tree(tmp_path / "two")


@pytest.mark.parametrize("name", ["1.json", "1.csv", "1.jsonl"])
def test_a_text_under_a_name_that_it_cannot_be_read_by_has_not_moved(tmp_path, name):
    files = {f"{n}.txt": f"第{n}号渡轮今日首航，乘客{n * 7}人。\n".encode() for n in range(4)}
    source, out = tmp_path / "in", tmp_path / "out"
    ran(written(source, files), out)
    (source / "1.txt").rename(source / name)
    told = Told()
    ran(source, out, printer=told)
    assert "1 new, 1 gone (kept as source_gone" in told.lines[0]
    assert ledger(out)["1.txt"]["flags"] == ["source_gone"]


def test_a_file_that_moved_is_known_however_it_is_cut(tmp_path):
    lines = [json.dumps({"text": f"第{n}号渡轮今日首航，乘客{n * 7}人。"}) + "\n" for n in range(90)]
    data, other = "".join(lines).encode(), "一座桥明天开通。\n".encode()
    source, out = tmp_path / "in", tmp_path / "out"
    ran(written(source, {"a.jsonl": data, "b.txt": other}), out)
    for name, size in (("c.jsonl", 4096), ("d.jsonl", 2048), ("e.jsonl", 1 << 20)):
        told, files = Told(), {name: data, "b.txt": other}
        ran(written(source, files), out, printer=told, run_unit_bytes=size)
        assert told.lines == ["inputs since the last run: 0 new, 1 moved"]
    assert tree(out) == tree(fresh_of(tmp_path, files))


@pytest.mark.parametrize("how", ["a row", "the end", "the file"])
def test_what_is_gone_is_missed_though_the_ledger_is_damaged(tmp_path, how):
    files = {f"a/{n}.txt": f"第{n}号渡轮今日首航，乘客{n * 7}人。\n".encode() for n in range(4)}
    source, out = tmp_path / "in", tmp_path / "out"
    ran(written(source, files), out)
    table = out / "ledger" / "documents.jsonl"
    data = table.read_bytes()
    table.write_bytes(b"{}" + data[1:] if how == "a row" else data[: len(data) // 2])
    if how == "the file":
        table.unlink()
    del files["a/2.txt"]
    with pytest.raises(UsageError, match=r"a/2.txt is gone"):
        ran(written(source, files), out, normalise_restore_punct=True)
    files["a/2.txt"] = "一座桥明天开通。\n".encode()
    ran(written(source, files), out, normalise_restore_punct=True)
    assert verify(out, deep=True).findings == ()


def test_a_file_in_place_of_a_folder_is_not_what_stood_in_it(tmp_path):
    files = {f"a/{n}.txt": f"第{n}号渡轮今日首航，乘客{n * 7}人。\n".encode() for n in range(2)}
    source, out = tmp_path / "in", tmp_path / "out"
    ran(written(source, files), out)
    with pytest.raises(UsageError, match=r"a/0.txt, a/1.txt are gone"):
        ran(written(source, {"a": "一座桥明天开通。\n".encode()}), out, normalise_restore_punct=True)


@pytest.mark.parametrize("first", ["folder", "file"])
def test_a_file_where_a_folder_was_and_the_reverse_come_back_side_by_side(tmp_path, first):
    """What is gone stays, and would need a folder where a file is now: the file has another name then."""
    below, above = "a.txt/x.txt", "a.txt"
    texts = {
        name: f"第{n}号渡轮今日首航，乘客{n * 7}人。\n".encode() for n, name in enumerate((below, above), 1)
    }
    source, out = tmp_path / "in", tmp_path / "out"
    for name in (below, above) if first == "folder" else (above, below):
        ran(written(source, {name: texts[name]}), out)
    assert {row["path"] for row in Output(out).rows().documents} >= {below}
    assert verify(out, deep=True).findings == ()
    done = restore(out, tmp_path / "back")
    found = {
        p.relative_to(tmp_path / "back").as_posix(): p.read_bytes()
        for p in (tmp_path / "back").rglob("*.txt")
        if p.is_file()
    }
    assert found.pop(below) == texts[below]
    ((name, text),) = found.items()
    assert text == texts[above]
    assert done.renamed == (name,)


def test_what_is_gone_stays_though_what_was_found_of_others_is_lost(tmp_path):
    files = {f"{n}.txt": f"第{n}号渡轮今日首航，乘客{n * 7}人。\n".encode() for n in range(4)}
    source, out = tmp_path / "in", tmp_path / "out"
    ran(written(source, files), out)
    first = set((out / ".work" / "cache").glob("pack-*"))
    files["9.txt"] = "一座桥明天开通。\n".encode()
    ran(written(source, files), out)
    (second,) = set((out / ".work" / "cache").glob("pack-*")) - first
    second.write_bytes(second.read_bytes()[:-9])
    history = History(0, ())
    history.gone, history.there = {"2.txt": files.pop("2.txt")}, files
    ran(written(source, files), out)
    assert tree(out) == tree(fresh(tmp_path, history))


def test_sources_whose_bytes_are_kept_are_found_in_the_tree_where_the_cache_lost_them(tmp_path):
    files = {f"{n}.txt": f"第{n}号渡轮今日首航。".encode("utf-16")[:-1] for n in range(3)}
    source, out = tmp_path / "in", tmp_path / "out"
    ran(written(source, files), out)
    shutil.rmtree(out / ".work" / "cache" / "blobs")
    files["1a.txt"] = "一座桥明天开通。\n".encode()
    ran(written(source, files), out)
    assert tree(out) == tree(fresh_of(tmp_path, files))
    assert verify(out, deep=True).findings == ()
