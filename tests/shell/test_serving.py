"""`review`: the queue in the terminal; the report served on this machine, and what tries to get in."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from http.client import HTTPConnection
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import decisions as d
from pipeline import events, job
from pipeline.cli import main
from pipeline.ledger import Output, each_row
from pipeline.report.gist import LARGE
from pipeline.serving import LARGEST, TOKEN_HEADER, Server
from pipeline.settings import load
from pipeline.waiting import STRATA, queue

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    out = tmp_path_factory.mktemp("reprints") / "out"
    job.run([ROOT / "samples/reprints/input"], out, load(None, {"run.jobs": 1}), printer=events.Silent())
    return out


@pytest.fixture
def server(out, tmp_path):
    with Server(out / "report" / "index.html", tmp_path / "decisions.jsonl") as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def event(out, *, why="", by="li", verdict=d.Verdict.DIFFERENT):
    item = queue(Output(out).rows(), LARGE)[0]
    return d.made(
        d.Event("-", "2026-11-22T21:58:03Z", by, "html", verdict, item.subject, item.seen, why, None)
    )


def body_of(one):
    return json.dumps(d.as_row(one)).encode()


def asked(server, method, path, body=None, **headers):
    """Send a request; a header that is None is left out."""
    given = {"Host": server.host}
    if method == "POST":
        given |= {
            "Origin": f"http://{server.host}",
            TOKEN_HEADER: server.token,
            "Content-Type": "application/json",
            "Content-Length": str(len(body or b"")),
        }
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    talk = HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    talk.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in given.items():
        if value is not None:
            talk.putheader(name, value)
    talk.endheaders(body)
    answer = talk.getresponse()
    data = answer.read()
    talk.close()
    return answer, data


def test_the_report_is_served_with_its_token_and_its_policy(server):
    answer, data = asked(server, "GET", f"/{server.token}/")
    page = (server.report).read_bytes()
    meta = f'<meta name="review-token" content="{server.token}">\n'.encode()
    assert answer.status == 200
    assert data.count(meta) == 1
    assert data.replace(meta, b"") == page.replace(b"connect-src 'none'", b"connect-src 'self'", 1)
    assert b"Content-Security-Policy" in data
    assert data.index(meta) < data.index(b"<title>")
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "python" not in str(answer.headers).lower()
    assert server.server_address[0] == "127.0.0.1"


def test_a_decision_is_added_once_and_is_what_was_sent(server, out):
    one, two = event(out), event(out, by="wang", why="两个版本")
    path = f"/{server.token}/decisions"
    answer, data = asked(server, "POST", path, body_of(one))
    assert (answer.status, json.loads(data)) == (201, {"id": one.id, "added": True})
    answer, data = asked(server, "POST", path, body_of(one))
    assert (answer.status, json.loads(data)) == (200, {"id": one.id, "added": False})
    assert asked(server, "POST", path, body_of(two))[0].status == 201
    assert set(d.read([server.decisions])) == {one, two}
    assert server.decisions.read_bytes() == d.lines_of([one, two])
    assert server.added == 2


def test_many_at_once_are_all_added(server, out):
    made = [event(out, by=f"reader {n}") for n in range(12)]
    path = f"/{server.token}/decisions"
    threads = [threading.Thread(target=asked, args=(server, "POST", path, body_of(one))) for one in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(d.read([server.decisions])) == set(made)


ATTACKS = {
    "a name that leads here": (421, {"Host": "evil.example"}),
    "a name that leads here, with our port": (421, {"Host": "evil.example:{port}"}),
    "no port": (421, {"Host": "127.0.0.1"}),
    "no host": (421, {"Host": None}),
    "another site": (403, {"Origin": "http://evil.example"}),
    "another port of this machine": (403, {"Origin": "http://127.0.0.1:1"}),
    "a frame without a site": (403, {"Origin": "null"}),
    "another scheme": (403, {"Origin": "https://{host}"}),
    "no origin": (403, {"Origin": None}),
    "a site that the browser tells of": (403, {"Sec_Fetch_Site": "cross-site"}),
    "no token": (403, {"X_Review_Token": None}),
    "an empty token": (403, {"X_Review_Token": ""}),
    "a wrong token": (403, {"X_Review_Token": "A" * 32}),
    "a token that is no ASCII": (403, {"X_Review_Token": "é"}),
    "what a form sends": (415, {"Content_Type": "text/plain"}),
    "no type": (415, {"Content_Type": None}),
    "no length": (411, {"Content_Length": None}),
    "a length that is none": (411, {"Content_Length": "-1"}),
    "pieces": (411, {"Transfer_Encoding": "chunked"}),
    "too much": (413, {"Content_Length": str(LARGEST + 1)}),
    "far too much": (413, {"Content_Length": "9" * 400}),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_not_the_page_is_refused(server, out, name):
    status, headers = ATTACKS[name]
    values = {
        k: v.replace("{port}", str(server.server_port)).replace("{host}", server.host) if v else v
        for k, v in headers.items()
    }
    values = {TOKEN_HEADER if k == "X_Review_Token" else k: v for k, v in values.items()}
    answer, data = asked(server, "POST", f"/{server.token}/decisions", body_of(event(out)), **values)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/json"
    assert list(json.loads(data)) == ["error"]
    assert server.token.encode() not in data
    assert not server.decisions.exists()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/decisions", 404),
        ("GET", "/{token}", 404),
        ("GET", "/{token}/decisions", 404),
        ("GET", "/holdings", 404),
        ("GET", "/{token}/holdings/", 404),
        ("POST", "/{token}/holdings", 404),
        ("GET", "/{token}/../run.json", 404),
        ("GET", "/{token}/%2e%2e/run.json", 404),
        ("GET", "/{token}/?x=1", 404),
        ("GET", "http://evil.example/{token}/", 404),
        ("GET", "/é/", 404),
        ("POST", "/decisions", 404),
        ("POST", "/{token}/", 404),
        ("PUT", "/{token}/decisions", 501),
        ("DELETE", "/{token}/decisions", 501),
        ("OPTIONS", "/{token}/decisions", 501),
        ("CONNECT", "/{token}/", 501),
    ],
)
def test_there_is_no_other_route(server, method, path, status):
    line = f"{method} {path.format(token=server.token)} HTTP/1.1\r\nHost: {server.host}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as talk:
        talk.sendall(line.encode())
        head, _, body = b"".join(iter(lambda: talk.recv(65536), b"")).partition(b"\r\n\r\n")
    assert head.split()[1] == str(status).encode()
    assert list(json.loads(body)) == ["error"]
    assert server.token.encode() not in body


def test_documents_are_given_as_decisions_name_them(server, out):
    answer, data = asked(server, "GET", f"/{server.token}/holdings")
    found, rows = json.loads(data), list(each_row(out, "documents"))
    assert answer.status == 200
    assert found["paths"] == [d.hint_of(row["path"], row["ordinal"]) for row in rows]
    assert found["text"] == "".join(row["l1"]["sha256"] for row in rows)
    assert found["bytes"] == "".join(row["l0"]["sha256"] for row in rows)
    assert re.fullmatch("[0-9a-f]{16}", found["name"])


def test_documents_of_an_output_that_is_made_anew_are_not_given(server, out, monkeypatch):
    names = iter("ab")
    monkeypatch.setattr("pipeline.serving._name", lambda _: next(names))
    answer, data = asked(server, "GET", f"/{server.token}/holdings")
    assert answer.status == 400
    assert "made anew" in json.loads(data)["error"]


def test_what_another_adds_to_the_file_is_seen(server, out):
    mine, theirs = event(out), event(out, by="wang")
    path = f"/{server.token}/decisions"
    assert asked(server, "POST", path, body_of(mine))[0].status == 201
    d.add(server.decisions, [theirs])
    assert asked(server, "POST", path, body_of(theirs))[0].status == 200, "it is there"
    assert asked(server, "POST", path, body_of(mine))[0].status == 200
    assert len(d.read([server.decisions])) == 2


def test_another_site_gets_neither_page_nor_documents(server):
    for path, headers in product(
        ("", "holdings"),
        (
            {"Host": "evil.example"},
            {"Origin": "http://evil.example"},
            {"Sec_Fetch_Site": "cross-site"},
        ),
    ):
        answer, data = asked(server, "GET", f"/{server.token}/{path}", **headers)
        assert answer.status in {403, 421}
        assert server.token.encode() not in data


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "Expecting value"),
        (b"{", "Expecting"),
        (b"\xff", "decode"),
        (b"[]", "not an object"),
        (b"[" * 60_000, "recursion"),
        (b'{"v": 1}', "is missing"),
        (b'{"v": NaN}', "v = nan"),
    ],
)
def test_what_is_no_decision_is_refused_and_says_why(server, body, says):
    answer, data = asked(server, "POST", f"/{server.token}/decisions", body)
    assert answer.status == 400
    assert says in json.loads(data)["error"]
    assert not server.decisions.exists()


def test_an_id_is_never_given_twice_and_nothing_is_undone_that_is_not_there(server, out):
    path = f"/{server.token}/decisions"
    one = event(out)
    asked(server, "POST", path, body_of(one))
    for row, says in (
        (d.as_row(one) | {"why": "else"}, "never changed"),
        (
            d.as_row(one) | {"id": "e-2", "verdict": "undo", "subject": None, "supersedes": "e-0"},
            "no decision has the id e-0",
        ),
    ):
        answer, data = asked(server, "POST", path, json.dumps(row).encode())
        assert answer.status == 400
        assert says in json.loads(data)["error"]
    assert d.read([server.decisions]) == (one,)


def test_a_file_that_cannot_be_written_is_told(server, out):
    server.decisions = server.decisions.parent / "not" / "there.jsonl"
    answer, data = asked(server, "POST", f"/{server.token}/decisions", body_of(event(out)))
    assert answer.status == 500
    assert "cannot add to" in json.loads(data)["error"]


def test_less_than_was_promised_is_refused(server, out):
    head = (
        f"POST /{server.token}/decisions HTTP/1.1\r\nHost: {server.host}\r\nOrigin: http://{server.host}\r\n"
        f"{TOKEN_HEADER}: {server.token}\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as talk:
        talk.sendall(head.encode() + body_of(event(out)))
        talk.shutdown(socket.SHUT_WR)
        assert b"less was sent" in b"".join(iter(lambda: talk.recv(65536), b""))
    assert not server.decisions.exists()


def interruptible():
    """Let an interrupt come: a shell starts what runs behind it with this one ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_browser_that_goes_away_is_not_told_as_an_error(server, capsys):
    for error in (ConnectionResetError(), ValueError("ours")):
        try:
            raise error
        except (ConnectionError, ValueError):
            server.handle_error(None, ("127.0.0.1", 1))
    told = capsys.readouterr().err
    assert "ours" in told
    assert "ConnectionResetError" not in told


