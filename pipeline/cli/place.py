"""An argument that names an input: a path, or an address in an object store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from pipeline.remote import Address, Place


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


class _Address(_Place):
    """An address, and no path."""

    name = "address"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Address:
        """Return the address.

        Raises:
            BadParameter: it is a path.
        """
        from pipeline.remote import Address

        found = super().convert(value, param, ctx)
        if not isinstance(found, Address):
            self.fail(
                f"{str(value)!r} is a path; name a place in an object store, as s3://BUCKET/FOLDER",
                param,
                ctx,
            )
        return found


PLACE: Final = _Place()
ADDRESS: Final = _Address()
