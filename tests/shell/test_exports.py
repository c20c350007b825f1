"""Exports: each is read back by its standard's own tool, tells nothing of this machine, and is written whole or not."""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import json
import os
import re
import socket
import sys
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from pipeline import fsops
from pipeline.cli import main
from pipeline.cli.export import FORMATS as OFFERED
from pipeline.errors import DamageError, OutputError, UsageError
from pipeline.exports import FORMATS, export
from pipeline.ledger import read_rows

_SPEC = importlib.util.spec_from_file_location("exported", Path(__file__).with_name("exported.py"))
exported = importlib.util.module_from_spec(_SPEC)
sys.modules["exported"] = exported
_SPEC.loader.exec_module(exported)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return exported.make(tmp_path_factory.mktemp("exports"))


@pytest.fixture(scope="module")
def made(out, tmp_path_factory):
    """Every format, with what a person says of the corpus."""
    folder = tmp_path_factory.mktemp("made")
    for name in FORMATS:
        export(out, name, folder / name, exported.ABOUT)
    return folder


@pytest.fixture(scope="module")
def kept(out):
    return pq.read_table(out / "data" / "canonical.parquet").to_pylist()


@pytest.fixture(scope="module")
def every(out):
    return pq.read_table(out / "data" / "all.parquet").to_pylist()


