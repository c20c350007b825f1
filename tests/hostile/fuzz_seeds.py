"""What fuzzing starts from: small files of every kind, written for this project, with no clock in them."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
from disk import article, page

CHINESE = "渡轮今日首航，码头上站着三百人。\n船票二十元，售完为止。\n"
TEXTS = {
    "a.txt": (article(1) * 2).encode(),
    "b.txt": article(1).encode(),
    "c.txt": (article(2) + "责任编辑：甲乙\n").encode(),
    "d.txt": b"not UTF-8: \xff\xfe\n" * 3,
    "e.txt": (CHINESE * 2).encode("gb18030"),
    "f.md": f"# Harbour\n\n{article(3)}\n- one\n- two\n".encode(),
    "g.jsonl": "".join(json.dumps({"text": article(n), "n": n}) + "\n" for n in (4, 4, 5)).encode(),
}
JSON_WORDS = [
    *(
        b'"',
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b",",
        b"\n",
        b"\\",
        b"\\u0000",
        b"\\ud800",
        b"null",
        b"true",
        b"-1",
        b"0",
    ),
    *(
        b"1e999",
        b"NaN",
        b"99999999999999999999",
        b'"id"',
        b'"text"',
        b'"spans"',
        b'{"a":',
        b"[[",
        b"\xff",
        b"\0",
        b"",
    ),
    *(b"../", b"/etc/passwd", b'"d-"', b"0.5"),
]
HTML_WORDS = [
    *(
        b"<div>",
        b"</div>",
        b"<p>",
        b"</p>",
        b"<span>",
        b"<table><tr><td>",
        b"<br>",
        b"<!--",
        b"-->",
        b"<script>",
        b"</script>",
    ),
    *(
        b"<a href=x>",
        b"<ul><li>",
        b"<article>",
        b"</article>",
        b"<body>",
        b"</html>",
        b"<![CDATA[",
        b"<!DOCTYPE html [<!ENTITY x 'y'>]>",
    ),
    *(
        b"&amp;",
        b"&#0;",
        b"&#x110000;",
        b"&nbsp;",
        b"\0",
        b"\xff",
        b"\xed\xa0\x80",
        b"<style>",
        b"<noscript>",
        b"<frameset>",
        b"<svg>",
    ),
    *(
        b' style="display:none"',
        b' class="article"',
        b" colspan=99999999",
        b"<meta charset=utf-16>",
        b"<title>",
        b"<h1>",
        b"<pre>",
    ),
    *(
        b'<script type="application/ld+json">{"@type":"NewsArticle"',
        b"<template>",
        b"<base href=//x>",
        "渡轮".encode(),
        b"\r",
        b"",
    ),
]
WORDS = [
    *JSON_WORDS[:20],
    *HTML_WORDS[:12],
    *(
        b"PK\x03\x04",
        b"PK\x01\x02",
        b"PK\x05\x06",
        b"ustar",
        b"WARC/1.0\r\n",
        b"\r\n\r\n",
        b"Content-Length: ",
        b"-5",
    ),
    *(
        b"\x1f\x8b\x08\0",
        b"BZh9",
        b"\xfd7zXZ\0",
        b"\x28\xb5\x2f\xfd",
        b"PAR1",
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xef\xbb\xbf",
    ),
    *(
        b"\x1b$B",
        b"\x81",
        b"\xa1\xa1",
        "\u0301\u0323".encode(),
        "\u202e".encode(),
        "Ã©".encode(),
        b"&lt;",
        b"a,b\n",
        b"\t",
    ),
    *(
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Encoding: gzip\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"path=../x",
        b"\0" * 512,
    ),
]


def zipped(method: int = zipfile.ZIP_DEFLATED) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as archive:
        for name in ("a.txt", "g.jsonl"):
            archive.writestr(zipfile.ZipInfo(name), TEXTS[name], method)
        archive.writestr(zipfile.ZipInfo("p/page.html"), page(1), method)
    return sink.getvalue()


def tarred(kind: int = tarfile.PAX_FORMAT) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=kind) as archive:
        for name in ("a.txt", "f.md", f"{'long' * 40}.txt"):
            info = tarfile.TarInfo(name)
            data = TEXTS.get(name, b"text\n")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return sink.getvalue()


def crawl() -> bytes:
    body = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Encoding: gzip\r\n\r\n"
        + gzip.compress(page(2), mtime=0)
    )
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<p>a\r\n3\r\n b.\r\n0\r\n\r\n"
    out = b""
    for kind, data in (
        ("response", body),
        ("response", chunked),
        ("resource", TEXTS["a.txt"]),
        ("warcinfo", b"x: y\r\n"),
    ):
        media = {"response": "application/http; msgtype=response", "resource": "text/plain"}.get(
            kind, "application/warc-fields"
        )
        head = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: http://harbour.example/{len(out)}\r\n"
        head += (
            f"WARC-Date: 2020-01-01T00:00:00Z\r\nContent-Type: {media}\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        out += head.encode() + data + b"\r\n\r\n"
    return out


def table() -> bytes:
    sink = io.BytesIO()
    rows = {"text": [article(1), CHINESE, None], "id": [1, 2, 3], "date": ["2020-01-01", "", None]}
    pq.write_table(pa.table(rows), sink)
    return sink.getvalue()


def zst(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as packed:
        packed.write(data)
    return sink.getvalue().to_pybytes()


def pages() -> list[bytes]:
    """Return pages, as they are scraped."""
    data = json.dumps({"@type": "NewsArticle", "headline": "Harbour", "articleBody": article(6)})
    wide = "".join(f"<p>{line}</p>" for line in (CHINESE * 3).splitlines())
    return [
        page(1),
        page(2).replace(
            b"<body>", b"<body><div class=nav><ul>" + b"<li><a href=/x>News</a>" * 20 + b"</ul></div>"
        ),
        f'<html><head><meta charset=utf-8><title>渡轮</title><script type="application/ld+json">{data}</script></head>'
        f'<body><div id="js_content" style="visibility:hidden">{wide}</div><table><tr><td>1<td>2</table></body></html>'.encode(),
        f"<html><head><meta charset=gb2312></head><body>{wide}</body></html>".encode("gb18030"),
        b"<div>" * 250 + page(3) + b"</div>" * 250,
    ]


def archives() -> list[bytes]:
    """Return archives, each behind a letter for its kind; what is packed behind a dash."""
    kinds = [
        *(
            b"z" + zipped(),
            b"z" + zipped(zipfile.ZIP_STORED),
            b"t" + tarred(),
            b"t" + tarred(tarfile.GNU_FORMAT),
        ),
        *(b"w" + crawl(), b"p" + table()),
    ]
    packed = [
        gzip.compress(TEXTS["a.txt"], mtime=0) * 2,
        bz2.compress(TEXTS["c.txt"]),
        lzma.compress(tarred()),
        zst(TEXTS["g.jsonl"]),
    ]
    return kinds + [b"-" + data for data in (*packed, gzip.compress(crawl(), mtime=0), zst(page(4)))]


def anything() -> list[bytes]:
    """Return a file of every kind that is read, and some that are not."""
    loose = [
        *TEXTS.values(),
        b"\xff\xfe" + article(7).encode("utf-16-le"),
        CHINESE.encode("big5", "replace") * 3,
    ]
    records = [
        json.dumps([{"text": article(8)}, {"text": CHINESE, "tags": ["a"]}]).encode(),
        b'id,text\r\n1,"one\r\ntwo"\r\n2,three\r\n',
        f"id\ttext\n1\t{CHINESE.strip()}\n".replace("\n船", " 船").encode("utf-16"),
    ]
    others = [b"", b"\0" * 64, b"%PDF-1.4\n%\xe2\xe3\n", bytes(range(256))]
    return [*loose, *records, *others, *pages()[:3], *(data[1:] for data in archives())]
