"""The page docs/capacity.md, out of the figures of `capacity.py`."""

from __future__ import annotations

from typing import Any

#: documents → processors that the sum is made for.
_CLUSTERS = {"1e+06": 16, "1e+08": 512, "1e+10": 16_384}
_PRICE = 0.04  # of an hour of one processor, in the reader's currency
_HELD = 202  # bytes that the first process holds of a short article for good, see docs/limits.md
_DRIVER = 64 << 30  # bytes that a first process is given
_STEPS = {"read and prepare": "pass 1", "compare": "barrier", "write": "pass 2"}
_POWERS = {"1e+06": "10⁶", "1e+08": "10⁸", "1e+10": "10¹⁰"}
_TEXT = """# What many documents take

<!-- Made by `python tests/bench/capacity.py --page` from a measurement: change it there. -->

How much time, traffic and memory a run takes for 10⁶, 10⁸ and 10¹⁰ documents, from what one document more costs on one machine, and from a simulation of how buckets and clusters grow.
`make capacity` measures it anew.  Nothing above some ten thousand documents was run for this page: the sums say what such a run needs at least, and what gives way first.
[When one machine is not enough](cluster.md) says how to run it there.
"""


def page(report: dict[str, Any]) -> str:
    """Return docs/capacity.md."""
    cost = report["cost"]
    made = " · ".join(f"{name} {value}" for name, value in report["machine"].items())
    blocks = (_costs(cost), _sums(report), _breaks(report), _skew(report["skew"]))
    more = (_pairing(report["pairing"]), _growth(report["growth"]))
    lines = [line for block in (*blocks, *more) for line in block]
    return "\n".join([_TEXT, *lines, f"Measured with: {made}.", ""])


