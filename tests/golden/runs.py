"""Runs a sample and says which files of its output are compared with `expected/`."""

from __future__ import annotations

from pathlib import Path

from pipeline import events
from pipeline.job import run
from pipeline.settings import load

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
PACKED = Path(__file__).with_name("packed.txt"), "encodings"  # what it gives in shards, and of which sample
COMPARED = ("clean", "notes")
LEDGER = (
    *("repairs", "edits", "repeats", "pairs", "clusters"),
    *("furniture", "passages", "archived", "spans", "skipped", "documents"),
)


def samples() -> list[str]:
    return sorted(p.name for p in SAMPLES.iterdir() if (p / "input").is_dir())


def clean(name: str, out: Path):
    folder = SAMPLES / name
    toml = folder / "settings.toml"
    settings = load(toml if toml.exists() else None, {"run.jobs": 1})
    archives = []
    if (folder / "earlier").is_dir():
        archives = [out.parent / "earlier-clean"]
        run([folder / "earlier"], archives[0], settings, printer=events.Silent())
    return run([folder / "input"], out, settings, against=archives, printer=events.Silent())


def compared(out: Path) -> dict[str, bytes]:
    """Return the files of an output tree that a golden run fixes, by name."""
    found = {}
    for top in COMPARED:
        for path in sorted((out / top).rglob("*")):
            if path.is_file():
                found[path.relative_to(out).as_posix()] = path.read_bytes()
    for table in LEDGER:
        found[f"ledger/{table}.jsonl"] = (out / "ledger" / f"{table}.jsonl").read_bytes()
    return found


def packed(name: str, out: Path) -> str:
    """Return the hashes of the shards of a sample, and their index."""
    toml = SAMPLES / name / "settings.toml"
    settings = load(toml if toml.exists() else None, {"run.jobs": 1, "run.layout": "packed"})
    run([SAMPLES / name / "input"], out, settings, printer=events.Silent())
    lines = (out / "manifest-sha256.txt").read_text("utf-8").splitlines(keepends=True)
    shards = [line for line in lines if line[66:].startswith("packed/")]
    return "".join([*shards, (out / "ledger" / "packed.jsonl").read_text("utf-8")])
