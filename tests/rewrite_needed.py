"""Rewrites stages/_patterns/needed.py: what of each furniture expression a line must hold for it to fit.

The expressions are read with the parser of the standard library's `re`, which is no public interface: so it is read
here, once, and the outcome is data.  A test makes the data anew and compares.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from itertools import product
from pathlib import Path
from re import _constants as sre
from re import _parser

from stages import _patterns

TARGET = Path(__file__).resolve().parents[1] / "stages/_patterns/needed.py"
ALIKE = 3  # pieces that may begin alike
MOST = 4000  # pieces of an expression before they are cut to `LENGTH`
LENGTH, BEGIN, END, ANY, BETWEEN = 4, "⊢", "⊣", "⋆", "¦"
WIDTH = 96

Pieces = frozenset[str]
NOTHING: Pieces = frozenset({""})


def odd_cases() -> dict[str, str]:
    """Return the characters that `re` takes for another one of a table, but its capital."""
    rows = (*_patterns.WIDE, *_patterns.NARROW, ("", _patterns.CUES))
    letters = {c.lower() for _, form in rows for c in form if c.lower() != c.upper() and len(c.lower()) == 1}
    everything = "".join(map(chr, range(0x110000)))
    out = {}
    for letter in sorted(letters):
        for same in re.findall(letter, everything, re.IGNORECASE):
            if same not in {letter, letter.upper()}:
                out[same] = out.get(letter, letter)
    return {a: b for a, b in out.items() if a > b}


ODD = odd_cases()


def fold(char: str) -> str:
    return char.translate(_patterns.SIMPLE).translate(str.maketrans(ODD)).lower()


def exact(items) -> Pieces | None:
    """Return all texts that a part of an expression stands for, or None if they are too many to be told."""
    out = NOTHING
    for item in items:
        more = exact_item(item)
        if more is None or len(out) * len(more) > MOST:
            return None
        out = frozenset(a + b for a, b in product(out, more))
    return out


def exact_item(item) -> Pieces | None:
    kind, value = item
    if kind not in READ:
        raise ValueError(f"{kind}: not known here")
    return READ[kind](value)


def either(parts) -> Pieces | None:
    found = [exact(part) for part in parts]
    return None if None in found else frozenset().union(*found)


def repeated(least: int, most: int, part) -> Pieces | None:
    one = exact(part)
    if one is None or most > 2:
        return None
    return frozenset("".join(p) for n in range(least, most + 1) for p in product(one, repeat=n))


def chars_of(members) -> Pieces | None:
    """Return the characters of a class, if they are few."""
    out = set()
    for kind, value in members:
        if kind is sre.LITERAL:
            out.add(fold(chr(value)))
        elif kind is sre.RANGE and value[1] - value[0] < 10:
            out.update(fold(chr(c)) for c in range(value[0], value[1] + 1))
        else:
            return None
    return frozenset(out)


#: What a part of an expression stands for, by its kind; what it asks of its neighbours is not asked for here.
READ = {
    sre.LITERAL: lambda value: frozenset({fold(chr(value))}),
    sre.AT: lambda _: NOTHING,
    sre.ASSERT: lambda _: NOTHING,
    sre.ASSERT_NOT: lambda _: NOTHING,
    sre.IN: chars_of,
    sre.SUBPATTERN: lambda value: exact(value[-1]),
    sre.BRANCH: lambda value: either(value[1]),
    sre.MAX_REPEAT: lambda value: repeated(*value),
    sre.MIN_REPEAT: lambda value: repeated(*value),
    sre.ANY: lambda _: None,
    sre.NOT_LITERAL: lambda _: None,
}


def needed(items) -> list[Pieces]:
    """Return sets of pieces: of each set, any text that a part of an expression stands for holds one."""
    found: list[Pieces] = []
    held = NOTHING

    def close() -> None:
        nonlocal held
        found.append(frozenset(piece[:LENGTH] for piece in held))
        held = NOTHING

    for item in items:
        more = exact_item(item)
        if more is None:
            close()
            found += needed_of(item)
        elif len(held) * len(more) > MOST:
            close()
            held = more
        else:
            held = frozenset(a if len(a) >= LENGTH else a + b for a, b in product(held, more))
    close()
    return [pieces for pieces in found if not pieces & {"", BEGIN, END}]


def needed_of(item) -> list[Pieces]:
    kind, value = item
    if kind is sre.SUBPATTERN:
        return needed(value[-1])
    if kind in {sre.MAX_REPEAT, sre.MIN_REPEAT} and value[0]:
        return needed(value[2])
    if kind is sre.BRANCH:
        each = [best(needed(part)) for part in value[1]]
        return [] if None in each else [frozenset().union(*each)]
    return []


def best(sets: list[Pieces]) -> Pieces | None:
    """Return the set that fewest lines have a piece of: long pieces, then few."""
    return max(sets, key=lambda s: (min(map(len, s)), -len(s)), default=None)


def row(form: str) -> Pieces:
    """Return the pieces of which a line that an expression fits as a whole has one."""
    parsed = [(sre.LITERAL, ord(BEGIN)), *_parser.parse(form, re.IGNORECASE), (sre.LITERAL, ord(END))]
    alone = parsed[1] if len(parsed) == 3 else None
    if alone and alone[0] is sre.BRANCH:  # each alternative has its own best pieces
        each = [best(needed([parsed[0], *part, parsed[2]])) for part in alone[1][1]]
        found = None if None in each else frozenset().union(*each)
    else:
        found = best(needed(parsed))
    if found is None:
        raise ValueError(f"nothing is needed for {form!r}")
    return fewer(found)


def fewer(pieces: Pieces) -> Pieces:
    """Return pieces of which many begin alike as that beginning, and none that holds another one."""
    alike = Counter(piece[:-1] for piece in pieces if len(piece) == LENGTH)
    short = {piece[:-1] if len(piece) == LENGTH and alike[piece[:-1]] > ALIKE else piece for piece in pieces}
    return frozenset(p for p in short if not any(p != q and q in p for q in short))


def openings(form: str) -> Pieces:
    """Return how what an expression finds begins."""
    out: set[str] = set()

    def walk(items, held: Pieces) -> None:
        for at, item in enumerate(items):
            kind, value = item
            if kind is sre.SUBPATTERN:
                return walk([*value[-1], *items[at + 1 :]], held)
            if kind is sre.BRANCH:
                for part in value[1]:
                    walk([*part, *items[at + 1 :]], held)
                return None
            more = exact_item(item)
            if more is None:
                more = frozenset({ANY}) if kind is sre.IN and held == NOTHING else None
            if more is None:
                break
            held = frozenset((a + b)[:LENGTH] for a, b in product(held, more))
            if min(map(len, held)) == LENGTH:
                break
        out.update(held)
        return None

    walk(list(_parser.parse(form, re.IGNORECASE)), NOTHING)
    if "" in out or ANY in out:
        raise ValueError(f"what {form!r} finds may begin with anything")
    return frozenset(p for p in out if not any(p != q and p.startswith(q) for q in out))


def shown(pieces: Pieces, indent: str) -> str:
    """Return a string in source, in lines."""
    lines, line = [], ""
    for piece in sorted(pieces):
        if line and len(line) + len(piece) + 1 > WIDTH - len(indent):
            lines.append(line)
            line = ""
        line += piece + BETWEEN
    return "\n".join(f"{indent}{json.dumps(part, ensure_ascii=False)}" for part in [*lines, line[:-1]])


def module() -> str:
    """Return the module."""
    rows = []
    for name, table in (("WIDE", _patterns.WIDE), ("NARROW", _patterns.NARROW)):
        parts = [f"    (\n{shown(row(form), ' ' * 8)}\n    )," for _, form in table]
        comment = f"#: The same for the rows of `{name}`." if rows else "#: For each row of `WIDE`."
        rows.append(f"{comment}\n{name}: Final[tuple[str, ...]] = (\n" + "\n".join(parts) + "\n)\n")
    odd = "\n".join(f"    {json.dumps(a + b)}" for a, b in sorted(ODD.items()))
    _, longest = _parser.parse(_patterns.CUES, re.IGNORECASE).getwidth()
    marks = {"longest": longest, "length": LENGTH, "begin": BEGIN, "end": END, "any": ANY, "between": BETWEEN}
    return HEAD.format(
        **marks,
        odd=odd,
        cues=shown(openings(_patterns.CUES), " " * 4),
        rows="\n".join(rows),
    )


HEAD = '''"""Pieces of text without which no furniture expression fits a line.  Data only, made by `tests/rewrite_needed.py`.

In / Out: for each expression pieces of which a line that it fits has one, and how a cue begins; in lower case and in
simplified characters.
Order: not a stage; read by `stages._known`.
Source: the expressions of this package; a test makes the pieces anew and compares.
"""

# fmt: off
from __future__ import annotations

from typing import Final

#: Of a piece, in characters.
LENGTH: Final = {length}
#: Stand for the beginning and the end of a line, and for any character.
BEGIN, END, ANY = "{begin}", "{end}", "{any}"
#: Stands between two pieces.
BETWEEN: Final = "{between}"
#: Characters that `re` takes regardless of case for another one that is not their small letter; each before that one.
ODD: Final = (
{odd}
)

#: Characters of the longest cue.
LONGEST: Final = {longest}
#: How each cue begins.
CUES: Final = (
{cues}
)

{rows}'''

if __name__ == "__main__":
    TARGET.write_text(module(), encoding="utf-8")
    sys.stdout.write(f"{TARGET.relative_to(TARGET.parents[2])}: written\n")
