"""A report over any number of invented clusters, made of parts as a run makes it."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path

from pipeline.report.fragments import fragment
from pipeline.report.gist import Gist
from pipeline.report.page import report_page

_spec = importlib.util.spec_from_file_location(
    "report_run", Path(__file__).resolve().parents[1] / "shell" / "report_run.py"
)
report_run = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(report_run)

SOURCES = (
    "evening",
    "portal",
    "harbour",
    "bulletin",
    "coast-radio",
    "valley-post",
    "north-wire",
    "hill-times",
)
PLACES = ["青石岭", "老城", "河西", "东园", "云岭", "洛山", "灯塔", "北港", "南桥", "西坡"]
THINGS = ["水库", "菜市场", "图书馆", "渡轮", "电车", "果园", "学校", "码头", "博物馆", "旧桥"]
HAPPENS = ["改造完工", "重新开放", "推迟开业", "迎来客流", "公布方案", "调整时间", "获得资助", "举行仪式"]
A_PART = 500  # clusters


def many_clusters(count, seed=1):
    """Return a gist of so many clusters, its run, and what gives the texts."""
    draw = random.Random(seed)
    gist, pairs, clusters, fates, documents = Gist(), [], [], {}, 0
    for first in range(0, count, A_PART):
        rows = []
        for n in range(first, min(count, first + A_PART)):
            found = _cluster(draw, n)
            rows += found
            kept, *gone = found
            fates |= {row["id"]: kept["id"] for row in gone}
            pairs += [_pair(draw, kept, row) for row in gone]
            clusters.append((kept, gone))
        part = Gist()
        part.take(report_run.Tables(documents=rows))
        gist.add(Gist.load(part.dump()))
        documents += len(rows)
    gist.group((_row(n, *group) for n, group in enumerate(clusters)), 200)
    gist.match(pairs, fates)
    wanted = gist.wanted()
    names = {
        row["id"]: row["path"] for kept, gone in clusters for row in (kept, *gone) if row["id"] in wanted
    }
    gist.names = names
    run = report_run.make_record([])
    run["counts"]["documents"] |= {"in": documents, "kept": count, "removed": documents - count}
    run["counts"]["characters"] |= {"kept": count, "removed": 0, "removed_by_reason": {}}
    run["sources"] = [
        {"source": name, "in": documents // 8, "kept": 1, "removed": n} for n, name in enumerate(SOURCES)
    ]
    return run, gist, _text


def many_page(count):
    """Return a page over so many clusters."""
    run, gist, texts = many_clusters(count)
    return report_page(
        run, gist, lambda cases: [fragment(case, texts) for case in cases], rule="verify 3, guard 2"
    )


def _title(n):
    return PLACES[n % 10] + THINGS[n // 10 % 10] + HAPPENS[n // 100 % 8]


def _cluster(draw, n):
    day = f"20{10 + n % 15}-{1 + n % 12:02}-{1 + n % 28:02}"
    rows = []
    for k in range(draw.choice((2, 2, 2, 2, 3))):
        source = SOURCES[draw.randrange(8)]
        row = report_run.document(
            f"d-{n}-{k}", f"{source}/{day[:7]}/{n:06}-{k}.txt", _title(n), of=f"d-{n}-0" if k else None,
            status="removed" if k else "kept", tier=draw.choice(("near", "near", "identical", "key-equal")) if k else None,
            cluster=f"c-{n}",
        )  # fmt: skip
        row["meta"]["published"] = f"{day}T{draw.randrange(24):02}:{draw.randrange(60):02}"
        rows.append(row)
    return rows


def _pair(draw, kept, gone):
    score = 1.0 if gone["tier"] != "near" else round(1 - 0.15 * draw.random() ** 2, 4)
    scores = report_run.scores(identity=score, jaccard=round(score * 0.97, 4))
    return report_run.pair(kept["id"], gone["id"], gone["tier"], scores=scores)


def _row(n, kept, gone):
    members = [
        {"id": row["id"], "path": row["path"], "archive": None, "tier": row["tier"],
         "removed": row["status"] == "removed", "direct": True, "why": ""}
        for row in (kept, *gone)
    ]  # fmt: skip
    return {"id": f"c-{n}", "kept": kept["id"], "why_kept": "the earliest", "size": len(members),
            "chain": n % 500 == 0 and len(members) > 2, "members": members}  # fmt: skip


def _text(doc, layer):
    _, n, k = doc.split("-")
    n = int(n)
    lines = [_title(n)] + [
        f"{_title(n + i)}，据介绍共{(n * 7 + i) % 900}户，{_title(3 * n + i)}，预计{i + 1}月结束。"
        for i in range(12)
    ]
    if k != "0":
        lines[3] = lines[3].replace("据介绍", "据报道")
        lines.append("责任编辑：何苗")
    return "\n".join(lines)
