"""Shards: which files go together, and what is left alone when something comes or changes."""

from __future__ import annotations

import io
import json
import random
import zipfile

import pytest

from pipeline import shards
from pipeline.errors import DamageError
from pipeline.shards import INDEX, LARGEST, Files, Sharding


class Kept:
    """A store in memory."""

    def __init__(self):
        self.pieces: dict[str, list[bytes]] = {}
        self.finished: list[str] = []

    def add(self, name, data):
        assert name not in self.finished
        self.pieces.setdefault(name, []).append(data)

    def finish(self, name):
        self.finished.append(name)

    @property
    def files(self) -> dict[str, bytes]:
        return {name: b"".join(pieces) for name, pieces in self.pieces.items()}


def sharded(files) -> Kept:
    store = Kept()
    sharding = Sharding(store)
    for name, data in files:
        sharding.add(name, data)
        sharding.finish(name)
    sharding.close()
    return store


def texts(count: int, size: int = 900):
    return [(f"clean/2026/{n // 100:03}/{n:06}.txt", (b"%d " % n) * (size // 6)) for n in range(count)]


def shards_of(store: Kept) -> dict[str, bytes]:
    return {name: data for name, data in store.files.items() if name.startswith("packed/")}


def test_what_is_added_or_changed_leaves_all_other_shards_as_they_are(monkeypatch):
    """Wherever it is: one shard is another, and where the new file begins one, two."""
    monkeypatch.setattr(shards, "_USUAL_FILES", 50)
    files, dice = texts(600, 60), random.Random(3)
    before = shards_of(sharded(files))
    assert len(before) > 4
    for n in dice.sample(range(len(files)), 4):
        for new in (
            [*files[:n], (files[n][0] + "-new", b"a text"), *files[n:]],
            [*files[:n], *files[n + 1 :]],
            [*files[:n], (files[n][0], b"another text"), *files[n + 1 :]],
        ):
            after = shards_of(sharded(new))
            assert sum(after.get(name) != data for name, data in before.items()) <= 2
            assert sum(before.get(name) != data for name, data in after.items()) <= 2


def test_a_new_folder_behind_all_others_changes_the_last_shard_alone(monkeypatch):
    monkeypatch.setattr(shards, "_USUAL_FILES", 50)
    files = texts(600, 60)
    before = shards_of(sharded(files))
    after = shards_of(
        sharded([*files, *((name.replace("2026", "2027"), data) for name, data in texts(300, 60))])
    )
    assert sum(after.get(name) != data for name, data in before.items()) == 1


@pytest.mark.parametrize(("count", "size"), [(20_000, 40), (1_000, 80_000), (60, 1_000_000)])
def test_a_shard_has_neither_too_many_files_nor_too_many_bytes(count, size):
    found = shards_of(sharded(texts(count, size)))
    sizes = []
    for data in found.values():
        with zipfile.ZipFile(io.BytesIO(data)) as shard:
            sizes.append(len(shard.infolist()))
            assert sum(member.file_size for member in shard.infolist()) <= shards._MOST_BYTES
    assert sum(sizes) == count
    assert max(sizes) <= shards._MOST_FILES
    usual = 1 / (1 / shards._USUAL_FILES + size / shards._USUAL_BYTES)
    assert usual / 3 < count / len(found) < usual * 3


def test_a_file_of_more_than_the_most_stands_alone_whatever_pieces_it_comes_in():
    for size in (LARGEST, LARGEST + 1):
        stores = []
        for piece in (1 << 16, LARGEST - 1, 2 * LARGEST):
            store = Kept()
            sharding = Sharding(store)
            data = bytes(size)
            for at in range(0, size, piece):
                sharding.add("clean/a.jsonl", data[at : at + piece])
            sharding.finish("clean/a.jsonl")
            sharding.close()
            stores.append(store.files)
        assert stores[0] == stores[1] == stores[2]
        assert ("clean/a.jsonl" in stores[0]) == (size > LARGEST)


def test_bytes_that_several_documents_have_are_there_once():
    store = Kept()
    sharding = Sharding(store)
    for n in range(3):
        sharding.add(f"clean/{n}.txt", b"x")
        sharding.add("ledger/blobs/" + "a" * 64, b"raw")
    sharding.close()
    rows = [json.loads(line) for line in store.files[INDEX].splitlines()]
    assert [row["name"] for row in rows] == [
        "clean/0.txt",
        "ledger/blobs/" + "a" * 64,
        "clean/1.txt",
        "clean/2.txt",
    ]
    assert sorted(name.partition("-")[0] for name in shards_of(store)) == ["packed/blobs", "packed/clean"]


def test_files_are_read_from_shards_and_alone(tmp_path):
    names = ["clean/a.txt", "clean/稿 100%.txt", "clean/empty.txt"]
    store = sharded(
        [(names[0], b"one"), (names[1], b"two"), (names[2], b""), ("clean/big", bytes(LARGEST + 1))]
    )
    for name, data in store.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    files = Files(tmp_path)
    assert [files.read(name) for name in names] == [b"one", b"two", b""]
    assert files.file_of(names[0]).startswith("packed/clean-")
    assert (files.file_of("clean/big"), len(files.read("clean/big"))) == ("clean/big", LARGEST + 1)
    assert sorted(shards.names_in(tmp_path, "clean")) == sorted(names)
    with pytest.raises(DamageError, match=r"clean/none: missing"):
        files.read("clean/none")
    shard = tmp_path / files.file_of(names[0])
    shard.write_bytes(shard.read_bytes()[:60])
    with pytest.raises(DamageError, match="ends before"):
        files.read(names[1])
    assert list(shards.names_in(tmp_path, "clean")) == []
    shard.unlink()
    with pytest.raises(DamageError, match="missing"):
        files.read(names[0])
