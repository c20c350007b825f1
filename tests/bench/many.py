"""Cleans many short articles with two workers under a limit of memory, as `ulimit -v` sets one, and verifies the output.

    python tests/bench/many.py [--documents 72000] [--limit-mb 4000] [--jobs 2] [--memory 3G]

Two thirds of the articles stand in JSON Lines, one third in files of their own; every tenth is a copy of the one
before it, word for word or, each second time, edited.  The limit is of the address space of each process, the
workers' too, which is more than the memory that it takes.  Exit 1 where the run or `verify` fails under it, where a
document is missing, or where an exact copy stays or anything but a copy goes.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT)]

import corpus  # noqa: E402
from watched import memory_of, processes, watched  # noqa: E402

DOCUMENTS = 72_000
LIMIT_MB = 4_000
_A_FILE = 6_000  # records of a file
_COPY_EVERY = 10


def articles(count: int) -> Iterator[tuple[int, str, str]]:
    """Yield of each article the number of its story, its kind (`unique`, `exact` or `edited`) and its text."""
    writer, lines = corpus.Writer(corpus.SEED), [""]
    for number in range(count):
        turn, copied = divmod(number, _COPY_EVERY)
        if copied < _COPY_EVERY - 1:
            lines = [writer.clause(), *(writer.paragraph() for _ in range(3))]
            yield number, "unique", "\n".join(lines)
        elif turn % 2:
            yield number - 1, "edited", "\n".join(writer.edited(lines))
        else:
            yield number - 1, "exact", "\n".join(lines)


def written(folder: Path, count: int) -> dict[str, tuple[int, str]]:
    """Write the articles below a folder, in an order by chance; return story and kind of each, by where it stands."""
    made = list(articles(count))
    random.Random(corpus.SEED).shuffle(made)
    kinds = {}
    for number, (story, kind, text) in enumerate(made):
        outlet = folder / f"outlet-{number // _A_FILE:03d}"
        outlet.mkdir(parents=True, exist_ok=True)
        if number // _A_FILE % 3:
            with (outlet / "news.jsonl").open("a", encoding="utf-8") as news:
                news.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
            kinds[f"{outlet.name}/news.jsonl#{number % _A_FILE}"] = story, kind
        else:
            (outlet / f"{number}.txt").write_text(text + "\n", encoding="utf-8")
            kinds[f"{outlet.name}/{number}.txt"] = story, kind
    return kinds


def _taken(pid: int) -> tuple[int, int, int]:
    """Return, in kB, the largest address space of a process, the largest resident memory of one, and that of all."""
    found = [memory_of(one) for one in processes(pid)]
    resident = [memory.get("VmRSS", 0) for memory in found]
    return max(memory.get("VmPeak", 0) for memory in found), max(resident), sum(resident)


def limited(name: str, words: list[str], limit_mb: int) -> int:
    """Run a command whose processes get no more than so much address space each; print its figures, return its code."""
    most = (0, 0, 0)

    def look(pid: int) -> None:
        nonlocal most
        most = tuple(map(max, most, _taken(pid)))

    ended = watched(["-m", "pipeline", *words], str(ROOT), limit_mb, look)
    space, one, together = (n >> 10 for n in most)
    print(
        f"{name}: {ended}; at most {space:,} MB of address space and {one:,} MB resident in a process, "
        f"{together:,} MB resident in all",
        flush=True,
    )
    return ended.code


def wrong(out: Path, kinds: dict[str, tuple[int, str]]) -> list[str]:
    """Return what is wrong with the ledger of an output."""
    fates = {}
    for line in (out / "ledger" / "documents.jsonl").read_bytes().splitlines():
        row = json.loads(line)
        place = row["path"].partition("/")[2] if row["path"].startswith("input/") else row["path"]
        fates[place if place.endswith(".txt") else f"{place}#{row['ordinal']}"] = row["status"]
    gone = Counter(kinds[place][0] for place in kinds if fates.get(place) == "removed")
    copied = {story: kind for story, kind in kinds.values() if kind != "unique"}
    print(
        f"documents {len(fates):,}, removed {gone.total():,}, copies made {dict(Counter(copied.values()))}",
        flush=True,
    )
    stay = sum(gone[story] == 0 for story, kind in copied.items() if kind == "exact")
    more = sum(count > (story in copied) for story, count in gone.items())
    strange = len(set(kinds) ^ set(fates))
    found = (
        (strange, "documents are missing from the ledger, or no article"),
        (stay, "exact copies stay"),
        (more, "stories of which more than a copy went"),
    )
    return [f"{count} {what}" for count, what in found if count]


def main() -> int:
    """Make the articles, clean and verify them; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=DOCUMENTS)
    parser.add_argument("--limit-mb", type=int, default=LIMIT_MB, help="address space of each process")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--memory", default="3G", help="what the run is told to keep to, as 1G")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        source, out = Path(name) / "input", Path(name) / "out"
        kinds = written(source, given.documents)
        size = sum(path.stat().st_size for path in source.rglob("*.*"))
        print(f"{len(kinds):,} articles, {size / 1e6:.0f} MB; {given.limit_mb:,} MB a process", flush=True)
        words = [
            "run",
            str(source),
            "-o",
            str(out),
            "--jobs",
            str(given.jobs),
            "--memory",
            given.memory,
            "--quiet",
        ]
        found = []
        if limited("run", words, given.limit_mb):
            found.append("the run failed")
        elif limited("verify", ["verify", str(out)], given.limit_mb):
            found.append("verify found damage")
        else:
            found += wrong(out, kinds)
    print(*found, f"many: bad {len(found)}", sep="\n", flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
