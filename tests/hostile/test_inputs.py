"""Hostile inputs: every one has a status, none stops the run, and every source comes back.

Each run goes through the command itself, in this process unless the process is what is tested.
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline import check, events, job
from pipeline.cli import main
from pipeline.passes import prepare
from pipeline.readers import Unit, read, walk
from pipeline.settings import load

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = "manifest-sha256.txt"
WORDS = [
    "river",
    "council",
    "water",
    "budget",
    "school",
    "bridge",
    "harbour",
    "engine",
    "clerk",
    "market",
    "garden",
    "village",
    "winter",
    "summer",
    "doctor",
    "teacher",
    "farmer",
    "machine",
    "letter",
    "window",
    "paper",
    "silver",
    "copper",
    "station",
    "railway",
    "morning",
    "evening",
]
#: What steers a terminal: controls but the line feed, C1, bidi, and bytes that are not UTF-8.
STEERS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\udc80-\udcff]")


def paragraph(seed: str) -> str:
    """Return thirty words that depend on the seed only; those of two seeds are not alike."""
    rng = random.Random(seed)
    return " ".join(f"{rng.choice(WORDS)}{rng.randrange(99)}" for _ in range(30)).capitalize() + "."


def article(seed: str) -> str:
    return "".join(paragraph(f"{seed} {n}") + "\n" for n in range(8))


def text_cases() -> dict[str, bytes]:
    a, p = article, paragraph
    return {
        "empty.txt": b"",
        "line-end.txt": b"\n",
        "line-ends.txt": b"\n" * 50,
        "crlf-only.txt": b"\r\n" * 5,
        "blanks.txt": b"   \t \n\xe3\x80\x80\n",
        "cr.txt": a("cr").replace("\n", "\r").encode(),
        "u2028.txt": a("u2028").replace("\n", "\u2028").encode(),
        "nel.txt": a("nel").replace("\n", "\x85").encode(),
        "vt.txt": a("vt").replace("\n", "\x0b").encode(),
        "form-feed.txt": (a("ff") + "\x0c" + a("ff2")).encode(),
        "separators.txt": f"{p('sep')}\x1c\x1d\x1e\x1f{p('sep2')}\n".encode(),
        "mixed-ends.txt": f"{p('m1')}\r\n{p('m2')}\r{p('m3')}\n".encode(),
        "twice-crlf.txt": (a("twice crlf") * 2).replace("\n", "\r\n").encode(),
        "twice-mixed.txt": (a("tm") + a("tm").replace("\n", "\r\n")).encode(),
        "twice-no-end.txt": (a("twice no end") * 2).rstrip("\n").encode(),
        "twice-bom.txt": (f"\ufeff{a('bom')}\ufeff{a('bom')}").encode(),
        "twice-utf16.txt": (a("utf16") * 2).encode("utf-16"),
        "thrice.txt": (a("thrice") * 3).encode(),
        "utf16-odd.txt": a("odd").encode("utf-16") + b"x",
        "utf16-be.txt": b"\xfe\xff" + a("be").encode("utf-16-be"),
        "not-utf8.txt": a("bad").encode() + b"\xff\xfe\x80\n" + p("bad2").encode() + b"\n",
        "surrogates.txt": b"\xed\xa0\x80 half \xed\xb2\x80\n" + a("half").encode(),
        "overlong.txt": b"\xc0\xaf \xf4\x90\x80\x80\n" + a("overlong").encode(),
        "latin.txt": "Die Straße über den Fluss ist für Müller gesperrt, schön ist das nicht.\n".encode(
            "cp1252"
        )
        * 2,
        "mojibake.txt": "The cafÃ© said â€œnoâ€\x9d to Ã¼ber fees\n".encode() + a("moji").encode(),
        "nul.txt": a("nul").encode() + b"\0",
        "nuls.txt": b"a\0b\0" * 300,
        "escapes.txt": f"{p('esc')}\x1b[2J\x1b]0;title\x07 \x9b31m\n".encode(),
        "bidi.txt": f"\u202e{p('bidi')}\u202c\n{chr(0x200B).join(p('zero width'))}\n".encode(),
        "tags.txt": ("".join(chr(0xE0000 + ord(c)) for c in "hidden") + p("tags") + "\n").encode(),
        "combining.txt": ("a" + "\u0315\u0300" * 3000 + f" {p('zalgo')}\n").encode(),
        "decomposed.txt": ("e\u0301\u1112\u1161\u11ab" * 100 + "\n").encode(),
        "noncharacters.txt": f"\ufffe\uffff\U0001ffff\ufdd0 {p('non')}\n".encode(),
        "punctuation.txt": "。！？…——\n***\n-----\n!!!\n".encode() * 5,
        "figures.txt": b"1234567890\n" * 20,
        "furniture.txt": "责任编辑：甲乙\n分享到：微信\nRead more\nShare this article\nAll rights reserved\n".encode(),
        "furniture-again.txt": "责任编辑：丙丁\n".encode() * 30,
        "short-lines.txt": b"ab\n" * 2000,
        "interleaved.txt": "".join(f"{p(f'i{n}')}\n" * 2 for n in range(6)).encode(),
        "one-line-twice.txt": (a("one line").replace("\n", " ") * 2).encode(),
        "long-word.txt": b"x" * 200_000,
        "entities.txt": f"&lt;b&gt; &amp;amp; &#0; &#xD800; &#x110000; {p('entities')}\n".encode(),
        "script.txt": f"<script>alert('CANARY')</script><img src=x onerror=alert(1)> {p('xss')}\n".encode(),
        "templates.txt": f"{{{{7*7}}}} {{% raw %}} ]]> --> </script> {p('template')}\n".encode(),
        "formulas.txt": f"=1+1\n@SUM(1)\n+1\n-1\n{p('formula')}\n".encode(),
        "brackets.txt": f"[/nope] [bold]x\n{p('brackets')}\n".encode(),
        "fences.md": f"# T\n```\n```` ` `` {p('md')}\n".encode(),
        "no-suffix": a("none").encode(),
    }


#: Files that are refused, each with the reason that the ledger has.
REFUSED = {
    "pdf.txt": (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj", "binary"),
    "gzip.txt": (b"\x1f\x8b\x08\0" + bytes(range(256)), "damaged"),
    "elf.txt": (b"\x7fELF" + b"\0" * 500, "binary"),
    "only-nul.txt": (b"\0" * 1000, "binary"),
    "unknown.bin": (bytes(range(256)), "unknown_type"),
    "pdf.html": (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj", "binary"),
    "deep.html": (b"<div>" * 5000 + b"x" + b"</div>" * 5000, "html_depth"),
    "empty.html": (b"", "html_empty"),
    "frames.html": (b"<frameset><frame src=x></frameset>", "html_empty"),
}


def page(seed: str, *, head: str = "", before: str = "", after: str = "") -> bytes:
    body = "".join(f"<p>{paragraph(f'{seed} {n}')}</p>" for n in range(6))
    return f"<!doctype html><html><head>{head}</head><body>{before}{body}{after}</body></html>".encode()


def page_cases() -> dict[str, bytes]:
    return {
        "plain.html": page("plain"),
        "nested-300.html": page("300", before="<div>" * 300, after="</div>" * 300),
        "nested-900.html": page("900", before="<span>" * 900),
        "attributes.html": page("attributes", before=f"<p {' '.join(f'a{n}=1' for n in range(3000))}>x</p>"),
        "script.html": page("script", before="<script>alert('CANARY')</script><img src=x onerror=alert(1)>"),
        "title.html": page(
            "title", head="<title>&lt;script&gt;alert('CANARY')&lt;/script&gt;\x1b[2J</title>"
        ),
        "charset.html": page("charset", head='<meta charset="none\x1b[2J">'),
        "entity.html": b'<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
        + page("e", before="&x;"),
        "span.html": page("span", before="<table><tr><td colspan=1000000000 rowspan=999999999>x</table>"),
        "address.html": page("address", head='<link rel=canonical href="http://[::1">'),
        "dates.html": page("dates", head=f'<meta property="article:published_time" content="{"9" * 5000}">'),
        "data.html": page("data", head=f'<script type="application/ld+json">{"[" * 3000}</script>'),
        "controls.html": page("controls", before="&#1;&#x1b;[2J&#xD800;&#0;\x01"),
        "twice.html": page("twice").replace(b"</body>", page("twice").split(b"<body>")[1]),
    }


#: Lines of a JSON Lines file: (line, the reason it is refused with, or "").
LINES = [
    (b'{"text":"a whole record"}', ""),
    (b'{"text":"a","text":"b"}', "json"),
    (b'{"text":"x","n":NaN}', "json"),
    (b'{"text":"x","n":1e999}', "json"),
    (b'{"text":"x","n":' + b"9" * 5000 + b"}", "json"),
    (b'{"text":"\\ud800 lone"}', "json"),
    (b'{"text":"x","k\\udfff":1}', "json"),
    (b'{"text":"a pair \\ud83d\\ude00 is fine"}', ""),
    (b"[1]", "json"),
    (b"5", "json"),
    (b"{", "json"),
    (b'{"text":"x"} more', "json"),
    (b'{"text":"\xff"}', "json"),
    (b'{"text":null}', "json_text"),
    (b'{"other":"x"}', "json_text"),
    (b'{"text":"x","d":' + b"[" * 9999 + b"]" * 9999 + b"}", "json"),
    (b'{"text":"x","o":{"a":1,"a":2}}', "json"),
    (b'{"text":"a tab\there"}', "json"),
    (b'{"text":"nul \\u0000 in it","a":"\\u0000"}', ""),
    (
        b'{"text":"ends \xe2\x80\xa8 and \xc2\x85 inside","x":1.10,"y":1E5,"z":-0,"n":12345678901234567890123}',
        "",
    ),
    (b'{"text":""}', ""),
    (b'{"text":"\\r cr \\r\\n crlf","title":"<script>alert(\'CANARY\')</script>","source":"\\u202eabc"}', ""),
    (b'{"\\u0074ext":"an escaped key","author":"\\u001b[2J","date":"2020-99-99"}', ""),
    (b'{"title":1,"date":20200101,"text":"other types","a":{"b":[1,{"c":null}]}}', ""),
]

NAMES = [
    b"new\nline.txt",
    b"esc\x1b]0;title\x07\x1b[2J.txt",
    b"c1\xc2\x9b31m.txt",
    b"-rf.txt",
    b"--help.txt",
    b" lead.txt",
    b"trail .txt",
    b"tab\t.txt",
    b"cr\r.txt",
    b"back\\slash.txt",
    b"quo'te\".txt",
    b"<img src=x onerror=alert(1)>.txt",
    b"[bold]x.txt",
    b"%41.txt",
    b"%0A.txt",
    b"%FF.txt",
    b"x~0123456789ab.txt",
    b"\xe2\x80\xaebidi.txt",
    b"\xe2\x80\xa8ls.txt",
    "Ä.txt".encode(),
    "A\u0308.txt".encode(),
    b"case.txt",
    b"CASE.TXT",
    b"CON.txt",
    b"a*?:b.txt",
    b"x",
    b"x.note.md",
    b"a.txt",
    b"a.txt.note.md",
    b"$(id);`id`.txt",
    b"manifest-sha256.txt",
]
BYTE_NAMES = [b"\xff.txt", b"half\xed\xa0\x80.txt", b"cut\xc3.txt"]
LONG_NAMES = [b"n" * 251 + b".txt", "漢".encode() * 83 + b".txt"]


def command(*words: object) -> int:
    code = main([os.fspath(w) if isinstance(w, Path) else str(w) for w in words], standalone_mode=False)
    assert isinstance(code, int)
    return code


def clean(*inputs: Path, out: Path, more: tuple[str, ...] = ()) -> int:
    return command("run", *inputs, "-o", out, "--jobs", "1", "--quiet", *more)


def rows(out: Path, table: str) -> list[dict]:
    lines = (out / "ledger" / f"{table}.jsonl").read_bytes().split(b"\n")
    return [json.loads(line) for line in lines if line]


def files(folder: Path) -> dict[bytes, bytes]:
    top = os.fsencode(folder)
    found = {}
    for here, folders, names in os.walk(top):
        folders[:] = [n for n in folders if n != b".work"]
        for name in names:
            path = os.path.join(here, name)
            found[os.path.relpath(path, top)] = Path(os.fsdecode(path)).read_bytes()
    return found


def manifest(out: Path) -> bytes:
    return (out / MANIFEST).read_bytes()


def assert_fits(out: Path) -> None:
    assert check.verify(out, deep=True).findings == ()


def process(*words: object, env: dict[str, str] | None = None, **more) -> subprocess.CompletedProcess[bytes]:
    arguments = [os.fspath(w) if isinstance(w, Path) else w for w in words]
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        timeout=120,
        check=False,
        **({"capture_output": True} | more),
    )


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Return an input with every case in it, and the output of a run over it, with its exit code."""
    folder = tmp_path_factory.mktemp("hostile")
    source, out = folder / "in", folder / "out"
    for top, cases in (
        ("t", text_cases()),
        ("h", page_cases()),
        ("q", {n: c[0] for n, c in REFUSED.items()}),
    ):
        (source / top).mkdir(parents=True)
        for name, data in cases.items():
            (source / top / name).write_bytes(data)
    (source / "j").mkdir()
    (source / "j" / "lines.jsonl").write_bytes(
        b"\xef\xbb\xbf" + b"\n".join(line for line, _ in LINES) + b"\n"
    )
    return source, out, clean(source, out=out)


