"""An output to export: samples of several kinds, and inputs that are hostile to some format."""

from __future__ import annotations

from pathlib import Path

from pipeline import events, job
from pipeline.settings import load

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
FORMULA = '=HYPERLINK("http://example.invalid","读一读")'
ABOUT = {
    "name": "青螺湾语料",
    "description": "Made-up news of a made-up bay.",
    "version": "1.0.0",
    "license": "https://creativecommons.org/licenses/by/4.0/",
    "url": "https://example.invalid/corpus",
    "creator": "A made-up library",
    "published": "2026-11-28",
}
#: File → what is in it; the first is longer than a cell of a spreadsheet.
HOSTILE = {
    "long.txt": "".join(
        f"第{n}号仓库在{n * 7919 % 1999}年修好，可存粮{n * 104729 % 999983}石，看守的人换了{n % 97}回\U0001f9d1。\n"
        for n in range(1, 1001)
    ),
    "formula.txt": FORMULA + "\n\n这一行是正文，电话是零起头的号码。\n",
    "plus.txt": "+86 10 这是一个电话号码\n-1 说明\n@somebody\n",
    "<b>&\"'.txt": "A name that HTML and XML would take for a mark.\n",
    "百分 100% 与 %41.txt": "名字里有百分号的文件，袋子的清单必须转义。\n",
    "empty.txt": "",
    "broken.txt": "A line with a noncharacter \ufffe and a bell \a inside.\n",
    "records.jsonl": '{"title":"=1+1","text":"这条记录的标题像公式。"}\n'
    '{"title":"U+202E \\u202e","text":"A record whose title turns the line round."}\n',
}


def clean(inputs: list[Path], out: Path, against=(), *, prune=False):
    settings = load(None, {"run.jobs": 1})
    return job.run(inputs, out, settings, against=against, prune=prune, printer=events.Silent())


def make(folder: Path) -> Path:
    """Run over the inputs, against an archive; return the output."""
    hostile = folder / "敌意"
    hostile.mkdir(parents=True)
    for name, text in HOSTILE.items():
        (hostile / name).write_text(text, "utf-8")
    (hostile / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    earlier = clean([SAMPLES / "reprints" / "input" / "lantern-post"], folder / "earlier")
    names = ("twice", "reprints", "english", "records", "html", "encodings")
    inputs = [hostile, *(SAMPLES / name / "input" for name in names)]
    return clean(inputs, folder / "out", [earlier.out]).out
