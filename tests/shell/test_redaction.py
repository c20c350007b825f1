"""Secrets in addresses: left out of every file of an output where that is asked for, and of nothing else."""

from __future__ import annotations

import io
import json
import shutil
import zipfile

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from pipeline import events, job
from pipeline.check import verify
from pipeline.cli import main
from pipeline.errors import UsageError
from pipeline.ledger import read_rows
from pipeline.reading import ReadSettings
from pipeline.redaction import in_name, in_text, is_secret
from pipeline.settings import load

KEYS = ReadSettings().secret_keys
SECRET = "Zq7secret"
ARTICLE = "A bridge in the harbour town opens tomorrow.\nThe mayor said that 300 people will come.\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://a.example/x?id=7&token=abc#top", "https://a.example/x?id=7&token=REDACTED#top"),
        ("https://a.example/x?access_token=abc&n=1", "https://a.example/x?access_token=REDACTED&n=1"),
        ("https://a.example/x?X-Amz-Signature=ab%20c", "https://a.example/x?X-Amz-Signature=REDACTED"),
        ("https://a.example/x#authToken=abc", "https://a.example/x#authToken=REDACTED"),
        ("https://a.example/x;jsessionid=abc?id=7", "https://a.example/x;jsessionid=REDACTED"),
        ("ftp://li:pass@a.example/x", "ftp://REDACTED@a.example/x"),
        (r'{"u": "https:\/\/li:p@a.example\/?sig=ab\u0026id=1"}', None),
        ("see <https://a.example/?key=a> and https://b.example/?sid=b.", None),
        ("https://a.example/?author=li&keyword=tea&monkey=1&side=2", "https://a.example/?author=li&keyword=tea&monkey=1&side=2"),
        ("token=abc, mail li@a.example", "token=abc, mail li@a.example"),
        ("ftp://li:pa@ss@a.example/x", "ftp://REDACTED@a.example/x"),
        ("https://a.example/?q=o'clock&token=abc", "https://a.example/?q=o'clock&token=REDACTED"),
        ("('https://a.example/?token=abc', 7)", "('https://a.example/?token=REDACTED', 7)"),
        (r'{"u": "https:\/\/a.example\/?sig=ab\/cd\u002b\n7"}', r'{"u": "https:\/\/a.example\/?sig=REDACTED\n7"}'),
        (r'{"u": "https://a.example/?id\u003d7\u0026key\u003dabc\u0022"}', r'{"u": "https://a.example/?id\u003d7\u0026key\u003dREDACTED\u0022"}'),
        ("https://a.example/?token=REDACTED", "https://a.example/?token=REDACTED"),
    ],
)  # fmt: skip
def test_an_address_without_its_secrets(text, expected):
    found = in_text(text, KEYS)
    if expected is not None:
        assert found == expected
    else:
        assert "REDACTED" in found
        assert not {"li:p@", "sig=ab", "key=a>", "sid=b"} & {
            part for part in ("li:p@", "sig=ab", "key=a>", "sid=b") if part in found
        }
    assert in_text(found, KEYS) == found


def test_names_of_files_stay_apart():
    one, two = (in_name(b"page?id=7&token=%s.html" % value, KEYS) for value in (b"abc", b"abd"))
    assert one.startswith(b"page?id=7&token=REDACTED-")
    assert one != two
    assert in_name(one, KEYS) == one
    assert in_name(b"plain.html", KEYS) == b"plain.html"


@pytest.mark.parametrize(("key", "secret"), [("TOKEN", True), ("refreshToken", True), ("api-key", True), ("keys", False)])  # fmt: skip
def test_a_key_is_known_by_its_words(key, secret):
    assert is_secret(key, KEYS) is secret