def _costs(cost: dict[str, Any]) -> list[str]:
    lines = [
        "## What a document costs",
        "",
        (
            f"Made articles of {cost['read']:,.0f} bytes of JSON Lines, every tenth a copy, in one process: what "
            f"{cost['documents']:,} of them took, less what a quarter of them took, for each document more."
        ),
        "",
        "| step | processor, ms |",
        "|---|---|",
        *(f"| {_STEPS.get(step, step)} | {1000 * spent:.2f} |" for step, spent in cost["steps"].items()),
        "",
        (
            f"Written: {cost['written']:,.0f} bytes in the tree and {cost['remembered']:,.0f} in `.work`. "
            f"The process took {cost['resident']:,.0f} bytes more for each document, beside {cost['fixed'] / 1e6:,.0f} MB: "
            "most for its tasks, which grow with the documents up to 4,096 of them. "
            f"What the first process holds for good is some {_HELD} bytes of each ([limits](limits.md#size))."
        ),
        "",
        "| task | µs | rows in `out` | bytes in | bytes out | sent to others | largest part, MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in cost["tasks"].items():
        lines.append(
            f"| `{name}` | {1e6 * row['cpu']:,.0f} | {row['rows']:.2f} | {row['in']:,.0f} | {row['out']:,.0f} "
            f"| {row['sent']:,.0f} | {row['most'] / 1e6:.1f} |"
        )
    return [*lines, ""]


def _sums(report: dict[str, Any]) -> list[str]:
    cost, skew = report["cost"], report["skew"]
    a_row = max(row["bytes"] for row in report["pairing"])
    seconds = sum(cost["steps"].values())
    sent = sum(row["sent"] for row in cost["tasks"].values())
    lines = [
        "## The sum",
        "",
        (
            f"Processors all busy; {_PRICE} an hour of one is an example, put yours in its place. Memory of a task is what its "
            "partition of buckets takes, see below."
        ),
        "",
        (
            "| documents | input, GB | processor hours | processors | hours | price | sent between machines, GB "
            "| partitions | memory of a task, GB | tree and `.work`, GB | first process, GB, from and to |"
        ),
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for key, processors in _CLUSTERS.items():
        count, hours = float(key), float(key) * seconds / 3600
        task = skew[key]["most"] * a_row / 1e9
        lines.append(
            f"| {_POWERS[key]} | {count * cost['read'] / 1e9:,.1f} | {hours:,.1f} | {processors:,} "
            f"| {hours / processors:,.2f} | {hours * _PRICE:,.2f} | {count * sent / 1e9:,.1f} "
            f"| {skew[key]['partitions']:,} | {task:,.2f} "
            f"| {count * (cost['written'] + cost['remembered']) / 1e9:,.0f} "
            f"| {(cost['fixed'] + count * _HELD) / 1e9:,.1f} to {(cost['fixed'] + count * cost['resident']) / 1e9:,.1f} |"
        )
    return [*lines, ""]


def _breaks(report: dict[str, Any]) -> list[str]:
    cost, largest = report["cost"], report["skew"]["1e+10"]
    most = _DRIVER / cost["resident"]
    checks, rounds = (max(row[name] for row in report["growth"]) for name in ("checks", "rounds"))
    return [
        "## What gives way first",
        "",
        "| what | where | what helps |",
        "|---|---|---|",
        (
            f"| the first process: it holds from {_HELD} to {cost['resident']:,.0f} bytes of each document, and writes the tables "
            f"| between {most / 1e6:,.0f} and {_DRIVER / _HELD / 1e6:,.0f} million documents in 64 GiB | several runs, a folder or a year each, and "
            "`--against` those before: only what is new is held and compared |"
        ),
        (
            "| files: two of each text file in the tree | some 10⁷, where file systems become slow to list | JSON Lines in place of "
            "files: its records are written into one |"
        ),
        (
            f"| a partition: a bucket that many share comes to one task | 10¹⁰: {largest['most']:,.0f} rows instead of "
            f"{largest['mean']:,.0f} | memory of an executor; more partitions do not help, as a bucket stays whole; "
            "`candidates.window_days` divides it; what a site repeats is furniture and not in it |"
        ),
        (
            "| partitions that are too large | `run.partitions` is 64: from 10⁶ documents on | `run.partitions`, to the number in the "
            "table above |"
        ),
        (
            f"| a cluster whose texts drift: each member is compared with up to `cluster.anchors` kept ones | see below: {checks:.0f} "
            f"checks a member, in {rounds} rounds | `cluster.anchors`; fewer keep more copies |"
        ),
        "",
    ]


def _skew(skew: dict[str, Any]) -> list[str]:
    lines = [
        "## How unequal partitions are",
        "",
        (
            "Clusters of k documents are as many as k to the power of −2.5, and the largest is one in 200 of all documents; a band of an edited copy is that "
            "of its original in two of three. All rows are thrown for 10⁶ documents; for more, each bucket of a cluster of a thousand "
            "documents or more, and the rest is drawn. Partitions are meant to have 64 MiB."
        ),
        "",
        "| documents | partitions | rows in one, mean | 99 in 100 have at most | the most | largest bucket |",
        "|---|---|---|---|---|---|",
    ]
    for key, row in skew.items():
        lines.append(
            f"| {_POWERS[key]} | {row['partitions']:,} | {row['mean']:,.0f} | {row['p99']:,.0f} | {row['most']:,.0f} "
            f"| {row['bucket']:,} |"
        )
    return [*lines, ""]


def _pairing(pairs: list[dict[str, Any]]) -> list[str]:
    lines = [
        "## What a partition takes",
        "",
        "The rows of whole buckets become pairs of documents; memory is all that is taken beside the rows.",
        "",
        "| shape | rows | µs a row | bytes a row | pairs a row |",
        "|---|---|---|---|---|",
    ]
    rows = (
        f"| {row['shape']} | {row['rows']:,} | {1e6 * row['cpu']:.2f} | {row['bytes']:.0f} | {row['edges']:.2f} |"
        for row in pairs
    )
    return [*lines, *rows, ""]


def _growth(grown: list[dict[str, Any]]) -> list[str]:
    lines = [
        "## How clusters grow",
        "",
        (
            "One cluster whose texts drifted apart, by so many times the reach of a match; each is linked with its next. A member is "
            "checked against kept ones until it goes for one, or 16 refused it."
        ),
        "",
        "| drift | members | rounds | checks a member | kept | µs a member |",
        "|---|---|---|---|---|---|",
    ]
    rows = (
        f"| {row['drift']:g} | {row['members']:,} | {row['rounds']} | {row['checks']:.1f} | {row['kept']:,} "
        f"| {1e6 * row['cpu']:.0f} |"
        for row in grown
    )
    return [*lines, *rows, ""]