def files(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def call(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


# All formats


def test_the_command_offers_the_formats_that_there_are():
    assert list(OFFERED) == list(FORMATS)
    text = call("export", "--help").stdout
    for name, says in FORMATS.items():
        assert re.search(rf"^  {name} +{re.escape(says)}", text, re.MULTILINE), name


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_is_the_same_bytes_again(name, out, made, tmp_path):
    export(out, name, tmp_path / "again", exported.ABOUT)
    assert files(tmp_path / "again") == files(made / name)


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_tells_nothing_of_the_machine(name, out, made):
    secret = [os.fspath(out.parent).encode(), os.fspath(Path.home()).encode(), socket.gethostname().encode()]
    for path, data in files(made / name).items():
        whole = [data]
        if path.endswith(".xlsx"):
            with zipfile.ZipFile(made / name / path) as book:
                whole = [book.read(entry) for entry in book.namelist()]
                assert {entry.date_time for entry in book.infolist()} == {(1980, 1, 31, 0, 0, 0)}
        for part in whole:
            assert not any(word in part for word in secret if len(word) > 3), path
    assert not [path for path in files(made / name) if ".tmp-" in path]


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_refuses_what_is_there_and_what_lies_in_the_output(name, out, tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(UsageError, match="is there already"):
        export(out, name, tmp_path / "there")
    with pytest.raises(UsageError, match="inside the output"):
        export(out, name, out / "clean" / "new")
    assert list(tmp_path.iterdir()) == [tmp_path / "there"]


def test_a_damaged_output_is_not_exported(out, tmp_path):
    copy = tmp_path / "out"
    for path, data in files(out).items():
        if not path.startswith(".work/"):
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            (copy / path).write_bytes(data)
    for path in ("data/canonical.parquet", "data/all.parquet", "ledger/documents.jsonl"):
        data = bytearray((copy / path).read_bytes())
        data[len(data) // 2] ^= 1
        (copy / path).write_bytes(data)
    for name in FORMATS:
        with pytest.raises(DamageError):
            export(copy, name, tmp_path / "new" / name)
        assert list((tmp_path / "new").iterdir()) == []


def test_an_export_that_cannot_be_written_leaves_nothing(out, tmp_path, monkeypatch):
    def full(handle, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fsops, "_write_all", full)
    for name in ("jsonl", "bagit", "prov"):
        with pytest.raises(OutputError, match="no space"):
            export(out, name, tmp_path / "new" / name)
        assert list((tmp_path / "new").iterdir()) == []


def test_what_is_not_known_of_a_corpus_is_refused_with_a_suggestion(out, tmp_path):
    with pytest.raises(UsageError, match="did you mean license"):
        export(out, "jsonl", tmp_path / "new", {"licence": "CC0"})
    result = call("export", out, "--as", "jsonl", "-o", tmp_path / "new", "--about", "license")
    assert result.exit_code == 2
    assert "KEY=VALUE" in result.stderr


def test_the_command_says_what_it_wrote(out, tmp_path):
    result = call("export", out, "--as", "jsonl", "-o", tmp_path / "new")
    assert result.exit_code == 0, result.stderr
    size = (tmp_path / "new" / "corpus.jsonl").stat().st_size
    assert result.stdout == f"1 files, {size:,} bytes, written to {tmp_path / 'new'}\n"


# JSON Lines, CSV


def test_json_lines_have_every_text_and_every_key_on_every_line(made, kept):
    lines = (made / "jsonl" / "corpus.jsonl").read_bytes().splitlines()
    assert [json.loads(line) for line in lines] == kept
    assert len({tuple(json.loads(line)) for line in lines}) == 1
    assert len({row["id"] for row in kept}) == len(kept) > 40


def test_json_lines_are_one_table_to_arrow(made, kept):
    import pyarrow.json as pj

    table = pj.read_json(made / "jsonl" / "corpus.jsonl", read_options=pj.ReadOptions(block_size=1 << 20))
    assert table["text"].to_pylist() == [row["text"] for row in kept]


def test_csv_runs_no_formula_and_says_what_it_changed(made, kept):
    data = (made / "csv" / "corpus.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    csv.field_size_limit(1 << 24)
    rows = list(csv.DictReader(data.decode("utf-8-sig").splitlines(keepends=True)))
    quoted = 0
    for row, source in zip(rows, kept, strict=True):
        assert not [v for v in row.values() if v.startswith(("=", "+", "-", "@", "\t", "\r"))]
        names = row.pop("quoted").split()
        quoted += len(names)
        for name in names:
            assert row[name].startswith("'")
            row[name] = row[name][1:]
        assert row["text"].replace("\r\n", "\n") == source["text"]
        assert row["title"] == (source["title"] or "")
    assert quoted >= 3


# Parquet with a dataset card


def test_the_dataset_card_is_yaml_with_what_the_hub_asks_for(made, out, kept, every):
    import yaml

    text = (made / "parquet" / "README.md").read_text("utf-8")
    _, head, body = text.split("---\n", 2)
    card = yaml.safe_load(head)
    # Keys and values of the hub's documentation, "Create a dataset card" and "Manual configuration".
    assert set(card) <= {
        *("pretty_name", "license", "license_name", "license_link", "language", "size_categories"),
        *("tags", "configs"),
    }
    assert card["pretty_name"] == exported.ABOUT["name"]
    assert (card["license"], card["license_link"]) == ("other", exported.ABOUT["license"])
    assert card["size_categories"] == ["n<1K"]
    assert card["language"][0] == "zh"
    assert all(re.fullmatch("[a-z]{2,3}", tag) for tag in card["language"])
    assert [config["config_name"] for config in card["configs"]] == ["canonical", "all"]
    assert [config.get("default", False) for config in card["configs"]] == [True, False]
    tables = [pq.read_table(made / "parquet" / config["data_files"]) for config in card["configs"]]
    assert [table.to_pylist() for table in tables] == [kept, every]
    assert tables[0].schema == tables[1].schema
    assert not [field for field in tables[0].schema if pa.types.is_null(field.type)]
    for name in tables[0].column_names:
        assert f"| `{name}` |" in body
    assert f"{len(kept):,} |" in body


@pytest.mark.parametrize(
    ("given", "head"),
    [
        ("CC-BY-4.0", 'license: "cc-by-4.0"\n'),
        ('x"\nlicense: mit', r'license: "x\"\nlicense: mit"'),
        ("", None),
    ],
)
def test_a_licence_is_what_a_person_said_or_nothing(given, head, out, tmp_path):
    import yaml

    export(out, "parquet", tmp_path / "new", {"license": given})
    text = (tmp_path / "new" / "README.md").read_text("utf-8")
    assert (head in text) if head else ("license" not in text.split("---\n")[1])
    assert yaml.safe_load(text.split("---\n")[1]).get("license", "") == given.lower()


# Croissant


#: Of what mlcroissant calls, and not of ours.
of_others = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@of_others
def test_croissant_is_valid_and_loads_every_record(made, kept, every, caplog):
    import mlcroissant

    path = made / "croissant" / "croissant.json"
    dataset = mlcroissant.Dataset(jsonld=os.fspath(path))
    assert dataset.metadata.ctx.issues.errors == set()
    assert dataset.metadata.ctx.conforms_to.value == "http://mlcommons.org/croissant/1.1"
    assert not [r.getMessage() for r in caplog.records if "not standard" in r.getMessage()]
    for name, rows in (("canonical", kept), ("all", every)):
        found = list(dataset.records(record_set=name))
        assert [record[f"{name}/text"].decode() for record in found] == [row["text"] for row in rows]
        assert [record[f"{name}/chars"] for record in found] == [row["chars"] for row in rows]


def test_croissant_has_what_the_specification_requires_and_the_hashes_of_the_files(made):
    value = json.loads((made / "croissant" / "croissant.json").read_bytes())
    # "Required" of the specification, section "Dataset-level information".
    for key in ("@context", "@type", "conformsTo", "description", "license", "name", "url", "creator"):
        assert value[key], key
    assert value["datePublished"] == exported.ABOUT["published"]
    for file in value["distribution"]:
        data = (made / "croissant" / file["contentUrl"]).read_bytes()
        assert (file["sha256"], file["contentSize"]) == (hashlib.sha256(data).hexdigest(), f"{len(data)} B")
    assert value["prov:wasAttributedTo"]["@type"] == "prov:SoftwareAgent"


@of_others
def test_croissant_invents_neither_licence_nor_creator(out, tmp_path):
    import mlcroissant

    export(out, "croissant", tmp_path / "new")
    value = json.loads((tmp_path / "new" / "croissant.json").read_bytes())
    assert not {"license", "url", "creator", "datePublished", "version"} & set(value)
    dataset = mlcroissant.Dataset(jsonld=os.fspath(tmp_path / "new" / "croissant.json"))
    assert dataset.metadata.ctx.issues.errors == set()


# BagIt


def test_a_bag_of_plain_names_is_valid_to_the_tool_of_the_library_of_congress(tmp_path):
    import bagit

    result = exported.clean([exported.SAMPLES / "reprints" / "input"], tmp_path / "out")
    export(result.out, "bagit", tmp_path / "袋", exported.ABOUT)
    bag = bagit.Bag(os.fspath(tmp_path / "袋"))
    bag.validate()
    assert bag.is_valid()
    assert bag.version_info == (1, 0)
    assert bag.info["Source-Organization"] == exported.ABOUT["creator"]
    (tmp_path / "袋" / "data" / "run.json").write_bytes(b"{}")
    assert not bagit.Bag(os.fspath(tmp_path / "袋")).is_valid()


def test_a_bag_keeps_the_rules_of_rfc_8493(made, out):
    bag = files(made / "bagit")
    assert bag["bagit.txt"] == b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    payload = {name for name in bag if name.startswith("data/")}

    def listed(name):
        lines = bag[name].decode().splitlines()
        assert all(re.fullmatch("[0-9a-f]{64}  [^%\r\n]*(%(25|0A|0D)[^%\r\n]*)*", line) for line in lines)
        rows = (line.split("  ", 1) for line in lines)
        decoded = {re.sub("%(25|0A|0D)", lambda m: chr(int(m[1], 16)), path): digest for digest, path in rows}
        assert {path: hashlib.sha256(bag[path]).hexdigest() for path in decoded} == decoded
        return set(decoded)

    assert listed("manifest-sha256.txt") == payload
    assert listed("tagmanifest-sha256.txt") == set(bag) - payload - {"tagmanifest-sha256.txt"}
    assert any("%" in name for name in payload)
    size = sum(len(bag[name]) for name in payload)
    assert f"Payload-Oxum: {size}.{len(payload)}\n".encode() in bag["bag-info.txt"]
    written = {f"data/{name}" for name in files(out) if not name.startswith(".work/")}
    assert payload == written - {"data/corpus.db", "data/corpus-metadata.json"}


def test_the_payload_of_a_bag_is_an_output_that_verify_takes(made):
    result = call("verify", made / "bagit" / "data", "--deep")
    assert result.exit_code == 0, result.stdout


# PROV


def test_prov_says_of_every_document_what_it_was_made_of(made, out):
    from prov.constants import PROV
    from prov.model import (
        ProvAgent,
        ProvAlternate,
        ProvDerivation,
        ProvDocument,
        ProvEntity,
        ProvMembership,
        ProvUsage,
    )

    document = ProvDocument.deserialize(os.fspath(made / "prov" / "prov.json"), format="json")
    rows = read_rows(out)
    gone = {row["id"]: row["of"] for row in rows.documents if row["status"] == "removed"}
    stay = {row["id"] for row in rows.documents} - set(gone)
    assert gone
    assert stay

    def pairs(kind):
        return {
            tuple(value.localpart for _, value in r.formal_attributes if value)
            for r in document.get_records(kind)
        }

    assert {p[:2] for p in pairs(ProvDerivation)} == {(doc, doc) for doc in stay}
    assert pairs(ProvAlternate) == set(gone.items())
    assert pairs(ProvUsage) == {("cleaning", doc) for doc in (*stay, *gone)}
    assert pairs(ProvMembership) == {("output", doc) for doc in stay}
    labels = {
        str(label)
        for entity in document.get_records(ProvEntity)
        for label in entity.get_attribute("prov:label")
    }
    assert {row["path"] for row in rows.documents} <= labels
    assert {row["path"] for row in rows.archived} <= labels
    named = {entity.identifier for entity in document.get_records(ProvEntity)}
    assert {value for r in document.get_records(ProvAlternate) for _, value in r.formal_attributes} <= named
    typed = [r for kind in (ProvEntity, ProvAgent) for r in document.get_records(kind)]
    kinds = {value for r in typed for value in r.get_asserted_types()}
    assert kinds == {PROV["Collection"], PROV["SoftwareAgent"]}


# XLSX


@pytest.fixture(scope="module")
def book(made):
    import openpyxl

    return openpyxl.load_workbook(made / "xlsx" / "corpus.xlsx")


def column(sheet, name):
    number = [cell.value for cell in sheet[1]].index(name)
    return [row[number] for row in sheet.iter_rows(min_row=2)]


def test_a_workbook_has_every_document_with_its_chinese(book, every):
    assert book.sheetnames == ["run", "review", "documents", "removed", "clusters", "repeats", "skipped"]
    sheet = book["documents"]
    assert [cell.value for cell in column(sheet, "id")] == [row["id"] for row in every]
    texts = [cell.value or "" for cell in column(sheet, "text")]
    whole = [(t, row["text"]) for t, row in zip(texts, every, strict=True) if not t.endswith("…")]
    assert len(whole) >= len(every) - 2
    assert [t.rstrip("\n") for t, _ in whole if "\\u" not in t] == [
        text.rstrip("\n") for t, text in whole if "\\u" not in t
    ]
    assert any("桥" in t for t in texts)


def test_no_cell_of_a_workbook_is_a_formula_and_those_like_one_stay_text(book):
    risky = 0
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in {"s", "n", "inlineStr"}, (sheet.title, cell.coordinate)
                assert cell.hyperlink is None
                if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@")):
                    risky += 1
                    assert cell.quotePrefix, (sheet.title, cell.coordinate)
    assert risky >= 4


def test_a_cell_of_a_workbook_is_cut_where_excel_would_cut_it(book):
    longest = max(column(book["documents"], "text"), key=lambda cell: len(cell.value or "")).value
    assert len(longest.encode("utf-16-le")) // 2 in {32_766, 32_767}
    assert longest.endswith("…")


def test_more_rows_than_a_sheet_holds_go_on_in_another(out, tmp_path, monkeypatch):
    import openpyxl

    from pipeline.exports import xlsx

    monkeypatch.setattr(xlsx, "_ROWS", 20)
    export(out, "xlsx", tmp_path / "new")
    book = openpyxl.load_workbook(tmp_path / "new" / "corpus.xlsx")
    sheets = [sheet for sheet in book if sheet.title.startswith("documents")]
    assert [sheet.title for sheet in sheets][:2] == ["documents", "documents 2"]
    assert {sheet["A1"].value for sheet in sheets} == {"id"}
    found = [cell.value for sheet in sheets for cell in column(sheet, "id")]
    assert found == [row["id"] for row in read_rows(out).documents]


def test_a_workbook_that_cannot_be_written_is_an_error_of_the_place(out, tmp_path, monkeypatch):
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    close = xlsxwriter.Workbook.close

    def full(self):
        close(self)
        raise FileCreateError("[Errno 28] No space left on device")

    monkeypatch.setattr(xlsxwriter.Workbook, "close", full)
    with pytest.raises(OutputError, match="No space"):
        export(out, "xlsx", tmp_path / "new" / "book")
    assert list((tmp_path / "new").iterdir()) == []


def test_a_workbook_needs_its_package_and_says_so(out, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    result = call("export", out, "--as", "xlsx", "-o", tmp_path / "new")
    assert result.exit_code == 2
    assert "clean-corpus[xlsx]" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_hostile_titles_of_the_inputs_are_in_the_output(every):
    """What the tests above rest on."""
    texts = " ".join(row["text"] for row in every)
    assert exported.FORMULA in texts
    assert any(len(row["text"]) > 32_767 for row in every)
    assert any("%" in row["path"] for row in every)
    assert any((row["title"] or "").startswith("=") for row in every)
