r"""Secrets in addresses: passwords before the host, and values of parameters such as `token`.

What is not an address is left alone; a value that was redacted stays as it is.  Addresses may stand in JSON, so an
escaped slash, ampersand or other character counts as what it stands for.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

REDACTED: Final = "REDACTED"
_ADDRESS: Final = re.compile(r"""[A-Za-z][A-Za-z0-9+.-]{1,30}:(?:\\?/){2}(?:[^\s"'<>]|'(?=[\w%&]))+""")
_USER: Final = re.compile(r"""(:(?:\\?/){2})[^/\\?#\s]+@""")
#: What no value goes past is an escape too: space, quote, #, &, semicolon, brackets, controls.
_ESCAPED: Final = r"\\/|\\u(?!00(?:[01]|2[0236]|3[BCEbce]))[0-9A-Fa-f]{4}"
_PARAMETER: Final = re.compile(
    rf"([?&;#]|\\u0026)([^=&;#?\\]{{1,80}}(?:=|\\u003[Dd]))((?:[^&;#\\]|{_ESCAPED})+)"
)
_IN_NAME: Final = re.compile(rb"([?&;])([^=&;?/]{1,80})=([^&;/]+)")
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def in_text(text: str, keys: Collection[str]) -> str:
    """Return a text in which the addresses have no secrets."""
    if "://" not in text and ":\\/" not in text:
        return text
    return _ADDRESS.sub(lambda found: _address(found[0], keys), text)


def in_name(name: bytes, keys: Collection[str]) -> bytes:
    """Return a file's name, as programs make it of an address, without secrets; other secrets give another name."""
    return _IN_NAME.sub(lambda found: _part(found, keys), name)


def is_secret(key: str, keys: Collection[str]) -> bool:
    """Say whether a parameter's value is a secret: a word of its name is one of `keys`, or all of it is."""
    words = [word.lower() for word in _WORDS.findall(key)]
    return "".join(words) in keys or any(word in keys for word in words)


def _address(address: str, keys: Collection[str]) -> str:
    def parameter(found: re.Match[str]) -> str:
        key = found[2].removesuffix("=").partition("\\")[0]
        return f"{found[1]}{found[2]}{REDACTED}" if is_secret(key, keys) else found[0]

    return _PARAMETER.sub(parameter, _USER.sub(rf"\g<1>{REDACTED}@", address))


def _part(found: re.Match[bytes], keys: Collection[str]) -> bytes:
    if not is_secret(found[2].decode("utf-8", "replace"), keys) or found[3].startswith(REDACTED.encode()):
        return found[0]
    digest = hashlib.sha256(found[3]).hexdigest()[:8].encode()  # two files stay two
    return b"%s%s=%s-%s" % (found[1], found[2], REDACTED.encode(), digest)
