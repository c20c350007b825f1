"""corpus.db: the ledger in tables, words of Chinese that are found, questions that have answers; derived, no more."""

from __future__ import annotations

import importlib.util
import json
import re
import sqlite3
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import fsops
from pipeline.cli import main
from pipeline.errors import DamageError, LockedError, OutputError
from pipeline.exports.bigrams import indexed, query
from pipeline.exports.database import DATABASE, METADATA, SCHEMA, make
from pipeline.exports.queries import QUERIES
from pipeline.ledger import read_rows
from pipeline.workspace import Workspace

_SPEC = importlib.util.spec_from_file_location("exported", Path(__file__).with_name("exported.py"))
exported = importlib.util.module_from_spec(_SPEC)
sys.modules["exported"] = exported
_SPEC.loader.exec_module(exported)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("database")
    earlier = exported.clean([exported.SAMPLES / "reprints" / "input" / "lantern-post"], folder / "earlier")
    (folder / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    names = ("twice", "reprints", "english", "html", "templates", "legit")
    inputs = [folder / "picture.txt", *(exported.SAMPLES / name / "input" for name in names)]
    out = exported.clean(inputs, folder / "out", [earlier.out]).out
    make(out)
    return out


@pytest.fixture
def small(tmp_path):
    return exported.clean([exported.SAMPLES / "twice" / "input"], tmp_path / "out").out


@pytest.fixture
def database(out):
    connection = sqlite3.connect(out / DATABASE)
    connection.row_factory = sqlite3.Row
    yield connection
    connection.close()


def call(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


# What is in it


@pytest.mark.parametrize(
    "table", ["documents", "archived", "spans", "pairs", "clusters", "furniture", "skipped"]
)
def test_a_table_has_every_row_of_the_ledger_in_its_order(table, database, out):
    found = [dict(row) for row in database.execute(f"SELECT * FROM {table} ORDER BY rowid")]
    rows = getattr(read_rows(out), table)
    assert rows
    assert len(found) == len(rows)
    for row, line in zip(rows, found, strict=True):
        for key in set(line) & set(row):
            value = row[key]
            if key == "of" and isinstance(value, dict):
                value = value["doc"]
            if key == "language":
                value = value["tag"]
            if isinstance(value, list):
                continue
            assert line[key] == value, key


def test_the_texts_are_those_of_the_data_files(database, out):
    rows = pq.read_table(out / "data" / "all.parquet").to_pylist()
    found = database.execute("SELECT id, text FROM documents ORDER BY number").fetchall()
    assert [tuple(row) for row in found] == [(row["id"], row["text"]) for row in rows]


def test_members_of_clusters_are_in_their_order_of_preference(database, out):
    wanted = [(c["id"], n, m["id"]) for c in read_rows(out).clusters for n, m in enumerate(c["members"])]
    found = database.execute("SELECT cluster, place, doc FROM members ORDER BY rowid").fetchall()
    assert [tuple(row) for row in found] == wanted


def test_what_refers_to_a_document_finds_it(database):
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    assert database.execute("PRAGMA integrity_check").fetchall()[0][0] == "ok"


def test_the_tables_are_documented():
    text = (Path(__file__).parents[2] / "docs" / "exports.md").read_text("utf-8")
    for table in (*SCHEMA, *QUERIES):
        assert f"`{table}`" in text


# Words


def plain(database, word):
    rows = database.execute("SELECT id, title, text FROM documents")
    return {row["id"] for row in rows if word in f"{row['title'] or ''}\n{row['text']}"}


def found(database, words):
    asked = query(words)
    sql = "SELECT id FROM found JOIN documents ON number = found.rowid WHERE found MATCH ?"
    return {row[0] for row in database.execute(sql, (asked,))} if asked else set()


@pytest.mark.parametrize(
    "word", ["新闻", "晚报", "本报讯", "夜市", "柴桥夜市试行", "桥", "错峰", "〇", "龘龘"]
)
def test_a_word_of_chinese_is_found_whatever_its_length(word, database):
    assert found(database, [word]) == plain(database, word)


def test_words_of_two_characters_are_there_to_be_found(database):
    assert plain(database, "新闻")
    assert plain(database, "桥")


def test_all_words_must_stand_in_a_document(database):
    both = plain(database, "夜市") & plain(database, "石板")
    assert both
    assert found(database, ["夜市", "石板"]) == both


_TEXT = st.text(st.sampled_from("新闻网看报あア한글กขa1 B，\n-"), max_size=20)


@settings(max_examples=300, deadline=None)
@given(_TEXT, _TEXT, st.text(st.sampled_from("新闻网看报あ한"), min_size=1, max_size=4))
def test_a_run_of_characters_is_found_where_it_stands_and_nowhere_else(before, after, word):
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE found USING fts5(words, content = '', tokenize = 'unicode61')")
    texts = [before + word + after, before + after, word[::-1] + before]
    connection.executemany("INSERT INTO found (rowid, words) VALUES (?, ?)", enumerate(map(indexed, texts)))
    rows = connection.execute("SELECT rowid FROM found WHERE found MATCH ?", (query([word]),)).fetchall()
    connection.close()
    assert {row[0] for row in rows} == {n for n, text in enumerate(texts) if word in text}


@pytest.mark.parametrize(
    "word", ['"', "'; DROP TABLE documents; --", "NEAR(", "a OR b", "*", "🧑", "^x", "x:y"]
)
def test_no_word_is_taken_for_a_query(word, database):
    found(database, [word])
    assert database.execute("SELECT count(*) FROM documents").fetchone()[0]


# The questions


@pytest.mark.parametrize("name", QUERIES)
def test_a_canned_query_has_an_answer(name, database):
    parameters = {"path": "market-street", "word": "夜市"}
    assert database.execute(QUERIES[name][1], parameters).fetchall(), name


def test_the_largest_cluster_comes_first(database, out):
    sizes = [row["size"] for row in database.execute(QUERIES["largest_clusters"][1])]
    assert sizes == sorted((c["size"] for c in read_rows(out).clusters), reverse=True)


def test_reprints_add_up_to_the_removed_documents(database, out):
    rows = database.execute(QUERIES["reprints_between_sources"][1]).fetchall()
    run = json.loads((out / "run.json").read_bytes())
    assert sum(row["documents"] for row in rows) == run["counts"]["documents"]["removed"]
    assert all(row["kept_source"] is not None for row in rows)


def test_what_happened_tells_of_kept_removed_and_unread_inputs(database):
    def asked(path):
        return [tuple(row)[:4] for row in database.execute(QUERIES["what_happened"][1], {"path": path})]

    assert ("picture.txt", None, "quarantined", "binary") in asked("picture")
    assert {row[2] for row in asked("")} == {"kept", "removed", "quarantined"}
    assert asked("%") == []


@pytest.mark.parametrize("word", ["新闻", "桥", "本报讯", "harbour", 'a"b'])
def test_the_question_for_a_word_finds_what_search_finds(word, database):
    rows = database.execute(QUERIES["documents_with_a_word"][1], {"word": word})
    assert {row["id"] for row in rows} == found(database, [word])


def test_the_metadata_name_tables_columns_and_parameters_that_exist(database, out):
    value = json.loads((out / METADATA).read_bytes())
    [(name, about)] = value["databases"].items()
    assert f"{name}.db" == DATABASE
    assert set(about["queries"]) == set(QUERIES)
    for table, facts in about["tables"].items():
        columns = {row["name"] for row in database.execute(f"PRAGMA table_info({table})")}
        assert set(facts["facets"]) <= columns
    documents = about["tables"]["documents"]
    assert (documents["fts_table"], documents["fts_pk"], documents["label_column"]) == (
        "found",
        "number",
        "path",
    )
    parameters = {p for _, sql in QUERIES.values() for p in re.findall(r":([a-z]+)\b", sql)}
    assert parameters == {"path", "word"}


# Derived, and no more


def test_the_same_output_gives_the_same_database(out, tmp_path):
    before = (out / DATABASE).read_bytes(), (out / METADATA).read_bytes()
    make(out)
    assert ((out / DATABASE).read_bytes(), (out / METADATA).read_bytes()) == before


def test_verify_does_not_look_at_it_and_a_new_run_takes_it_away(small):
    assert call("db", small).exit_code == 0
    assert call("verify", small).exit_code == 0
    names = (small / "manifest-sha256.txt").read_text("utf-8")
    assert "corpus" not in names
    exported.clean([exported.SAMPLES / "english" / "input"], small, prune=True)
    assert not (small / DATABASE).exists()
    assert not (small / METADATA).exists()
    assert call("verify", small).exit_code == 0


def test_a_database_of_another_run_is_not_searched(small):
    make(small)
    kept = (small / DATABASE).read_bytes()
    exported.clean([exported.SAMPLES / "english" / "input"], small, prune=True)
    (small / DATABASE).write_bytes(kept)
    result = call("search", small, "夜市")
    assert result.exit_code == 2
    assert "another run" in result.stderr


def test_a_damaged_ledger_makes_no_database(small):
    make(small)
    before = (small / DATABASE).read_bytes()
    path = small / "ledger" / "documents.jsonl"
    path.write_bytes(path.read_bytes().replace(b"market", b"markes"))
    with pytest.raises(DamageError):
        make(small)
    assert (small / DATABASE).read_bytes() == before


def test_a_database_that_cannot_be_written_leaves_the_old_one(small, monkeypatch):
    make(small)
    before = (small / DATABASE).read_bytes()

    def full(source, target):
        raise OutputError("no space")

    monkeypatch.setattr(fsops, "rename", full)
    with pytest.raises(OutputError):
        make(small)
    assert (small / DATABASE).read_bytes() == before
    monkeypatch.undo()
    assert call("verify", small).exit_code == 0


def test_sqlite_that_cannot_write_is_an_error_of_the_output(small, monkeypatch):
    def connect(*_args, **_options):
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(sqlite3, "connect", connect)
    with pytest.raises(OutputError, match="disk I/O error"):
        make(small)


def test_a_run_that_works_there_is_not_disturbed(small):
    with Workspace(small).lock(), pytest.raises(LockedError):
        make(small)


# The command


def test_search_shows_path_fate_and_passage(out, database):
    result = call("search", out, "夜市")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[-1] == f"{len(plain(database, '夜市')):,} documents"
    assert all("夜市" in line for line in lines[:-1])
    assert {line.split()[0] for line in lines[:-1]} <= {"kept", "removed"}


def test_search_names_a_record_as_explain_takes_it(tmp_path):
    out = exported.clean([exported.SAMPLES / "records" / "input"], tmp_path / "out").out
    make(out)
    shown = call("search", out, "的", "the").stdout + call("search", out, "的").stdout
    names = re.findall(r"\S+\.jsonl:\d+", shown)
    assert names
    for name in names:
        assert call("explain", out, name).exit_code == 0, name


def test_search_says_that_there_are_more(out):
    lines = call("search", out, "的", "--top", "1").stdout.splitlines()
    assert len(lines) == 2
    assert lines[1].endswith("documents; the first 1, more with --top")


def test_search_without_a_database_says_how_to_make_it(small):
    result = call("search", small, "夜市")
    assert result.exit_code == 2
    assert "clean-corpus db" in result.stderr


def test_search_for_nothing_that_can_be_found_is_refused(out):
    assert call("search", out, "，。").exit_code == 2


def test_search_in_what_is_no_database_is_damage(small):
    (small / DATABASE).write_bytes(b"no database" * 1000)
    result = call("search", small, "夜市")
    assert result.exit_code == 4
    assert "clean-corpus db" in result.stderr