def test_the_command_prints_the_address_and_ends_cleanly(out, tmp_path):
    words = [sys.executable, "-u", "-m", "pipeline", "review", str(out), "--serve"]
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    with subprocess.Popen(
        words,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=interruptible,  # noqa: PLW1509 - one thread
    ) as process:
        url = process.stdout.readline().decode().split()[-1]
        process.stdout.readline()
        host, token = url.removeprefix("http://").split("/")[:2]
        talk = HTTPConnection(host, timeout=10)
        headers = {"Origin": f"http://{host}", TOKEN_HEADER: token, "Content-Type": "application/json"}
        talk.request("POST", f"/{token}/decisions", body_of(event(out)), headers)
        assert talk.getresponse().status == 201
        talk.close()
        process.send_signal(signal.SIGINT)
        told, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, b"")
    assert "1 decisions added to decisions.jsonl" in told.decode()
    assert d.read([tmp_path / "decisions.jsonl"]) == (event(out),)


def said(*words, code=0):
    result = CliRunner().invoke(main, list(map(str, words)))
    assert result.exit_code == code, result.output
    return result.output


def test_what_cannot_be_served_is_refused(out, tmp_path, server):
    there = ("review", out, "--decisions", tmp_path / "decisions.jsonl")
    assert "cannot serve on port" in said(*there, "--serve", "--port", server.server_port, code=2)
    assert "go with --serve" in said(*there, "--open", code=2)
    (tmp_path / "decisions.jsonl").write_text("{")
    assert "no decision" in said(*there, "--serve", code=2)


