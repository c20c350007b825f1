"""The command: parse, call, print, exit.  One file a command; here, how every command ends.

What a command imports beyond this waits until it runs: `--help` answers at once.
"""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

from pipeline.errors import EXIT_CODES, CleanCorpusError, OutputError, safe, unforeseen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

#: Command → what it says of itself, in the order of the help: importing all of them takes longer than all else of it.
_SAYS: Final = {
    "run": "Clean the files and folders IN into OUT.",
    "batch": "Clean each FOLDER by itself into OUT/NAME, side by side; OUT/index.html sums them up.",
    "apply": "Cut OUT anew for another policy or other decisions, from what its run found; the inputs are not read.",
    "inspect": "Show what the run in OUT read, removed and kept.",
    "explain": "Tell what happened to document A and why, or how A and B compare.",
    "decide": "Record what a person decides of the documents in OUT, for `run` and `apply` to follow.",
    "review": "List the pairs in OUT that a person should look at, or serve its report to decide them there.",
    "db": "Make OUT/corpus.db: the ledger and all texts in SQLite, with an index of words.",
    "search": "Find the documents of OUT that have all WORDS, in the order of the ledger; removed ones too.",
    "diff": "Show which documents and removed passages of OUT_B are not what they are in OUT_A, and why.",
    "restore": "Write the source texts of OUT to DIR: all, or those of PATHS.",
    "forget": "Erase documents of OUT: nothing of their text stays, and no later run takes them in again.",
    "verify": "Check OUT: every file, the balance, every removed span.  Exit 4 if something is damaged.",
    "publish": "Put OUT into an object store at URL, whole, and make it the current one there.",
    "fetch": "Write the output that is published at URL to the folder DIR.",
    "export": "Write OUT to the new folder DIR in the format of another tool.",
    "doctor": "Show versions, disk space, locale and terminal; of a folder what it holds; of a file how it is read.",
}
#: Command → module.
COMMANDS: Final[dict[str, str]] = {name: f"pipeline.cli.{name}" for name in _SAYS}
#: Packages whose version changes what a run writes, as `--version` names them.
_NAMED: Final = ("ftfy", "datasketch")
_SIGNALLED: Final = 128  # and the number of the signal, as a shell has it
_PIPE_CLOSED: Final = 141  # what a shell says of a program that was stopped by a closed pipe
_LINES: Final = "--json-lines"  # the option by which errors are lines of JSON too
_STOPPED: Final = "stopped; nothing is lost, run the same command to go on"


class _TerminatedError(BaseException):
    """A signal came that asks for the end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class _Commands(click.Group):
    """Commands by name, each imported when it is asked for; every error ends in one line and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        found = importlib.import_module(COMMANDS[cmd_name]).command
        return found if isinstance(found, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(_SAYS.items()))

    def invoke(self, ctx: click.Context) -> int:
        """Run a command; return its exit code."""
        lines = _LINES in ctx.args  # also where they cannot be parsed
        debug = bool(ctx.params.get("debug"))
        return _ended(lambda: click.Group.invoke(self, ctx), debug=debug, lines=lines)

    def main(  # type: ignore[override] # one signature, where click has an overload for each mode
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT002 - click's
        **extra: Any,  # noqa: ANN401 - click's
    ) -> int:
        """Parse, run and exit; without `standalone_mode`, return the exit code."""
        _speak_utf8()
        del prog_name  # however it was started, one name
        with _terminable():
            code = _ended(
                lambda: click.Group.main(
                    self, args, "clean-corpus", complete_var, standalone_mode=False, **extra
                ),
                debug=False,
            )
            code = code or _ended(_flush, debug=False)
        if standalone_mode:
            sys.exit(code)
        return code


def _ended(action: Callable[[], object], *, debug: bool, lines: bool = False) -> int:
    """Carry out `action` and return its exit code: the one place where errors become messages, or `lines` of JSON.

    The edge of the process: what nobody foresaw ends here too, as a bug of ours.
    """
    try:
        code = action()
    except click.exceptions.Exit as end:
        return end.exit_code
    except (Exception, KeyboardInterrupt, _TerminatedError) as error:  # noqa: BLE001 - the documented edge
        if debug and not isinstance(error, (CleanCorpusError, click.ClickException)):
            import traceback

            traceback.print_exception(error)
        code, text = _failed(error, debug=debug)
        if lines:
            _line(code, text)
        elif text:
            _say(text)
        return code
    code = code if isinstance(code, int) else 0
    if lines:
        _line(code)
    return code


