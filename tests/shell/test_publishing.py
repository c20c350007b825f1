"""An output in an object store: whole at any time, put again only where it changed, and back with the same bytes."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path

import pytest

from pipeline import events, job, objects, publishing
from pipeline.check import verify
from pipeline.cli import main
from pipeline.errors import DamageError, LockedError, UsageError
from pipeline.publishing import checked, fetch, publish
from pipeline.remote import place
from pipeline.restore import restore
from pipeline.settings import load

pytest.importorskip("localbucket", reason="localbucket is not installed; make test does so")
_SPEC = importlib.util.spec_from_file_location("local_stores", Path(__file__).with_name("stores.py"))
stores = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(stores)
bucket = stores.bucket

TEXTS = {
    "灯塔.txt": "灯塔的油灯换成了电灯，守塔人说夜里终于不用添油了。\n",
    "100%41 a+b.txt": "渡口新添了两条船，早上六点开第一班，傍晚七点收船。\n",
    "b.md": "# 集市\n\n集市搬到了桥东，逢五逢十开市，卖鱼的摊位还在老地方。\n",
}


def cleaned(folder, out, texts, layout="files"):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    chosen = load(None, {"run.jobs": 1, "run.layout": layout})
    job.run([folder], out, chosen, prune=True, printer=events.Silent())
    return out


def tree(out):
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and ".work" not in path.relative_to(out).parts
    }


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """One output, made once; a test takes a copy."""
    folder = tmp_path_factory.mktemp("first")
    return cleaned(folder / "in", folder / "out", TEXTS)


@pytest.fixture(scope="module")
def second(first, tmp_path_factory):
    """The output of the next night, with a text more and one less."""
    folder = tmp_path_factory.mktemp("second")
    shutil.copytree(first, folder / "out")
    changed = {**TEXTS, "d.txt": "码头夜里加了两盏灯，渔船回来时看得见栈桥了。\n"}
    del changed["b.md"]
    return cleaned(folder / "in", folder / "out", changed)


@pytest.fixture
def out(first, tmp_path):
    return Path(shutil.copytree(first, tmp_path / "out"))


@pytest.fixture
def url(bucket):
    return place(f"{bucket.url}/corpora/news")


def there(bucket):
    """Objects of the bucket, by key."""
    return {
        p.relative_to(bucket.root).as_posix(): p.read_bytes() for p in bucket.root.rglob("*") if p.is_file()
    }


def read(bucket):
    """What a reader finds: the files of the tree that is current."""
    held = there(bucket)
    now = json.loads(held["corpora/news/current.json"])["tree"]
    prefix = f"corpora/news/trees/{now}/"
    return {name.removeprefix(prefix): data for name, data in held.items() if name.startswith(prefix)}


def puts(bucket):
    """Keys that were put, or copied, since the last call."""
    found = [key.rpartition("/")[2] for command, key in bucket.asked if command == "PUT"]
    bucket.asked.clear()
    return found


def test_what_is_published_is_the_tree_and_comes_back_with_its_bytes(out, url, bucket, tmp_path):
    done = publish(out, url)
    assert read(bucket) == tree(out)
    assert (done.put, done.copied, done.removed) == (done.files - 1, 0, 0)
    assert checked(url) == (done.files - 1, [])
    assert fetch(url, tmp_path / "back").files == done.files
    assert tree(tmp_path / "back") == tree(out)
    assert verify(tmp_path / "back", deep=True).findings == ()


def test_a_packed_output_is_published_in_few_objects_and_comes_back(url, bucket, tmp_path):
    out = cleaned(tmp_path / "in", tmp_path / "out", TEXTS, "packed")
    done = publish(out, url)
    assert read(bucket) == tree(out)
    objects_before = done.files
    cleaned(tmp_path / "in", out, {**TEXTS, "多.txt": "多了一篇。\n" * 9}, "packed")
    done = publish(out, url)
    assert done.files == objects_before
    assert read(bucket) == tree(out)
    fetch(url, tmp_path / "back")
    assert verify(tmp_path / "back", deep=True).findings == ()
    assert restore(tmp_path / "back", tmp_path / "sources").documents == len(TEXTS) + 1


def test_the_manifest_of_a_tree_is_put_behind_its_files_and_what_is_current_last(out, url, bucket):
    publish(out, url)
    assert puts(bucket)[-2:] == ["manifest-sha256.txt", "current.json"]
    assert publish(out, url).put == 0
    assert puts(bucket) == []


def test_only_what_changed_is_sent_and_what_is_gone_goes(first, second, out, url, bucket):
    publish(out, url)
    gone = {key for key in there(bucket) if "/trees/" in key}
    old = tree(first)
    shutil.rmtree(out)
    shutil.copytree(second, out)
    done = publish(out, url)
    changed = [name for name, data in tree(second).items() if old.get(name) != data]
    assert done.put == len(changed) - 1  # the manifest is told apart
    assert done.copied == done.files - len(changed)
    assert done.copied > 0
    assert done.removed == len(gone)
    assert read(bucket) == tree(second)
    assert len(there(bucket)) == len(tree(second)) + 1


def test_nothing_is_put_of_an_output_that_is_damaged(out, url, bucket):
    (out / "clean/b.md").write_text("another text\n", "utf-8")
    with pytest.raises(DamageError, match=r"clean/b\.md"):
        publish(out, url)
    assert there(bucket) == {}


def test_a_publication_that_was_stopped_leaves_the_old_tree_and_goes_on(
    first, second, out, url, bucket, monkeypatch
):
    publish(out, url)
    shutil.rmtree(out)
    shutil.copytree(second, out)
    plain, left = objects.Shelf.put_file, [2]

    def stopping(self, name, path, sha256):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return plain(self, name, path, sha256)

    with monkeypatch.context() as patch:
        patch.setattr(objects.Shelf, "put_file", stopping)
        patch.setattr(objects, "_AT_ONCE", 1)
        with pytest.raises(KeyboardInterrupt):
            publish(out, url)
    assert read(bucket) == tree(first)
    assert checked(url)[1] == []
    changed = [name for name, data in tree(second).items() if tree(first).get(name) != data]
    assert publish(out, url).put == len(changed) - 1 - 2  # less the manifest, and what was put before
    assert read(bucket) == tree(second)


@pytest.mark.parametrize("last", ["trees", "manifest-sha256.txt", "current.json"])
def test_killed_before_any_step_the_old_tree_stands_and_the_same_command_ends_it(
    first, second, out, url, bucket, last, monkeypatch
):
    publish(out, url)
    shutil.rmtree(out)
    shutil.copytree(second, out)
    plain = objects.Shelf.put
    with monkeypatch.context() as patch:

        def stopping(self, name, data):
            if name.endswith(last):
                raise KeyboardInterrupt
            plain(self, name, data)

        def none(self, name):
            raise KeyboardInterrupt

        patch.setattr(objects.Shelf, "put", stopping)
        patch.setattr(objects.Shelf, "remove", none)
        with pytest.raises(KeyboardInterrupt):
            publish(out, url)
    assert read(bucket) == (tree(second) if last == "trees" else tree(first))
    done = publish(out, url)
    assert done.put == 0
    assert read(bucket) == tree(second)
    assert len(there(bucket)) == len(tree(second)) + 1  # nothing of what was begun or current is left


def test_of_two_that_publish_at_once_one_is_told_and_the_tree_is_of_one(
    first, second, out, url, bucket, monkeypatch
):
    plain, other = publishing._Publishing._put, []

    def meanwhile(self, tree_name, before, sizes):
        if not other:
            other.append(1)
            publish(second_out, url)
        return plain(self, tree_name, before, sizes)

    second_out = Path(shutil.copytree(second, out.with_name("other")))
    monkeypatch.setattr(publishing._Publishing, "_put", meanwhile)
    with pytest.raises(LockedError, match="somebody else published"):
        publish(out, url)
    assert read(bucket) == tree(second)
    assert publish(out, url).put == 0  # all of it was there by then
    assert read(bucket) == tree(first)
    assert len(there(bucket)) == len(tree(first)) + 1


def test_a_tree_that_nobody_ended_goes_with_prune(out, url, bucket):
    bucket.put("corpora/news/trees/0123456789abcdef-0/clean/a.txt", b"left by a machine that is no more")
    publish(out, url)
    assert len(there(bucket)) == len(tree(out)) + 2
    assert publish(out, url, prune=True).removed > 0
    assert len(there(bucket)) == len(tree(out)) + 1
    assert read(bucket) == tree(out)


def test_damage_in_the_store_is_found_not_fetched_and_mended(out, url, bucket, tmp_path, capsys):
    publish(out, url)
    now = json.loads(there(bucket)["corpora/news/current.json"])["tree"]
    bucket.put(f"corpora/news/trees/{now}/clean/b.md", b"bits that rotted\n")
    (bucket.root / f"corpora/news/trees/{now}/run.json").unlink()
    bucket.put(f"corpora/news/trees/{now}/clean/strange.txt", b"x")
    assert dict(checked(url)[1]) == {
        "clean/b.md": "not what the manifest says",
        "run.json": "the file is missing",
        "clean/strange.txt": "the manifest does not name it",
    }
    assert main(["verify", str(url)], standalone_mode=False) == 4
    assert "DAMAGE  clean/b.md" in capsys.readouterr().out
    with pytest.raises(DamageError, match=r"clean/b\.md"):
        fetch(url, tmp_path / "back")
    assert not (tmp_path / "back/clean/b.md").exists()
    assert not (tmp_path / "back/manifest-sha256.txt").exists()
    publish(out, url, anew=True)
    assert checked(url)[1] == []
    fetch(url, tmp_path / "back")  # goes on with what it has
    assert tree(tmp_path / "back") == tree(out)
    assert len(there(bucket)) == len(tree(out)) + 1


def test_a_fetch_follows_a_publication_that_takes_its_tree_away(
    first, second, out, url, bucket, tmp_path, monkeypatch
):
    publish(out, url)
    other = Path(shutil.copytree(second, tmp_path / "other"))
    plain, done = objects.Shelf.blocks, []

    def meanwhile(self, name):
        if name.endswith("run.json") and not done:
            done.append(1)
            publish(other, url)
        return plain(self, name)

    monkeypatch.setattr(objects.Shelf, "blocks", meanwhile)
    fetch(url, tmp_path / "back")
    assert done
    assert tree(tmp_path / "back") == tree(second)


def test_a_store_that_refuses_is_told_with_6_and_nothing_is_current(out, url, bucket, capsys):
    bucket.changes["PUT", "corpora/news/current.json"] = lambda: bucket.refused.update(
        {"corpora/news/current.json": 403}
    )
    assert main(["publish", str(out), str(url)], standalone_mode=False) == 6
    assert "run again" in capsys.readouterr().err
    bucket.refused.clear()
    bucket.changes.clear()
    with pytest.raises(UsageError, match="nothing is published"):
        fetch(url, out.with_name("back"))
    assert publish(out, url).put == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["publish", "{out}", "plain/folder"], 2),
        (["publish", "{out}", "hdfs://host/place"], 2),
        (["publish", "{out}/clean", "{url}"], 2),
        (["fetch", "{url}", "-o", "{out}"], 2),
        (["verify", "{url}"], 2),
        (["verify", "{url}", "--deep"], 2),
    ],
)
def test_what_cannot_be_done_is_said(arguments, code, out, url, capsys):
    given = [text.format(out=out, url=url) for text in arguments]
    assert main(given, standalone_mode=False) == code
    assert "error:" in capsys.readouterr().err


def test_what_is_named_as_compressed_is_put_as_it_is(url, bucket, tmp_path):
    (tmp_path / "a").write_bytes(b"plain")
    objects.Shelf(url).put_file("x.gz", tmp_path / "a", "")
    objects.Shelf(url).put("y.bz2", b"plain")
    assert set(there(bucket).values()) == {b"plain"}


def test_somebody_elses_file_is_left_alone(out, url, bucket):
    bucket.put("corpora/news/current.json", b'{"mine": 1}')
    with pytest.raises(UsageError, match="none of ours"):
        publish(out, url)
    assert there(bucket) == {"corpora/news/current.json": b'{"mine": 1}'}


def test_commands_say_what_they_did(out, url, bucket, tmp_path, capsys):
    assert main(["publish", str(out), str(url)], standalone_mode=False) == 0
    assert " put (" in capsys.readouterr().out
    assert main(["verify", str(url), "--json"], standalone_mode=False) == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []
    assert main(["fetch", str(url), "-o", str(tmp_path / "back")], standalone_mode=False) == 0
    assert "verify" in capsys.readouterr().out
    held = b"".join(there(bucket).values())
    assert str(tmp_path).encode() not in held