def test_a_run_over_every_hostile_text_ends_with_some_inputs_quarantined(corpus):
    _, out, code = corpus
    assert code == 3
    assert_fits(out)


def test_each_refused_file_is_quarantined_with_its_reason_and_no_other_is(corpus):
    _, out, _ = corpus
    found = {r["path"]: r["reason"] for r in rows(out, "skipped") if not r["path"].startswith("j/")}
    assert found == {f"q/{name}": reason for name, (_, reason) in REFUSED.items()}


def test_each_bad_line_is_quarantined_with_its_reason_and_each_good_one_is_read(corpus):
    _, out, _ = corpus
    reasons = [r["reason"] for r in rows(out, "skipped") if r["path"] == "j/lines.jsonl"]
    assert sorted(reasons) == sorted(reason for _, reason in LINES if reason)
    read = [d for d in rows(out, "documents") if d["path"] == "j/lines.jsonl"]
    assert len(read) == sum(1 for _, reason in LINES if not reason)


@pytest.fixture(scope="module")
def restored(corpus, tmp_path_factory):
    _, out, _ = corpus
    target = tmp_path_factory.mktemp("restored") / "back"
    assert command("restore", out, "-o", target) == 0
    return target


@pytest.mark.parametrize("name", sorted(text_cases()))
def test_a_text_comes_back_byte_for_byte(corpus, restored, name):
    assert (restored / "t" / name).read_bytes() == text_cases()[name]


