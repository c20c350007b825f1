"""The option `--memory`, which several commands have."""

from __future__ import annotations

import math
import re
from typing import Final

import click

_SIZE: Final = re.compile(r"(\d{1,15}(?:\.\d{1,15})?)([KMGT]?)(?:i?B)?", re.IGNORECASE)
_POWERS: Final = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


class _Size(click.ParamType[int]):
    """A number of bytes, as 512M or 1.5G; a thousand is 1,024."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the bytes, all that are begun: less than one is not 0, which asks for the default.

        Raises:
            BadParameter: it is no size.
        """
        found = _SIZE.fullmatch(str(value))
        if found is None:
            self.fail(f"{value!r} is no size, such as 512M or 2G", param, ctx)
        return math.ceil(float(found[1]) * (1 << 10 * _POWERS[found[2].upper()]))


memory_option = click.option(
    "--memory", metavar="SIZE", type=_Size(), help="What all processes together keep to, as 1G."
)
