import dataclasses
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import pytest

from pipeline.errors import UsageError
from pipeline.settings import (
    SECTIONS,
    ReadSettings,
    RunSettings,
    _Origin,
    as_dict,
    build,
    describe,
    described,
    digest,
    load,
    parse_override,
)
from stages.model import Policy


class Fruit(StrEnum):
    APPLE = "apple"
    PEAR = "pear"


@dataclass(frozen=True, slots=True)
class SampleSettings:
    """Settings with a field of every type."""

    count: int = 3  # how many; "#" is a sign
    share: float = 0.5  # of all
    on: bool = False  # whether
    name: str = "a # b"  # a text
    fruit: Fruit = Fruit.APPLE  # which
    side: Literal["left", "right"] = "left"  # where
    words: tuple[str, ...] = (  # a list
        "one",
    )
    pairs: tuple[tuple[str, str], ...] = ()  # a table
    pair: tuple[int, int] = (1, 2)  # two
    maybe: int | None = None  # or nothing
    plain: int = 0

    def __post_init__(self):
        if self.count < 1:
            raise ValueError(f"count = {self.count}: must be 1 or more")


TEXT = '[other]\ncount = 1\n\n[sample]\n# count\ncuont = 3\n"fruit" = "plum"\n'


def built(**values):
    return build(SampleSettings, "sample", values, _Origin("settings.toml", TEXT))


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("count", 5, 5),
        ("share", 1, 1.0),
        ("share", 0.25, 0.25),
        ("on", True, True),
        ("fruit", "pear", Fruit.PEAR),
        ("side", "right", "right"),
        ("words", [], ()),
        ("words", ["a", "b"], ("a", "b")),
        ("pairs", {"a/**": "gbk", "b": "big5"}, (("a/**", "gbk"), ("b", "big5"))),
        ("pairs", [["a", "b"]], (("a", "b"),)),
        ("pair", [3, 4], (3, 4)),
        ("maybe", 1, 1),
    ],
)
def test_a_toml_value_becomes_the_type_of_its_field(key, value, wanted):
    found = getattr(built(**{key: value}), key)
    assert (found, type(found)) == (wanted, type(wanted))


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("count", 0, "settings.toml: [sample] count = 0: must be 1 or more"),
        ("count", True, "settings.toml: [sample] count = true: must be a whole number"),
        ("count", "5", 'settings.toml: [sample] count = "5": must be a whole number'),
        ("count", 5.0, "settings.toml: [sample] count = 5.0: must be a whole number"),
        ("share", "x", 'settings.toml: [sample] share = "x": must be a number'),
        ("on", 1, "settings.toml: [sample] on = 1: must be true or false"),
        ("fruit", "plum", "settings.toml: [sample] fruit = \"plum\": must be one of 'apple', 'pear'"),
        ("side", "up", "settings.toml: [sample] side = \"up\": must be one of 'left', 'right'"),
        ("words", "one", 'settings.toml: [sample] words = "one": must be a list'),
        ("words", [1], "settings.toml: [sample] words = [1]: must be text in quotes"),
        ("pair", [1], "settings.toml: [sample] pair = [1]: must be a list of 2"),
        (
            "cuont",
            3,
            (
                "settings.toml:6: [sample] cuont: unknown key; did you mean 'count'? "
                "Known: count, share, on, name, fruit, side, words, pairs, pair, maybe, plain"
            ),
        ),
    ],
)
def test_a_wrong_key_or_value_is_told_with_its_place_and_what_is_allowed(key, value, message):
    with pytest.raises(UsageError) as caught:
        built(**{key: value})
    assert str(caught.value) == message


def test_the_meaning_of_a_key_is_the_comment_behind_it():
    rows = {row.key: row for row in described("sample", SampleSettings)}
    assert rows["count"].comment == 'how many; "#" is a sign'
    assert rows["name"].comment == "a text"
    assert rows["words"].comment == "a list"
    assert rows["plain"].comment == ""
    assert (rows["fruit"].default, rows["pair"].default, rows["maybe"].default) == (
        '"apple"',
        "[1, 2]",
        "null",
    )


def test_every_section_has_settings_whose_defaults_are_allowed_and_explained():
    rows = describe()
    assert list(dict.fromkeys(row.section for row in rows)) == [
        s for s in SECTIONS if dataclasses.fields(getattr(load(), s))
    ]
    assert [f"{row.section}.{row.key}" for row in rows if not row.comment] == []


