"""What makes a module a stage: one verb of its name, one settings class, one version, and a docstring in four parts."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import stages


def the_stage(name):
    return importlib.import_module(f"stages.{name}")


def the_settings(name):
    return getattr(the_stage(name), f"{name.capitalize()}Settings")


def dataclasses_of_the_core():
    """(where, class) for each dataclass that the core defines."""
    for info in pkgutil.iter_modules(stages.__path__, "stages."):
        for name, value in sorted(vars(importlib.import_module(info.name)).items()):
            if inspect.isclass(value) and dataclasses.is_dataclass(value) and value.__module__ == info.name:
                yield f"{info.name}.{name}", value


def test_the_order_names_each_stage_once():
    assert isinstance(stages.ORDER, tuple)
    assert len(set(stages.ORDER)) == len(stages.ORDER) > 0


@pytest.mark.parametrize("name", stages.ORDER)
def test_a_stage_is_a_verb_with_the_name_of_its_module(name):
    verb = getattr(the_stage(name), name)
    assert inspect.isfunction(verb)
    assert verb.__module__ == f"stages.{name}"
    assert verb.__doc__, "the verb says what it returns"


@pytest.mark.parametrize("name", stages.ORDER)
def test_a_stage_has_a_version_that_counts_from_one(name):
    version = the_stage(name).VERSION
    assert type(version) is int
    assert version >= 1


@pytest.mark.parametrize("name", stages.ORDER)
def test_a_stage_says_what_goes_in_what_comes_out_in_what_order_and_on_what_grounds(name):
    text = the_stage(name).__doc__
    missing = [part for part in ("In", "Out", "Order", "Source") if not re.search(rf"\b{part}: ", text)]
    assert missing == []


@pytest.mark.parametrize("name", stages.ORDER)
def test_the_settings_of_a_stage_are_one_frozen_slots_dataclass_with_defaults(name):
    settings = the_settings(name)
    assert dataclasses.is_dataclass(settings)
    assert settings.__dataclass_params__.frozen
    assert "__slots__" in vars(settings)
    assert settings() == settings()
    others = [
        other for other in vars(the_stage(name)) if other.endswith("Settings") and other != settings.__name__
    ]
    assert others == [], "a stage knows its own settings only"


@pytest.mark.parametrize("name", stages.ORDER)
def test_settings_with_numbers_refuse_those_out_of_range_and_say_which(name):
    settings = the_settings(name)
    a_field = "|".join(field.name for field in dataclasses.fields(settings))
    for field in dataclasses.fields(settings):
        if type(getattr(settings(), field.name)) in {int, float}:
            with pytest.raises(ValueError, match=a_field):
                settings(**{field.name: -1_000_000_000})


@pytest.mark.parametrize("name", stages.ORDER)
def test_the_settings_of_a_stage_are_taken_by_its_functions_and_given_by_no_default(name):
    taken = [
        parameters["settings"]
        for verb, function in vars(the_stage(name)).items()
        if inspect.isfunction(function)
        and function.__module__ == f"stages.{name}"
        and not verb.startswith("_")
        for parameters in [inspect.signature(function).parameters]
        if "settings" in parameters
    ]
    assert {one.annotation for one in taken} == {the_settings(name).__name__}
    assert {one.default for one in taken} == {inspect.Parameter.empty}


def test_values_of_the_core_are_frozen_and_have_slots():
    loose = [where for where, value in dataclasses_of_the_core() if "__slots__" not in vars(value)]
    loose += [
        where
        for where, value in dataclasses_of_the_core()
        if not value.__dataclass_params__.frozen and not value.__name__.startswith("_")
    ]
    assert loose == []


@pytest.mark.parametrize("name", stages.ORDER)
def test_a_raised_version_is_explained_in_the_changelog(name):
    changelog = (Path(__file__).resolve().parent.parent / "docs" / "CHANGELOG.md").read_text("utf-8")
    output = "".join(re.findall(r"^### Output\n(.*?)(?=^#|\Z)", changelog, re.MULTILINE | re.DOTALL))
    version = the_stage(name).VERSION
    assert version == 1 or re.search(rf"^- `{name}` {version}: ", output, re.MULTILINE)
