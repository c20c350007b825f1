"""Writes samples/formats/input: the same kind of articles in every format, compression and archive that is read.

    python tests/golden/make_formats.py

All texts were written for this project.  Times in the files are fixed, so that only another version of a
compressor gives other bytes.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

INPUT = Path(__file__).resolve().parents[2] / "samples" / "formats" / "input"

#: Name → title and paragraphs.
ARTICLES = {
    "kiln": (
        "旧窑厂改成修表铺",
        "青罗河北岸的旧窑厂停火十一年后重新开门，这一次烧的不是砖，而是给钟表上油的小炉子。",
        "店主田阿满原是窑工，停产后学会了修座钟。他把窑口砌成一排格子，每格放一只等人来取的表。",
        "开张当天来了四十三人，其中十九人只是来看窑口里的灯。",
    ),
    "umbrella": (
        "渡口设了借伞的架子",
        "下游渡口本周立起一只竹架，挂着六十把旧伞，过河的人可以拿走，雨停后挂回任何一个渡口。",
        "管理员说，头三天借出五十二把，还回四十九把，多出来的一把不知是谁的。",
        "竹架由两名木匠用一个下午做成，没有用一颗钉子。",
    ),
    "choir": (
        "盲校合唱队第一次坐火车演出",
        "南屿盲校的十四名学生周六乘慢车去邻县演出，一路上靠听站台的回声辨认车站。",
        "领队说，孩子们记下了每一站的声音，回来后编成了一支四分钟的曲子。",
        "演出没有谢幕的灯光，观众用脚跺地，队员们说这样听得更清楚。",
    ),
    "pear": (
        "梨园里的天气预报员",
        "果农贺春生每天清晨把梨树叶子翻过来看，三十年里记下一万多条天气，装满九个木箱。",
        "气象站借去两箱核对，发现他说有霜的日子，七成真的有霜。",
        "他不肯卖本子，只答应每年抄一份送给站里。",
    ),
    "ladder": (
        "一架梯子跑遍了六条巷子",
        "东源镇的一架长梯在六条巷子里轮流过夜，谁家换瓦谁来扛，用完写一张条子贴在梯脚。",
        "条子已经贴了二百零四张，最早的一张写的是补燕子窝。",
        "居委会想给梯子上锁，被三十户人家写信劝住了。",
    ),
    "tide": (
        "小学把潮汐表画在台阶上",
        "码头小学的四十级台阶上画满了潮汐的高低，学生每天踩着当天的水位进教室。",
        "画线的老师说，台阶比黑板好用，因为下雨时水真的会漫到该到的那一级。",
    ),
    "bakery": (
        "Bakery closes so that its oven may be heard",
        "The last coal oven in Harrow went cold on Sunday, and forty people came to listen to it tick.",
        "Its owner, Ida Marrick, had promised that nobody would be asked to buy anything. She sold out anyway.",
        "The bricks took nineteen hours to go quiet. A tuner from the chapel wrote the sounds down on ruled paper.",
    ),
    "ferry": (
        "Ferry timetable found to be forty years early",
        "A timetable on the wall of the Stell pier lists a seven o'clock boat that has never sailed.",
        "The printer's ledger shows that it was ordered for a bridge opening, and hung up by mistake.",
        "The company will run the boat once, on 3 March, for those who have waited.",
    ),
    "clock": (
        "Village agrees to be four minutes slow",
        "Combe voted by 61 to 58 to leave its church clock as it is, four minutes behind the county.",
        "Those in favour said the bus has learned to wait. Those against said that it has not.",
        "A second clock, set right, will hang inside the pub, where it can be argued with.",
    ),
    "swans": (
        "Two swans hold up a dredger",
        "Work on the canal at Low Ings stopped for a ninth day while a pair of swans considered a nest of cable ties.",
        "The contractor has put up a screen, at the birds' side of the water, and reads them no ultimatum.",
        "Dredging should go on in May.",
    ),
    "library": (
        "The library that lends out silence",
        "Room four of the Eastgate library may now be borrowed by the hour, with its door, its lamp and nothing else.",
        "In the first month it was booked 212 times. Readers are asked to return it as they found it.",
        "A complaint that the room was too quiet was put on file, in the room.",
    ),
    "kite": (
        "Kite maker refuses the wind",
        "Osric Penn has built kites for fifty years and has never flown one above the roof of his shop.",
        "He tests them with a bellows, and sends them away with a card that says what they are likely to do.",
        "Of last year's 88 kites, 84 did it.",
    ),
}
MARKET = (
    "雾天的鱼市改用铃铛",
    "连日大雾，鱼市把喊价改成摇铃，一声是一角，两声是两角，最贵的一条鲈鱼摇了七十声。",
    "买鱼的老人说，看不见鱼，反倒听清了价钱。",
)


def text(name: str) -> str:
    """Return an article as a text file has it."""
    return "\n".join(ARTICLES[name]) + "\n"


def record(name: str, number: int, **more: object) -> dict[str, object]:
    """Return an article as a record."""
    title, *body = ARTICLES[name]
    return {"id": number, "title": title, "text": "\n".join(body), **more}


def lines(*records: dict[str, object]) -> bytes:
    """Return JSON Lines."""
    return "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records).encode()


def page(name: str) -> bytes:
    """Return an article as a small page."""
    title, *body = ARTICLES[name]
    paragraphs = "\n".join(f"<p>{p}</p>" for p in body)
    head = f'<meta charset="utf-8"><title>{title}</title>'
    return (
        f"<!DOCTYPE html>\n<html><head>{head}</head>\n<body><article><h1>{title}</h1>\n{paragraphs}\n"
        "</article></body></html>\n"
    ).encode()


def zst(data: bytes) -> bytes:
    """Return data compressed by Zstandard."""
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as packed:
        packed.write(data)
    return sink.getvalue().to_pybytes()


def gz(data: bytes) -> bytes:
    """Return data compressed by gzip, without a time."""
    return gzip.compress(data, mtime=0)


def parquet(rows: list[dict[str, object]]) -> bytes:
    """Return rows as a Parquet file."""
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink, compression="zstd")
    return sink.getvalue()


def warc(kind: str, url: str, block: bytes, number: int) -> bytes:
    """Return a record of a crawl, compressed for itself as crawlers do."""
    head = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Target-URI: {url}",
        "WARC-Date: 2023-11-05T06:07:08Z",
        f"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{number:012}>",
        "Content-Type: application/http; msgtype=" + ("request" if kind == "request" else "response"),
        f"Content-Length: {len(block)}",
    ]
    return gz("\r\n".join(head).encode() + b"\r\n\r\n" + block + b"\r\n\r\n")


def http(body: bytes, *headers: str) -> bytes:
    """Return a response."""
    return "\r\n".join(["HTTP/1.1 200 OK", *headers]).encode() + b"\r\n\r\n" + body


def crawl() -> bytes:
    """Return a small crawl: two pages, a text, a request and a picture."""
    site = "https://harrow.example"
    kite = text("kite").encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in (kite[:100], kite[100:])) + b"0\r\n\r\n"
    return b"".join(
        (
            warc("request", f"{site}/clock", b"GET /clock HTTP/1.1\r\n\r\n", 1),
            warc(
                "response", f"{site}/clock", http(page("clock"), "Content-Type: text/html; charset=utf-8"), 2
            ),
            warc(
                "response",
                f"{site}/swans",
                http(gz(page("swans")), "Content-Type: text/html", "Content-Encoding: gzip"),
                3,
            ),
            warc(
                "response",
                f"{site}/kite.txt",
                http(chunks, "Content-Type: text/plain", "Transfer-Encoding: chunked"),
                4,
            ),
            warc("response", f"{site}/logo", http(b"\x89PNG", "Content-Type: image/png"), 5),
        )
    )


def bundle() -> bytes:
    """Return a zip archive, one name of which is GBK without a mark, as old Windows programs write it."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        old = "窑厂/修表铺.txt".encode("gbk").decode("cp437")
        members = [
            (old, text("kiln").encode("gb18030")),
            ("records/umbrella.jsonl", lines(record("umbrella", 1, price=1.5))),
            ("pages/library.html", page("library")),
            ("inner.zip", b"PK\x05\x06" + b"\0" * 18),
            (".DS_Store", b"\0\0\0\1"),
        ]
        for name, data in members:
            info = zipfile.ZipInfo(name, (2023, 1, 2, 3, 4, 6))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    data = sink.getvalue()
    return _unmarked(data, old.encode(), "窑厂/修表铺.txt".encode("gbk"))


