"""The shell: files, order, scale, people.  It imports the core, `stages`, never the reverse.

`pipeline` and `stages` are plain names that another package may have too.  Run by a foreign core we would
write wrong texts, so the first import looks where `stages` would come from, without running it.
"""

from __future__ import annotations

import os
from importlib.util import find_spec

__all__ = ["__version__"]


def _refuse_foreign_stages() -> None:
    """Raise ImportError unless `stages` is the folder beside this one."""
    ours = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "stages")
    spec = find_spec("stages")
    found = os.path.dirname(os.path.realpath(spec.origin)) if spec and spec.origin else None
    if found != ours:
        raise ImportError(
            f"clean-corpus needs its own package 'stages' at {ours}, but Python finds {found or 'none'}. "
            "Install clean-corpus in an environment of its own (pipx install clean-corpus), "
            "and take folders that hold another 'stages' off PYTHONPATH."
        )


def __getattr__(name: str) -> str:
    """Return `__version__`, read only when asked for: `importlib.metadata` takes 36 ms of a 50 ms start.

    A checkout that was never installed has none: "0+unknown".
    """
    if name != "__version__":
        raise AttributeError(f"module 'pipeline' has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - see above

    try:
        return version("clean-corpus")
    except PackageNotFoundError:
        return "0+unknown"


_refuse_foreign_stages()