# The queue


def test_the_queue_has_each_pair_once_and_all_that_wait_and_what_is_decided_waits_no_more(out, tmp_path):
    rows = Output(out).rows()
    items = queue(rows, LARGE)
    assert {item.stratum for item in items} <= set(STRATA)
    assert len({frozenset((i.a["id"], i.b["id"])) for i in items}) == len(items) > 3
    first = event(out)
    (tmp_path / "d.jsonl").write_bytes(d.lines_of([first]))
    copy = tmp_path / "out"
    settings = load(None, {"run.jobs": 1, "run.decisions": (str(tmp_path / "d.jsonl"),)})
    job.run([ROOT / "samples/reprints/input"], copy, settings, printer=events.Silent())
    later = [item.subject for item in queue(Output(copy).rows(), LARGE)]
    assert first.subject in [item.subject for item in items]
    assert first.subject not in later


def test_the_page_calls_the_strata_as_the_terminal_does():
    script = (ROOT / "pipeline/report/review.js").read_text("utf-8")
    (told,) = re.findall(r"const STRATA = \{([^}]*)\}", script)
    page = dict(re.findall(r'(\w+): "([^"]*)"', told))
    assert page == STRATA


def test_the_lot_is_that_of_the_seed(out):
    rows = Output(out).rows()
    assert [i.subject for i in queue(rows, LARGE, 5)] == [i.subject for i in queue(rows, LARGE, 5)]


