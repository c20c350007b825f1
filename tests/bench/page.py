"""The page docs/speed.md, out of the figures of `run.py`."""

from __future__ import annotations

from typing import Any

_NAMES = {
    "matching": "**matching alone**, as the peers do it",
    "jsonl": "**whole run** from JSON Lines",
    "txt folder": "**whole run** from a folder of texts",
}
_TEXT = """# Speed and memory

<!-- Made by `python tests/bench/run.py --page` from a measurement: change it there. -->

A made corpus of Chinese news with known copies is matched by us and by peers, on the same files, in the same run.
A whole run also decodes, repairs, looks for repeats and furniture, and writes clean copies, notes, ledger and report; a peer only says which documents are alike.
Times are ratios at best: compare rows of one table, never tables of two machines.

`make bench` measures it anew; `BENCH="10"` takes one size, in MB of text. A peer is left out at sizes where one run of it takes more than some minutes.

The columns: seconds on the clock and of all processors, the largest memory of all its processes together, and the times of rensa divided by its own: above 1 it is faster than rensa.
Precision and recall count documents that go: rightly, where one of their story stays. Copies are exact, edited at 3 % of the characters, truncated, of other width, traditional, mis-decoded, or with a site's lines around them.
Not to go are templates of which only figures differ, texts that quote a paragraph, and all others. *Lost* are stories of which nothing is left.
"""


def page(report: dict[str, Any]) -> str:
    """Return docs/speed.md."""
    made = " · ".join(f"{name} {value}" for name, value in report["machine"].items())
    return "\n".join(
        [_TEXT, *(line for run in report["runs"] for line in _table(run)), f"Measured with: {made}.", ""]
    )


def _table(run: dict[str, Any]) -> list[str]:
    rows = run["rows"]
    base = rows.get("rensa", {})
    lines = [
        f"## {run['mb']} MB, {sum(run['counts'].values()):,} documents",
        "",
        "| | wall s | CPU s | peak MB | rensa wall ÷ | rensa CPU ÷ | F1 | precision | recall | templates gone | lost |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, row in rows.items():
        if "failed" in row:
            lines.append(f"| {_NAMES.get(name, name)} | failed | | | | | | | | | |")
            continue
        gone = row["gone"]
        ratio = " | ".join(f"{base[key] / row[key]:.2f}" if key in base else "" for key in ("wall", "cpu"))
        shares = " | ".join(f"{gone[key]:.3f}" for key in ("F1", "precision", "recall", "template"))
        lines.append(
            f"| {_NAMES.get(name, name)} | {row['wall']:.1f} | {row['cpu']:.1f} | {row['peak_mb']:,} | {ratio} "
            f"| {shares} | {gone['lost']} |"
        )
    return [*lines, ""]
