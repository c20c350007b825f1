"""The report in a browser: it renders from a file, its own script runs, and nothing of strangers does."""

from __future__ import annotations

import html
import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.report.fragments import fragment
from pipeline.report.gist import gist_of
from pipeline.report.page import report_page

SHELL = Path(__file__).resolve().parents[1] / "shell"
_spec = importlib.util.spec_from_file_location("report_run", SHELL / "report_run.py")
report_run = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(report_run)

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-logging=stderr",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--hide-scrollbars", "--window-size=1280,1600",
)  # fmt: skip

if BROWSER is None:
    print("the report is not tested in a browser: no Chromium on PATH")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no chromium, chromium-browser or google-chrome on PATH"),
]


def showing(texts):
    """Return what makes the fragments of a page, with these texts."""
    return lambda cases: [fragment(case, texts) for case in cases]


@pytest.fixture(scope="module")
def content():
    run, rows, texts = report_run.make_run()
    return report_page(run, gist_of(rows), showing(lambda doc, layer: texts[doc, layer]))


@pytest.fixture
def browse(tmp_path):
    """Show a page; return what the browser printed, and what it complained of."""

    def show(content, *flags):
        page = tmp_path / "index.html"
        page.write_bytes(content)
        command = [BROWSER, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", *flags, page.as_uri()]
        run = subprocess.run(command, capture_output=True, check=False, timeout=120)
        console = [line for line in run.stderr.decode("utf-8", "replace").splitlines() if "CONSOLE" in line]
        return run.stdout.decode("utf-8"), console

    return show


def root(dom):
    return re.search(r"<html[^>]*>", dom)[0]


def test_the_script_of_the_page_runs_and_nothing_else_does(browse, content, tmp_path):
    log = tmp_path / "net.json"
    dom, console = browse(content, f"--log-net-log={log}", "--dump-dom")
    assert 'data-ready="3"' in root(dom)
    assert "data-pwned" not in root(dom)
    assert re.search(r"<title>(.*?)</title>", dom)[1] == "clean-corpus report"
    assert console == [], "a violation of the page's own policy, or an error of its script"
    assert "attacker.invalid" not in log.read_text("utf-8", "replace")
    assert html.escape(report_run.HOSTILE[0], quote=False) in dom


def test_a_script_that_was_altered_is_refused(browse, content):
    """The control: the policy is in force, and a breach of it is seen."""
    dom, console = browse(content.replace(b'"use strict";', b'"use strict"; ', 1), "--dump-dom")
    assert "data-ready" not in root(dom)
    assert any("Content Security Policy" in line for line in console)


PROBE = b"""<script>
const probe = document.documentElement.dataset;
const box = document.querySelector('[data-filter="t-documents"]');
box.value = "FERRY portal";
box.dispatchEvent(new Event("input"));
probe.rows = [...document.querySelectorAll("#t-documents tbody tr")].map((row) => (row.hidden ? "-" : "+")).join("");
probe.count = document.querySelector('[data-count="t-documents"]').textContent;
const press = (code, more) => document.dispatchEvent(new KeyboardEvent("keydown", { code, bubbles: true, ...more }));
const at = () => (document.querySelector('[data-at="1"]') || { id: "none" }).id;
document.querySelector('[data-do="close"]').click();
probe.closed = String(document.querySelectorAll("main details[open]").length);
document.body.dispatchEvent(new KeyboardEvent("keydown", { code: "KeyJ", bubbles: true, isComposing: true }));
const walk = [at()];
for (const code of ["KeyJ", "KeyJ", "KeyJ", "KeyJ", "KeyJ", "KeyK"]) {
  document.body.dispatchEvent(new KeyboardEvent("keydown", { code, bubbles: true }));
  walk.push(at());
}
probe.walk = walk.join(" ");
probe.focus = document.activeElement.tagName;
document.querySelector('[data-do="keys"]').click();
document.body.dispatchEvent(new KeyboardEvent("keydown", { code: "KeyK", bubbles: true }));
probe.off = at();
document.querySelector('[data-do="open"]').click();
probe.opened = String(document.querySelectorAll("main details:not([open])").length);
</script></body>"""


def test_filter_keys_and_buttons_do_what_they_say(browse, content):
    """With a probe beside the script, and so without the policy."""
    open_page = re.sub(rb'<meta http-equiv="Content-Security-Policy"[^>]*>', b"", content)
    dom, console = browse(open_page.replace(b"</body>", PROBE), "--dump-dom")
    found = dict(re.findall(r'data-([a-z]+)="([^"]*)"', root(dom)))
    assert console == []
    assert found["rows"] == "---+----"
    assert found["count"] == "1 of 8"
    assert found["closed"] == "0"
    assert found["walk"] == "none repeat-1 reprint-1 reprint-2 reprint-3 reprint-3 reprint-2"
    assert found["focus"] == "SUMMARY"
    assert found["off"] == "reprint-2"
    assert found["opened"] == "0"


@pytest.mark.parametrize(("scheme", "paper"), [("1", "#fbfaf6"), ("0", "#16181c")], ids=["light", "dark"])
def test_the_page_takes_the_colours_of_the_system(browse, content, scheme, paper):
    probe = b"""<script>document.documentElement.dataset.paper =
getComputedStyle(document.documentElement).getPropertyValue("--paper");</script></body>"""
    open_page = re.sub(rb'<meta http-equiv="Content-Security-Policy"[^>]*>', b"", content)
    dom, _ = browse(
        open_page.replace(b"</body>", probe), f"--blink-settings=preferredColorScheme={scheme}", "--dump-dom"
    )
    assert f'data-paper="{paper}"' in root(dom)


def test_the_page_can_be_seen(browse, content, tmp_path):
    picture = tmp_path / "page.png"
    browse(content, f"--screenshot={picture}")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 50_000