@pytest.fixture
def source(tmp_path):
    """Return a folder in which a secret stands in a page, a record, a member's name and a file's name."""
    address = f"https://li:{SECRET}@a.example/x?id=7&token={SECRET}"
    (tmp_path / "in").mkdir()
    page = f'<html><head><link rel="canonical" href="{address}"></head><body><article><h1>Bridge</h1>'
    page += (
        "".join(f"<p>{line} {n}</p>" for n in range(4) for line in ARTICLE.splitlines())
        + "</article></body></html>"
    )
    (tmp_path / "in" / f"page?token={SECRET}.html").write_text(page)
    record = {
        "text": "A new ferry sails every morning at nine.\nIt carries 40 cars.\n",
        "url": address,
        "links": [address, {"deep": address}],
        "price": 1.50,
    }
    (tmp_path / "in" / "r.jsonl").write_text(json.dumps(record) + "\n" + f'{{"url": "{address}"}}\n')
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(f"x?session={SECRET}.txt", "Another text, of a ferry that was late.\n" * 2)
    (tmp_path / "in" / "z.zip").write_bytes(data.getvalue())
    return tmp_path / "in"


def outputs(out):
    """Everything that an output says, names too, but for its work files."""
    for path in (p for p in out.rglob("*") if p.is_file() and ".work" not in p.parts):
        yield path.relative_to(out).as_posix()
        yield (
            str(pq.read_table(path).to_pylist())
            if path.suffix == ".parquet"
            else path.read_text("utf-8", "replace")
        )


def test_no_file_of_the_output_has_the_secret_and_all_is_proved(source, tmp_path):
    out = tmp_path / "out"
    settings = load(None, {"run.jobs": 1, "read.redact_urls": True})
    job.run([source], out, settings, printer=events.Silent())
    assert not any(SECRET in text for text in outputs(out))
    rows = {row["media"]: row for row in read_rows(out).documents}
    assert rows["jsonl"]["meta"]["url"] == "https://REDACTED@a.example/x?id=7&token=REDACTED"
    line = json.loads((out / "clean" / "r.jsonl").read_text().splitlines()[0])
    assert line["links"] == [line["url"], {"deep": line["url"]}]
    assert line["price"] == 1.5
    assert rows["html"]["path"].startswith("page?token=REDACTED-")
    assert verify(out, deep=True).findings == ()
    before = (out / "manifest-sha256.txt").read_bytes()
    job.run([source], out, settings, printer=events.Silent())
    assert (out / "manifest-sha256.txt").read_bytes() == before
    result = CliRunner().invoke(main, ["restore", str(out), "-o", str(tmp_path / "back")])
    assert result.exit_code == 0
    assert not any(SECRET in text for text in outputs(tmp_path / "back"))


def test_an_output_that_had_secrets_is_made_anew_without_them(source, tmp_path):
    out = tmp_path / "out"
    job.run([source], out, load(None, {"run.jobs": 1}), printer=events.Silent())
    settings = load(None, {"run.jobs": 1, "read.redact_urls": True})
    job.run([source], out, settings, printer=events.Silent())
    assert not any(SECRET in text for text in outputs(out))
    (source / f"page?token={SECRET}.html").unlink()
    shutil.rmtree(out / ".work")
    with pytest.raises(UsageError, match=r"page\?token=REDACTED-.* is gone"):
        job.run([source], out, settings, printer=events.Silent())


def test_nothing_is_redacted_unless_it_is_asked_for(source, tmp_path):
    job.run([source], tmp_path / "out", load(None, {"run.jobs": 1}), printer=events.Silent())
    assert any(f"token={SECRET}" in text for text in outputs(tmp_path / "out"))


def test_doctor_redacts_names_and_texts_of_all_kinds(source):
    for path in (source, *sorted(source.iterdir())):
        for more in ((), ("--json",)):
            said = CliRunner().invoke(main, ["doctor", str(path), "--redact", "--all", *more])
            assert said.exit_code == 0
            assert not [
                word
                for word in (SECRET, "bridge", "Bridge", "ferry", "a.example", str(source))
                if word in said.output
            ]