def test_the_extracted_text_of_a_page_comes_back(corpus, restored):
    _, out, _ = corpus
    pages = {d["path"]: d["l1"]["chars"] for d in rows(out, "documents") if d["media"] == "html"}
    assert set(pages) == {f"h/{name}" for name in page_cases()}
    for path, chars in pages.items():
        text = (restored / f"{path}.txt").read_bytes().decode()
        assert len(text) == chars
        assert paragraph(f"{'300' if '300' in path else 'plain'} 5") in text or "300" not in path


def test_every_field_of_a_record_comes_back_once_and_as_it_was_written(corpus, restored):
    def read(line: bytes) -> list:
        return json.loads(
            line, parse_float=str, object_pairs_hook=lambda pairs: sorted(pairs, key=lambda p: p[0])
        )

    found = (restored / "j" / "lines.jsonl").read_bytes().split(b"\n")[:-1]
    assert [read(line) for line in found] == [read(line) for line, reason in LINES if not reason]


def test_a_removed_record_comes_back_without_a_key_that_stands_twice(tmp_path):
    text = paragraph("record")
    lines = [json.dumps({"id": n, "text": text, "more": [n]}).encode() for n in range(3)]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "r.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    assert clean(tmp_path / "in", out=tmp_path / "out") == 0
    assert sum(d["status"] == "removed" for d in rows(tmp_path / "out", "documents")) == 2
    assert command("restore", tmp_path / "out", "-o", tmp_path / "back") == 0
    found = (tmp_path / "back" / "r.jsonl").read_bytes().splitlines()
    pairs = [sorted(json.loads(line, object_pairs_hook=list), key=lambda pair: pair[0]) for line in found]
    assert pairs == [sorted(json.loads(line).items()) for line in lines] or pairs == [
        [list(p) for p in sorted(json.loads(line).items())] for line in lines
    ]


