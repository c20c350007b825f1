"""An invented run for the tests of the report: every sort of removal, in Chinese and English, and hostile names."""

from __future__ import annotations

import hashlib
from collections import namedtuple

HOSTILE = (
    "</script><script>document.documentElement.setAttribute('data-pwned','1')</script>",
    "\"><img src=x onerror=\"document.documentElement.setAttribute('data-pwned','1')\">",
    "'><svg onload=document.title='pwned'>",
    "javascript:document.title='pwned'",
    "<!--",
    "]]>",
    "</style><style>*{display:none}</style>",
    "<base href=http://attacker.invalid/><meta http-equiv=refresh content=0;url=http://attacker.invalid/>",
    "{{ 7*7 }}{% raw %}",
    "\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe",
    "nul\0 esc\x1b[2J bell\a",
    "\u2028\u2029\u0085",
    "lone \ud800 surrogate",
    '=HYPERLINK("http://attacker.invalid")',
    "`${document.title='pwned'}`",
)

MARKET = """老城菜市场改造完工 摊主陆续回迁
本报记者 林小满
经过八个月施工，河西老城菜市场改造工程昨日完工，首批126户摊主领到新摊位钥匙，预计本周末恢复营业。
新市场地面铺了防滑砖，水产区单独设了排水沟。“以前一到下雨天，脚下全是泥，现在推着婴儿车也能进来。”家住附近的周阿姨说。
据介绍，改造后摊位数量由180个减为152个，通道由1.6米加宽到2.4米，二楼新设了社区食堂和修补铺。
市场管理方表示，摊位租金两年内不上涨，并为回迁摊主免除首月管理费。
完"""
HARBOUR = """Harbour ferry returns after winter refit
The evening ferry between the old harbour and the northern islands resumes on Friday, after a refit that took eleven weeks.
Passengers will find new seats, a wider ramp for bicycles and a heated waiting room, the operator said.
"We lost a winter of work, and the islanders lost patience," said Maren Holt, who runs the line.
Tickets stay at 4.50 for adults; children under six travel free.
The first crossing leaves at 17:40."""
HARBOUR_REPRINT = """Wire service
Harbour ferry returns after winter refit
The evening ferry between the old harbour and the northern islands resumes this Friday, after a refit that lasted eleven weeks.
Passengers will find new seats, a wider ramp for bicycles and a heated waiting room, the operator said.
"We lost a winter of work, and the islanders lost patience," said Maren Holt, who runs the line.
Tickets stay at 4.50 for adults; children under six travel free. The first crossing leaves at 17:40.
Read more: ten quiet islands for a weekend"""
MARKET_REPRINT = """老城菜市场改造完工　摊主陆续回迁
来源：城南晚报
经过8个月施工，河西老城菜市场改造工程昨日正式完工，首批126户摊主领到了新摊位的钥匙，预计本周末恢复营业。
新市场地面铺了防滑砖，水产区单独设了排水沟。“以前一到下雨天，脚下全是泥，现在推着婴儿车也能进来。”家住附近的周阿姨说。
据介绍，改造后摊位数量由180个减为152个，通道由1.6米加宽到2.4米，二楼新设了社区食堂和修补铺。
市场管理方表示，摊位租金两年内不上涨，并为回迁摊主免除首月管理费。
责任编辑：何苗"""
WATER = """水库水位通报
截至今日8时，青石岭水库水位为142.37米，较昨日上涨0.12米，蓄水量3.46亿立方米。
下游各站水位平稳，未来三天无明显降雨。"""
WATER_NEXT = """水库水位通报
截至今日8时，青石岭水库水位为142.51米，较昨日上涨0.14米，蓄水量3.49亿立方米。
下游各站水位平稳，未来三天无明显降雨。"""
ODD = f"""An odd page {HOSTILE[0]}
{HOSTILE[1]} and {HOSTILE[9]} and {HOSTILE[10]}
A line that is like the other one, with {HOSTILE[6]} inside."""
ODD_COPY = f"""An odd page {HOSTILE[0]}
{HOSTILE[1]} and {HOSTILE[9]} and {HOSTILE[10]} differs
A line that is like the other one, with {HOSTILE[6]} inside."""


NAMES = (
    "documents",
    "spans",
    "repairs",
    "edits",
    "repeats",
    "pairs",
    "clusters",
    "furniture",
    "passages",
    "archived",
    "skipped",
    "decisions",
)
Tables = namedtuple("Tables", NAMES, defaults=((),) * len(NAMES))  # noqa: PYI024 - rows are plain parsed JSON


