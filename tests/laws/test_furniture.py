"""Furniture, the laws, over folders of invented sites: each removal has a rule and its text, and comes back."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import events
from pipeline.check import verify
from pipeline.job import run
from pipeline.ledger import Output
from pipeline.restore import restore
from pipeline.settings import load
from stages.furniture import RULES

LAW = settings.get_profile("runs")
HAN = "山水风云花木石桥路灯船港村镇街巷河湖海岛春夏秋冬晨昏日月星雨雪霜人家门窗书报纸笔墨声色光影早晚行走来去看听说读写问答想念知晓建修开关收放种养买卖送取"
ABOVE = ["首页 > 要闻 > 正文", "街巷 渡口 灯塔 书桌", "大字山河", "分享 微信 微博"]
INSIDE = ["点击观看视频", "本周数字", "在海州之窗客户端里看灯塔", "赛果", "答："]
BELOW = [
    "责任编辑：江一帆", "潮汐与灯塔", "相关阅读", "巷子里还在翻", "评论（12）", "海州之窗公众号每天早上七点和您见面。",
    "本报将持续关注此事进展。", "（完）", "获奖名单", "一等奖：江一帆", "文章刊发于2021年2月5日《海州日报》", "一页山河",
]  # fmt: skip
KEPT = {"本周数字", "答：", "本报将持续关注此事进展。", "（完）", "文章刊发于2021年2月5日《海州日报》"}


def words(dice, least, most):
    return "".join(dice.choice(HAN) for _ in range(dice.randint(least, most)))


def sites(seed):
    """Return {name: bytes}: documents of three sites, as text and as pages."""
    dice = random.Random(seed)
    files = {}
    for site in "abc":
        above, inside, below = (dice.sample(pool, dice.randint(0, 3)) for pool in (ABOVE, INSIDE, BELOW))
        titles = [words(dice, 9, 14) for _ in range(dice.randint(3, 6))]
        for n, title in enumerate(titles):
            body = [
                words(dice, 20, 40) + "。" + words(dice, 15, 30) + "。" for _ in range(dice.randint(3, 6))
            ]
            body[1:1] = [x for x in inside if dice.random() < 0.9]
            lines = [*above, title, *body, *below, *dice.sample(titles, 2 if below else 0)]
            if site == "c":
                inner = "".join(f"<p>{line}</p>" for line in lines)
                page = f"<!DOCTYPE html><meta charset=utf-8><title>{title}</title><article>{inner}</article>"
                files[f"{site}/{n}.html"] = page.encode()
            else:
                files[f"{site}/{n}.txt"] = "\n".join(lines).encode()
    return files


def cleaned(folder, out):
    run([folder], out, load(None, {"run.jobs": 1}), printer=events.Silent())
    return Output(out)


@LAW
@given(st.integers(0, 10**6))
def test_furniture_goes_by_a_rule_with_its_text_comes_back_and_is_gone_for_good(seed):
    files = sites(seed)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for path, data in files.items():
            (work / "in" / path).parent.mkdir(parents=True, exist_ok=True)
            (work / "in" / path).write_bytes(data)
        output = cleaned(work / "in", work / "out")
        rows = output.rows()
        assert any(f["removed"] for f in rows.furniture)
        for found in rows.furniture:
            assert found["rule"] in RULES
            assert found["via"] in {"pattern", "end", "recurrence"}
            assert output.text(found["doc"], "L2")[found["start"] : found["end"]] == found["text"]
            assert found["text"] not in KEPT
        for document in rows.documents:  # every sentence stays
            if document["status"] == "kept":
                kept = set(output.text(document["id"], "L3").split("\n"))
                long = {x for x in output.text(document["id"], "L2").split("\n") if x.count("。") > 1}
                assert long <= kept
        assert verify(work / "out", deep=True, sample=None, seed=0).findings == ()
        restore(work / "out", work / "back", source=work / "in")
        for path, data in files.items():
            assert (work / "back" / path).read_bytes() == data if path.endswith(".txt") else True
        again = cleaned(work / "out" / "clean", work / "again").rows()
        assert [f["text"] for f in again.furniture if f["removed"]] == []