@pytest.mark.parametrize(
    "address", ["http://[bad", "http://[::1", "http://host:99999999/", "//", "\0", "http://\u2100/"]
)
def test_a_record_with_an_address_that_is_none_is_read(tmp_path, address):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "r.jsonl").write_text(json.dumps({"text": "A line.", "url": address}))
    assert clean(tmp_path / "in", out=tmp_path / "out") == 0
    assert_fits(tmp_path / "out")


def test_cleaning_the_clean_copies_changes_nothing(corpus, tmp_path):
    _, out, _ = corpus
    assert clean(out / "clean", out=tmp_path / "again") == 0
    assert files(tmp_path / "again" / "clean") == files(out / "clean")
    assert rows(tmp_path / "again", "spans") == []


def test_a_page_whose_title_is_not_in_its_text_is_treated_alike_when_its_clean_copy_is_cleaned(tmp_path):
    lead = "市政府周三宣布，将在明年投入四十亿元改造老旧小区的供水管网，工程预计覆盖六个区的一百二十个社区，居民代表在听证会上提出了水质与工期两方面的疑问。"
    source = tmp_path / "in"
    source.mkdir()
    title = "<html><head><meta charset=utf-8><title>题</title></head><body>"
    (source / "page.html").write_text(f"{title}<p>{lead * 3}</p></body></html>", encoding="utf-8")
    (source / "longer.txt").write_text(
        f"{lead}\n" * 4
        + "The council approved the new water treaty on Tuesday after nine hours of debate.\n",
        encoding="utf-8",
    )
    assert clean(source, out=tmp_path / "out") == 0
    assert clean(tmp_path / "out" / "clean", out=tmp_path / "again") == 0
    assert files(tmp_path / "again" / "clean") == files(tmp_path / "out" / "clean")


