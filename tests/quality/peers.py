"""Runs the peers beside us: datatrove, text-dedup and rensa, each in its own process, in an environment of their own.

The environment is made on first use, with the package index that is set up, in a cache folder outside the repository.
Where that fails the comparison is left out, and the reason is printed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_WORKER: Final = Path(__file__).with_name("peers_worker.py")
PINNED: Final = {"datatrove": "0.10.1", "text-dedup": "0.4.0", "rensa": "0.5.0"}
#: What the parts of them that run here import.  text-dedup is installed without what it asks for, which is Spark, ONNX and
#: Sphinx beside this; datatrove 0.10 hashes text, which xxhash 4 refuses.
_ALSO: Final = (
    "click", "click-option-group", "datasets", "jieba", "numpy", "regex", "rich", "scipy", "setuptools", "spacy", "tokenizers",
    "tqdm", "xxhash<4",
)  # fmt: skip
_SECONDS: Final = 900  # for an installation, or for all settings of a peer
#: Shingles in characters and thresholds that are tried: all of them for what is published, fewer in the gate.
FULL: Final = ("3,5", "0.5,0.6,0.7,0.8,0.9")
SMALL: Final = ("5", "0.7,0.8,0.9")


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer at one setting."""

    name: str
    version: str
    setting: str
    default: bool
    labels: tuple[str, ...]  # of the texts: equal ones are one cluster


def environment(
    pinned: Mapping[str, str] = PINNED, also: Sequence[str] = _ALSO, bare: Sequence[str] = ("text-dedup",)
) -> Path:
    """Return the Python of the peers, installed if need be; OSError or SubprocessError says why there is none.

    `bare` are installed without what they ask for.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "clean-corpus-peers"
    folder = cache / "-".join([f"py{sys.version_info.major}.{sys.version_info.minor}", *pinned.values()])
    python, done = folder / "bin" / "python", folder / "installed"
    if not done.exists():
        print(f"setting up {', '.join(pinned)} in {folder}, once", file=sys.stderr, flush=True)
        venv.create(folder, clear=True, with_pip=True)
        pins = {name: f"{name}=={version}" for name, version in pinned.items()}
        whole = [pin for name, pin in pins.items() if name not in bare]
        pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        for what in ([*whole, *also], *(["--no-deps", pins[name]] for name in bare)):
            subprocess.run([*pip, *what], check=True, timeout=_SECONDS, capture_output=True, text=True)
        done.touch()
    return python


def compared(texts: Sequence[str], sweep: tuple[str, str], work: Path) -> Iterator[Peer]:
    """Give every peer at every setting; a peer that cannot be had or fails is left out, with its reason printed."""
    try:
        python = environment()
    except (OSError, subprocess.SubprocessError) as error:
        print(f"SKIPPED the peers: they cannot be installed: {reason(error)}")
        return
    for name, version in PINNED.items():
        try:
            rows = _rows(python, name, texts, sweep, work)
        except (OSError, subprocess.SubprocessError) as error:
            print(f"SKIPPED {name} {version}: {reason(error)}")
            continue
        for row in rows:
            yield Peer(name, version, row["setting"], row["default"], tuple(row["labels"]))


def _rows(python: Path, name: str, texts: Sequence[str], sweep: tuple[str, str], work: Path) -> list[dict]:
    """Return what a peer says at each setting."""
    work.mkdir(parents=True, exist_ok=True)
    offline = {**os.environ, "HF_HUB_OFFLINE": "1", "TMPDIR": str(work), "PYTHONPATH": ""}
    done = subprocess.run(
        [python, _WORKER, name, *sweep],
        input=json.dumps(list(texts)),
        env=offline,
        cwd=work,
        check=True,
        timeout=_SECONDS,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def reason(error: Exception) -> str:
    """Return the last line of what a process said, or the error."""
    said = (getattr(error, "stderr", "") or "").strip().splitlines()
    return said[-1] if said else str(error)
