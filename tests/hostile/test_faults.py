"""Every fault of the table has a test that exists, or a sentence in the limits."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent

_SPEC = importlib.util.spec_from_file_location("faults", HERE / "faults.py")
faults = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(faults)

LIMITS = (TESTS.parent / "docs" / "limits.md").read_text("utf-8")


def test_the_table_has_every_fault_once_and_nearly_all_are_tested():
    assert [number for number, _, _ in faults.FAULTS] == list(range(1, 89))
    assert sum("::" in where for _, _, where in faults.FAULTS) >= 80


@pytest.mark.parametrize(("number", "fault", "where"), faults.FAULTS, ids=str)
def test_what_is_named_for_a_fault_is_there(number, fault, where):
    if "::" not in where:
        assert where in LIMITS
        return
    name, _, test = where.partition("::")
    tree = ast.parse((TESTS / name).read_text("utf-8"))
    assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
