"""The HTML of one removal, and the templates: fragments are made apart, so that processes share the work."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from pipeline.report.removals import removal

if TYPE_CHECKING:
    from jinja2 import Template

    from pipeline.report.removals import Case, Removal, Texts

_TEMPLATE: Final = "removal.html.jinja"


@dataclass(frozen=True, slots=True)
class Fragment:
    """A removal as the page shows it."""

    anchor: str
    title: str
    summary: str
    alarm: str
    weight: int  # about how many characters of HTML the comparison takes
    html: str  # as the template escaped it


def fragment(case: Case, texts: Texts) -> Fragment:
    """Return a removal with both texts; the first of its sort stands open."""
    built = removal(case, texts)
    html = template(_TEMPLATE).module.removal(built, case.anchor.endswith("-1"))  # type: ignore[attr-defined] # a macro
    return Fragment(built.anchor, built.title, built.summary, built.alarm, _weight(built), Markup(html))  # noqa: S704 - the template made it


def _weight(removal: Removal) -> int:
    total = 2_000
    for row in removal.comparison.rows if removal.comparison else ():
        cells = [*(cell for pair in row.equal for cell in pair), row.kept, row.removed]
        total += 200 + sum(120 + sum(30 + len(run.text) for run in cell.runs) for cell in cells if cell)
    return total


@functools.cache
def template(name: str) -> Template:
    """Return a template of this package."""
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FunctionLoader(asset),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["n"] = lambda value: f"{value:,}"
    return environment.get_template(name)


def asset(name: str) -> str:
    """Return a file of this package."""
    return resources.files(__package__).joinpath(name).read_text("utf-8")
