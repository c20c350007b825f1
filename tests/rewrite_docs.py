"""Rewrites what is made from the code: docs/commands.md, docs/settings.md, and the output of runs shown in pages.

Output stands between `<!-- shown: NAME -->` and `<!-- end -->`.  Everything is the same on every machine: fixed
width, no clock, no terminal, no colour.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import click

from pipeline import events, job
from pipeline.check import verify
from pipeline.cli import COMMANDS, main
from pipeline.cli.explain import document_lines
from pipeline.errors import EXIT_CODES
from pipeline.ledger import Output
from pipeline.report.summary import summary_lines
from pipeline.restore import restore
from pipeline.settings import SECTIONS, describe, load
from stages.model import Policy

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
WIDTH = 100  # columns of the help
_MADE = "<!-- Made by `make docs` from the code: change it there. -->"


def help_of(command: click.Command, name: str, parent: click.Context | None = None) -> str:
    """Return what `--help` prints, at the fixed width."""
    context = click.Context(
        command, info_name=name, parent=parent, terminal_width=WIDTH, max_content_width=WIDTH
    )
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
        "[reviewing](reviewing.md), [restore and verify](restore-and-verify.md).",
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
        if isinstance(command, click.Group):
            inner = click.Context(command, info_name=name, parent=top)
            for part, one in command.commands.items():
                lines += ["", "```text", help_of(one, part, inner), "```"]
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
        "Every setting that can change a byte stands in `run.json`; of decisions, their hash.",
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
            "| "
            + " | ".join(_cell(c) for c in (f"`{r.key}`", f"`{r.type}`", f"`{r.default}`", r.comment))
            + " |"
            for r in rows
            if r.section == section
        ]
    return "\n".join([*lines, ""])


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


PAGES = {"commands.md": commands_page, "settings.md": settings_page}
SHOWING = (
    ROOT / "README.md",
    *(DOCS / f"{name}.md" for name in ("reading-the-report", "restore-and-verify", "how-matching-works")),
)


def clean(name: str, out: Path, policy: str = "standard") -> job.RunResult:
    """Run over a sample."""
    settings = load(None, {"run.jobs": 1, "run.policy": policy})
    return job.run([ROOT / "samples" / name / "input"], out, settings, printer=events.Silent())


def shown(folder: Path) -> dict[str, str]:
    """Return what runs over the samples print and write, by name."""
    result = clean("twice", folder / "out")
    output = Output(result.out)
    note = (result.out / "notes" / "market-street.txt.note.md").read_text(encoding="utf-8")
    repeat = note[note.index("## Repeat:") :].splitlines()[:7]
    row = next(row for row in output.rows().documents if row["path"] == "harbour-review.txt")
    story = [line.replace(str(result.out), "cleaned") for line in document_lines(output, row)]
    removed = next(line for line in note.splitlines() if line.startswith("- lines "))
    report = verify(result.out, deep=True)
    back = restore(result.out, folder / "back")
    return {
        "summary": _fenced(
            "$ make clean-corpus IN=samples/twice/input OUT=cleaned",
            "cleans documents; never changes IN",
            *(f"{step}: done" for step in ("read and prepare", "compare", "write")),
            *summary_lines(
                result.run,
                result.gist,
                width=WIDTH,
                colour=False,
                next_commands=[
                    f"clean-corpus explain cleaned {output.rows().repeats[0]['doc']}",
                    "clean-corpus verify cleaned --deep",
                ],
            ),
        ),
        "repeat": _fenced(*repeat),
        "removed": _fenced(removed),
        "explain": _fenced("$ clean-corpus explain cleaned harbour-review.txt", *story),
        "verify": _fenced("$ clean-corpus verify cleaned --deep", _proof(report)),
        "restore": _fenced(
            "$ clean-corpus restore cleaned -o back",
            f"{back.documents:,} documents in {back.files:,} files, {back.size:,} bytes, restored to back",
        ),
        "policies": "\n".join(
            [
                "| policy | documents removed | characters removed |",
                "|---|---:|---:|",
                *(_policy_row(policy, folder / "policies") for policy in Policy),
            ]
        ),
    }


def _fenced(*lines: str) -> str:
    return "\n".join(["```text", *(line.rstrip() for line in lines), "```"])


def _proof(report) -> str:
    return (
        f"{report.files:,} files hashed, {report.spans:,} removed spans of {report.documents:,} documents rebuilt, "
        f"{report.proved:,} of {report.documents:,} sources rebuilt: all fits"
    )


def _policy_row(policy: str, out: Path) -> str:
    counts = clean("english", out, policy).run["counts"]
    return f"| {policy} | {counts['documents']['removed']:,} | {counts['characters']['removed']:,} |"


def with_output(text: str, blocks: dict[str, str]) -> str:
    """Return a page with the output that it shows brought up to date."""
    return re.sub(
        r"(?<=<!-- shown: )(\w+)( -->\n).*?(?=\n<!-- end -->)",
        lambda found: found[1] + found[2] + blocks[found[1]],
        text,
        flags=re.DOTALL,
    )


def rewrite() -> None:
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
        print(f"docs/{name}")
    with tempfile.TemporaryDirectory() as folder:
        blocks = shown(Path(folder))
    for path in SHOWING:
        path.write_text(with_output(path.read_text(encoding="utf-8"), blocks), encoding="utf-8")
        print(path.relative_to(ROOT).as_posix())


if __name__ == "__main__":
    rewrite()