def sha(text):
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def scores(
    estimate=0.97, jaccard=0.9604, a_in_b=0.97, b_in_a=0.985, identity=0.991, a_aligned=0.95, b_aligned=0.98
):
    return {
        "estimate": estimate, "jaccard": jaccard, "a_in_b": a_in_b, "b_in_a": b_in_a,
        "identity": identity, "a_aligned": a_aligned, "b_aligned": b_aligned,
    }  # fmt: skip


def difference(kind, a_text, b_text):
    return {"kind": kind, "a": [0, len(a_text)], "b": [0, len(b_text)], "a_text": a_text, "b_text": b_text}


def document(ident, path, text, *, l3=None, status="kept", tier=None, of=None, cluster=None, **more):
    kept = l3 if l3 is not None else text if status == "kept" else None
    row = {
        "id": ident, "label": "news", "path": path, "member": None, "ordinal": 0, "media": "text/plain",
        "status": status, "tier": tier, "of": of, "cluster": cluster, "why": None,
        "l0": {"sha256": sha(text), "bytes": len(text.encode("utf-8", "surrogatepass")), "offset": 0, "encoding": "utf-8",
               "bom": False, "how": "utf-8", "evidence": "strict UTF-8", "errors": 0, "blob": None},
        "l1": {"sha256": sha(text), "chars": len(text), "lines": text.count("\n") + 1, "extractor": None,
               "agreement": None, "unextracted": None},
        "l2": {"sha256": sha(text), "chars": len(text)},
        "l3": None if kept is None else {"sha256": sha(kept), "chars": len(kept), "path": f"clean/{path}"},
        "kept_chars": len(kept or ""), "removed_chars": len(text) - len(kept or ""),
        "meta": {"title": text.split("\n")[0], "url": None, "published": None, "source": None, "author": None, "rules": {}},
        "flags": [], "warnings": [], "source": path.split("/")[0], "fields": None,
    }  # fmt: skip
    return row | more


def pair(a, b, tier, **more):
    row = {
        "a": a, "b": b, "tier": tier, "accepted": tier in {"identical", "key-equal", "near", "contained"},
        "via": ["bands"], "bands": [3, 7, 26], "scores": scores(), "only_a": False, "only_b": False, "shares_lead": True,
        "differences": [], "why": "aligned over most of both texts",
    }  # fmt: skip
    return row | more


def span(doc, n, text, start, end, reason, **more):
    first = text[:start].count("\n") + 1
    row = {
        "doc": doc, "n": n, "start": start, "end": end, "lines": [first, first + text[start:end].rstrip("\n").count("\n")],
        "reason": reason, "rule": None, "chars": end - start, "of": None, "ops": [text[start:end]],
        "sha256": sha(text[start:end]), "why": None,
    }  # fmt: skip
    return row | more


