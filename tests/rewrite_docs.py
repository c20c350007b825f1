"""Rewrites the pages of docs/ that are made from the code: commands.md and settings.md.

The pages are the same on every machine: fixed width, no clock, no terminal, no colour.
"""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import COMMANDS, main
from pipeline.errors import EXIT_CODES
from pipeline.settings import SECTIONS, describe

DOCS = Path(__file__).resolve().parents[1] / "docs"
WIDTH = 100  # columns of the help
_MADE = "<!-- Made by `make docs` from the code: change it there. -->"


def help_of(command: click.Command, name: str, parent: click.Context | None = None) -> str:
    """Return what `--help` prints, at the fixed width."""
    context = click.Context(command, info_name=name, parent=parent, terminal_width=WIDTH, max_content_width=WIDTH)
    context.help_option_names = ["-h", "--help"]
    return "\n".join(line.rstrip() for line in command.get_help(context).rstrip().split("\n"))


def commands_page() -> str:
    """Return docs/commands.md."""
    top = click.Context(main, info_name="clean-corpus", terminal_width=WIDTH, max_content_width=WIDTH)
    lines = [
        "# Commands",
        "",
        _MADE,
        "",
        "Standard output is the result; progress, warnings and errors go to standard error.",
        "Colours and a redrawn progress line appear only on a terminal; `NO_COLOR`, `TERM=dumb` and `CI` are heeded.",
        "How to use them together: [cleaning](cleaning.md), [reading the report](reading-the-report.md),",
        "[restore and verify](restore-and-verify.md).",
        "",
        "## clean-corpus",
        "",
        "```text",
        help_of(main, "clean-corpus"),
        "```",
    ]
    for name in COMMANDS:
        command = main.get_command(top, name)
        assert command is not None
        lines += ["", f"## {name}", "", "```text", help_of(command, name, top), "```"]
    lines += ["", "## Exit codes", "", "| code | meaning |", "|---:|---|"]
    lines += [f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items()]
    lines += ["", "What to do about each: [troubleshooting](troubleshooting.md).", ""]
    return "\n".join(lines)


def settings_page() -> str:
    """Return docs/settings.md."""
    lines = [
        "# Settings",
        "",
        _MADE,
        "",
        "Settings stand in a TOML file (`--config FILE`), or singly on the command line (`--set SECTION.KEY=VALUE`, as often",
        "as needed), which wins; `--policy`, `--jobs` and `--encoding` are short forms.",
        "An unknown section or key, a wrong type or a value out of range ends the run with exit code 2, and the message says",
        "what is allowed.",
        "Each section but `run` and `read` belongs to the stage of its name; [how matching works](how-matching-works.md) says",
        "what the numbers do.",
        "Every setting but `run.jobs` stands in `run.json`.",
        "",
        "```toml",
        "[run]",
        'policy = "cautious"',
        "",
        "[read]",
        'exclude = ["*/drafts/*"]',
        'encodings = { "old/*.txt" = "gb18030" }',
        "```",
    ]
    rows = describe()
    for section in SECTIONS:
        lines += ["", f"## {section}", "", "| key | type | default | meaning |", "|---|---|---|---|"]
        lines += [
            "| " + " | ".join(_cell(c) for c in (f"`{r.key}`", f"`{r.type}`", f"`{r.default}`", r.comment)) + " |"
            for r in rows
            if r.section == section
        ]
    return "\n".join([*lines, ""])


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


PAGES = {"commands.md": commands_page, "settings.md": settings_page}


def rewrite() -> None:
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
        print(f"docs/{name}")


if __name__ == "__main__":
    rewrite()
