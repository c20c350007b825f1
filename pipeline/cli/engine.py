"""The options of commands that say which engine does the work."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

C = TypeVar("C", bound="Callable[..., int]")


def engine_options(command: C) -> C:
    """Add --engine, --master and --conf to a command."""
    for option in (
        click.option("--conf", multiple=True, metavar="KEY=VALUE", help="One setting of Spark."),
        click.option(
            "--master", metavar="URL", help="Where Spark is; without it this machine, or spark-submit's."
        ),
        click.option(
            "--engine",
            type=click.Choice(["embedded", "spark"]),
            default="embedded",
            help="What does the work; the same bytes.",
        ),
    ):
        command = option(command)
    return command
