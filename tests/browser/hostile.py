"""Texts that try to run, to load, to lead away or to break a page, and a run that has them in every field."""

from __future__ import annotations

import json

_RUN = "window.PWN=1;document.documentElement.dataset.pwned='1'"
_ELSEWHERE = "http://attacker.invalid/"
TEXTS = (
    f"</script><script>{_RUN}</script>",
    f"</SCRIPT ><script>{_RUN}</script>",
    f"</template><script>{_RUN}</script>",
    f"</style><script>{_RUN}</script>",
    f"</title><script>{_RUN}</script>",
    f"</textarea><script>{_RUN}</script>",
    f"--><script>{_RUN}</script>",
    f"<!--><script>{_RUN}</script>",
    "<!--<script>",
    "]]><script>",
    f'<img src=x onerror="{_RUN}">',
    f'"><img src=x onerror="{_RUN}">',
    f"'><img src=x onerror='{_RUN}'>",
    f"`><img src=x onerror=`{_RUN}`>",
    f'<svg onload="{_RUN}">',
    f"<svg><script>{_RUN}</script></svg>",
    f'<svg><a xlink:href="javascript:{_RUN}"><text>x</text></a></svg>',
    f'<svg><animate onbegin="{_RUN}" attributeName=x dur=1s>',
    f'<svg><use href="data:image/svg+xml,<svg id=x onload={_RUN}>#x">',
    f'<math><mtext></form><form><mglyph><style></math><img src onerror="{_RUN}">',
    f'<iframe src="{_ELSEWHERE}"></iframe>',
    f'<iframe srcdoc="<script>parent.{_RUN}</script>"></iframe>',
    f'<object data="{_ELSEWHERE}"></object>',
    f'<embed src="{_ELSEWHERE}">',
    f'<link rel=stylesheet href="{_ELSEWHERE}a.css">',
    f"<style>@import '{_ELSEWHERE}a.css';</style>",
    f"<style>body{{background:url({_ELSEWHERE}b.png)}}</style>",
    f'<base href="{_ELSEWHERE}">',
    f'<meta http-equiv=refresh content="0;url={_ELSEWHERE}">',
    f'<form action="{_ELSEWHERE}"><input autofocus onfocus="{_RUN}"></form>',
    f'<input autofocus onfocus="{_RUN}">',
    f'<details open ontoggle="{_RUN}">',
    f'<video><source onerror="{_RUN}"></video>',
    f'<audio src="{_ELSEWHERE}a.mp3" autoplay>',
    f'<img src="{_ELSEWHERE}c.png">',
    f'<img srcset="{_ELSEWHERE}d.png 1x">',
    f'<body onload="{_RUN}">',
    f'<marquee onstart="{_RUN}">x</marquee>',
    f'<a href="javascript:{_RUN}">x</a>',
    f"javascript:{_RUN}",
    f"data:text/html,<script>{_RUN}</script>",
    f"&lt;script&gt;{_RUN}&lt;/script&gt;",
    f"&#60;img src=x onerror={_RUN}&#62;",
    f"\\u003cscript\\u003e{_RUN}\\u003c/script\\u003e",
    f"{{{{constructor.constructor('{_RUN}')()}}}}",
    f"${{{_RUN}}}",
    f"`${{{_RUN}}}`",
    "{% raw %}{0} {name} %s %(x)s {{",
    f"';{_RUN};//",
    f'";{_RUN};//',
    f'\\";{_RUN};//',
    f"\n{_RUN}\n",
    "\u2028\u2029\u0085 line ends",
    "\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe",
    "\u2066\u2067\u2068\u2069 isolates",
    "nul\0 esc\x1b[2J bell\a back\b",
    "lone \ud800 and \udfff",
    "\ufeff\u200b\u00ad unseen",
    "\U000e0001\U000e0041 tags",
    '=HYPERLINK("http://attacker.invalid")',
    "@SUM(1+1)|cmd",
    "__proto__",
    "constructor",
    "toString",
    "#compare/reprint-1",
    "長" * 5_000,
)


def hostile_run(report_run):
    """Return an invented run whose every name, title, source, reason, rule and text is hostile."""
    run, rows, texts = report_run.make_run()
    number = iter(range(10**9))

    def worse(value, key=""):
        if isinstance(value, dict):
            return {worse_key(k, key): worse(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [worse(one, key) for one in value]
        if isinstance(value, str) and key in FREE:
            return f"{value[:20]} {TEXTS[next(number) % len(TEXTS)]}"
        return value

    def worse_key(key, above):
        return (
            f"{key} {TEXTS[next(number) % len(TEXTS)]}"
            if above in {"versions", "edits", "removed_by_reason"}
            else key
        )

    tables = {name: [worse(row) for row in getattr(rows, name)] for name in rows._fields}
    more = [
        {**json.loads(json.dumps(rows.documents[5])), "id": f"x{n}", "path": text, "source": text, "meta": {
            **rows.documents[5]["meta"], "title": text, "published": text}, "warnings": [text], "flags": [text]}
        for n, text in enumerate(TEXTS)
    ]  # fmt: skip
    tables["documents"] += more
    tables["skipped"] += [
        {**rows.skipped[1], "path": text, "reason": text, "status": text, "detail": text} for text in TEXTS
    ]
    run = worse(run)
    run["warnings"] = list(TEXTS)
    run["inputs"] = list(TEXTS[:20])
    run["sources"] += [{"source": text, "in": 1, "kept": 1, "removed": 0} for text in TEXTS]
    bad = "\n".join(text for text in TEXTS if len(text) < 1_000)
    return run, rows._replace(**tables), {key: f"{text}\n{bad}" for key, text in texts.items()}


#: Fields that strangers fill.
FREE = frozenset(
    ("path", "member", "title", "source", "published", "author", "url", "why", "detail", "reason", "text", "rule", "via",
     "a_text", "b_text", "old", "new", "why_kept", "warnings", "flags", "version", "archive")
)  # fmt: skip
