"""How to keep what was removed: the most that still goes under a policy that keeps it, and the setting for one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pipeline.cli.show import command_line, labelled, quoted
from pipeline.errors import safe
from stages.decide import CONTAINED_ANYWHERE, FURNITURE, PAIRS, PASSAGES, PERSON, REPEATS
from stages.model import Policy, RepeatClass, Tier

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.ledger import Output, Row

#: From the policy that removes most to the one that removes nothing.
_CAREFUL: Final = (Policy.TRAINING, Policy.STANDARD, Policy.CAUTIOUS, Policy.ANNOTATE)


def keep_lines(output: Output, row: Row) -> list[str]:
    """Return how to keep what was removed of a document; nothing where nothing was."""
    lines = []
    told: set[tuple[str, str]] = set()
    for span in output.spans(row["id"]):
        what = (span["reason"], span["rule"])
        kind = ("furniture", "") if span["reason"] == "furniture" else what
        if kind in told:
            continue
        told.add(kind)
        by_person = span["rule"] == PERSON or any(e["id"] == span["rule"] for e in output.rows().decisions)
        if by_person:
            lines.append(
                labelled("to keep it", f"{command_line('decide', 'undo', 'ID')}   {safe(span['why'])}")
            )
            continue
        named = (
            "this document"
            if span["reason"] == "document"
            else f"what goes as {' '.join(filter(None, kind))}"
        )
        policy = _first_that_keeps(output, row, span)
        command = command_line("apply", output.path, "--policy", policy.value)
        lines.append(labelled("to keep it", f"{command}   keeps {named}, and all else of its kind"))
        if span["reason"] == "furniture":
            text = quoted(output.removed_text(span).strip())
            lines.append(
                labelled("", f"or add the line to furniture.keep in the settings, and run again: {text}")
            )
    return lines


def _first_that_keeps(output: Output, row: Row, span: Row) -> Policy:
    """Return the policy that removes most, of those that keep what this span holds."""
    careful = _CAREFUL[_CAREFUL.index(Policy(output.run["policy"])) + 1 :]
    goes: Callable[[Policy], bool] = {
        "document": lambda policy: _goes(output, row, policy),
        "repeat": lambda policy: RepeatClass(span["rule"]) in REPEATS[policy],
        "furniture": lambda policy: policy in FURNITURE,
        "passage": lambda policy: policy in PASSAGES,
    }[span["reason"]]
    return next((policy for policy in careful if not goes(policy)), Policy.ANNOTATE)


def _goes(output: Output, row: Row, policy: Policy) -> bool:
    """Say whether a document that was removed goes under a policy too."""
    tier = Tier(row["tier"])
    leads = (p["shares_lead"] for p in output.rows().pairs if {p["a"], p["b"]} == {row["id"], row["of"]})
    truncation = tier is not Tier.CONTAINED or next(leads, True)
    return tier in PAIRS[policy] and (truncation or policy in CONTAINED_ANYWHERE)
