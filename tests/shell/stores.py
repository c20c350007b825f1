"""A real S3 server on 127.0.0.1, of the package `localbucket`, in a thread of the test; and ways to make it fail."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

localbucket = pytest.importorskip("localbucket", reason="localbucket is not installed; make test does so")

BUCKET = "news-archive"
LONG_AGO = 1_600_000_000


class Handler(localbucket.S3Handler):
    """The server's own handler, which tells what it was asked, and says no to what a test names."""

    def log_message(self, *args):
        pass

    def _dispatch(self, action):
        path = localbucket.unquote(self.path.partition("?")[0])
        key = path.removeprefix(f"/{BUCKET}").removeprefix("/")
        self.server.asked.append((self.command, key))
        by = re.search(r"Credential=([^/]+)/", self.headers.get("Authorization", ""))
        self.server.askers.setdefault((self.command, key), set()).add(by[1] if by else "")
        change = self.server.changes.get((self.command, key))
        if change is not None:
            change()
        code = self.server.refused.get(key)
        if code:
            self.send_response(code)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.command == "POST" and "delete" in self.path.partition("?")[2]:
            self._delete_many()
        elif self.command in {"PUT", "DELETE"} and key.endswith("/"):  # a folder, which a store does not need
            self._read_body()
            self._send(localbucket.HTTPStatus.OK)
        else:
            super()._dispatch(action)

    def _delete_many(self):
        """Remove objects by their keys, which the server itself does one by one only."""
        for key in localbucket.ET.fromstring(self._read_body()).iter():
            if key.tag.rpartition("}")[2] == "Key" and not key.text.endswith("/"):
                (self.data_root / BUCKET / key.text).unlink(missing_ok=True)
        self._send(localbucket.HTTPStatus.OK, b"<DeleteResult/>", {"Content-Type": "application/xml"})


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # a reader asks for many objects at a time


class Bucket:
    """A bucket, whose objects are files of a folder."""

    def __init__(self, root: Path, server) -> None:
        self.root = root / BUCKET
        self.url = f"s3://{BUCKET}"
        self.asked: list[tuple[str, str]] = server.asked
        #: command and key → access keys of those who asked
        self.askers: dict[tuple[str, str], set[str]] = server.askers
        self.refused: dict[str, int] = server.refused  # key → status
        self.changes: dict[tuple[str, str], object] = (
            server.changes
        )  # what is done before a request is answered

    def put(self, key: str, data: bytes, *, at: int = LONG_AGO) -> None:
        import os

        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        new = self.root.with_name("new")
        new.write_bytes(data)
        os.utime(new, (at, at))
        new.replace(path)

    def fill(self, folder: Path, prefix: str) -> None:
        """Put all files of a folder."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.put(f"{prefix}/{path.relative_to(folder).as_posix()}", path.read_bytes())

    def read(self) -> set[str]:
        """The keys of objects whose bytes were asked for since the last call."""
        found = {key for command, key in self.asked if command == "GET" and key}
        self.asked.clear()
        return found


@contextmanager
def serving(root: Path, monkeypatch):
    """Serve one bucket; the environment says where."""
    from pipeline import remote
    from pipeline.engines import workers

    (root / BUCKET).mkdir(parents=True)
    handler = type("Bound", (Handler,), {"data_root": root})
    server = _Server(("127.0.0.1", 0), handler)
    server.asked, server.askers, server.refused, server.changes = [], {}, {}, {}
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_REGION": "eu-north-1",
        "AWS_ACCESS_KEY_ID": "reader",
        "AWS_SECRET_ACCESS_KEY": "never-to-be-seen",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(workers, "START", "spawn")  # copies of an older process do not know the environment
    remote.store.cache_clear()
    try:
        yield Bucket(root, server)
    finally:
        remote.store.cache_clear()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def bucket(tmp_path_factory, monkeypatch):
    with serving(tmp_path_factory.mktemp("store"), monkeypatch) as found:
        yield found
