"""What the names of encodings mean on the web.

In: a label that a page, a container or a person gave.  Out: the codec of Python that reads it.
Order: under `stages.decode`.  Source: the WHATWG Encoding Standard, and the codecs of Python's library.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

#: Labels that browsers know and Python does not.
_MORE_LABELS: Final = {
    "x-gbk": "gb18030",
    "windows-936": "gb18030",
    "x-x-big5": "big5hkscs",
    "x-sjis": "cp932",
    "x-euc-jp": "euc_jp",
    "windows-949": "cp949",
    "windows-874": "cp874",
    "dos-874": "cp874",
    "x-cp1250": "cp1250",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    "x-mac-roman": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    "iso-8859-8-i": "iso8859-8",
    "unicode": "utf-16-le",
    "ucs-2": "utf-16-le",
}
#: Python's codecs that the standard reads as a wider one.
_SUPERSETS: Final = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "utf-8-sig": "utf-8",
    "utf-16": "utf-16-le",
    "utf-32": "utf-32-le",
}
#: What the standard has, for a detector; a person may also name the older ones.
BROWSERS: Final = frozenset(
    (
        *(
            "gb18030",
            "big5hkscs",
            "cp949",
            "cp932",
            "euc_jp",
            "iso2022_jp",
            "cp866",
            "cp874",
            "koi8-r",
            "koi8-u",
        ),
        *(f"cp125{n}" for n in range(9)),
        *(f"iso8859-{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
    )
)
_READABLE: Final = BROWSERS | {
    *(
        "utf-8",
        "utf-16-le",
        "utf-16-be",
        "utf-32-le",
        "utf-32-be",
        "hz",
        "johab",
        "euc_jis_2004",
        "iso2022_kr",
    ),
    *("iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_3", "iso2022_jp_ext", "iso2022_jp_2004", "euc_jisx0213"),
    *(
        "cp437",
        "cp720",
        "cp737",
        "cp775",
        "cp850",
        "cp852",
        "cp855",
        "cp857",
        "cp858",
        "cp860",
        "cp861",
        "cp862",
    ),
    *(
        "cp863",
        "cp864",
        "cp865",
        "cp869",
        "cp1125",
        "cp856",
        "cp1006",
        "koi8-t",
        "kz1048",
        "ptcp154",
        "hp-roman8",
    ),
    *("mac-roman", "mac-cyrillic", "mac-greek", "mac-turkish", "mac-latin2", "mac-iceland", "mac-croatian"),
}


def codec_of(label: str) -> str | None:
    """Return the Python codec that reads what a label means on the web; None for what is no text encoding."""
    plain = label.strip().lower()
    if not re.fullmatch(r"[a-z0-9][a-z0-9_.:-]{1,39}", plain):
        return None
    try:
        name = _MORE_LABELS.get(plain) or codecs.lookup(plain).name
    except LookupError:
        return None
    name = _SUPERSETS.get(name, name)
    return name if name in _READABLE else None
