"""What decoding repaired is in the ledger and the note, at its byte; what a person names goes before headers and pages."""

from __future__ import annotations

import pytest

from pipeline import events
from pipeline.check import verify
from pipeline.job import run
from pipeline.ledger import Output
from pipeline.restore import restore
from pipeline.settings import load

ZH = "市政府昨天召开新闻发布会，介绍了今年上半年的经济运行情况。记者在现场看到，新建的轻轨车站已经完工。\n"
JA = "市は昨日、記者会見を開き、今年上半期の観光客数を発表した。駅前の商店街にも人が戻りつつあるという。\n"
GBK_LINE = "责任编辑：张三\n".encode("gbk")
PAIR = bytes.fromhex("eda0bdedb880")
#: file → its bytes
FILES = {
    "lost.txt": ZH.encode()[:31] + ZH.encode()[32:] + ZH.encode(),
    "cut.txt": ZH.encode()[:-3],
    "line.txt": ZH.encode() + GBK_LINE + ZH.encode(),
    "pair.md": ZH.encode() + "表情".encode() + PAIR + b"\n",
    "euro.txt": "门票价格".encode("gbk") + b"\x80" + "五元，记者在现场看到。".encode("gbk"),
    "nul.txt": (ZH + "\0" + ZH).encode("gbk"),
    "mark.txt": b"\xef\xbb\xbf" + ZH.encode()[:31] + ZH.encode()[32:],
    "clean.txt": JA.encode(),
    "old.txt": JA.encode("cp932"),
    "page.html": b"<html><meta charset=gbk><title>x</title><body><article>"
    + b"".join(b"<p>" + ZH.strip().encode("gbk") + b"</p>" for _ in range(3))
    + "<p>门票价格".encode("gbk")
    + b"\x80"
    + "五元，记者在现场看到。</p></article>".encode("gbk"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("repairs")
    (root / "in").mkdir()
    for name, data in FILES.items():
        (root / "in" / name).write_bytes(data)
    run([root / "in"], root / "out", load(None, {"run.jobs": 1}), printer=events.Silent())
    return root


def rows_of(made):
    output = Output(made / "out")
    rows = output.rows()
    names = {row["id"]: row["path"] for row in rows.documents}
    found: dict[str, list[dict[str, object]]] = {name: [] for name in names.values()}
    for row in rows.repairs:
        found[names[row["doc"]]].append(row)
    return output, rows, found


def test_every_lost_sequence_of_the_decoded_text_has_a_row_at_its_byte(made):
    output, rows, found = rows_of(made)
    for row in rows.documents:
        if row["media"] == "html":
            continue
        source = FILES[row["path"]][len(bytes.fromhex(row["l0"]["bom"])) :]
        text = output.text(row["id"], "L1")
        assert text.count("\ufffd") == sum(r["text"].count("\ufffd") for r in found[row["path"]])
        for repair in found[row["path"]]:
            raw = bytes.fromhex(repair["bytes"])
            assert source[repair["start"] : repair["start"] + len(raw)] == raw
            before = source[: repair["start"]].decode(row["l0"]["encoding"], "replace")
            assert text.startswith(repair["text"], len(before)) or row["path"] == "line.txt"


def test_each_kind_of_repair_is_named(made):
    _, _, found = rows_of(made)
    kinds = {name: [row["rule"] for row in rows] for name, rows in found.items()}
    assert kinds == {
        "lost.txt": ["utf8-invalid"],
        "cut.txt": ["truncated"],
        "line.txt": ["gbk-line"],
        "pair.md": ["cesu8"],
        "euro.txt": ["gbk-euro"],
        "nul.txt": [],  # a NUL is text; normalisation drops it, and says so
        "mark.txt": ["utf8-invalid"],
        "clean.txt": [],
        "old.txt": [],
        "page.html": ["gbk-euro"],
    }


def test_the_note_says_what_was_repaired(made):
    note = (made / "out" / "notes" / "line.txt.note.md").read_text(encoding="utf-8")
    assert "Decoding repaired: gbk-line 1." in note
    assert f"byte {len(ZH.encode()):,} (gbk-line): `{GBK_LINE[:-1].hex()}` → `责任编辑：张三`" in note
    assert "Decoding repaired" not in (made / "out" / "notes" / "clean.txt.note.md").read_text(
        encoding="utf-8"
    )


def test_the_output_verifies_and_gives_the_bytes_back(made):
    assert verify(made / "out", deep=True).findings == ()
    restore(made / "out", made / "back", ids=(), paths=(), source=None)
    for name, data in FILES.items():
        if not name.endswith(".html"):
            assert (made / "back" / name).read_bytes() == data


def test_a_nul_is_dropped_by_a_counted_edit(made):
    output, rows, _ = rows_of(made)
    row = next(row for row in rows.documents if row["path"] == "nul.txt")
    assert "\0" in output.text(row["id"], "L1")
    assert "\0" not in output.text(row["id"], "L2")
    assert any(edit["old"] == "\0" for edit in output.edits(row["id"]))


@pytest.mark.parametrize(
    ("name", "encoding", "used", "said"),
    [
        ("old.txt", "shift_jis", "cp932", ""),
        ("page.html", "cp949", "gb18030", "not as given ('cp949')"),
        ("old.txt", "utf-8", "cp932", "not as given ('utf-8')"),
        ("euro.txt", "gb2312", "gb18030", ""),
    ],
)
def test_an_encoding_that_is_named_is_used_or_the_evidence_says_that_it_does_not_read(
    tmp_path, name, encoding, used, said
):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(FILES[name])
    settings = load(None, {"run.jobs": 1, "read.encodings": {f"*{name}": encoding}})
    run([tmp_path / "in"], tmp_path / "out", settings, printer=events.Silent())
    facts = Output(tmp_path / "out").rows().documents[0]["l0"]
    assert facts["encoding"] == used
    assert (facts["how"] == "given") == (not said)
    assert said in facts["evidence"]