def test_no_text_or_title_becomes_markup_in_the_page(corpus):
    _, out, _ = corpus
    shown = (out / "report" / "index.html").read_bytes().decode()
    assert "CANARY" in shown
    for raw in ("<script>alert", "<img src=x", "onerror=alert(1)>", "\x1b", "\u202e"):
        assert raw not in shown


def test_no_table_of_the_report_steers_a_terminal_or_a_spreadsheet(corpus):
    _, out, _ = corpus
    for path in sorted((out / "report").glob("*.csv")):
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        assert not STEERS.search(text), path.name
        assert not re.search(r'(?:^|,)"?[=@]', text, re.MULTILINE), path.name


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    """Return an input of hostile names and of entries that are no files, and the output of a run over it."""
    folder = tmp_path_factory.mktemp("names")
    source, out = folder / "in", folder / "out"
    source.mkdir()
    for number, name in enumerate([*NAMES, *LONG_NAMES]):
        Path(os.fsdecode(os.path.join(os.fsencode(source), name))).write_text(
            paragraph(f"name {number}") + "\n"
        )
    special = source / "special"
    special.mkdir()
    (special / "out.txt").symlink_to("/etc/passwd")
    (special / "loop").symlink_to(".")
    (special / "dangling.txt").symlink_to("nowhere")
    (special / "root").symlink_to("/")
    os.mkfifo(special / "fifo.txt")
    before = Path.cwd()
    os.chdir(special)  # the address of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind("socket.txt")
    finally:
        os.chdir(before)
    (special / "folder.txt").mkdir()
    (special / "folder.html").mkdir()
    (special / "folder.txt" / "in.txt").write_text(paragraph("in a folder") + "\n")
    handle = os.open(special, os.O_RDONLY)
    for _ in range(200):  # 5,000 bytes of path: more than one call takes
        os.mkdir("a-folder-of-twenty-five-b", dir_fd=handle)
        below = os.open("a-folder-of-twenty-five-b", os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = below
    last = os.open("deep.txt", os.O_WRONLY | os.O_CREAT, dir_fd=handle)
    os.write(last, paragraph("deep").encode() + b"\n")
    os.close(last)
    os.close(handle)
    return source, out, clean(source, out=out)


def test_links_and_special_files_are_skipped_and_everything_else_is_read(named):
    _, out, code = named
    assert code == 0
    assert_fits(out)
    assert len(rows(out, "documents")) == len(NAMES) + len(LONG_NAMES) + 2
    skipped = {r["path"].removeprefix("special/"): r["reason"] for r in rows(out, "skipped")}
    assert skipped == {
        **dict.fromkeys(("out.txt", "loop", "dangling.txt", "root"), "symlink"),
        **dict.fromkeys(("fifo.txt", "socket.txt"), "special"),
    }


def test_files_come_back_under_their_own_names(named, tmp_path):
    _source, out, _ = named
    assert command("restore", out, "-o", tmp_path / "back") == 0
    for number, name in enumerate(NAMES):
        path = os.path.join(os.fsencode(tmp_path / "back"), name)
        assert Path(os.fsdecode(path)).read_text() == paragraph(f"name {number}") + "\n"
    found = sorted(data for data in files(tmp_path / "back").values())
    assert len(found) == len(NAMES) + len(LONG_NAMES) + 2
    assert (paragraph("deep") + "\n").encode() in found


def test_nothing_that_is_printed_steers_a_terminal(named, corpus, capfd):
    for out in (named[1], corpus[1]):
        command("inspect", out)
        command("verify", out)
        for row in rows(out, "documents"):
            command("explain", out, row["id"])
    shown = capfd.readouterr()
    assert not STEERS.search(shown.out)
    assert not STEERS.search(shown.err)


@pytest.mark.parametrize("name", BYTE_NAMES, ids=["byte", "half", "cut"])
def test_a_file_whose_name_is_not_utf8_is_read_and_comes_back(tmp_path, name):
    (tmp_path / "in").mkdir()
    Path(os.fsdecode(os.path.join(os.fsencode(tmp_path / "in"), name))).write_text("A line.\n")
    assert clean(tmp_path / "in", out=tmp_path / "out") == 0
    assert_fits(tmp_path / "out")
    assert command("restore", tmp_path / "out", "-o", tmp_path / "back") == 0
    assert files(tmp_path / "back") == {name: b"A line.\n"}


def test_an_input_folder_whose_name_is_not_utf8_is_read(tmp_path):
    source = Path(os.fsdecode(os.fsencode(tmp_path) + b"/in\xff"))
    source.mkdir()
    (source / "a.txt").write_text("A line.\n")
    (tmp_path / "b.txt").write_text("Another.\n")
    assert clean(source, tmp_path / "b.txt", out=tmp_path / "out") == 0
    assert_fits(tmp_path / "out")


def bad_commands(folder: Path) -> dict[str, tuple[int, list[object]]]:
    """Return name → exit code and words, for commands that cannot be carried out."""
    source, out = folder / "in", folder / "out"
    return {
        "missing": (2, [folder / "none"]),
        "empty folder": (2, [folder / "empty"]),
        "output in the input": (2, [source, "-o", source / "out"]),
        "output in the input by a link": (2, [source, "-o", folder / "link" / "out"]),
        "output is the input": (2, [source, "-o", source]),
        "input in the output": (2, [folder / "done" / "clean", "-o", folder / "done"]),
        "a file as the output": (2, [source, "-o", folder / "in" / "a.txt"]),
        "somebody else's folder": (2, [source, "-o", folder]),
        "a device": (2, ["/dev/null"]),
        "a link to itself": (2, [folder / "self"]),
        "a name too long": (2, [folder / ("x" * 300)]),
        "a path too long": (2, ["/" + "x/" * 3000]),
        "an output name too long": (6, [source, "-o", folder / ("x" * 300)]),
        "an unknown key": (2, [source, "--set", "run.jbos=2"]),
        "an unknown section": (2, [source, "--set", "rnu.jobs=2"]),
        "a value out of range": (2, [source, "--set", "run.unit_bytes=-2"]),
        "a value of another type": (2, [source, "--set", "run.unit_bytes=many"]),
        "no encoding": (2, [source, "--encoding", "*=none"]),
        "no settings file": (2, [source, "-c", folder / "none.toml"]),
        "settings in a folder": (2, [source, "-c", folder]),
        "settings cut short": (2, [source, "-c", folder / "cut.toml"]),
        "settings not UTF-8": (2, [source, "-c", folder / "bytes.toml"]),
        "settings that steer": (2, [source, "-c", folder / "esc.toml"]),
        "settings nested too deep": (2, [source, "-c", folder / "deep.toml"]),
        "no option of that name": (2, [source, "--nope"]),
        "fine": (0, [source, "-o", out]),
    }


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("place")
    (folder / "in").mkdir()
    (folder / "empty").mkdir()
    (folder / "in" / "a.txt").write_text(paragraph("place") + "\n")
    (folder / "link").symlink_to(folder / "in")
    (folder / "self").symlink_to("self")
    (folder / "cut.toml").write_bytes(b"[run\n")
    (folder / "bytes.toml").write_bytes(b"\xff\xfe")
    (folder / "esc.toml").write_bytes(b'[run]\n"x\\u001b]0;title"=1\n')
    (folder / "deep.toml").write_bytes(b"a=" + b"[" * 5000 + b"]" * 5000)
    assert clean(folder / "in", out=folder / "done") == 0
    return folder


@pytest.mark.parametrize("name", sorted(bad_commands(Path())))
def test_a_command_that_cannot_be_carried_out_says_so_and_writes_nothing(place, tmp_path, capfd, name):
    code, words = bad_commands(place)[name]
    target = [] if "-o" in words else ["-o", tmp_path / "unwritten"]
    assert command("run", "--jobs", "1", *words, *target) == code
    shown = capfd.readouterr()
    assert "Traceback" not in shown.err
    assert code == 0 or shown.err.splitlines()[-1].startswith("error: ")
    assert not STEERS.search(shown.out + shown.err)
    assert not (tmp_path / "unwritten").exists()
    assert sorted(os.listdir(place / "in")) == ["a.txt"]


@pytest.mark.parametrize("names", [b"", b"a\0b\n", b"/none/\xff\x1b[2J\n"], ids=["none", "nul", "no file"])
def test_a_bad_list_of_paths_is_a_usage_error(tmp_path, names):
    done = process("run", "-", "-o", tmp_path / "out", input=names)
    assert (done.returncode, done.stderr.startswith(b"error: ")) == (2, True)
    assert not STEERS.search(done.stderr.decode())


@pytest.mark.parametrize("change", ["gone", "grown", "shrunk", "a folder", "a link", "a fifo"])
def test_a_file_that_changes_after_it_was_found_is_quarantined_and_the_others_are_read(
    tmp_path, monkeypatch, change
):
    source = tmp_path / "in"
    source.mkdir()
    for name in ("a.txt", "b.txt", "c.txt"):
        (source / name).write_text(article(name))
    found = walk.walk

    def changed(*arguments):
        plan = found(*arguments)
        path = source / "b.txt"
        match change:
            case "grown":
                path.write_text(article("b.txt") + "more")
            case "shrunk":
                path.write_text("less")
            case _:
                path.unlink()
        match change:
            case "a folder":
                path.mkdir()
            case "a link":
                path.symlink_to("/etc/passwd")
            case "a fifo":
                os.mkfifo(path)
        return plan

    monkeypatch.setattr(job, "walk", changed)
    result = job.run([source], tmp_path / "out", load(None, {"run.jobs": 1}), printer=events.Silent())
    assert result.quarantined == 1
    assert [(r["path"], r["reason"]) for r in rows(tmp_path / "out", "skipped")] in (
        [("b.txt", "changed")],
        [("b.txt", "unreadable")],
    )
    assert [d["path"] for d in rows(tmp_path / "out", "documents")] == ["a.txt", "c.txt"]
    assert_fits(tmp_path / "out")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Return two inputs, and the manifest of a plain run over them."""
    folder = tmp_path_factory.mktemp("small")
    for top in ("one", "two"):
        (folder / top).mkdir()
    (folder / "one" / "twice.txt").write_text(article("s") * 2)
    (folder / "one" / "plain.txt").write_text(article("s"))
    (folder / "one" / "bad.txt").write_bytes(b"bad \xff\xfe bytes\n" * 3)
    (folder / "two" / "page.html").write_bytes(page("small"))
    lines = [json.dumps({"text": article(f"r{n % 3}")}) for n in range(6)]
    (folder / "two" / "r.jsonl").write_text("\n".join(lines))
    assert clean(folder / "one", folder / "two", out=folder / "out") == 0
    return folder, manifest(folder / "out")


@pytest.mark.parametrize(
    ("swap", "jobs", "env", "umask"),
    [
        (True, "1", {}, 0o022),
        (False, "2", {"PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Tokyo"}, 0o077),
    ],
    ids=["inputs the other way round", "processes, seed, locale, clock, umask"],
)
def test_the_manifest_is_the_same_whatever_does_not_count(small, tmp_path, swap, jobs, env, umask):
    folder, expected = small
    inputs = [folder / "two", folder / "one"] if swap else [folder / "one", folder / "two"]
    done = process("run", *inputs, "-o", tmp_path / "out", "--jobs", jobs, env=env, cwd="/", umask=umask)
    assert done.returncode == 0, done.stderr
    assert manifest(tmp_path / "out") == expected


def test_every_flipped_bit_is_found(small, tmp_path):
    folder, _ = small
    out = tmp_path / "out"
    shutil.copytree(folder / "out", out)
    rng = random.Random(20)
    names = sorted(os.fsdecode(name) for name in files(out))
    for name in [*names, *[MANIFEST] * 60, *rng.choices(names, k=60)]:
        data = (out / name).read_bytes()
        if not data:
            continue
        at = rng.randrange(len(data))
        changed = bytearray(data)
        changed[at] ^= 1 << rng.randrange(8)
        (out / name).write_bytes(changed)
        assert check.verify(out).findings, (name, at)
        (out / name).write_bytes(data)
    assert_fits(out)


def test_every_missing_cut_or_added_file_is_found(small, tmp_path):
    folder, _ = small
    out = tmp_path / "out"
    shutil.copytree(folder / "out", out)
    for name, data in sorted(files(out).items()):
        path = out / os.fsdecode(name)
        path.unlink()
        assert command("verify", out) == 4, name
        path.write_bytes(data[:-1])
        assert not data or check.verify(out).findings, name
        path.write_bytes(data)
    for name in ("clean/more.txt", "more", "ledger/more.jsonl", ".hidden", "clean/.work", "report/corpus.db"):
        (out / name).write_text("x")
        assert command("verify", out) == 4, name
        (out / name).unlink()
    (out / "clean" / "link").symlink_to("/etc")
    assert command("verify", out) == 4


def test_a_second_run_at_the_same_time_is_turned_away(small, tmp_path, capfd):
    folder, _ = small
    out = tmp_path / "out"
    shutil.copytree(folder / "out", out)
    with (out / ".work" / "lock").open("r+") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert clean(folder / "one", out=out) == 5
    assert "in use by" in capfd.readouterr().err
    assert_fits(out)


def test_an_unfinished_run_with_other_settings_is_not_taken_up(small, tmp_path, monkeypatch):
    folder, _ = small
    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(job, "match", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert clean(folder / "one", out=out) == 130
    assert clean(folder / "one", out=out, more=("--policy", "cautious")) == 7
    assert clean(folder / "one", out=out, more=("--policy", "cautious", "--restart")) == 0
    assert_fits(out)


@pytest.mark.parametrize("damage", ["cut", "empty", "noise", "gone"])
def test_a_damaged_cache_costs_time_only(small, tmp_path, damage):
    folder, expected = small
    out = tmp_path / "out"
    shutil.copytree(folder / "out", out)
    for path in sorted((out / ".work" / "cache").rglob("*")):
        if path.is_file() and damage == "gone":
            if path.parent.name == "blobs":
                path.unlink()
        elif path.is_file():
            data = path.read_bytes()
            new = {
                "cut": data[: len(data) // 2],
                "empty": b"",
                "noise": random.Random(1).randbytes(len(data)),
            }
            path.write_bytes(new[damage])
    assert clean(folder / "one", folder / "two", out=out) == 0
    assert manifest(out) == expected
    assert_fits(out)


@pytest.mark.parametrize(
    ("name", "data"), [("state.json", b"{"), ("state.json", b"[]"), ("lock", b"\x1b[2J")]
)
def test_a_damaged_work_file_costs_nothing(small, tmp_path, name, data):
    folder, expected = small
    shutil.copytree(folder / "out", tmp_path / "out")
    (tmp_path / "out" / ".work" / name).write_bytes(data)
    assert clean(folder / "one", folder / "two", out=tmp_path / "out") == 0
    assert manifest(tmp_path / "out") == expected


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_standard_output_is_no_bug_of_ours(small):
    folder, _ = small
    with Path("/dev/full").open("wb") as full:
        done = process("inspect", folder / "out", stdout=full, stderr=subprocess.PIPE, capture_output=False)
    assert done.returncode == 6
    assert b"bug" not in done.stderr


def test_a_closed_pipe_ends_quietly(small):
    folder, _ = small
    reader, writer = os.pipe()
    os.close(reader)
    done = process("inspect", folder / "out", stdout=writer, stderr=subprocess.PIPE, capture_output=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full", ">&-"])
def test_a_run_whose_messages_nobody_can_read_still_cleans(small, tmp_path, closed):
    folder, _ = small
    script = f'"$1" -m pipeline run "$2" -o "$3" --jobs 1 {closed}'
    arguments = [sys.executable, os.fspath(folder / "one"), os.fspath(tmp_path / "out")]
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert b"bug" not in done.stderr
    assert (tmp_path / "out" / MANIFEST).is_file()


def test_a_thousand_equal_small_files_are_one_document_and_999_copies(tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    for n in range(1000):
        (source / f"{n:04}.txt").write_text(paragraph("equal") + "\n")
    assert clean(source, out=tmp_path / "out") == 0
    assert sum(d["status"] == "kept" for d in rows(tmp_path / "out", "documents")) == 1
    assert check.verify(tmp_path / "out").findings == ()


REPEATED = {
    "a line": paragraph("line") + "\n",
    "an article": article("again"),
    "a short line": "短句。\n",
    "two short lines": "ab\ncd\n",
}


@pytest.mark.parametrize("text", REPEATED.values(), ids=REPEATED)
def test_a_text_that_stands_in_a_file_forty_times_comes_back(tmp_path, text):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(text * 40)
    assert clean(tmp_path / "in", out=tmp_path / "out") == 0
    assert_fits(tmp_path / "out")
    assert command("restore", tmp_path / "out", "-o", tmp_path / "back") == 0
    assert files(tmp_path / "back") == files(tmp_path / "in")


@pytest.mark.parametrize("text", REPEATED.values(), ids=REPEATED)
def test_four_times_the_copies_take_less_than_seven_times_the_time(text):
    def seconds(count: int) -> float:
        data = (text * count).encode()
        record = next(
            iter(read(Unit("", b"a", "a", "a", "txt", 0, len(data), len(data)), data, settings.read))
        )
        begin = time.process_time()
        prepare(record, settings, encoding=None)
        return time.process_time() - begin

    settings = load()
    seconds(2)
    assert seconds(120) < 7 * seconds(30) + 0.2
