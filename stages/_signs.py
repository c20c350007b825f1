"""What the first bytes of a file say of it: a byte-order mark, another format's signature, a declared charset.

In: bytes.  Out: what they say, which may be wrong: `stages.decode` reads the bytes before it believes it.
Order: under `stages.decode`.  Source: the formats' own specifications; for a page the prescan of the HTML Standard
("prescan a byte stream to determine its encoding").
"""

from __future__ import annotations

import codecs
import re
from typing import Final

#: UTF-32 first: its little-endian mark begins with that of UTF-16.
MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

#: How files begin that are not text, from the formats' own specifications.
_SIGNATURES: Final = (
    (rb"%PDF-\d", "a PDF document"),
    (rb"\x89PNG\r\n\x1a\n", "a PNG image"),
    (rb"\xff\xd8\xff", "a JPEG image"),
    (rb"GIF8[79]a", "a GIF image"),
    (rb"II\*\0|MM\0\*", "a TIFF image"),
    (rb"BM.{4}\0\0\0\0", "a BMP image"),
    (rb"RIFF.{4}(?:WEBP|WAVE|AVI )", "a RIFF file: sound, image or film"),
    (rb"ID3[\x02-\x04][\0-\x0f]|\xff\xfb[\x10-\xef]", "an MP3 recording"),
    (rb"OggS\0|fLaC\0|FLV\x01|\x1aE\xdf\xa3|\0\0..ftyp", "a sound or film file"),
    (rb"PK(?:\x03\x04|\x05\x06|\x07\x08)", "a ZIP archive (also docx, xlsx, epub, jar)"),
    (rb"\x1f\x8b\x08", "gzip-compressed data"),
    (rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)", "bzip2-compressed data"),
    (rb"\xfd7zXZ\0", "xz-compressed data"),
    (rb"\x28\xb5\x2f\xfd", "zstd-compressed data"),
    (rb"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (rb"Rar!\x1a\x07", "a RAR archive"),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an OLE document (doc, xls, ppt, msg)"),
    (rb"SQLite format 3\0", "an SQLite database"),
    (rb"PAR1[\x15-\x1c]|ARROW1\0", "a Parquet or Arrow file"),
    (rb"\x7fELF[\x01\x02]", "an ELF program"),
    (rb"MZ.\0", "a Windows program"),
    (rb"[\xce\xcf]\xfa\xed\xfe.\0\0[\0\x01]|\xfe\xed\xfa[\xce\xcf][\0\x01]\0\0", "a Mach-O program"),
    (rb"\xca\xfe\xba\xbe\0", "a Java class or Mach-O program"),
    (rb"\0asm", "a WebAssembly module"),
    (rb"wOF[F2](?:\0\x01\0\0|OTTO|true)|OTTO\0|\0\x01\0\0\0", "a font"),
)
#: One expression for all, a group each: most files are none of these, and one look says so.
_SIGNATURE: Final = re.compile(b"|".join(b"(%b)" % pattern for pattern, _ in _SIGNATURES), re.DOTALL)


def format_of(data: bytes) -> str | None:
    """Return what a file is whose first bytes are a known signature, for people; None for any other."""
    found = _SIGNATURE.match(data)
    return _SIGNATURES[found.lastindex - 1][1] if found and found.lastindex else None


_PAGE: Final = re.compile(
    rb"\s*<(?:!doctype|!--|\?xml|html|head|meta|title|body|script|div|p\b)", re.IGNORECASE
)
#: The standard looks at 1,024 bytes; its parser then meets later ones too, and pages of news have them late.
_CHARSET_BYTES: Final = 16_384
_XML: Final = re.compile(rb"""<\?xml\b[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']""")
_COMMENT: Final = re.compile(rb"<!--.*?-->|<!-->|<!--->", re.DOTALL)
_META: Final = re.compile(rb"<meta(?=[\s/])", re.IGNORECASE)
_TAG: Final = re.compile(rb"</?[a-z][^\s>]*", re.IGNORECASE)
_OTHER: Final = re.compile(rb"<[!/?][^>]*>")
_ATTRIBUTE: Final = re.compile(
    rb"""[\s/]*([^\s/>][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']?[^\s>]*)))?"""
)
_CONTENT: Final = re.compile(
    rb"""charset\s*=\s*(?:"\s*([^"]*?)\s*"|'\s*([^']*?)\s*'|([^\s;"']+))""", re.IGNORECASE
)


def declared_charset(data: bytes) -> str | None:
    """Return the label that a page declares: `<meta charset>`, `<meta http-equiv>` or an XML declaration.

    What stands in a comment, or in another tag's attribute, declares nothing; nor does a text that is no page.
    """
    data = data[:_CHARSET_BYTES]
    if not _PAGE.match(data):
        return None
    found = _XML.match(data.lstrip())
    if found is not None:
        return _label(found[1])
    at = 0
    while (at := data.find(b"<", at)) >= 0:
        if data.startswith(b"<!--", at):
            comment = _COMMENT.match(data, at)
            if comment is None:
                return None
            at = comment.end()
        elif found := _META.match(data, at):
            at, attributes = _attributes(data, found.end())
            label = _of_meta(attributes)
            if label is not None:
                return label
        elif found := _TAG.match(data, at):
            at, _ = _attributes(data, found.end())
        else:
            other = _OTHER.match(data, at)
            at = other.end() if other else at + 1
    return None


def _attributes(data: bytes, at: int) -> tuple[int, dict[bytes, bytes]]:
    """Return where a tag ends, and its attributes; of two with one name the first counts."""
    out: dict[bytes, bytes] = {}
    while at < len(data) and (found := _ATTRIBUTE.match(data, at)):
        out.setdefault(found[1].lower(), found[2] or found[3] or found[4] or b"")
        at = found.end()
    return at, out


def _of_meta(attributes: dict[bytes, bytes]) -> str | None:
    if b"charset" in attributes:
        return _label(attributes[b"charset"])
    found = _CONTENT.search(attributes.get(b"content", b""))
    if found is None or attributes.get(b"http-equiv", b"").strip().lower() != b"content-type":
        return None
    return _label(found[1] or found[2] or found[3] or b"")


def _label(raw: bytes) -> str | None:
    """Return a label as text; None where it is none."""
    return raw.decode("ascii").strip() or None if raw.isascii() else None
