"""Makes a small output by hand, consistent in every layer, so that what reads outputs is tested without a run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline import fsops
from pipeline.balance import Inputs, balance_of, counts_of, tally_of
from pipeline.ledger import KEYS, Rows, row_line
from stages.edits import apply_edits
from stages.model import Edit

if TYPE_CHECKING:
    from pathlib import Path

NOTICE = "责任编辑：何小满"
ARTICLE = [
    "旧船坞改成了夜读馆",
    "河口镇的旧船坞上周三重新开门,门口挂着的还是那块1962年的铁牌。",
    "馆长姓岑,今年57岁,她说第一批书有4,300册,多半是船工家里捐出来的。",
    "开馆当晚来了216人,凳子不够,有人干脆坐在缆绳上读到十点半。",
    "镇上打算明年春天再修东侧的仓房,预算是38.5万元。",
]
SCORES = {
    "estimate": 1.0,
    "jaccard": 1.0,
    "a_in_b": 1.0,
    "b_in_a": 1.0,
    "identity": 1.0,
    "a_aligned": 1.0,
    "b_aligned": 1.0,
}


ARCHIVED = {
    "id": "a-0123456789abcdef01234567",
    "archive": "earlier",
    "doc": "d-0123456789abcdef01234567",
    "label": "",
    "path": "city/before.txt",
    "member": "",
    "ordinal": 0,
    "title": None,
    "published": "2021-03-04",
    "source": "city",
    "l3": {"sha256": hashlib.sha256(b"").hexdigest(), "chars": 0, "path": "clean/city/before.txt"},
}


def sha(data) -> str:
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def doc_id(path: str, ordinal: int = 0) -> str:
    return "d-" + hashlib.blake2b(f"{path}\0{ordinal}".encode(), digest_size=12).hexdigest()


def newlines(text: str, end: str) -> list[Edit]:
    """The edits that make every `end` an LF."""
    out, at = [], 0
    while (found := text.find(end, at)) >= 0:
        out.append(Edit("newline", found, end, "\n"))
        at = found + len(end)
    return out


@dataclass
class Doc:
    path: str
    data: bytes  # L0
    l1: str
    edits: list[Edit] = field(default_factory=list)
    cuts: list[dict] = field(default_factory=list)  # start, end, and keys of a span row
    media: str = "txt"
    encoding: str = "utf-8"
    bom: bytes = b""
    exact: bool = True
    ordinal: int = 0
    of: Doc | None = None
    ops: list | None = None  # of a removed document
    fields: str = ""
    text_field: str = ""
    tier: str | None = None
    cluster: str | None = None

    @property
    def id(self) -> str:
        return doc_id(self.path, self.ordinal)

    @property
    def l2(self) -> str:
        return apply_edits(self.l1, self.edits)

    @property
    def l3(self) -> str:
        out, at = [], 0
        for cut in self.cuts:
            out.append(self.l2[at : cut["start"]])
            at = cut["end"]
        return "".join([*out, self.l2[at:]])

    @property
    def clean(self) -> str:
        return f"clean/{self.path}.txt" if self.media == "html" else f"clean/{self.path}"


def span_rows(doc: Doc) -> list[dict]:
    cuts = doc.cuts
    if doc.of is not None:
        cuts = [
            {
                "start": 0,
                "end": len(doc.l2),
                "reason": "document",
                "rule": doc.tier,
                "from": doc.of,
                "ops": doc.ops,
            }
        ]
    rows = []
    for n, cut in enumerate(cuts):
        text = doc.l2[cut["start"] : cut["end"]]
        origin = cut.get("from")
        rows.append(
            {
                "doc": doc.id,
                "n": n,
                "start": cut["start"],
                "end": cut["end"],
                "lines": cut.get("lines", [1, 1]),
                "reason": cut["reason"],
                "rule": cut["rule"],
                "chars": len(text),
                "of": {"doc": origin.id, "start": 0, "end": len(origin.l3), "lines": [1, 5]}
                if origin
                else None,
                "from": origin.id if origin else None,
                "ops": cut["ops"],
                "sha256": sha(text),
                "why": cut.get("why", "removed"),
            }
        )
    return rows


def document_row(doc: Doc) -> dict:
    kept = doc.of is None
    return {
        "v": 1,
        "id": doc.id,
        "label": "",
        "path": doc.path,
        "member": "",
        "ordinal": doc.ordinal,
        "media": doc.media,
        "status": "kept" if kept else "removed",
        "tier": doc.tier,
        "of": None if kept else doc.of.id,
        "cluster": doc.cluster,
        "why": "" if kept else "most complete",
        "l0": {
            "sha256": sha(doc.l1 if doc.media == "jsonl" else doc.data),
            "bytes": len(doc.data),
            "stored": len(doc.data),
            "offset": 0,
            "encoding": doc.encoding,
            "bom": doc.bom.hex(),
            "how": "utf-8",
            "evidence": "valid UTF-8",
            "errors": 0 if doc.exact else 1,
            "blob": None if doc.exact or doc.media == "html" else sha(doc.data),
        },
        "l1": {
            "sha256": sha(doc.l1),
            "chars": len(doc.l1),
            "lines": doc.l1.count("\n"),
            "extractor": "one/1" if doc.media == "html" else None,
            "agreement": 1.0,
            "unextracted": 7 if doc.media == "html" else 0,
        },
        "l2": {"sha256": sha(doc.l2), "chars": len(doc.l2)},
        "l3": {"sha256": sha(doc.l3), "chars": len(doc.l3), "path": doc.clean} if kept else None,
        "kept_chars": len(doc.l3) if kept else 0,
        "removed_chars": sum(c["end"] - c["start"] for c in doc.cuts) if kept else len(doc.l2),
        "language": {"tag": "und", "share": 0.0},
        "lines": [],
        "meta": {
            "title": doc.l2.split("\n")[0],
            "url": None,
            "published": None,
            "source": None,
            "author": None,
            "id": None,
            "rules": {"title": "heading"},
        },
        "flags": [],
        "warnings": [],
        "source": "",
        "fields": "" if kept else doc.fields,
        "text_field": doc.text_field,
        "suffix": ".txt" if doc.media == "html" else "",
    }


def edit_rows(doc: Doc) -> list[dict]:
    groups: dict = {}
    for edit in doc.edits:
        groups.setdefault((edit.rule, edit.old, edit.new), []).append(edit.start)
    return [
        {
            "doc": doc.id,
            "rule": r,
            "old": o,
            "new": n,
            "line": doc.l1.count("\n", 0, starts[0]) + 1,
            "starts": starts,
        }
        for (r, o, n), starts in sorted(groups.items())
    ]


def example() -> list[Doc]:
    """A doubled article, a copy of it with an edit, records, lost bytes, a page, furniture, an odd name."""
    article = "\n".join(ARTICLE) + "\n"
    crlf = article.replace("\n", "\r\n") * 2
    size = len(article)
    twice = Doc("city/twice.txt", crlf.encode("gb18030"), crlf, newlines(crlf, "\r\n"), encoding="gb18030")
    twice.cuts = [
        {
            "start": size,
            "end": 2 * size,
            "lines": [6, 10],
            "reason": "repeat",
            "rule": "copy",
            "from": twice,
            "ops": [[0, size]],
            "why": "lines 6–10 repeat lines 1–5 (5 of 5 lines equal)",
        }
    ]
    near_text = article.replace("216人", "216位读者")
    at = article.index("人,凳")
    near = Doc(
        "town/near.txt",
        b"\xef\xbb\xbf" + near_text.encode(),
        near_text,
        bom=b"\xef\xbb\xbf",
        of=twice,
        tier="near",
    )
    twice.cluster = near.cluster = "c-1"
    near.ops = [[0, at], "位读者", [at + 1, size]]
    broken = b"The ferry leaves at nine\xff and returns at ten.\n"
    lost = Doc("lost.txt", broken, broken.decode("utf-8", "replace"), exact=False)
    marked = f"# 夜读馆记事\n\n正文只有这一行,写在第三行。\n{NOTICE}\n"
    where = marked.index(NOTICE)
    notes = Doc("notes.md", marked.encode(), marked, media="md")
    notes.cuts = [
        {
            "start": where,
            "end": len(marked),
            "lines": [4, 4],
            "reason": "furniture",
            "rule": "editor",
            "ops": [NOTICE + "\n"],
            "why": "site furniture (editor)",
        }
    ]
    page = Doc("page.html", b"<html><p>Fog over the estuary</p></html>", "Fog over the estuary", media="html")
    odd = Doc("odd%FF%2541.txt", b"An odd name\r", "An odd name\r", newlines("An odd name\r", "\r"))
    return [twice, *records(), lost, notes, odd, page, near]


def records() -> list[Doc]:
    fields = '{"id":1,"price":1.10,"标签":["甲","乙"],"big":12345678901234567890,"x":0.1234567890123456789}'
    texts = [
        "First record.\r\nTwo lines.\r\n",
        "First record.\nTwo lines.\n",
        "Another one, quite different.",
    ]
    docs = []
    for n, text in enumerate(texts):
        line = f'{fields[:-1]},"text":{json.dumps(text)}}}\n'
        docs.append(
            Doc(
                "wire/records.jsonl",
                line.encode(),
                text,
                newlines(text, "\r\n"),
                media="jsonl",
                ordinal=n,
                fields=fields,
                text_field="text",
            )
        )
    docs[1].of, docs[1].ops, docs[1].tier = docs[0], [[0, len(docs[0].l2)]], "identical"
    return docs


def repeat_rows(docs: list[Doc]) -> list[dict]:
    twice = docs[0]
    size = len(twice.l3)
    return [
        {
            "doc": twice.id,
            "n": 0,
            "class": "copy",
            "removed": True,
            "kept": {"start": 0, "end": size, "lines": [1, 5]},
            "repeat": {"start": size, "end": 2 * size, "lines": [6, 10]},
            "cuts": [[size, 2 * size]],
            "lines_equal": 5,
            "lines_total": 5,
            "scores": SCORES,
            "differences": [],
            "figures_differ": False,
            "why": "lines 6–10 repeat lines 1–5 (5 of 5 lines equal)",
        }
    ]


def pair_rows(docs: list[Doc]) -> list[dict]:
    twice, near = docs[0], docs[-1]
    difference = {"kind": "edit", "a": [90, 91], "b": [90, 93], "a_text": "人", "b_text": "位读者"}
    return [
        {
            "a": twice.id,
            "b": near.id,
            "tier": "near",
            "accepted": True,
            "via": ["bands"],
            "bands": [3, 11],
            "scores": SCORES | {"estimate": 0.93, "jaccard": 0.94},
            "only_a": False,
            "only_b": False,
            "shares_lead": True,
            "differences": [difference],
            "why": "1 edit",
        }
    ]


def rows_of(docs: list[Doc]) -> Rows:
    twice, near, notes = docs[0], docs[-1], docs[5]
    members = [
        {
            "id": d.id,
            "path": d.path,
            "archive": None,
            "tier": d.tier,
            "removed": d.of is not None,
            "direct": True,
            "why": "",
        }
        for d in (twice, near)
    ]
    cut = notes.cuts[0]
    furniture = {
        "doc": notes.id,
        "start": cut["start"],
        "end": cut["end"] - 1,
        "lines": [4, 4],
        "rule": "editor",
        "via": "pattern",
        "removed": True,
        "text": NOTICE,
    }
    skipped = {
        "path": "picture.txt",
        "status": "quarantined",
        "reason": "binary",
        "detail": "a PNG image",
        "bytes": 9,
        "unpacked": None,
        "offset": None,
        "sha256": None,
    }
    cluster = {
        "id": "c-1",
        "kept": twice.id,
        "why_kept": "first path",
        "size": 2,
        "chain": False,
        "members": members,
    }
    return Rows(
        documents=[document_row(d) for d in docs],
        spans=[row for d in docs for row in span_rows(d)],
        repairs=[],
        edits=[row for d in docs for row in edit_rows(d)],
        repeats=repeat_rows(docs),
        pairs=pair_rows(docs),
        clusters=[cluster],
        furniture=[furniture],
        passages=[],
        archived=[ARCHIVED],
        skipped=[skipped],
    )


def clean_files(docs: list[Doc]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for doc in docs:
        if doc.of is not None:
            continue
        data = doc.l3.encode()
        if doc.media == "jsonl":
            data = f'{doc.fields[:-1]},"text":{json.dumps(doc.l3, ensure_ascii=False)}}}\n'.encode()
        files[doc.clean] = files.get(doc.clean, b"") + data
    return files


def run_json(rows: Rows, docs: list[Doc], settings: dict) -> dict:
    size = sum(len(d.data) for d in docs)
    counts = counts_of(
        tally_of(rows, {row["id"] for row in rows.archived}), Inputs(files=8, read=size + 9), 0
    )
    return {
        "tool": "clean-corpus",
        "version": "0.1.0",
        "policy": "standard",
        "settings": settings,
        "versions": {},
        "archives": [{"label": "earlier", "manifest_sha256": sha(""), "documents": 1}],
        "inputs": [""],
        "counts": counts,
        "balance": balance_of(counts),
        "sources": [{"source": "", "in": len(docs), "kept": len(docs) - 2, "removed": 2}],
        "warnings": [],
    }


def write(out: Path, docs: list[Doc] | None = None, settings: dict | None = None) -> list[Doc]:
    """Write an output; return its documents."""
    docs = example() if docs is None else docs
    rows = rows_of(docs)
    files = clean_files(docs)
    for table in KEYS:
        files[f"ledger/{table}.jsonl"] = b"".join(map(row_line, getattr(rows, table)))
    for doc in docs:
        if not doc.exact:
            files[f"ledger/blobs/{sha(doc.data)}"] = doc.data
    files["notes/city/twice.txt.note.md"] = b"# Provenance note\n"
    files["run.json"] = json.dumps(
        run_json(rows, docs, settings or {}), ensure_ascii=False, indent=1
    ).encode()
    put(out, files)
    return docs


def put(out: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(data)
    sign(out)


def sign(out: Path) -> None:
    """Write the manifest of what is there: damage that a manifest of its own covers."""
    names = sorted((p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()), key=str.encode)
    names = [n for n in names if n != "manifest-sha256.txt" and not n.startswith(".work/")]
    (out / "manifest-sha256.txt").write_bytes(
        fsops.manifest([(n, sha((out / n).read_bytes())) for n in names])
    )


def edit_table(out: Path, table: str, change) -> None:
    """Change the rows of a table, and sign the output anew."""
    path = out / "ledger" / f"{table}.jsonl"
    rows = [json.loads(line) for line in path.read_bytes().splitlines()]
    path.write_bytes(b"".join(map(row_line, change(rows))))
    sign(out)
