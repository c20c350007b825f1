"""Regular expressions that are compiled when something is first asked of them.

Used by stages whose expressions many runs never try: Python compiles a class of thousands of characters in
milliseconds, and a stage has dozens of them, which each start of the command would pay for.
"""

from __future__ import annotations

import re
from typing import Final, cast

_ASKED: Final = ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split")


class _Late:
    """Stands for the pattern: its methods are looked up here once, and then are the pattern's own."""

    def __init__(self, form: str, flags: re.RegexFlag | int) -> None:
        self.pattern = form
        self._flags = flags

    def __getattr__(self, name: str) -> object:
        if name not in _ASKED:
            raise AttributeError(name)
        compiled = re.compile(self.pattern, self._flags)
        vars(self).update({asked: getattr(compiled, asked) for asked in _ASKED})
        return getattr(compiled, name)


def late(form: str, flags: re.RegexFlag | int = 0) -> re.Pattern[str]:
    """Return a regular expression; whether it is one shows when it is first asked for something."""
    return cast("re.Pattern[str]", _Late(form, flags))
