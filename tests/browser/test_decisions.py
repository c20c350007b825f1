"""Decisions made in the page: of several rows, in two tabs, and sent to the server that `review --serve` starts."""

from __future__ import annotations

import importlib.util
import json
import re
import threading
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import events, job
from pipeline.cli import main
from pipeline.decisions import Holding, from_row, hint_of, read
from pipeline.ledger import each_row
from pipeline.serving import TOKEN_HEADER, Server
from pipeline.settings import load as settings_of

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def load(name):
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


chromium = load("chromium")
checks = load("checks")
many = load("many")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        chromium.BROWSER is None, reason="no chromium, chromium-browser or google-chrome on PATH"
    ),
]
#: Writes a name into the field of the page that is shown.
NAMED = """(() => { const box = document.querySelector('main input[autocomplete=name]'); box.value = 'li';
  box.dispatchEvent(new Event('input')); box.blur(); })()"""
SAMPLES = ("reprints", "english", "html", "twice")
SAVE = "document.querySelector('main .strong').innerText"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    found = chromium.Chromium(tmp_path_factory.mktemp("browser"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The output of a run over two samples, with reprints and with repeats in files."""
    out = tmp_path_factory.mktemp("made") / "out"
    inputs = [ROOT / "samples" / name / "input" for name in SAMPLES]
    job.run(inputs, out, settings_of(None, {"run.jobs": 1}), printer=events.Silent())
    return out


@pytest.fixture
def page(browser, made):
    """The report of the run, in English, with nothing decided; whoever complains in it fails the test."""
    path = made / "report" / "index.html"
    browser.leave()
    browser.open(path)
    browser.js("localStorage.clear()")
    browser.open(path, "#clusters")
    browser.complaints.clear()
    browser.js(
        "document.documentElement.lang === 'en' || document.querySelector('[data-do=language]').click()"
    )
    yield browser
    assert browser.complaints == []


def said(*words, code=0):
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == code, result.output
    return result.output


def counts(out):
    return json.loads((out / "run.json").read_text("utf-8"))["counts"]


def written(server, count):
    """Return the decisions of the file, once there are so many."""
    end = time.monotonic() + chromium.PATIENCE
    while time.monotonic() < end:
        found = read([server.decisions]) if server.decisions.exists() else ()
        if len(found) >= count:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{len(found)} decisions, not {count}")


def memory(browser):
    [kept] = browser.js(
        "Object.entries(localStorage).filter(([key]) => key.includes('review:')).map(([, v]) => v)"
    )
    return json.loads(kept)


# Several rows


def test_rows_are_picked_by_keys_and_decided_at_once_and_a_run_follows_them(page, made, tmp_path):
    page.js("document.querySelector('main .grid').focus()")
    page.press("KeyX")
    assert page.js("document.querySelector('.live').innerText").startswith("Select rows first")
    page.press("Space", key=" ")
    page.press("ArrowDown", modifiers=8)
    assert page.js("document.querySelectorAll('main tr.picked').length") == 2
    assert page.js("document.querySelector('main .picks b').innerText") == "2 selected"
    page.press("KeyX")
    assert page.js("document.activeElement.autocomplete") == "name", "nobody decides without a name"
    page.js(NAMED)
    page.js("document.querySelector('main .grid').focus()")
    page.press("KeyX")
    page.until(f"!{SAVE}.includes('(0)')")
    page.until("document.querySelectorAll('main tr.picked td:last-child .tag').length === 2")
    page.js("document.querySelector('main .strong').click()")
    content = checks.downloaded(page, "decisions-*.jsonl")
    found = [from_row(json.loads(row)) for row in content.splitlines()]
    assert len(found) >= 2
    assert {event.verdict for event in found} == {"different"}
    assert {event.seen.what for event in found} <= {
        "near",
        "contained",
        "identical",
        "key-equal",
        "variant",
        "shared",
    }
    (tmp_path / "made.jsonl").write_bytes(content)
    before, file, out = counts(made), tmp_path / "decisions.jsonl", tmp_path / "out"
    inputs = [ROOT / "samples" / name / "input" for name in SAMPLES]
    said("decide", "import", tmp_path / "made.jsonl", "--decisions", file)
    said("run", *inputs, "-o", out, "--jobs", 1, "--decisions", file, "--quiet")
    after = counts(out)
    assert "orphaned" not in after["decisions"]
    assert after["documents"]["kept"] > before["documents"]["kept"]


def test_what_was_decided_of_rows_is_found_by_the_filter_taken_back_and_exported(page):
    page.js(NAMED)
    page.js("document.querySelector('main .grid').focus()")
    page.press("KeyA", key="a", modifiers=2)
    total = page.js("document.querySelectorAll('main tr.picked').length")
    assert total > 2
    page.press("Escape")
    assert page.js("document.querySelectorAll('main tr.picked').length") == 0
    page.press("Space", key=" ")
    page.press("KeyB")
    page.until(f"!{SAVE}.includes('(0)')")
    box = "const box = document.querySelector('main input[type=search]')"
    rows = "document.querySelectorAll('main .grid tr[data-row]').length"
    for words, expected in (("status:decided", 1), ("status:open", total - 1), ("", total)):
        page.js(
            f"(() => {{ {box}; box.value = {json.dumps(words)}; box.dispatchEvent(new Event('input')); }})()"
        )
        assert page.js(rows) == expected
    page.js(
        "[...document.querySelectorAll('main button')].find((one) => one.innerText === 'Export CSV (1)').click()"
    )
    assert len(checks.downloaded(page, "clusters.csv").decode("utf-8-sig").splitlines()) == 2
    page.press("KeyU")
    page.until(f"{SAVE}.includes('(0)')")
    assert memory(page)["events"] == [], "what nobody has seen is dropped"


def test_of_documents_with_repeats_a_decision_keeps_them_whole_or_is_a_command(page, made, tmp_path):
    page.go("repeats")
    page.js(NAMED)
    page.js("document.querySelector('main .grid').focus()")
    page.press("Space", key=" ")
    page.press("KeyX")
    page.until("document.querySelector('main .picks .command')")
    command = page.js("document.querySelector('main .picks .command code').innerText")
    words = re.fullmatch(r"clean-corpus decide keep OUT (\S+:\d+) --as li", command)
    said("decide", "keep", made, words[1], "--as", "li", "--decisions", tmp_path / "keep.jsonl")
    assert [event.verdict for event in read([tmp_path / "keep.jsonl"])] == ["keep"]
    page.press("KeyA")
    page.until(f"{SAVE}.includes('(1)')")
    page.press("KeyE")
    page.js("document.querySelector('main .strong').click()")
    [row] = checks.downloaded(page, "decisions-*.jsonl").splitlines()
    event = from_row(json.loads(row))
    assert event.verdict == "protect"
    assert event.subject.document.path == words[1].rpartition(":")[0]


def test_commands_of_the_page_name_records_as_the_program_does(browser, tmp_path):
    texts = [
        (ROOT / "samples/twice/input" / f"{name}.txt").read_text("utf-8")
        for name in ("market-street", "harbour-review")
    ]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "two.jsonl").write_text(
        "".join(f"{json.dumps({'text': text})}\n" for text in texts), "utf-8"
    )
    out = tmp_path / "out"
    job.run([tmp_path / "in"], out, settings_of(None, {"run.jobs": 1}), printer=events.Silent())
    browser.open(out / "report" / "index.html", "#repeats")
    browser.js(NAMED)
    command = "document.querySelector('main .command code').innerText"
    found = []
    for n in range(browser.js("document.querySelectorAll('main .grid tr[data-row]').length")):
        browser.js(f"document.querySelectorAll('main .grid tr[data-row]')[{n}].click()")
        found.append(browser.js("document.querySelector('main .panel .command code').innerText"))
    assert {one.split()[-1] for one in found} == {"two.jsonl:1", "two.jsonl:2"}
    for one in found:
        assert one.split()[-1] in said("explain", out, one.split()[-1])
    browser.js("document.querySelector('main .grid').focus()")
    browser.press("Space", key=" ")
    browser.press("KeyX")
    browser.until("document.querySelector('main .picks .command')")
    [name] = re.findall(r"decide keep OUT (\S+:\d:\d+) ", browser.js(command))
    said("decide", "keep", out, name, "--as", "li", "--decisions", tmp_path / "keep.jsonl")
    [event] = read([tmp_path / "keep.jsonl"])
    assert event.subject.document.text


def test_a_very_large_report_gives_the_commands(browser, tmp_path):
    path = tmp_path / "index.html"
    path.write_bytes(many.many_page(5_000))
    browser.open(path, "#clusters")
    browser.js(
        "document.documentElement.lang === 'en' || document.querySelector('[data-do=language]').click()"
    )
    browser.js(NAMED)
    browser.js("document.querySelector('main .grid').focus()")
    browser.press("Space", key=" ")
    browser.press("KeyX")
    browser.until("document.querySelector('main .picks .command')")
    assert browser.js("document.querySelector('main .picks .command code').innerText").startswith(
        "clean-corpus decide different OUT "
    )
    assert "clean-corpus review OUT --serve" in browser.js("document.querySelector('main .picks').innerText")


# Two tabs


def test_two_tabs_add_to_each_other_and_show_it(page, made):
    path = made / "report" / "index.html"
    one = page.open(path, "#review")
    page.js(NAMED)
    two = page.open(path, "#review", beside=True)
    page.press("KeyX")
    page.until(f"{SAVE}.includes('(1)')")
    page.turn(one)
    page.until(f"{SAVE}.includes('(1)')")
    page.press("KeyJ")
    page.until("document.querySelector('main [role=status]').innerText.startsWith('2 / ')")
    page.press("KeyA")
    page.until(f"{SAVE}.includes('(2)')")
    page.turn(two)
    page.until(f"{SAVE}.includes('(2)')")
    kept = memory(page)["events"]
    assert [event["verdict"] for event in kept] == ["different", "same"]
    page.press("KeyK")
    page.until("document.querySelector('main [role=status]').innerText.startsWith('1 / ')")
    page.press("KeyU")
    page.until(f"{SAVE}.includes('(1)')")
    page.turn(one)
    page.until(f"{SAVE}.includes('(1)')")
    assert [event["verdict"] for event in memory(page)["events"]] == ["same"], (
        "what one tab takes back is gone in both"
    )


def test_a_tab_that_does_not_hold_what_another_decided_of_loses_nothing_of_it(page, made):
    path = made / "report" / "index.html"
    one = page.open(path, "#review")
    two = page.open(path, "#repeats", beside=True)
    page.js(NAMED)
    page.js("document.querySelector('main .grid').focus()")
    page.press("KeyA", key="a", modifiers=2)
    page.press("KeyA")
    page.until("document.querySelector('main tr.picked td:last-child .tag')")
    count = int(re.search(r"\((\d+)\)", page.js(SAVE))[1])
    assert count > 2
    page.shut(two)
    page.turn(one)
    page.js(NAMED)
    page.press("KeyX")
    page.until("!document.querySelector('main [role=status]').innerText.includes(' 0 judged')")
    verdicts = [event["verdict"] for event in memory(page)["events"]]
    assert (verdicts.count("protect"), verdicts.count("different")) == (count, 1)
    page.until(f"{SAVE}.includes('({count + 1})')")


def test_two_tabs_do_not_answer_each_other_for_ever(page, made):
    path = made / "report" / "index.html"
    one = page.open(path, "#review")
    page.open(path, "#review", beside=True)
    page.js(NAMED)
    page.press("KeyX")
    page.until(f"{SAVE}.includes('(1)')")
    page.turn(one)
    page.until(f"{SAVE}.includes('(1)')")
    page.js("(() => { window.heard = 0; addEventListener('storage', () => { window.heard += 1; }); })()")
    time.sleep(0.5)
    assert page.js("window.heard") == 0, "nobody decided anything"
    assert memory(page)["by"] == "li", "the tab without a name does not take it from the other"


# The server itself


@pytest.fixture
def server(made, tmp_path):
    with Server(made / "report" / "index.html", tmp_path / "decisions.jsonl") as found:
        thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def reviewed(browser, server):
    browser.complaints.clear()
    browser.open(server.url, "#review")
    browser.js(
        "document.documentElement.lang === 'en' || document.querySelector('[data-do=language]').click()"
    )
    browser.js(NAMED)


def test_what_is_decided_in_the_page_stands_in_the_file_and_after_a_reload(browser, server):
    reviewed(browser, server)
    browser.press("KeyX")
    browser.until("document.querySelector('main [role=status]').innerText.startsWith('2 / ')")
    browser.press("KeyA")
    browser.until("document.querySelector('main [role=status]').innerText.startsWith('3 / ')")
    browser.until(f"{SAVE}.includes('(0)')")
    browser.press("KeyK")
    browser.until("document.querySelector('main [role=status]').innerText.startsWith('2 / ')")
    browser.press("KeyU")
    browser.until("document.querySelector('main [role=status]').innerText.includes(' 1 judged')")
    browser.until(f"{SAVE}.includes('(0)')")
    found = read([server.decisions])
    assert [event.verdict for event in found] == ["different", "same", "undo"]
    assert found[2].supersedes == found[1].id
    browser.open(server.url, "#review")
    assert " 1 judged" in browser.js("document.querySelector('main [role=status]').innerText")
    assert browser.js("document.querySelector('main [data-verdict=different]').ariaPressed") == "true"
    assert read([server.decisions]) == found, "what was sent is not sent again"
    browser.go("clusters")
    browser.js("document.querySelector('main .grid').focus()")
    browser.press("Space", key=" ")
    browser.press("KeyB")
    assert "keep-both" in {event.verdict for event in written(server, 4)}
    assert browser.complaints == []


def all_different(browser):
    """Say of all clusters that their documents are different."""
    browser.go("clusters")
    browser.js("document.querySelector('main .grid').focus()")
    browser.press("KeyA", key="a", modifiers=2)
    browser.press("KeyX")


def test_a_very_large_report_that_is_served_decides_as_a_small_one_does(browser, server, made, monkeypatch):
    """Its page holds no keys of documents, and has them from the server."""
    whole = server.page()
    large = re.sub(rb'<template id="holdings">.*?</template>', b"", whole)
    assert len(large) < len(whole)
    monkeypatch.setattr(server, "page", lambda: large)
    reviewed(browser, server)
    all_different(browser)
    browser.until(f"{SAVE} === 'Export decisions (0)' && !document.querySelector('main .strong').disabled")
    found = written(server, 1)
    assert {event.verdict for event in found} == {"different"}
    known = {
        row["id"]: Holding(
            text=f"sha256:{row['l1']['sha256']}",
            bytes=f"sha256:{row['l0']['sha256']}",
            path=hint_of(row["path"], row["ordinal"]),
        )
        for row in each_row(made, "documents")
    }
    pairs = {(known[pair["a"]], known[pair["b"]]): pair for pair in each_row(made, "pairs")}
    decided = {(event.subject.a, event.subject.b) for event in found}
    assert decided <= pairs.keys()
    kept = {row["kept"] for row in each_row(made, "clusters")}
    assert {known[doc] for doc in kept} <= {one for pair in decided for one in pair}
    assert browser.complaints == []


def test_keys_of_another_output_are_not_taken(browser, server, monkeypatch):
    """Numbers of documents are those of one output: after another run they would name others."""
    large = re.sub(rb'<template id="holdings">.*?</template>', b"", server.page())
    other = json.dumps(json.loads(server.holdings()) | {"name": "0" * 16}).encode()
    monkeypatch.setattr(server, "page", lambda: large)
    monkeypatch.setattr(server, "holdings", lambda: other)
    reviewed(browser, server)
    all_different(browser)
    browser.until("document.querySelector('main .picks .command')")
    assert not server.decisions.exists()


def test_what_the_server_refuses_is_shown_at_its_row_and_the_rest_goes_on(browser, server, monkeypatch):
    took = Server.take

    def take(self, event):
        if event.verdict == "different":
            from pipeline.errors import UsageError

            raise UsageError("another has this id")
        return took(self, event)

    monkeypatch.setattr(Server, "take", take)
    reviewed(browser, server)
    browser.press("KeyX")
    browser.until("document.querySelector('main [role=status]').innerText.startsWith('2 / ')")
    browser.press("KeyA")
    browser.until("document.querySelector('main [role=status]').innerText.startsWith('3 / ')")
    browser.until(f"{SAVE}.includes('(0)')")
    assert [event.verdict for event in read([server.decisions])] == ["same"]
    assert " 1 judged" in browser.js("document.querySelector('main [role=status]').innerText")
    browser.press("KeyK")
    browser.press("KeyK")
    browser.until("document.querySelector('main .refused')")
    assert "another has this id" in browser.js("document.querySelector('main .refused').innerText")
    browser.open(server.url, "#review")
    assert "another has this id" in browser.js("document.querySelector('main .refused').innerText"), "kept"
    browser.press("KeyO")
    browser.until("document.querySelector('main [role=status]').innerText.includes(' 2 judged')")
    browser.press("KeyK")
    browser.until("document.querySelector('main [role=status]').innerText.startsWith('1 / ')")
    assert browser.js("document.querySelector('main .refused')") is None, "another decision takes its place"


def test_what_could_not_be_sent_is_kept_and_goes_with_the_next(browser, server):
    reviewed(browser, server)
    browser.js(
        "(() => { window.fetched = fetch; window.fetch = () => Promise.reject(new TypeError('it is gone')); })()"
    )
    browser.press("KeyX")
    browser.until(f"{SAVE}.includes('(1)')")
    assert "could not be sent" in browser.js("document.querySelector('main .refused').innerText")
    assert not server.decisions.exists()
    browser.js("window.fetch = window.fetched")
    browser.press("KeyA")
    assert [event.verdict for event in written(server, 2)] == ["different", "same"]
    browser.until(f"{SAVE}.includes('(0)')")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "attacker.invalid"}, 421),
        ({"Origin": "http://attacker.invalid"}, 403),
        ({"Origin": "null"}, 403),
        ({TOKEN_HEADER: "A" * 32}, 403),
        ({TOKEN_HEADER: None}, 403),
    ],
)
def test_who_was_not_given_the_address_decides_nothing(browser, server, headers, status):
    """The very request of the page, with one header of another: it is refused, and nothing is written."""
    reviewed(browser, server)
    browser.js(
        "(() => { const fetched = fetch; window.fetch = (url, what) => { window.sent = what; return fetched(url, what); }; })()"
    )
    browser.press("KeyX")
    [event] = written(server, 1)
    body = browser.js("window.sent.body").encode()
    assert from_row(json.loads(body)) == event
    before = server.decisions.read_bytes()
    other = body.replace(b'"via":"html"', b'"via":"evil"')
    given = {
        "Host": server.host, "Origin": f"http://{server.host}", TOKEN_HEADER: server.token,
        "Content-Type": "application/json", "Content-Length": str(len(other)),
    } | headers  # fmt: skip
    talk = HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    talk.putrequest("POST", f"/{server.token}/decisions", skip_host=True, skip_accept_encoding=True)
    for name, value in given.items():
        if value is not None:
            talk.putheader(name, value)
    talk.endheaders(other)
    assert talk.getresponse().status == status
    talk.close()
    assert server.decisions.read_bytes() == before


def test_another_site_in_the_same_browser_is_refused(browser, server, tmp_path):
    """A page of elsewhere that knows the address, but is not of it, may post nothing, by script or by form."""
    reviewed(browser, server)
    path = tmp_path / "elsewhere.html"
    path.write_text("<!doctype html><html data-painted=1><title>x</title><form method=post></form>", "utf-8")
    browser.open(path)
    sent = browser.js(
        f"fetch('{server.url}decisions', {{ method: 'POST', headers: {{ 'Content-Type': 'application/json',"
        f" '{TOKEN_HEADER}': '{server.token}' }}, body: '{{}}' }}).then(() => 'answered', () => 'refused')"
    )
    assert sent == "refused"
    browser.js(
        f"(() => {{ const form = document.forms[0]; form.action = '{server.url}decisions'; form.submit(); }})()"
    )
    browser.until("document.body?.innerText.includes('another site')")
    assert not server.decisions.exists()
