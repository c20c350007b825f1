import io
import json

import pytest

from pipeline import events
from pipeline.events import (
    Plain,
    Progress,
    RunEnded,
    RunStarted,
    Silent,
    StepAdvanced,
    StepEnded,
    StepStarted,
    Warned,
)

ALL = [
    RunStarted("reads news, writes out"),
    StepStarted("read", 200),
    StepAdvanced("read", 50),
    Warned("page.html: low extraction"),
    StepAdvanced("read", 200),
    StepEnded("read", "412 documents"),
    RunEnded("done"),
]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(printer, stream):
    for event in ALL:
        printer.show(event)
    printer.close()
    printer.close()
    return stream.getvalue()


def screen(text):
    """What is left on a terminal: a carriage return and the erase code take back the line they stand on."""
    return [line.rpartition("\r\x1b[K")[2] for line in text.split("\n")]


def test_plain_lines_are_few_and_have_no_escape():
    stream = io.StringIO()
    assert shown(Plain(stream), stream).splitlines() == [
        "reads news, writes out",
        "warning: page.html: low extraction",
        "read: 412 documents",
        "done",
    ]


def test_a_long_step_is_told_of_now_and_then(monkeypatch):
    now = iter([0.0, 1.0, 31.0, 31.0, 40.0])
    monkeypatch.setattr(events.time, "monotonic", lambda: next(now))
    stream = io.StringIO()
    printer = Plain(stream)
    for event in (
        StepStarted("read", 4),
        StepAdvanced("read", 1),
        StepAdvanced("read", 2),
        StepAdvanced("read", 3),
    ):
        printer.show(event)
    assert stream.getvalue() == "read: 2 of 4 (50 %)\n"


def test_the_redrawn_line_leaves_only_what_is_worth_keeping():
    stream = Terminal()
    assert screen(shown(Progress(stream, colour=False), stream)) == [
        "reads news, writes out",
        "warning: page.html: low extraction",
        "read: 412 documents",
        "done",
        "",
    ]


def test_the_redrawn_line_is_never_wider_than_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    stream = Terminal()
    Progress(stream).show(StepStarted("a step with a name that is long", 10))
    assert len(stream.getvalue().removeprefix("\r\x1b[K")) == 19


@pytest.mark.parametrize(
    ("stream", "environ", "quiet", "kind"),
    [
        (Terminal(), {"TERM": "xterm"}, False, Progress),
        (Terminal(), {"TERM": "dumb"}, False, Plain),
        (Terminal(), {}, False, Plain),
        (Terminal(), {"TERM": "xterm", "CI": "1"}, False, Plain),
        (io.StringIO(), {"TERM": "xterm"}, False, Plain),
        (Terminal(), {"TERM": "xterm"}, True, Silent),
    ],
)
def test_a_line_is_redrawn_only_on_a_terminal_that_can(stream, environ, quiet, kind):
    assert type(events.printer(stream, environ, quiet=quiet)) is kind


@pytest.mark.parametrize(
    ("environ", "coloured"), [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False)]
)
def test_no_color_is_honoured(environ, coloured):
    stream = Terminal()
    assert ("\x1b[33m" in shown(events.printer(stream, environ), stream)) is coloured


def test_silent_tells_nothing(capsys):
    shown(Silent(), io.StringIO())
    assert capsys.readouterr() == ("", "")


def test_lines_of_json_hold_every_event_and_no_byte_that_steers():
    stream = io.StringIO()
    printer = events.Lines(stream, "甲")
    for event in [*ALL, Warned("a\nb\x1b[2J\u202e甲\udcff"), events.Ended(3)]:
        printer.show(event)
    printer.close()
    text = stream.getvalue()
    assert text.isascii()
    assert "\x1b" not in text
    rows = [json.loads(line) for line in text.splitlines()]
    assert [row["event"] for row in rows] == [
        events.NAMES[type(e)] for e in [*ALL, Warned(""), events.Ended(0)]
    ]
    assert rows[-2]["text"] == "a\nb\x1b[2J\u202e甲\udcff"
    assert {row["folder"] for row in rows} == {"甲"}
    assert rows[1]["total"] == 200
    assert rows[5]["seconds"] >= 0
    assert all(row["at"].endswith("Z") for row in rows)
