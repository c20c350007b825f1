"""What is asked of every page: names of controls, contrast of text; and files that a page hands out."""

from __future__ import annotations

import base64
import gzip
import importlib.util
import json
import re
import time
from pathlib import Path

SLACK = 4  # times slower than a machine that does nothing else

#: Controls and fields without a name, tables without heads, headings out of order, ids that stand twice.
UNNAMED = """(() => {
  const out = [];
  const label = (one) => (one.getAttribute('aria-label') || one.innerText || one.title
    || (one.id && document.querySelector(`label[for="${one.id}"]`)?.innerText) || one.closest('label')?.innerText || '').trim();
  for (const one of document.querySelectorAll('a, button, input, select, textarea, summary, [role=group], dialog, nav')) {
    if (one.checkVisibility() && !label(one)) {
      out.push(`no name: ${one.outerHTML.slice(0, 120)}`);
    }
  }
  for (const one of document.querySelectorAll('svg[role=img]')) {
    if (!one.getAttribute('aria-label')) {
      out.push('a picture without a name');
    }
  }
  const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);
  out.push(...ids.filter((id, n) => ids.indexOf(id) !== n).map((id) => `twice: ${id}`));
  if (document.querySelectorAll('h1').length !== 1 || document.querySelectorAll('main').length !== 1) {
    out.push('one h1 and one main');
  }
  if (!document.documentElement.lang || !document.title) {
    out.push('no language or title');
  }
  return out;
})()"""

#: Texts whose contrast with what is behind them is below 4.5, or 3 for large ones; what is disabled may be pale.
PALE = """(() => {
  const channel = (value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const parts = (colour) => {
    const found = colour.match(/rgba?\\(([^)]+)\\)/);
    return found ? found[1].split(/[ ,/]+/).filter(Boolean).map(Number) : null;
  };
  const light = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
  const behind = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const colour = parts(getComputedStyle(at).backgroundColor);
      if (colour && (colour.length < 4 || colour[3] === 1)) {
        return colour;
      }
    }
    return [255, 255, 255];
  };
  const out = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const one = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !one.checkVisibility({ checkOpacity: true }) || one.closest('svg, script, template, :disabled')) {
      continue;
    }
    const style = getComputedStyle(one);
    const [a, b] = [light(parts(style.color)), light(behind(one))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    if ((a + 0.05) / (b + 0.05) < least) {
      out.add(`${((a + 0.05) / (b + 0.05)).toFixed(2)} ${one.tagName}.${one.className} ${walker.currentNode.data.trim().slice(0, 40)}`);
    }
  }
  return [...out];
})()"""

_package = importlib.util.find_spec("axe_core_python")  # not imported: it would want a driver of browsers
#: The script of axe-core, if its package is installed.
AXE_FILE = Path(_package.origin).with_name("axe.min.js") if _package else None
#: What axe-core calls serious or critical.
AXE = """axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations
  .filter((one) => ['serious', 'critical'].includes(one.impact))
  .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 140)).join(' | ')}`))"""


def run_name(path):
    """Return the name that a page keeps verdicts under."""
    [packed] = re.findall(rb'<template id="data">([^<]*)</template>', path.read_bytes())
    return json.loads(gzip.decompress(base64.b64decode(packed)))["name"]


def downloaded(browser, pattern):
    """Return the content of a file that a page handed out, once it is there."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        found = [one for one in browser.downloads.glob(pattern) if one.stat().st_size]
        if found:
            time.sleep(0.1)
            content = found[0].read_bytes()
            found[0].unlink()
            return content
        time.sleep(0.05)
    raise AssertionError(f"nothing was handed out as {pattern}")