def test_a_file_and_then_options_change_the_defaults(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text(
        '[run]\npolicy = "cautious"\njobs = 3\n[read.encodings]\n"163/*" = "gbk"\n', encoding="utf-8"
    )
    loaded = load(path, {"run.jobs": 2, "fingerprint.shingle": 4})
    assert loaded.run == RunSettings(policy=Policy.CAUTIOUS, jobs=2)
    assert loaded.read.encoding("163/a.html") == "gbk"
    assert loaded.fingerprint.shingle == 4
    assert loaded.cluster == load().cluster


@pytest.mark.parametrize(
    ("text", "overrides", "message"),
    [
        (
            "[fingerprnt]\nshingle = 3\n",
            {},
            r"s\.toml:1: fingerprnt: unknown section; did you mean 'fingerprint'\? Known: run, read, ",
        ),
        ("[fingerprint]\nshingle = 0\n", {}, r"s\.toml: \[fingerprint\] shingle = 0: must be "),
        (
            "\n[fingerprint]\nseed = 1\nshingles = 3\n",
            {},
            r"s\.toml:4: \[fingerprint\] shingles: unknown key; did you mean 'shingle'",
        ),
        ("jobs = 1\n", {}, r"s\.toml:1: jobs: unknown section"),
        ("run = 1\n", {}, r"s\.toml:1: run must be a section"),
        ("[run\n", {}, r"s\.toml: .*line 1"),
        ("", {"run.job": 1}, r"option run\.job: \[run\] job: unknown key; did you mean 'jobs'\?"),
        ("", {"jobs": 1}, r"option jobs: jobs: unknown section"),
        (
            '[read.encodings]\n"*" = "gb-9"\n',
            {},
            r"\[read\] encodings: \* = 'gb-9': must be the name of an encoding",
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_line(tmp_path, text, overrides, message):
    path = tmp_path / "s.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load(path, overrides)
    assert re.search(message, str(caught.value)), str(caught.value)


def test_a_file_that_cannot_be_read_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        load(tmp_path / "none.toml")
    (tmp_path / "gbk.toml").write_bytes("# 设置".encode("gbk"))
    with pytest.raises(UsageError, match="utf-8"):
        load(tmp_path / "gbk.toml")


def test_the_digest_depends_on_the_named_sections_only():
    one, other = load(), load(None, {"run.policy": "annotate", "run.jobs": 1})
    assert digest(one, ["fingerprint", "read"]) == digest(other, ["read", "fingerprint"])
    assert digest(one, ["run"]) != digest(other, ["run"])
    assert digest(one, ["run.partitions"]) == digest(other, ["run.partitions"])
    assert digest(one, ["run.policy"]) != digest(one, ["run.partitions"])


def test_settings_as_a_dict_are_the_settings_again():
    loaded = load(None, {"run.policy": "training", "read.encodings": {"a": "gbk"}})
    values = as_dict(loaded)
    assert list(values) == list(SECTIONS)
    assert (
        load(None, {f"{s}.{k}": v for s, part in values.items() for k, v in part.items() if v is not None})
        == loaded
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("run.jobs=2", ("run.jobs", 2)),
        ("run.policy=cautious", ("run.policy", "cautious")),
        ("read.include=['a', 'b']", ("read.include", ["a", "b"])),
        ("verify.identity = .9", ("verify.identity", ".9")),
        ("verify.identity=0.9", ("verify.identity", 0.9)),
    ],
)
def test_an_option_is_read_as_toml_or_as_it_stands(text, wanted):
    assert parse_override(text) == wanted


@pytest.mark.parametrize("text", ["jobs=2", "run.jobs", ""])
def test_an_option_without_section_or_value_is_refused(text):
    with pytest.raises(UsageError, match=r"SECTION\.KEY=VALUE"):
        parse_override(text)


def test_globs_cross_folders_and_the_last_match_wins():
    read = ReadSettings(
        include=("news/*",),
        exclude=("*.bak",),
        encodings=(("*", "gbk"), ("news/new/*", "utf-8")),
        sources=(("news/*", "N"),),
    )
    assert read.wants("news/a/b.txt")
    assert not read.wants("news/a/b.bak")
    assert not read.wants("other/a.txt")
    assert (read.encoding("news/old/a"), read.encoding("news/new/a")) == ("gbk", "utf-8")
    assert (read.source("news/a"), read.source("a")) == ("N", None)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (RunSettings, {"jobs": -1}),
        (RunSettings, {"partitions": 0}),
        (RunSettings, {"unit_bytes": 0}),
        (ReadSettings, {"max_line_bytes": 0}),
        (ReadSettings, {"text_fields": ()}),
    ],
)
def test_values_out_of_range_are_refused_where_they_are_made(kind, values):
    with pytest.raises(ValueError, match="must "):
        kind(**values)
