"""A page through a whole run: what the ledger keeps of the page itself, and of how its text was found."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINES = [
    "云港新桥二月四日清晨正式通车，两岸居民过河的时间从一小时缩短到八分钟，老渡口同日停航。",
    "记者在桥头看到，早高峰的车流平稳有序，交警在两端疏导，公交公司临时加开了六条线路，方便市民上班。",
    "新桥全长三点二公里，双向六车道，桥面两侧设有人行道和自行车道，夜间照明全部使用太阳能，预计每年节电四成。",
]
PAGE = (
    '<html><head><meta charset="gb2312"><title>云港新桥通车_海州之窗</title></head><body><ul><li><a href=/a>首页</a></ul>'
    f"<h1>云港新桥通车</h1><p>2021年02月05日 08:30 来源：海州日报</p><div>{''.join(f'<p>{line}</p>' for line in LINES)}</div></body></html>"
)


def test_the_hash_of_the_page_itself_is_kept_beside_its_text_and_metadata(tmp_path):
    raw = PAGE.encode("gb18030")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "bridge.html").write_bytes(raw)
    command = [
        sys.executable,
        "-m",
        "pipeline",
        "run",
        str(tmp_path / "in"),
        "-o",
        str(tmp_path / "out"),
        "--jobs",
        "1",
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (line,) = (tmp_path / "out" / "ledger" / "documents.jsonl").read_text(encoding="utf-8").splitlines()
    row = json.loads(line)
    assert row["l0"]["sha256"] == hashlib.sha256(raw).hexdigest()
    assert row["l0"]["bytes"] == len(raw)
    text = "\n".join(LINES)
    assert row["l1"]["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert row["l1"]["unextracted"] == len("首页") + len("云港新桥通车") + len(
        "2021年02月05日 08:30 来源：海州日报"
    )
    assert (tmp_path / "out" / "clean" / "bridge.html.txt").read_text(encoding="utf-8").strip() == text
    facts = json.dumps(row, ensure_ascii=False)
    assert all(one in facts for one in ("云港新桥通车", "2021-02-05T08:30", "海州日报", "source-line"))
