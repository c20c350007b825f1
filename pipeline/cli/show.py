"""What commands share: settings of the options, opening an output, and what the terminal can do."""

from __future__ import annotations

import dataclasses
import os
import shlex
import shutil
import sys
from typing import TYPE_CHECKING, Final

import click

from pipeline.errors import OutputError, UsageError, safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from pipeline.ledger import Output
    from pipeline.settings import Settings

_LABEL: Final = 12  # columns


def opened(out: Path) -> Output:
    """Return an output to read from; a swap that was interrupted is completed first.

    Raises:
        UsageError: `out` is none.
        LockedError: a run puts its result in place right now.
    """
    from pipeline.ledger import Output

    recovered(out)
    return Output(out)


def recovered(out: Path) -> None:
    """Complete a swap that was interrupted, if there is one.

    Raises:
        UsageError: `out` is no folder.
        LockedError: a run puts its result in place right now.
    """
    if not out.is_dir():
        raise UsageError(f"{safe(os.fspath(out))}: no such folder; name the output of a run")
    if (out / ".work" / "swap.json").exists():
        from pipeline.workspace import Workspace

        workspace = Workspace(out)
        with workspace.lock():
            workspace.recover()


def settings_of(
    config: Path | None,
    overrides: Sequence[str],
    encodings: Sequence[str],
    options: Mapping[str, object] | None = None,
) -> Settings:
    """Return the settings of the file, with `SECTION.KEY=VALUE`, options and `GLOB=NAME` of encodings on top.

    An option that is None was not given.

    Raises:
        UsageError: the file, a key or a value is not one that is known.
    """
    from pipeline.settings import load, parse_override

    values = dict(parse_override(text) for text in overrides)
    values |= {key: value for key, value in (options or {}).items() if value is not None}
    settings = load(config, values)
    if not encodings:
        return settings
    pairs = [_encoding(text) for text in encodings]
    try:
        reading = dataclasses.replace(settings.read, encodings=(*settings.read.encodings, *pairs))
    except ValueError as error:
        raise UsageError(f"option --encoding: {safe(str(error))}") from error
    return dataclasses.replace(settings, read=reading)


def _encoding(text: str) -> tuple[str, str]:
    glob, equals, name = text.rpartition("=")
    if not equals or not glob or not name:
        raise UsageError(f"option --encoding {safe(text)}: must be GLOB=NAME, e.g. '*/old/*.txt=gb18030'")
    return glob, name


#: The option of commands that take a while, see `pipeline.events.Lines`.
json_lines = click.option(
    "--json-lines",
    "as_lines",
    is_flag=True,
    help="Tell on standard error what happens, a JSON object a line.",
)


def width() -> int:
    """Return the columns of the terminal, 100 where there is none."""
    return shutil.get_terminal_size((100, 24)).columns or 100


def coloured() -> bool:
    """Return whether standard output takes colours, and nobody asked for none."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout is not None and sys.stdout.isatty() and not plain


def command_line(*words: str | Path) -> str:
    """Return a command to copy into a shell."""
    return shlex.join(["clean-corpus", *(os.fspath(word) for word in words)])


def put(lines: Iterable[str]) -> None:
    """Print lines of a result."""
    for line in lines:
        try:
            click.echo(line)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(f"cannot write to standard output: {error.strerror}") from error


def labelled(label: str, text: str) -> str:
    """Return a line with a label on the left."""
    return f"{label:<{_LABEL}}{text}"


def quoted(text: str, limit: int = 60) -> str:
    """Return a passage on one line in quotes, its middle left out where it is long."""
    shown = text.strip().replace("\n", " ⏎ ")
    if len(shown) > limit:
        shown = f"{shown[: limit * 2 // 3]} … {shown[-limit // 3 :]}"
    return f"“{safe(shown)}”"
