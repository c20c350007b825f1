"""Which files are read, and how: the settings of the section `read`."""

from __future__ import annotations

import codecs
import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """Which files are read, and what their fields mean.  In a glob, `*` also crosses folders."""

    include: tuple[str, ...] = ()  # globs of paths to read; none reads all
    exclude: tuple[str, ...] = ()  # globs of paths to leave out
    max_file_bytes: int = 2 << 30  # a larger file is quarantined
    max_line_bytes: int = 16 << 20  # a file with a longer line is quarantined; of records, the line or row
    max_unpacked_bytes: int = 32 << 30  # a compressed file or member that holds more is quarantined
    max_member_bytes: int = (
        256 << 20
    )  # of what is held whole: records of a crawl, and unpacked texts, pages, JSON
    max_ratio: int = 200  # unpacked to packed bytes, after the first 10 MiB; above it is a bomb
    max_members: int = 1_000_000  # an archive with more is quarantined
    max_seconds: int = 60  # of processor time for a document, and again for each MiB of it; 0 is no limit
    max_memory_bytes: int = 8 << 30  # of a process that reads documents; 0 is no limit
    text_fields: tuple[str, ...] = (
        "text",
        "content",
        "body",
        "article",
        "正文",
        "内容",
    )  # the first that is there
    id_fields: tuple[str, ...] = ("id", "doc_id", "uuid", "guid", "编号")  # what the container calls it
    title_fields: tuple[str, ...] = ("title", "headline", "标题")  # of records, as all fields here
    date_fields: tuple[str, ...] = (
        "published",
        "date",
        "publish_date",
        "pub_date",
        "time",
        "发布时间",
        "日期",
    )  # when published
    url_fields: tuple[str, ...] = ("url", "link", "网址", "链接")  # where it was found
    source_fields: tuple[str, ...] = ("source", "site", "publisher", "media", "来源")  # who published it
    author_fields: tuple[str, ...] = ("author", "byline", "作者")  # who wrote it
    encodings: tuple[tuple[str, str], ...] = ()  # glob → encoding of these files, whatever they look like
    sources: tuple[tuple[str, str], ...] = ()  # glob → name of the source these files come from
    redact_urls: bool = False  # leave secrets out of addresses in metadata, fields and names
    secret_keys: tuple[str, ...] = (
        *(
            "token",
            "key",
            "apikey",
            "signature",
            "sig",
            "session",
            "sessionid",
            "sessid",
            "sid",
            "auth",
            "jwt",
        ),
        *("authorization", "password", "passwd", "pwd", "secret", "credential", "phpsessid", "jsessionid"),
    )  # words by which the name of a parameter says that its value is a secret

    def __post_init__(self) -> None:
        at_least("max_file_bytes", self.max_file_bytes, 1)
        for name in ("max_line_bytes", "max_unpacked_bytes", "max_member_bytes", "max_ratio", "max_members"):
            at_least(name, getattr(self, name), 1)
        at_least("max_seconds", self.max_seconds, 0)
        at_least("max_memory_bytes", self.max_memory_bytes, 0)
        if not self.text_fields:
            raise ValueError("text_fields = []: must name a field or more")
        for glob, name in self.encodings:
            try:
                codecs.lookup(name)
            except LookupError:
                raise ValueError(f"encodings: {glob} = {name!r}: must be the name of an encoding") from None

    def wants(self, path: str) -> bool:
        """Return whether a path, with its label folder, is to be read."""
        chosen = not self.include or any(fnmatchcase(path, glob) for glob in self.include)
        return chosen and self.keeps(path)

    def keeps(self, path: str) -> bool:
        """Return whether a member of an archive that is read is not left out."""
        return not any(fnmatchcase(path, glob) for glob in self.exclude)

    def encoding(self, path: str) -> str | None:
        """Return the encoding that was given for a path; the last glob that matches wins."""
        return _last_match(self.encodings, path)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The words by which secrets of addresses are known; none where they are not to be redacted."""
        return self.secret_keys if self.redact_urls else ()

    def source(self, path: str) -> str | None:
        """Return the source that was given for a path; the last glob that matches wins."""
        return _last_match(self.sources, path)


def at_least(name: str, value: int, least: int) -> None:
    """Refuse a value that is too small, or larger than any count.

    Raises:
        ValueError: it is.
    """
    if not least <= value <= sys.maxsize:
        raise ValueError(f"{name} = {value}: must be {least} or more")


def _last_match(rules: tuple[tuple[str, str], ...], path: str) -> str | None:
    return next((name for glob, name in reversed(rules) if fnmatchcase(path, glob)), None)
