"""The review: what is listed for a person, and the report served to that person alone."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.decisions import Document, Event, Holding, Verdict, as_row, hash_of, hint_of, made, read
from pipeline.serving import LONGEST, Review, Serving

ROOT = Path(__file__).resolve().parents[2]
INPUTS = [ROOT / "samples" / name / "input" for name in ("reprints", "templates")]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    made_here = tmp_path_factory.mktemp("review") / "out"
    inputs = [str(path) for path in INPUTS]
    assert main(["run", *inputs, "-o", str(made_here), "--quiet"], standalone_mode=False) in (0, 3)
    return made_here


@pytest.fixture
def server(out, tmp_path):
    with Serving(Review(out / "report" / "index.html", tmp_path / "decisions.jsonl")) as made_here:
        thread = threading.Thread(target=made_here.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made_here
        made_here.shutdown()
        thread.join()


def event(n=1, by="ada"):
    text = hash_of(f"text {n}")
    subject = Document(Holding(text, text, hint_of(f"{n}.txt", 0)))
    return made(Event("-", "2026-11-28T00:00:00Z", by, "html", Verdict.KEEP, subject, None, "", None))


def row(one):
    return json.dumps(as_row(one)).encode()


def ask(server, method="POST", path="/decisions", body=b"", token=None, **headers):
    """Ask for something, as the page would unless told otherwise; return status, headers and body."""
    own = server.review.token
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    sent = {"X-Review-Token": own, "Content-Type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    try:
        connection.request(method, f"/{own if token is None else token}{path}", body, sent)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def test_the_page_is_served_with_its_token_and_may_speak_to_us_only(server, out):
    status, headers, page = ask(server, "GET", "/")
    assert status == 200
    assert f'<meta name="review-token" content="{server.review.token}">'.encode() in page
    assert b"connect-src 'self'" in page
    assert b"connect-src 'none'" not in page
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Frame-Options"] == "DENY"
    plain = (out / "report" / "index.html").read_bytes()
    assert b"connect-src 'none'" in plain
    assert b'name="review-token"' not in re.sub(rb"<script.*?</script>", b"", plain, flags=re.DOTALL)


def test_an_event_is_added_once_and_stays(server):
    one, two = event(1), event(2)
    assert ask(server, body=row(one))[0] == 201
    assert ask(server, body=row(two))[0] == 201
    status, _, answer = ask(server, body=row(one))
    assert (status, json.loads(answer)) == (200, {"id": one.id, "added": False})
    assert {e.id for e in read([server.review.decisions])} == {one.id, two.id}
    assert server.review.added == 2


def test_many_at_once_are_all_added(server):
    events = [event(n) for n in range(24)]
    threads = [threading.Thread(target=ask, args=(server,), kwargs={"body": row(e)}) for e in events]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {e.id for e in read([server.review.decisions])} == {e.id for e in events}


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        pytest.param({"Host": "evil.example"}, 403, id="name given to our address"),
        pytest.param({"Host": "evil.example:80"}, 403, id="and a port"),
        pytest.param({"Origin": "http://evil.example"}, 403, id="page of another"),
        pytest.param({"Origin": "null"}, 403, id="page of nobody"),
        pytest.param({"X-Review-Token": "x"}, 403, id="another token"),
        pytest.param({"X-Review-Token": ""}, 403, id="no token"),
        pytest.param({"token": "x"}, 404, id="another address"),
        pytest.param({"token": "é"}, 400, id="an address that is none"),
        pytest.param({"path": "/../decisions"}, 404, id="a path"),
        pytest.param({"path": "/run.json"}, 404, id="a file of the output"),
        pytest.param({"Content-Type": "text/plain"}, 415, id="a form"),
        pytest.param({"Content-Length": "-1"}, 411, id="no length"),
        pytest.param({"Content-Length": str(LONGEST + 1)}, 413, id="too long"),
        pytest.param({"body": b"{"}, 400, id="no JSON"),
        pytest.param({"body": b"\xff"}, 400, id="no UTF-8"),
        pytest.param({"body": b"[" * 100_000}, 400, id="deep JSON"),
        pytest.param({"body": b"{}"}, 400, id="no event"),
        pytest.param({"method": "PUT"}, 501, id="another verb"),
    ],
)
def test_what_the_page_would_not_send_is_refused_and_adds_nothing(server, changed, status):
    if changed.get("token") == "é":
        with socket.create_connection(("127.0.0.1", server.server_port), timeout=20) as raw:
            raw.sendall(b"POST /\xc3\xa9 \xff/decisions HTTP/1.1\r\n\r\n")
            assert b"400" in raw.recv(400)
    else:
        asked = {"body": row(event())} | {key.replace("-", "_"): value for key, value in changed.items()}
        got, _, answer = ask(server, **asked)
        assert got == status
        assert server.review.token.encode() not in answer
    assert not server.review.decisions.exists()


def test_only_this_machine_is_answered(server):
    assert server.server_address[0] == "127.0.0.1"


def test_an_unwritable_file_is_told(server, tmp_path):
    server.review.decisions = tmp_path / "decisions.jsonl"
    server.review.decisions.mkdir()
    status, _, answer = ask(server, body=row(event()))
    assert status == 500
    assert b"error" in answer


def test_what_waits_is_listed_with_the_command_that_explains_it(out):
    done = CliRunner().invoke(main, ["review", str(out)])
    assert done.exit_code == 0
    assert "drawn by lot: " in done.output
    assert "clean-corpus explain" in done.output
    every = CliRunner().invoke(main, ["review", str(out), "--json"])
    items = [json.loads(line) for line in every.output.splitlines()]
    assert {item["why"] for item in items} <= {"waiting", "borderline", "odd", "lot"}
    assert len(items) > 1
    first = CliRunner().invoke(main, ["review", str(out), "--top", "1"])
    assert f"{len(items) - 1} more" in first.output


def test_a_session_begins_with_the_address_and_ends_with_what_to_do(out, tmp_path):
    command = [sys.executable, "-u", "-m", "pipeline", "review", str(out), "--serve"]
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, text=True) as session:
        address = session.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{32}/", address)
        session.send_signal(signal.SIGINT)
        rest = session.stdout.read()
    assert "0 decisions added" in rest
    assert "clean-corpus apply" in rest
    assert session.returncode == 0
