"""The terms of a run: settings and versions, and with decisions and what was erased all that can change a byte."""

from __future__ import annotations

import functools
import hashlib
import importlib
import json
import platform
import unicodedata
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from pipeline.decisions import digest_of
from pipeline.memo import Memory
from pipeline.settings import Layout, as_dict, digest
from pipeline.workspace import differences
from stages import ORDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.decisions import Event
    from pipeline.settings import Settings
    from pipeline.tombstones import Tombstone
    from pipeline.workspace import Workspace

#: Packages whose version can change a byte of the output.
PACKAGES: Final = (
    "clean-corpus",
    "cchardet",
    "datasketch",
    "ftfy",
    "justext",
    "lxml",
    "numpy",
    "pyarrow",
    "rapidfuzz",
    "readability-lxml",
    "trafilatura",
)
#: The settings that pass 1 reads: its cache is keyed by them.
PASS_1: Final = (*ORDER[: ORDER.index("collapse") + 1], "read")
#: Raised when what the shell does gives something else of the same bytes or columns: readers, unpacking and the pass.
_READING: Final = 1
_MEMORY: Final = 4  # the same of the barrier's tasks, or of the columns that are remembered
#: What is remembered → the stages that it depends on; `None` of what the shell writes: all, and the release itself.
_DEPENDS: Final[dict[str, tuple[str, ...] | None]] = {
    "lines": ("furniture",),
    "views": ("furniture", "fingerprint", "candidates", "render"),
    "verdicts": ("fingerprint", "verify", "guard", "render"),
    "pieces": None,
    "shown": None,
}
_TOLD: Final = frozenset({"settings", "versions", "stages"})
#: Settings that nothing depends on of what is remembered, unless its key says so.
_SETTLING: Final = (
    ("run", "policy"),
    ("run", "layout"),
    ("cluster", "review_size"),
    ("decide", "over_removed"),
    ("decide", "passage_least"),
)


def begun(  # noqa: PLR0913 - all that a run is known by
    workspace: Workspace,
    settings: Settings,
    labels: Sequence[str],
    opened: Sequence[Mapping[str, object]],
    decisions: Sequence[Event],
    stones: Sequence[Tombstone],
    *,
    restart: bool,
) -> dict[str, Any]:
    """Begin to write, and return the terms of what is found: settings, versions and archives.

    With the decisions and what was erased, they are all that can change a byte.

    Raises:
        ResumeError: an unfinished run has others, and not `restart`.
        OutputError: the folder cannot be written.
    """
    shown = as_dict(settings)
    named = ["policy", "label", *(["layout"] if settings.run.layout is Layout.PACKED else [])]
    shown["run"] = {name: shown["run"][name] for name in named}  # not how the work is spread
    terms = {"settings": shown, "versions": versions(), "archives": list(opened)}
    every = {
        **terms,
        "stages": stage_versions(ORDER),
        "decisions": digest_of(decisions),
        "forgotten": [stone.doc for stone in stones],
    }
    workspace.begin(_digest(every, labels), _flat(every), restart=restart)
    return terms


def memory_of(workspace: Workspace, terms: Mapping[str, Any]) -> Memory:
    """Return what is remembered of a run with these settings and versions."""
    kept = {
        s: {k: v for k, v in keys.items() if (s, k) not in _SETTLING} for s, keys in terms["settings"].items()
    }
    told = {
        name: [_others(terms["versions"]), stage_versions(depends)]
        if depends is not None
        else [terms["versions"], stage_versions(ORDER)]
        for name, depends in _DEPENDS.items()
    }
    if "layout" in terms["settings"]["run"]:  # then files are remembered as pieces
        told["pieces"].append(terms["settings"]["run"]["layout"])
    texts = {name: json.dumps([_MEMORY, kept, *versions], sort_keys=True) for name, versions in told.items()}
    return Memory(workspace.work / "memo", workspace.spill, texts)


def seen_by(workspace: Workspace, settings: Settings) -> Memory:
    """Return what is remembered of the inputs, as pass 1 with these settings and versions read them."""
    return Memory(workspace.work / "seen", workspace.spill, {"inputs": pass_1(settings)})


def pass_1(settings: Settings) -> str:
    """Return the digest of settings and versions that pass 1 depends on.

    Of this package they are those of the stages, so a release that changes none of them prepares nothing again.
    """
    told = [_READING, _others(versions()), stage_versions(PASS_1[:-1])]
    text = digest(settings, PASS_1) + json.dumps(told, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def renewed(before: Mapping[str, str], terms: Mapping[str, Any]) -> str:
    """Return what a person is told of settings and versions that are other than those of the last run, or nothing."""
    now = _flat({**terms, "stages": stage_versions(ORDER)})
    old = {name: fact for name, fact in before.items() if name.partition(".")[0] in _TOLD}
    new = {name: fact for name, fact in now.items() if name.partition(".")[0] in _TOLD}
    if not old or old == new:
        return ""
    return f"since the last run: {differences(old, new)}; what depends on it is done again"


def stage_versions(names: Iterable[str]) -> dict[str, int]:
    """Return the version of each of these stages."""
    return {name: importlib.import_module(f"stages.{name}").VERSION for name in names}


def _others(found: Mapping[str, str]) -> dict[str, str]:
    """Return the versions of all packages but this one."""
    return {name: version for name, version in found.items() if name != PACKAGES[0]}


@functools.cache
def _installed() -> dict[str, str]:
    """Return the versions of the packages; each is a file to be read, and a run asks more than once."""
    return {name: version(name) for name in PACKAGES}


def versions() -> dict[str, str]:
    """Return the versions that can change a byte of the output."""
    out = dict(_installed())
    out["python"] = ".".join(platform.python_version_tuple()[:2])
    out["unicode"] = unicodedata.unidata_version
    return out


def _flat(terms: Mapping[str, Any], name: str = "") -> dict[str, str]:
    """Return nested settings and versions as one level of names and texts."""
    out: dict[str, str] = {}
    for key, value in terms.items():
        here = f"{name}.{key}" if name else key
        out |= (
            _flat(value, here) if isinstance(value, dict) else {here: json.dumps(value, ensure_ascii=False)}
        )
    return out


def _digest(terms: Mapping[str, Any], labels: Sequence[str]) -> str:
    text = json.dumps([terms, sorted(labels)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