def make_run():
    """The run, its rows, and the texts by (document, layer)."""
    twice = MARKET + "\n" + MARKET.replace("126户", "128户")
    first = len(MARKET) + 1
    hostile_path = "odd/" + " ".join(HOSTILE)
    texts = {
        ("d1", "L2"): twice, ("d1", "L3"): MARKET, ("d2", "L2"): MARKET_REPRINT,
        ("d3", "L2"): HARBOUR, ("d3", "L3"): HARBOUR, ("d4", "L2"): HARBOUR_REPRINT,
        ("d5", "L2"): WATER, ("d5", "L3"): WATER, ("d6", "L2"): WATER_NEXT, ("d6", "L3"): WATER_NEXT,
        ("d7", "L2"): ODD, ("d7", "L3"): ODD, ("d8", "L2"): ODD_COPY,
    }  # fmt: skip
    documents = [
        document("d1", "evening/菜市场.txt", twice, l3=MARKET, cluster="c1", flags=["figures_differ"],
                 warnings=["copies inside the file differ in figures"]),
        document("d2", "portal/转载 菜市场.html", MARKET_REPRINT, status="removed", tier="near", of="d1", cluster="c1",
                 why="near the kept text of evening/菜市场.txt"),
        document("d3", "harbour/ferry.md", HARBOUR, cluster="c2"),
        document("d4", "portal/ferry-reprint.jsonl", HARBOUR_REPRINT, status="removed", tier="near", of="d3",
                 cluster="c2", ordinal=17, why="near the kept text of harbour/ferry.md"),
        document("d5", "bulletin/0601.txt", WATER),
        document("d6", "bulletin/0602.txt", WATER_NEXT),
        document("d7", hostile_path, ODD, cluster="c3", warnings=list(HOSTILE)),
        document("d8", hostile_path + ".copy", ODD_COPY, status="removed", tier="near", of="d7", cluster="c3",
                 why=HOSTILE[1]),
    ]  # fmt: skip
    for row in documents[6:]:
        row["meta"] |= dict.fromkeys(("title", "url", "published", "source", "author"), " ".join(HOSTILE))
        row["source"] = HOSTILE[0]
    lines = MARKET.count("\n") + 1
    repeats = [
        {
            "doc": "d1", "n": 0, "class": "copy", "removed": True,
            "kept": {"start": 0, "end": first - 1, "lines": [1, lines]},
            "repeat": {"start": first, "end": len(twice), "lines": [lines + 1, 2 * lines]},
            "cuts": [[first - 1, len(twice)]], "lines_equal": lines - 1, "lines_total": lines,
            "scores": scores(jaccard=0.988), "differences": [difference("number", "首批126户摊主", "首批128户摊主")],
            "figures_differ": True, "why": f"lines 8–14 repeat lines 1–7 ({lines - 1} of {lines} lines equal)",
        },
        {
            "doc": "d3", "n": 0, "class": "recurring", "removed": False,
            "kept": {"start": 0, "end": 8, "lines": [1, 1]}, "repeat": {"start": 10, "end": 18, "lines": [2, 2]},
            "cuts": [], "lines_equal": 1, "lines_total": 1, "scores": scores(), "differences": [],
            "figures_differ": False, "why": HOSTILE[0],
        },
    ]  # fmt: skip
    pairs = [
        pair("d2", "d1", "near", differences=[
            difference("format", "摊主陆续回迁", "　摊主陆续回迁"), difference("only_a", "来源：城南晚报", ""),
            difference("edit", "8个月", "八个月")]),
        pair("d3", "d4", "near", only_b=True, differences=[difference("edit", "that took", "that lasted")]),
        pair("d5", "d6", "variant", accepted=False, why="figures differ", differences=[
            difference("number", "142.37米", "142.51米"), difference("number", "上涨0.12米", "上涨0.14米"),
            difference("number", "3.46亿立方米", "3.49亿立方米")]),
        pair("d7", "d8", "near", why=HOSTILE[2], via=[HOSTILE[3]], differences=[
            difference("edit", text, "") for text in HOSTILE]),
        pair("d3", "d5", "rejected", accepted=False, scores=scores(jaccard=0.31), why="few characters align"),
    ]  # fmt: skip

    def member(row, **more):
        return {"id": row["id"], "path": row["path"], "archive": None, "tier": row["tier"], "removed": row["status"] == "removed",
                "direct": True, "why": row["why"]} | more  # fmt: skip

    clusters = [
        {"id": f"c{i}", "kept": kept["id"], "why_kept": why, "size": 2, "chain": False,
         "members": [member(kept), member(gone)]}
        for i, kept, gone, why in (
            (1, documents[0], documents[1], "the most complete"),
            (2, documents[2], documents[3], "the earliest credible date"),
            (3, documents[6], documents[7], HOSTILE[4]),
        )
    ]  # fmt: skip
    editor = MARKET_REPRINT.index("责任编辑")
    spans = [
        span("d1", 0, twice, first - 1, len(twice), "repeat", rule="copy",
             of={"doc": "d1", "start": 0, "end": first - 1, "lines": [1, lines]}, why="a whole second copy"),
        span("d2", 0, MARKET_REPRINT, editor, len(MARKET_REPRINT), "furniture", rule="editor-line"),
        span("d2", 1, MARKET_REPRINT, 0, editor, "document", of={"doc": "d1", "start": 0, "end": 300, "lines": [1, 7]}),
        span("d4", 0, HARBOUR_REPRINT, 0, len(HARBOUR_REPRINT), "document", of={"doc": "d3", "start": 0, "end": 9, "lines": [1, 6]}),
        span("d8", 0, ODD_COPY, 0, len(ODD_COPY), "document", rule="=1+1", why="@SUM(A1)"),
    ]  # fmt: skip
    furniture = [
        {"doc": "d2", "start": editor, "end": len(MARKET_REPRINT), "lines": [7, 7], "rule": "editor-line",
         "via": "pattern", "removed": True, "text": "责任编辑：何苗"},
        {"doc": "d7", "start": 0, "end": 5, "lines": [1, 1], "rule": HOSTILE[6], "via": "recurrence",
         "removed": False, "text": " ".join(HOSTILE)},
    ]  # fmt: skip
    passages = [
        {"key": "k1", "chars": 30, "text": "市场管理方表示，摊位租金两年内不上涨，并为回迁摊主免除首月管理费。", "home": "d1",
         "places": [{"doc": "d1", "start": 0, "end": 30, "lines": [6, 6], "removed": False},
                    {"doc": "d2", "start": 0, "end": 30, "lines": [6, 6], "removed": True}]},
        {"key": "k2", "chars": 9, "text": " ".join(HOSTILE), "home": "d7", "places": []},
    ]  # fmt: skip
    skipped = [
        {"path": "scan/照片.txt", "status": "quarantined", "reason": "binary", "detail": "PNG signature at byte 0",
         "bytes": 20_480, "offset": None, "sha256": sha("x")},
        {"path": "-odd\tname\r", "status": "skipped", "reason": HOSTILE[1], "detail": HOSTILE[13], "bytes": None,
         "offset": None, "sha256": None},
    ]  # fmt: skip
    edits = [
        {"doc": "d2", "rule": "newline", "old": "\r\n", "new": "\n", "line": 1, "starts": [16, 24]},
        {"doc": "d5", "rule": "ftfy:encode:sloppy-windows-1252+ftfy:decode:utf-8", "old": "â€œ", "new": "“", "line": 2,
         "starts": [33]},
        {"doc": "d5", "rule": "nfc", "old": "e\u0301", "new": "é", "line": 2, "starts": [36]},
        {"doc": "d5", "rule": "space_kind", "old": "\u3000", "new": " ", "line": 1, "starts": [4]},
        {"doc": "d5", "rule": "zero_width+space_end", "old": "\u200b ", "new": "", "line": 3, "starts": [50]},
        {"doc": "d6", "rule": "nfc", "old": "e\u0301", "new": "é", "line": 9, "starts": [90]},
        {"doc": "d7", "rule": HOSTILE[6], "old": HOSTILE[0], "new": "", "line": 1, "starts": [1]},
    ]  # fmt: skip
    return (
        make_record(documents),
        Tables(documents, spans, (), edits, repeats, pairs, clusters, furniture, passages, (), skipped),
        texts,
    )


