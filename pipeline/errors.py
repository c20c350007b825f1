"""What ends a run, whose fault it is, and with which code.

    CleanCorpusError
    ├── UsageError     2  yours: options, settings, or nothing to read
    ├── DamageError    4  the output's: something in it is not what was written
    ├── LockedError    5  another run's
    ├── OutputError    6  the output's place: it cannot be written; resumable
    │   └── FullError  6  there is no space left: what comes next would meet the same
    ├── ResumeError    7  what is there is of other settings or versions
    └── InternalError  8  ours: a bug

An input that cannot be read is none of these: it is a value, `stages.model.Rejected`.
"""

from __future__ import annotations

import os
import unicodedata
from typing import ClassVar, Final

#: Every exit code; the documentation and `--help` list them from here.  An unknown code is a failure.
EXIT_CODES: Final[dict[int, str]] = {
    0: "done",
    1: "`--check` found something to review",
    2: "usage, settings, or nothing to read",
    3: "done, some inputs quarantined",
    4: "damage found",
    5: "locked by another run",
    6: "output not writable; resumable",
    7: "an unfinished run (`--restart`) or what `apply` cuts from has other settings or versions",
    8: "our bug",
    129: "stopped because its terminal is gone; resumable",
    130: "stopped by an interrupt (Ctrl-C); resumable",
    143: "stopped by a termination signal; resumable",
}


class CleanCorpusError(Exception):
    """What a person has to know of before a run can go on: what is wrong, where, what to do."""

    exit_code: ClassVar[int] = 8


class UsageError(CleanCorpusError):
    """The options, the settings or the inputs are wrong."""

    exit_code = 2


class DamageError(CleanCorpusError):
    """A file of the output is not what was written."""

    exit_code = 4


class LockedError(CleanCorpusError):
    """Another process works on the output."""

    exit_code = 5


class OutputError(CleanCorpusError):
    """The output cannot be written; nothing is lost, and the same command goes on."""

    exit_code = 6


class FullError(OutputError):
    """There is no space left; whoever has more to write there need not try."""


class ResumeError(CleanCorpusError):
    """An unfinished run, or what a run found, is of other settings or versions."""

    exit_code = 7


class InternalError(CleanCorpusError):
    """A promise of our own is broken."""

    exit_code = 8


def unforeseen(error: BaseException, hint: str) -> str:
    """Return what is said of an error that nobody foresaw: a bug of ours; `hint` says what shows where it is."""
    return f"a bug of clean-corpus, please report it: {safe(f'{type(error).__name__}: {error}')}{hint}"


#: Categories of characters that steer a terminal or hide in it: controls (C0, C1, ESC), formats (bidi, zero
#: width, tags), surrogates, line and paragraph separators.
_ESCAPED: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def safe(text: str | bytes) -> str:
    r"""Return text for a terminal, a log or a message, on one line, with nothing that steers or hides.

    Bytes are UTF-8; those that are not become `\xff`, as do the surrogates that stand for them in file names.

    >>> safe(b"a\x1b[2J\xff")
    'a\\x1b[2J\\xff'
    """
    shown = os.fsdecode(text) if isinstance(text, bytes) else text
    return shown if shown.isprintable() else "".join(map(_visible, shown))


def _visible(char: str) -> str:
    if unicodedata.category(char) not in _ESCAPED:
        return char
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # the byte of a file name that is not UTF-8
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
