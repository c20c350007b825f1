"""HTML out of forms and values: every value is escaped as it is filled in, unless it is HTML already.

A form is a text of ours with named places, as `str.format` has them.  Only `fill` and `joined` make `Html`, besides
what a file of this package or an earlier `fill` holds: so no text of strangers gets past the escaping.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

#: In this order: what the first of them puts in must not be escaped again.
_ESCAPES: Final = (("&", "&amp;"), (">", "&gt;"), ("<", "&lt;"), ("'", "&#39;"), ('"', "&#34;"))


class Html(str):
    """HTML as it goes into the page."""

    __slots__ = ()


def escape(value: object) -> str:
    """Return a value as text that HTML shows as it is, in an element or in a quoted attribute."""
    text = str(value)
    for character, reference in _ESCAPES:
        if character in text:
            text = text.replace(character, reference)
    return text


def fill(form: str, **values: object) -> Html:
    """Return a form with its places filled: HTML as it is, everything else escaped."""
    return Html(form.format_map({k: v if type(v) is Html else escape(v) for k, v in values.items()}))


def joined(parts: Iterable[Html]) -> Html:
    """Return parts one after another."""
    return Html("".join(parts))


NOTHING: Final = Html()
