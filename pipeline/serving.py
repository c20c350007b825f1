"""The report, served to one person on this machine, whose verdicts go into a file of decisions.

    GET  /TOKEN/            the report, which is told the token
    POST /TOKEN/decisions   one event as JSON → 201 added, 200 known already, 4xx with the reason

Others on this machine, and pages in the person's browser, know the address but not the token; a page that gives our
address another name is known by its Host, one that posts here by its Origin.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

from pipeline.decisions import add, from_row, read
from pipeline.errors import CleanCorpusError, safe

if TYPE_CHECKING:
    from pathlib import Path

HERE: Final = "127.0.0.1"
LONGEST: Final = 1 << 20  # bytes of an event
_WAITS: Final = 30.0  # seconds for a request to come
_CLOSED: Final = b"connect-src 'none'"  # what the page may not do as a file
_OPEN: Final = b"connect-src 'self'"
#: Of every answer.
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass(slots=True)
class Review:
    """What is served, and where decisions go."""

    page: Path
    decisions: Path
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    added: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def html(self) -> bytes:
        """Return the page, which may speak to us, with the token.

        Raises:
            OSError: it cannot be read.
        """
        meta = f'<meta name="review-token" content="{self.token}">\n<meta charset="utf-8">'
        page = self.page.read_bytes().replace(_CLOSED, _OPEN, 1)
        return page.replace(b'<meta charset="utf-8">', meta.encode(), 1)

    def take(self, body: bytes) -> tuple[HTTPStatus, dict[str, object]]:
        """Add the event of a request to the file; return what to answer.

        Raises:
            CleanCorpusError: the file cannot be read or written.
        """
        try:
            event = from_row(json.loads(body))
        except (ValueError, RecursionError) as error:  # also of what is no UTF-8, and no JSON
            return HTTPStatus.BAD_REQUEST, {"error": f"no decision: {safe(str(error))}"}
        with self.lock:
            known = read([self.decisions] if self.decisions.exists() else [])
            if any(event.id == one.id for one in known):
                return HTTPStatus.OK, {"id": event.id, "added": False}
            add(self.decisions, [event])
            self.added += 1
        return HTTPStatus.CREATED, {"id": event.id, "added": True}


class Serving(ThreadingHTTPServer):
    """Serves a review on this machine alone; `port` 0 is any that is free."""

    daemon_threads = True

    def __init__(self, review: Review, port: int = 0) -> None:
        super().__init__((HERE, port), _Handler)
        self.review = review

    @property
    def address(self) -> str:
        """Where the page is, with the token."""
        return f"http://{HERE}:{self.server_port}/{self.review.token}/"

    @property
    def names(self) -> frozenset[str]:
        """What a browser may call us."""
        return frozenset(f"{name}:{self.server_port}" for name in (HERE, "localhost"))

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a connection that broke."""


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    server: Serving
    timeout = _WAITS
    server_version = "clean-corpus"
    sys_version = ""

    def do_GET(self) -> None:
        if not self._refused("/"):
            try:
                self._answer(HTTPStatus.OK, self.server.review.html(), "text/html; charset=utf-8")
            except OSError as error:
                self._tell(HTTPStatus.NOT_FOUND, {"error": f"no report: {error.strerror}"})

    def do_POST(self) -> None:
        if self._refused("/decisions"):
            return
        given = self.headers.get("X-Review-Token", "")
        kind = self.headers.get_content_type()
        length = self.headers.get("Content-Length", "")
        if not _same(given, self.server.review.token):
            self._tell(HTTPStatus.FORBIDDEN, {"error": "no token, or another"})
        elif kind != "application/json":
            self._tell(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, {"error": "must be application/json"})
        elif not (length.isascii() and length.isdigit()):
            self._tell(HTTPStatus.LENGTH_REQUIRED, {"error": "must have a length"})
        elif int(length) > LONGEST:
            self._tell(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": f"longer than {LONGEST} bytes"})
        else:
            self._take(self.rfile.read(int(length)))

    def _take(self, body: bytes) -> None:
        try:
            status, answer = self.server.review.take(body)
        except CleanCorpusError as error:
            status, answer = HTTPStatus.INTERNAL_SERVER_ERROR, {"error": safe(str(error))}
        self._tell(status, answer)

    def _refused(self, path: str) -> bool:
        """Refuse what does not come from the page that we served, or asks for something else; say whether."""
        origin = self.headers.get("Origin")
        if self.headers.get("Host", "") not in self.server.names or (
            origin is not None and origin.removeprefix("http://") not in self.server.names
        ):
            self._tell(HTTPStatus.FORBIDDEN, {"error": "another host or origin"})
            return True
        if not _same(self.path, f"/{self.server.review.token}{path}"):
            self._tell(HTTPStatus.NOT_FOUND, {"error": "nothing here"})
            return True
        return False

    def _tell(self, status: HTTPStatus, answer: dict[str, object]) -> None:
        self._answer(status, json.dumps(answer).encode(), "application/json")

    def _answer(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self.send_response(status)
        for name, value in {**_HEADERS, "Content-Type": kind, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True  # what of a body was not read is no request

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - the library's
        """Say nothing."""


def _same(one: str, two: str) -> bool:
    return hmac.compare_digest(one.encode(errors="replace"), two.encode())