def _failed(error: BaseException, *, debug: bool) -> tuple[int, str]:
    """Return the exit code of an error, and what is to be said of it."""
    match error:
        case click.ClickException():
            return error.exit_code, _usage(error)
        case CleanCorpusError():
            return error.exit_code, f"error: {safe(str(error))}"
        case KeyboardInterrupt() | click.Abort() | _TerminatedError():
            number = error.number if isinstance(error, _TerminatedError) else signal.SIGINT
            return _SIGNALLED + number, _STOPPED
        case BrokenPipeError():
            _hush()
            return _PIPE_CLOSED, ""
    hint = "" if debug else "; clean-corpus --debug COMMAND … shows where"
    return 8, f"error: {unforeseen(error, hint)}"


def _line(code: int, text: str = "") -> None:
    """Write the last event, as a line of JSON."""
    from pipeline.events import Ended, Lines

    if sys.stderr is not None:
        Lines(sys.stderr).show(Ended(code, text.rpartition("\n")[2].removeprefix("error: ")))


def _say(text: str) -> None:
    try:
        click.echo(text, err=True)
    except OSError:  # nobody listens
        _hush()


def _usage(error: click.ClickException) -> str:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error.format_message()
    context = getattr(error, "ctx", None)
    said = []
    if isinstance(context, click.Context):
        said = [context.get_usage(), f"Try '{context.command_path} --help' for help."]
    what = error.format_message().replace("\n\t", " ")  # click lists the values of an option, a line each
    return "\n".join([*said, f"error: {safe(what)}"])


def _flush() -> None:
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError as error:
        _hush()
        if error.errno == errno.EPIPE:
            raise
        raise OutputError(f"cannot write to standard output: {error.strerror}") from error


def _hush() -> None:
    """Send what is left to be printed nowhere, so that the end of the process does not complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except (OSError, ValueError):
            try:
                os.dup2(nowhere, stream.fileno())
            except (OSError, ValueError):  # a stream without a file, as in tests
                continue
    os.close(nowhere)


def _speak_utf8() -> None:
    """Make both streams UTF-8, whatever the locale; what has no UTF-8 becomes an escape."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is None:
            continue
        utf8 = (stream.encoding or "").lower().replace("_", "-") in {"utf-8", "utf8"}
        if utf8:
            reconfigure(errors="backslashreplace")
        else:
            reconfigure(encoding="utf-8", errors="backslashreplace")


@contextmanager
def _terminable() -> Iterator[None]:
    """Turn signals that ask for the end into an exception, here and not in worker processes.

    One that whoever started this wants ignored, as `nohup` does, stays so.
    """
    process = os.getpid()

    def end(number: int, frame: FrameType | None) -> None:
        del frame
        if os.getpid() != process:
            os._exit(_SIGNALLED + number)
        raise _TerminatedError(number)

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    before = {number: how for number, how in before.items() if how not in {None, signal.SIG_IGN}}
    try:
        for number in before:
            signal.signal(number, end)
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        for number, how in before.items():
            signal.signal(number, how)


def versions(names: Sequence[str]) -> list[tuple[str, str]]:
    """Return package names with their versions; nothing is imported to find them."""
    from importlib.metadata import PackageNotFoundError, version

    found = []
    for name in names:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            found.append((name, "not installed"))
    return found


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    del param
    if not value or ctx.resilient_parsing:
        return
    import platform
    import unicodedata

    import pipeline

    rows = [("clean-corpus", pipeline.__version__), ("Python", platform.python_version())]
    rows += [("Unicode data", unicodedata.unidata_version), *versions(_NAMED)]
    for name, number in rows:
        click.echo(f"{name} {number}")
    ctx.exit()


_CODES: Final = "\n".join(f"  {code:<4} {meaning}" for code, meaning in EXIT_CODES.items())


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=f"\b\nExit codes:\n{_CODES}",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show versions.",
)
@click.option("--debug", is_flag=True, help="Show where an unexpected error happened.")
def main(debug: bool) -> None:
    """Turn folders of scraped news into a clean, canonical corpus, and prove what was done."""
    del debug  # read where errors end