def make_record(documents):
    l2 = sum(row["l2"]["chars"] for row in documents)
    kept = sum(row["kept_chars"] for row in documents)
    read = sum(row["l0"]["bytes"] for row in documents)
    gone = sum(row["status"] == "removed" for row in documents)
    return {
        "tool": "clean-corpus", "version": "0.1.0", "policy": "standard", "inputs": ["news", HOSTILE[0]],
        "settings": {"verify": {"identity": 0.85, "coverage": 0.8}, "fingerprint": {"permutations": 128, "shingle": 3},
                     "candidates": {"bands": 32, "rows": 4}, "policy": "standard", "odd": HOSTILE[1]},
        "archives": [],
        "versions": {"python": "3.11", "ftfy": "6.3.1", "datasketch": "2.0.0"},
        "counts": {
            "files": len(documents) + 2,
            "bytes": {"read": read + 20_480, "accepted": read, "quarantined": 20_480, "skipped": 0},
            "documents": {"in": len(documents), "kept": len(documents) - gone, "removed": gone,
                          "removed_by_tier": {"near": gone}, "removed_for_archives": 0},
            "characters": {"l1": l2 + 7, "l1_to_l2": -7, "l2": l2, "kept": kept, "removed": l2 - kept,
                           "removed_by_reason": {"repeat": 300, "furniture": 8, "document": l2 - kept - 308},
                           "html_unextracted": 1203},
            "repeats": {"copy": 1, "block": 0, "paragraph": 0, "recurring": 1},
            "pairs": {"near": 3, "variant": 1, "rejected": 1}, "review": 2, "decisions": {"applied": 3, "stale": 1},
            "edits": {"newline": 2, "ftfy:encode:sloppy-windows-1252+ftfy:decode:utf-8": 1, "nfc": 2, "space_kind": 1,
                      "zero_width+space_end": 1, HOSTILE[6]: 1},
        },
        "balance": {"bytes": 0, "documents": 0, "characters": 0},
        "sources": [
            {"source": "evening", "in": 1, "kept": 1, "removed": 0}, {"source": "portal", "in": 2, "kept": 0, "removed": 2},
            {"source": "harbour", "in": 1, "kept": 1, "removed": 0}, {"source": "bulletin", "in": 2, "kept": 2, "removed": 0},
            {"source": HOSTILE[0], "in": 2, "kept": 1, "removed": 1},
        ],
        "warnings": ["portal: 100.0 % of its documents were removed", *HOSTILE],
    }  # fmt: skip
