"""An argument that names an input: a path, or an address in an object store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from pipeline.remote import Place


class _Place(click.ParamType["Place"]):
    """A path or an address."""

    name = "place"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Place:
        """Return the place.

        Raises:
            UsageError: it is an address that names none.
        """
        del param, ctx
        from pipeline.remote import Address, place

        return value if isinstance(value, (Path, Address)) else place(str(value))


PLACE: Final = _Place()