def test_the_terminal_names_each_pair_with_the_command_that_decides_it(out, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    items = queue(Output(out).rows(), LARGE)
    text = said("review", out, "--top", 2)
    assert f"{len(items) - 2} more: clean-corpus review" in text
    for item in items[:2]:
        assert f"decide different {out} {item.a['id']} {item.b['id']} --as NAME" in text
    assert f" --top {len(items)}\n" in text
    again = f"--top {len(items)} --seed 7 --decisions mine.jsonl"
    assert again in said("review", out, "--top", 2, "--seed", 7, "--decisions", "mine.jsonl")
    said("decide", "different", out, items[0].a["id"], items[0].b["id"], "--as", "li")
    (made,) = d.read([Path("decisions.jsonl")])
    assert (made.subject, made.seen) == (items[0].subject, items[0].seen)


def test_of_a_removed_document_it_is_told_why_the_other_was_kept_and_how_to_part_them(
    out, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    gone = next(row for row in Output(out).rows().documents if row["status"] == "removed")
    text = said("explain", out, gone["id"])
    assert f"kept copy   Kept of {text.split('Kept of ')[1]}" in text
    assert f"decide different {out} {gone['id']} {gone['of']} --as NAME" in text


def test_what_waits_is_the_next_step_of_inspect(out):
    lines = said("inspect", out).splitlines()
    assert len(lines) <= 30
    waits = json.loads((out / "run.json").read_text("utf-8"))["counts"]["review"]
    assert any(f"Next          clean-corpus review {out}" in line for line in lines) == (waits > 0)
