"""What the fields of a record say: which is its text, and what the others tell of the document.

Names are looked for as they stand in the settings, then without regard to case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stages._dates import machine_date
from stages.model import Metadata, Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.reading import ReadSettings


def text_field(values: Mapping[str, object], settings: ReadSettings) -> str | Rejected:
    """Return the name of the first text field that holds a string, or why there is none."""
    folded = _folded(values)
    present = [name for wanted in settings.text_fields if (name := named(values, wanted, folded)) is not None]
    found = next((name for name in present if isinstance(values[name], str)), None)
    if found is not None:
        return found
    if present:
        return Rejected("json_text", f"{present[0]} is no string")
    return Rejected("json_text", f"no field {', '.join(settings.text_fields)}")


def named(values: Mapping[str, object], wanted: str, folded: Mapping[str, str] | None = None) -> str | None:
    """Return the key that is `wanted`, or else the first that is it in other case; `folded` is of `_folded`."""
    if wanted in values:
        return wanted
    return (_folded(values) if folded is None else folded).get(wanted.casefold())


def _folded(values: Mapping[str, object]) -> dict[str, str]:
    """Return for each key without regard to case the first that is it."""
    out: dict[str, str] = {}
    for key in values:
        out.setdefault(key.casefold(), key)
    return out


def metadata(values: Mapping[str, object], settings: ReadSettings) -> Metadata:
    """Return what the fields say of the document; a date that cannot be read stays in the fields only."""
    candidates = {
        "title": settings.title_fields,
        "url": settings.url_fields,
        "published": settings.date_fields,
        "source": settings.source_fields,
        "author": settings.author_fields,
    }
    folded = _folded(values)
    found: dict[str, str] = {}
    rules: list[tuple[str, str]] = []
    for kind, names in candidates.items():
        for wanted in names:
            name = named(values, wanted, folded)
            value = None if name is None else values[name]
            text = value.strip() if isinstance(value, str) else ""
            text = (machine_date(text) or "") if kind == "published" else text
            if text:
                found[kind] = text
                rules.append((kind, f"field:{name}"))
                break
    for wanted in settings.id_fields:
        name = named(values, wanted, folded)
        value = None if name is None else values[name]
        if (isinstance(value, str) and value) or type(value) is int:
            found["id"] = str(value)
            rules.append(("id", f"field:{name}"))
            break
    return Metadata(**found, rules=tuple(rules))
