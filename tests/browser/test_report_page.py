"""The report in a browser: opened from a file with no network, each page works, and nothing of strangers runs."""

from __future__ import annotations

import html
import importlib.util
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.decisions import from_row, read
from pipeline.report.fragments import fragment
from pipeline.report.gist import gist_of
from pipeline.report.page import PAGES, report_page

HERE = Path(__file__).resolve().parent


def load(name, folder=HERE):
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


chromium = load("chromium")
many = load("many")
hostile = load("hostile")
checks = load("checks")
served = load("served")
report_run = load("report_run", HERE.parent / "shell")
#: Writes a name into its field.
NAMED = """(() => { const box = document.querySelector('#by'); box.value = 'li';
  box.dispatchEvent(new Event('input')); box.blur(); })()"""
#: Chooses the removals that were drawn by lot.
LOT = """(() => { const box = document.querySelector('#stratum'); box.value = 'lot';
  box.dispatchEvent(new Event('change')); })()"""
NAMES = [name for name, _, _ in PAGES]

if chromium.BROWSER is None:
    print("the report is not tested in a browser: no Chromium on PATH")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        chromium.BROWSER is None, reason="no chromium, chromium-browser or google-chrome on PATH"
    ),
]


def page_of(run, rows, texts):
    def text(doc, layer):
        return texts.get((doc, layer), texts[doc, "L2"])

    return report_page(
        run, gist_of(rows), lambda cases: [fragment(case, text) for case in cases], rule="verify 3, guard 2"
    )


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    found = chromium.Chromium(tmp_path_factory.mktemp("browser"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    path = tmp_path_factory.mktemp("small") / "index.html"
    path.write_bytes(page_of(*report_run.make_run()))
    return path


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    path = tmp_path_factory.mktemp("large") / "index.html"
    path.write_bytes(many.many_page(20_000))
    return path


def english(browser, path, page):
    """Show a page of a file in English, whatever the last test left."""
    browser.show(path, page)
    browser.js(
        "document.documentElement.lang === 'en' || document.querySelector('[data-do=language]').click()"
    )


@pytest.fixture
def page(browser, small):
    """The small report, opened; whoever complains in it fails the test."""
    browser.complaints.clear()
    browser.requests.clear()
    english(browser, small, "overview")
    yield browser
    assert browser.complaints == []
    assert [url for url in browser.requests if not url.startswith(("file:", "blob:"))] == []


def shown(browser, selector="main"):
    return re.sub(r"\s+", " ", browser.js(f"document.querySelector({json.dumps(selector)}).innerText"))


def rows(browser):
    return browser.js("[...document.querySelectorAll('main .grid tr[data-row]')].map((row) => row.innerText)")


def ask(browser, query):
    browser.js(
        f"""(() => {{ const box = document.querySelector('main input[type=search]'); box.value = {json.dumps(query)};
        box.dispatchEvent(new Event('input')); }})()"""
    )
    return rows(browser)


# Nothing of strangers runs


def test_a_script_that_was_altered_is_refused(browser, small, tmp_path):
    """The control: the policy is in force, and a breach of it is seen."""
    altered = tmp_path / "index.html"
    altered.write_bytes(small.read_bytes().replace(b'"use strict";', b'"use strict"; ', 1))
    browser.complaints.clear()
    with pytest.raises(AssertionError, match="never true"):
        browser.open(altered, patience=2)
    assert any("Content Security Policy" in text for text in browser.complaints)
    assert "8 documents in" in shown(browser), "the essentials need no script"
    browser.complaints.clear()


def test_sixty_hostile_texts_in_every_field_run_nothing_and_ask_for_nothing(browser, tmp_path):
    assert len(hostile.TEXTS) >= 60
    path = tmp_path / "index.html"
    path.write_bytes(page_of(*hostile.hostile_run(report_run)))
    browser.complaints.clear()
    browser.requests.clear()
    browser.open(path)
    for name in NAMES:
        browser.go(name)
        browser.until(
            "!document.querySelector('main .stage') || document.querySelector('main .stage').innerText !== '…'"
        )
        browser.js("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        browser.js("document.querySelector('main tr[data-row]')?.click()")
        browser.press("KeyJ")
    browser.js("document.querySelector('[data-do=language]').click()")
    assert browser.js("window.PWN") is None
    assert browser.js("document.documentElement.dataset.pwned") is None
    assert browser.js("document.title").endswith("clean-corpus")
    assert browser.complaints == []
    assert browser.requests == [path.as_uri()]


def test_a_hostile_name_is_seen_as_it_is_written(page):
    page.go("files")
    [found] = ask(page, "data-pwned status:removed")
    assert report_run.HOSTILE[0] in found


# Pages


def test_a_name_that_begins_like_an_option_is_explained_as_a_name(page):
    page.go("files")
    assert len(ask(page, "status:skipped odd")) == 1
    page.js("document.querySelector('main .grid tr[data-row]').click()")
    assert "clean-corpus explain OUT -- '-odd" in shown(page)


@pytest.mark.parametrize("name", NAMES)
def test_each_page_renders_in_both_languages_and_themes(page, name):
    page.go(name)
    heading = next(title for one, title, _ in PAGES if one == name)
    assert page.js("document.querySelectorAll('main > section').length") == 1
    assert page.js("document.querySelectorAll('tr').length") <= 200
    assert page.js("document.querySelector('nav [aria-current=page]').hash") == f"#{name}"
    colours = set()
    for _ in range(2):
        for theme in ("light", "dark"):
            page.until(
                f"document.documentElement.dataset.theme === '{theme}' || document.querySelector('[data-do=theme]').click()"
            )
            colours.add(page.js("getComputedStyle(document.body).backgroundColor"))
        page.js("document.querySelector('[data-do=language]').click()")
    assert len(colours) == 2
    assert page.js("document.documentElement.lang") == "en"
    if name not in {"kept", "run"}:
        assert page.js("document.querySelector('main h2').innerText") == heading
    page.js("document.querySelector('[data-do=language]').click()")
    assert re.search("[\u4e00-\u9fff]", page.js("document.querySelector('main h2').innerText"))
    page.js("document.querySelector('[data-do=language]').click()")


def test_filters_facets_and_sorting_choose_rows(page):
    page.go("files")
    assert len(ask(page, "")) == 10, "documents, and what was not processed"
    assert [row.split("\t")[0] for row in ask(page, "FERRY portal")] == ["portal/ferry-reprint.jsonl #17"]
    assert len(ask(page, "status:removed")) == 3
    assert len(ask(page, "-status:removed status:kept")) == 5
    assert len(ask(page, "chars:>500")) == len(
        [row for row in ask(page, "") if int(row.split("\t")[3].replace(",", "") or 0) > 500]
    )
    assert len(ask(page, "照片")) == 1
    ask(page, "")
    page.js("document.querySelector('[data-words=\"status:removed\"]').click()")
    assert len(rows(page)) == 3
    assert page.js("document.querySelector('[data-words=\"status:removed\"]').ariaPressed") == "true"
    ask(page, "")
    page.js("document.querySelectorAll('main .sort')[3].click()")
    sizes = [int(row.split("\t")[3].replace(",", "") or 0) for row in rows(page)]
    assert sizes == sorted(sizes, reverse=True)
    assert page.js("document.querySelectorAll('main th')[3].ariaSort") == "descending"


def test_keys_move_open_and_can_be_switched_off_and_mind_input_methods(page):
    page.go("clusters")
    at = "document.querySelector('main tr[aria-current]').dataset.row"
    assert page.js(at) == "0"
    page.press("KeyJ")
    page.press("KeyJ", key="Process")  # an input method is on: the code is that of the key all the same
    assert page.js(at) == "2"
    page.js(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyK', isComposing: true, bubbles: true }))"
    )
    assert page.js(at) == "2"
    page.press("KeyK")
    assert page.js(at) == "1"
    page.js("document.querySelector('main .grid').focus()")
    page.press("Enter")
    assert "harbour/ferry.md" in shown(page, "main .panel")
    page.press("Slash", key="/")
    assert page.js("document.activeElement.type") == "search"
    page.press("KeyJ", key="j")
    assert page.js(at) == "1", "in a field a key is a letter"
    page.press("Escape")
    page.press("Slash", key="?", modifiers=8)
    page.until("document.querySelector('dialog[open]')")
    page.press("Escape")
    page.until("!document.querySelector('dialog')")
    page.js("document.querySelector('[data-do=keys]').click()")
    page.press("KeyJ")
    assert page.js(at) == "1"
    page.js("document.querySelector('[data-do=keys]').click()")


def test_a_comparison_shows_scores_both_ways_values_and_steps_through_differences(page):
    page.go("compare/reprint-1")
    page.until("document.querySelector('main .stage .row')")
    text = shown(page, "main .stage")
    for words in (
        "removed text found in the kept one",
        "0.970",
        "kept text found in the removed one",
        "0.985",
        "bands that agree",
        "3, 7, 26",
    ):
        assert words in text
    assert page.js("document.querySelectorAll('main .stage del').length") > 2
    page.press("KeyN")
    page.press("KeyN")
    assert page.js("document.querySelectorAll('main .stage .here').length") == 1
    page.press("KeyD")
    assert page.js("document.querySelector('main .stage').classList.contains('linear')")
    page.press("KeyJ")
    page.until("location.hash !== '#compare/reprint-1'")


def test_in_a_document_the_two_places_of_a_passage_are_linked(page):
    page.go("inside")
    page.until("document.querySelector('main .whole')")
    assert page.js("document.querySelectorAll('main .minimap .cut').length") == 1
    assert page.js("document.querySelectorAll('main .line-of.gone').length") == 7
    page.js("document.querySelector('main .letter.kept').click()")
    assert page.js("document.activeElement.classList.contains('repeat')")
    page.press("KeyD")
    assert page.js("document.querySelector('main .line-of.gone').checkVisibility()") is False


def test_the_slider_lists_what_would_flip_and_the_command(browser, large):
    english(browser, large, "lab")
    browser.until("document.querySelector('#slider')")
    assert "0.850 → 0.850" in shown(browser, "main .lead")
    browser.js(
        "(() => { const one = document.querySelector('#slider'); one.value = 950; one.dispatchEvent(new Event('input')); })()"
    )
    browser.until("document.querySelector('main .lead').innerText.includes('0.950')")
    [count] = re.findall(r"([\d,]+) documents would come back", shown(browser))
    scores = [float(row.split("\t")[0]) for row in rows(browser)]
    assert int(count.replace(",", "")) > 100
    assert scores == sorted(scores)
    assert max(scores) < 0.95
    assert "--set verify.identity=0.95" in shown(browser)
    assert browser.js("document.querySelectorAll('tr').length") <= 200
    browser.press("BracketRight")
    browser.until("document.querySelector('main output').innerText === '0.955'")


def test_a_table_of_many_rows_holds_few_and_scrolls_and_exports(browser, large):
    browser.complaints.clear()
    english(browser, large, "clusters")
    assert (
        browser.js(
            "document.querySelector('main table').ariaRowCount ?? document.querySelector('main table').getAttribute('aria-rowcount')"
        )
        == "20001"
    )
    browser.js("document.querySelector('main .grid').scrollTop = 1e9")
    browser.until(
        "[...document.querySelectorAll('main tr[data-row]')].some((row) => row.dataset.row === '19999')"
    )
    assert browser.js("document.querySelectorAll('tr').length") <= 200
    ask(browser, "size:>2 source:portal")
    status = shown(browser, "main [role=status]")
    browser.js(
        "[...document.querySelectorAll('main button')].find((one) => one.innerText === 'Export CSV').click()"
    )
    lines = checks.downloaded(browser, "clusters.csv").decode("utf-8-sig").splitlines()
    assert f"{len(lines) - 1:,} of 20,000" == status
    assert browser.complaints == []


# Decisions


def judge(browser, *codes):
    for code in codes:
        before = browser.js("document.querySelector('main [role=status]').innerText")
        browser.press(code)
        browser.until(f"document.querySelector('main [role=status]').innerText !== {json.dumps(before)}")


def test_verdicts_are_exported_as_events_that_decide_import_reads(page, small, tmp_path):
    page.js("localStorage.clear()")
    page.open(small, "#review")
    page.js(LOT)
    page.press("KeyA")
    assert page.js("document.activeElement.id") == "by", "nobody judges without a name"
    page.js(
        "(() => { const box = document.querySelector('#by'); box.value = '李 li'; box.dispatchEvent(new Event('input')); box.blur(); })()"
    )
    page.js(
        "(() => { const box = document.querySelector('#why'); box.value = '不同版本'; box.dispatchEvent(new Event('input')); box.blur(); })()"
    )
    judge(page, "KeyX", "KeyA")
    page.press("KeyC")
    page.until("document.querySelector('main .strong').innerText.includes('(3)')")
    page.press("KeyU")
    page.until("document.querySelector('main .strong').innerText.includes('(2)')")
    page.press("KeyA")
    page.until("document.querySelector('main .strong').innerText.includes('(3)')")
    assert "right are 2 / 3: 66.7 %" in shown(page)
    assert "20.8 % – 93.9 %" in shown(page), "the interval of Wilson"
    page.press("KeyE")
    page.until("document.querySelector('main .strong').innerText.includes('(0)')")
    content = checks.downloaded(page, "decisions-*.jsonl")
    events = [from_row(json.loads(line)) for line in content.splitlines()]
    assert [event.verdict for event in events] == ["different", "same", "same"]
    assert [event.by for event in events] == ["李 li"] * 3
    assert events[0].why == "不同版本"
    assert events[0].seen.what == "near"
    assert len({event.id for event in events}) == 3
    (tmp_path / "made.jsonl").write_bytes(content)
    file = tmp_path / "decisions.jsonl"
    for expected in ("3 decisions added", "0 decisions added"):
        result = CliRunner().invoke(
            main, ["decide", "import", str(tmp_path / "made.jsonl"), "--decisions", str(file)]
        )
        assert result.exit_code == 0, result.output
        assert expected in result.output
    assert file.read_bytes() == content, "the same bytes as those of the command"
    assert read([file]) == tuple(events)


def test_a_verdict_of_the_report_of_a_run_is_followed_by_apply(browser, tmp_path):
    """From the file that a run wrote to the removal that comes back."""
    out, file = tmp_path / "out", tmp_path / "decisions.jsonl"
    samples = HERE.parents[1] / "samples" / "reprints" / "input"

    def command(*words):
        result = CliRunner().invoke(main, [str(word) for word in words])
        assert result.exit_code == 0, result.output
        return json.loads((out / "run.json").read_text("utf-8"))["counts"]

    before = command("run", samples, "-o", out, "--jobs", 1, "--quiet")
    browser.open(out / "report" / "index.html", "#review")
    browser.js(LOT)
    browser.js(NAMED)
    judge(browser, "KeyX", "KeyX")  # of what goes for the first, one may go for another that stays
    browser.press("KeyX")
    browser.until("document.querySelector('main .strong').innerText.includes('(3)')")
    browser.press("KeyE")
    (tmp_path / "made.jsonl").write_bytes(checks.downloaded(browser, "decisions-*.jsonl"))
    command("decide", "import", tmp_path / "made.jsonl", "--decisions", file)
    after = command("apply", out, "--decisions", file, "--quiet")
    assert after["documents"]["removed"] < before["documents"]["removed"]
    assert {fate: count for fate, count in after["decisions"].items() if count} == {"applied": 3}


def test_a_verdict_that_was_exported_is_taken_back_by_an_event(page, small):
    page.js("localStorage.clear()")
    page.open(small, "#review")
    page.js(NAMED)
    judge(page, "KeyA")
    page.press("KeyE")
    page.until("document.querySelector('main .strong').innerText.includes('(0)')")
    page.press("KeyU")
    page.until("document.querySelector('main .strong').innerText.includes('(1)')")
    stored = page.js(
        "JSON.parse(Object.entries(localStorage).find(([key]) => key.includes('review:'))[1]).events"
    )
    assert [event["verdict"] for event in stored] == ["same", "undo"]
    assert stored[1]["supersedes"] == stored[0]["id"]
    assert stored[1]["at"] > stored[0]["at"]
    assert stored[1]["subject"] is None


def with_token(path):
    content = path.read_bytes().replace(b"connect-src 'none'", b"connect-src 'self'", 1)
    return content.replace(b"<title>", b'<meta name="review-token" content="abc"><title>', 1)


def test_a_verdict_is_sent_once_whatever_is_pressed_before_the_answer(browser, small):
    browser.complaints.clear()
    with served.Served(with_token(small), slow=0.5) as server:
        browser.open(server.address, "#review")
        browser.js("localStorage.clear()")
        browser.js(NAMED)
        browser.press("KeyX")
        for code in ("KeyX", "KeyU", "KeyE"):  # again, taken back, exported: it is on its way
            browser.press(code)
        browser.until("document.querySelector('main [role=status]').innerText.startsWith('2 / ')")
        checks.downloaded(browser, "decisions-*.jsonl")
        judge(browser, "KeyA")
    assert [from_row(json.loads(line)).verdict for _, line in server.posts] == ["different", "same"]
    assert browser.complaints == []


def test_a_key_that_is_held_down_judges_nothing(page, small):
    page.js("localStorage.clear()")
    page.open(small, "#review")
    page.js(NAMED)
    for _ in range(3):
        page.call("Input.dispatchKeyEvent", type="keyDown", code="KeyA", key="a", autoRepeat=True)
    judge(page, "KeyX")
    assert page.js("document.querySelector('main .strong').innerText") == "Export decisions (1)"


def test_a_served_page_sends_each_verdict_with_the_token_it_was_given(browser, small):
    """The server adds a token and lets the page speak to it; the file itself may speak to nobody."""
    browser.complaints.clear()
    with served.Served(with_token(small)) as server:
        browser.open(server.address, "#review")
        browser.js("localStorage.clear()")
        browser.js(NAMED)
        judge(browser, "KeyX")
        browser.until("document.querySelector('main .strong').innerText.includes('(0)')")
        browser.press("KeyK")
        browser.press("KeyU")
        browser.until("document.querySelector('main .lead, main [role=status]').innerText.includes(' 0 ')")
    assert [token for token, _ in server.posts] == ["abc", "abc"]
    events = [from_row(json.loads(line)) for _, line in server.posts]
    assert [event.verdict for event in events] == ["different", "undo"]
    assert events[1].supersedes == events[0].id
    assert browser.complaints == []


@pytest.mark.parametrize(
    "kept", ["{", "null", "[]", '{"events": 7}', '{"events": [{"item": "reprint-1", "verdict": "drop"}]}']
)
def test_what_another_file_left_in_the_browser_is_no_decision(page, small, kept):
    page.js(
        f"localStorage.setItem('clean-corpus:review:' + {json.dumps(checks.run_name(small))}, {json.dumps(kept)})"
    )
    page.open(small, "#review")
    assert page.js("document.querySelector('main .strong').innerText") == "Export decisions (0)"
    page.js("localStorage.clear()")


def test_a_blind_review_hides_scores_and_proposals(page):
    page.go("review")
    page.until("document.querySelector('main .why')")
    page.press("KeyZ")
    page.until(
        "document.querySelector('main .why') && !document.querySelector('main .why').checkVisibility()"
    )
    assert "0.970" not in shown(page)
    assert "near" not in shown(page, "main .stage")
    page.press("KeyZ")


# People


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_controls_have_names_roles_and_contrast(page, name, theme, language):
    """By checks of our own, and by axe-core where its package is installed."""
    page.until(
        f"document.documentElement.dataset.theme === '{theme}' || document.querySelector('[data-do=theme]').click()"
    )
    page.js(
        f"document.documentElement.lang.startsWith('{language}') || document.querySelector('[data-do=language]').click()"
    )
    page.go(name)
    page.until(
        "!document.querySelector('main .stage') || document.querySelector('main .stage').innerText !== '…'"
    )
    page.js("document.querySelector('main input[type=checkbox]')?.click()")
    assert page.js(checks.UNNAMED) == []
    assert page.js(checks.PALE) == []
    if checks.AXE_FILE:
        page.js("window.axe ? 0 : " + checks.AXE_FILE.read_text("utf-8"))
        assert page.js(checks.AXE) == []


@pytest.mark.skipif(checks.AXE_FILE is None, reason="axe-core-python is not installed")
def test_axe_core_sees_a_picture_without_a_name(page):
    """The control: what judges the pages does find something."""
    page.js("window.axe ? 0 : " + checks.AXE_FILE.read_text("utf-8"))
    page.js("document.querySelector('main').append(document.createElement('img'))")
    assert [one.split(":")[0] for one in page.js(checks.AXE)] == ["image-alt"]
    page.js("document.querySelector('main img').remove()")


def test_the_page_prints_without_controls(page):
    page.go("compare")
    page.until("document.querySelector('main .stage .row')")
    page.call("Emulation.setEmulatedMedia", media="print")
    assert page.js("document.querySelector('nav').checkVisibility()") is False
    assert page.js("document.querySelector('main .stage').checkVisibility()") is True
    page.call("Emulation.setEmulatedMedia", media="")


def test_a_report_of_many_clusters_is_small_and_fast(browser, large):
    """The bounds are those of the file; the times leave room for a machine that does other things."""
    assert large.stat().st_size < 1_000_000
    browser.open(large)
    painted = browser.js("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert painted < 2_000 * checks.SLACK
    browser.go("clusters")
    ask(browser, "")
    took = browser.js(
        """(() => { const box = document.querySelector('main input[type=search]'); const times = [];
        for (const query of ['evening', 'size:>2', '水库', 'sim:<.95 source:portal']) { box.value = query;
        const at = performance.now(); box.dispatchEvent(new Event('input')); document.body.offsetHeight;
        times.push(performance.now() - at); } return times.sort((a, b) => a - b)[1]; })()"""
    )
    assert took < 100 * checks.SLACK


def test_what_a_cluster_takes_leaves_room_for_200_000(thorough, large):
    """Those are made only in the long form: it takes minutes and two gigabytes."""
    many_more = 200_000
    if thorough:
        assert len(many.many_page(many_more)) < 15_000_000
    few = 10_000
    each = (large.stat().st_size - len(many.many_page(few))) / (20_000 - few)
    assert large.stat().st_size + each * (many_more - 20_000) < 15_000_000


def test_no_page_of_a_large_report_holds_more_than_200_rows(browser, large):
    browser.open(large)
    for name in NAMES:
        browser.go(name)
        assert browser.js("document.querySelectorAll('tr').length") <= 200, name


def test_a_plain_page_of_many_rows_is_shown_in_parts_all_of_which_can_be_reached(browser, tmp_path):
    run, rows, texts = report_run.make_run()
    differ = [report_run.difference("number", f"{n}", f"{n + 1}") for n in range(30)]
    pairs = [report_run.pair("d5", f"x{n}", "variant", differences=differ) for n in range(19)]
    water = report_run.WATER_NEXT
    others = [report_run.document(f"x{n}", f"x{n}.txt", water, l3=water) for n in range(19)]
    texts |= {(other["id"], layer): water for other in others for layer in ("L2", "L3")}
    rows = rows._replace(documents=[*rows.documents, *others], pairs=[*rows.pairs, *pairs])
    path = tmp_path / "index.html"
    path.write_bytes(page_of(run, rows, texts))
    browser.complaints.clear()
    english(browser, path, "kept")
    seen = set()
    for _ in range(9):
        assert browser.js("document.querySelectorAll('tr').length") <= 200
        seen |= set(
            browser.js("[...document.querySelectorAll('main .keptpair .name')].map((one) => one.innerText)")
        )
        browser.js(
            "[...document.querySelectorAll('main button')].find((one) => one.innerText === 'Next part').click()"
        )
    assert {f"x{n}.txt" for n in range(19)} <= seen
    browser.js("document.querySelector('[data-do=language]').click()")
    assert "下一部分" in shown(browser)
    browser.js("document.querySelector('[data-do=language]').click()")
    assert "Next part" in shown(browser)
    assert browser.complaints == []


def test_texts_are_sorted_in_the_order_of_the_language(page):
    page.go("files")
    ask(page, "")
    page.js("document.querySelectorAll('main .sort')[0].click()")
    names = [row.split("\t")[0] for row in rows(page)]
    assert len(names) > 5
    order = page.js(f"{json.dumps(names)}.sort(new Intl.Collator('en', {{ numeric: true }}).compare)")
    assert names == order
    page.js("document.querySelectorAll('main .sort')[0].click()")
    assert [row.split("\t")[0] for row in rows(page)] == names[::-1]


def test_the_page_can_be_seen(page, tmp_path):
    picture = tmp_path / "page.png"
    page.picture(picture)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 50_000
    assert html.escape(report_run.HOSTILE[0], quote=False) in page.js(
        "document.querySelector('header').innerHTML"
    )
