"""The report, served to one person on this machine, with one door through which decisions come in.

A report of very many documents does not hold what decisions of each are keyed by; served, it asks for it here.

Whoever holds the address may read and decide: it has a secret.  A page of another site has not, and what it can do
without is refused before anything is looked up: a name that leads here (DNS rebinding) by `Host`, a form or a script
elsewhere by `Origin` and by a header that no form sends.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import socketserver
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

from pipeline.decisions import Verdict, add, from_row, hint_of, merged, read
from pipeline.errors import CleanCorpusError, UsageError
from pipeline.ledger import each_row

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.decisions import Event

ADDRESS: Final = "127.0.0.1"
TOKEN_HEADER: Final = "X-Review-Token"  # noqa: S105 - the name of a header
LARGEST: Final = 64 * 1024  # bytes of an event
_PATIENCE: Final = 20  # seconds for a request
_BEGINS: Final = b'<meta charset="utf-8">\n'
_META: Final = '<meta name="review-token" content="{}">\n'
#: The page may speak to where it came from, and no further.
_ALONE: Final = b"connect-src 'none'"
_SELF: Final = b"connect-src 'self'"
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Server(ThreadingHTTPServer):
    """Serves one report and takes decisions, until it is shut down."""

    daemon_threads = True
    allow_reuse_address = False

    def __init__(self, report: Path, decisions: Path, port: int = 0) -> None:
        self.report = report
        self.decisions = decisions
        self.token = secrets.token_urlsafe(24)
        self.added = 0
        self._adding = threading.Lock()
        self._known: tuple[tuple[int, int], tuple[Event, ...]] = (
            (0, 0),
            (),
        )  # size and time of the file, and all of it
        super().__init__((ADDRESS, port), _Handler)

    def server_bind(self) -> None:
        """Take the port; the library would ask for the name of the address too."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = ADDRESS, self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the library's
        """Say nothing of a browser that went away; the library tells all else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    @property
    def host(self) -> str:
        """What a browser that was given our address sends as `Host`."""
        return f"{ADDRESS}:{self.server_port}"

    @property
    def url(self) -> str:
        """Where the report is, with the secret."""
        return f"http://{self.host}/{self.token}/"

    def page(self) -> bytes:
        """Return the report with the token by which it knows that it is served.

        Raises:
            UsageError: there is no report, or it is not one of ours.
        """
        try:
            data = self.report.read_bytes()
        except OSError as error:
            raise UsageError(f"{self.report}: cannot be read: {error.strerror}") from error
        head, begins, rest = data.partition(_BEGINS)
        if not begins:
            raise UsageError(f"{self.report}: not a report of clean-corpus")
        meta = _META.format(self.token).encode()
        return head + begins + meta + rest.replace(_ALONE, _SELF, 1)

    def take(self, event: Event) -> bool:
        """Add a decision, unless it is there already; return whether it was added.

        Raises:
            UsageError: another has its id, or what it undoes is not there.
            OutputError: it cannot be written.
        """
        with self._adding:
            known = self._decided()
            every = merged((name, one) for name, one in [*(("", one) for one in known), ("the event", event)])
            if len(every) == len(known):
                return False
            if event.verdict is Verdict.UNDO and all(one.id != event.supersedes for one in known):
                raise UsageError(f"no decision has the id {event.supersedes}")
            add(self.decisions, [event])
            self._known = (_stamp(self.decisions), (*known, event))
            self.added += 1
            return True

    def _decided(self) -> tuple[Event, ...]:
        """Return what the file of decisions holds; it is read again only where another wrote to it."""
        stamp = _stamp(self.decisions)
        if stamp != self._known[0]:
            self._known = (stamp, tuple(read([self.decisions])) if stamp[0] else ())
        return self._known[1]

    def holdings(self) -> bytes:
        """Return all documents as decisions name them, by number, as a report of few documents holds them.

        Raises:
            UsageError: the output is another by now, or its ledger cannot be read.
        """
        out = self.report.parent.parent
        name = _name(out)
        texts, sources, paths = [], [], []
        for row in each_row(out, "documents"):
            texts.append(row["l1"]["sha256"])
            sources.append(row["l0"]["sha256"])
            paths.append(
                hint_of(row["path"], row["ordinal"]).encode("utf-8", "replace").decode()
            )  # no half pairs
        if _name(out) != name:
            raise UsageError("the output was made anew meanwhile: load the page again")
        found = {"name": name, "text": "".join(texts), "bytes": "".join(sources), "paths": paths}
        return json.dumps(found).encode()


def _stamp(path: Path) -> tuple[int, int]:
    """Return size and time of a file; zeros where there is none."""
    try:
        now = path.stat()
    except FileNotFoundError:
        return 0, 0
    return now.st_size, now.st_mtime_ns


def _name(out: Path) -> str:
    """Return what the report of an output calls itself: numbers of documents are those of one output alone."""
    try:
        record = json.loads((out / "run.json").read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(f"{out}: run.json cannot be read: {error}") from error
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:16]


class _RefusedError(Exception):
    """A request that is not answered as it wishes."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    server: Server
    timeout = _PATIENCE

    def do_GET(self) -> None:
        """Answer with the report."""
        self._answered(self._page)

    def do_POST(self) -> None:
        """Take a decision."""
        self._answered(self._decision)

    def _answered(self, answer: Any) -> None:  # noqa: ANN401 - a method
        try:
            self._admit()
            answer()
        except _RefusedError as error:
            self._json(error.status, {"error": str(error)})
        except UsageError as error:
            self._json(400, {"error": str(error)})
        except CleanCorpusError as error:
            self._json(500, {"error": str(error)})

    def _admit(self) -> None:
        """Refuse who was not given this address.

        Raises:
            _RefusedError: so.
        """
        if self.headers.get_all("Host") != [self.server.host]:
            raise _RefusedError(421, f"Host must be {self.server.host}")
        origins = self.headers.get_all("Origin", [])
        if any(one != f"http://{self.server.host}" for one in origins) or len(origins) > 1:
            raise _RefusedError(403, "asked for by another site")
        if self.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
            raise _RefusedError(403, "asked for by another site")
        first = [*self.path.split("/", 2), ""][1]
        if not secrets.compare_digest(first.encode(), self.server.token.encode()):
            raise _RefusedError(404, "nothing is here; open the address that `review --serve` printed")

    def _page(self) -> None:
        if self.path == f"/{self.server.token}/holdings":
            self._send(200, "application/json", self.server.holdings())
        elif self.path == f"/{self.server.token}/":
            self._send(200, "text/html; charset=utf-8", self.server.page())
        else:
            raise _RefusedError(404, "only the report is here")

    def _decision(self) -> None:
        """Add the decision that was sent.

        Raises:
            _RefusedError: none was sent, or not by the page.
        """
        if self.path != f"/{self.server.token}/decisions":
            raise _RefusedError(404, "decisions are sent to ./decisions")
        if not self.headers.get_all("Origin"):
            raise _RefusedError(403, "Origin is missing")
        given = self.headers.get(TOKEN_HEADER, "")
        if not secrets.compare_digest(given.encode(), self.server.token.encode()):
            raise _RefusedError(403, f"{TOKEN_HEADER} is missing or wrong")
        if self.headers.get_content_type() != "application/json":
            raise _RefusedError(415, "Content-Type must be application/json")
        try:
            event = from_row(json.loads(self._body().decode()))
        except (ValueError, RecursionError) as error:
            raise _RefusedError(400, f"no decision: {error}") from error
        new = self.server.take(event)
        self._json(201 if new else 200, {"id": event.id, "added": new})

    def _body(self) -> bytes:
        """Return what was sent, of a length that was said and is not too much."""
        said = self.headers.get_all("Content-Length", [])
        if (
            len(said) != 1
            or not (said[0].isascii() and said[0].isdigit())
            or "Transfer-Encoding" in self.headers
        ):
            raise _RefusedError(411, "one Content-Length is needed")
        if len(said[0]) > len(str(LARGEST)) or int(said[0]) > LARGEST:
            raise _RefusedError(413, f"an event has at most {LARGEST:,} bytes")
        body = self.rfile.read(int(said[0]))
        if len(body) < int(said[0]):
            raise _RefusedError(400, "less was sent than Content-Length says")
        return body

    def _json(self, status: int, answer: dict[str, Any]) -> None:
        text = json.dumps(answer)
        self._send(status, "application/json", text.encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        for name, value in {**_HEADERS, "Content-Type": kind, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what the library itself refuses: methods, lines and headers that are none."""
        del explain
        self._json(code, {"error": message or self.responses.get(code, ("refused",))[0]})

    def version_string(self) -> str:
        """Return what we are, and nothing of the machine."""
        return "clean-corpus"

    def log_message(self, *args: object) -> None:
        """Say nothing: an address would tell the secret."""