def _unmarked(data: bytes, marked: bytes, plain: bytes) -> bytes:
    """Put a name in the bytes of an old code page in place of one in UTF-8, both times that it stands there."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(sink, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            copy = zipfile.ZipInfo(info.filename, info.date_time)
            copy.compress_type = zipfile.ZIP_DEFLATED
            if info.filename.encode() == marked:
                copy.filename = "x" * len(plain)
            new.writestr(copy, content)
    return sink.getvalue().replace(b"x" * len(plain), plain)


def week() -> bytes:
    """Return a tar archive in which a name stands twice and a link leads out."""
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in (
            ("mon/choir.txt", text("choir").encode()),
            ("tue/pear.md", ("# " + text("pear")).encode()),
            ("mon/choir.txt", text("ladder").encode()),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("wed/passwords")
        link.type, link.linkname = tarfile.SYMTYPE, "../../../etc/passwd"
        archive.addfile(link)
    return sink.getvalue()


def files() -> dict[str, bytes]:
    """Return every file of the sample."""
    csv = "编号;标题;正文\r\n"
    csv += '7;小学把潮汐表画在台阶上;"' + "\r\n".join(ARTICLES["tide"][1:]).replace('"', '""') + '"\r\n'
    csv += "8;少了一格\r\n"
    tsv = "id\tTitle\tText\n9\t" + ARTICLES["bakery"][0] + "\t" + " ".join(ARTICLES["bakery"][1:]) + "\n"
    market = record("kiln", 3) | {"title": MARKET[0], "text": "\n".join(MARKET[1:])}
    return {
        "umbrella.txt.gz": gz(text("umbrella").encode("gb18030")),
        "ferry.md.xz": lzma.compress(("# " + text("ferry")).encode()),
        "clock.txt.bz2": bz2.compress(text("clock").encode("utf-16")),
        "swans.html.gz": gz(page("swans")),
        "wire.jsonl.zst": zst(lines(record("library", 1, desk="city"), market) + b"{half a record\n"),
        "feed.json": json.dumps(
            {
                "feed": "Evening",
                "edition": 12,
                "articles": [record("pear", 4), record("kite", 5, score=0.50)],
            },
            ensure_ascii=False,
            indent=1,
        ).encode(),
        "one.json": json.dumps(record("choir", 6), ensure_ascii=False).encode(),
        "bulletin.csv": csv.encode("gb18030"),
        "sheet.tsv": tsv.encode("utf-16"),
        "archive.parquet": parquet(
            [record("ladder", 10, score=0.25), record("ferry", 11, score=float("nan"))]
        ),
        "crawl.warc.gz": crawl(),
        "bundle.zip": bundle(),
        "week.tar.zst": zst(week()),
        "page-called-text.txt": page("kiln"),
        "records-called-page.html": lines(record("bakery", 12)),
        "cut.txt.gz": gz(text("tide").encode())[:-12],
    }


def main() -> None:
    INPUT.mkdir(parents=True, exist_ok=True)
    for name, data in files().items():
        (INPUT / name).write_bytes(data)


if __name__ == "__main__":
    main()
