"""A headless Chromium that is spoken to through a pipe: pages are opened from files, with no network."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--hide-scrollbars", "--window-size=1280,1000",
    "--remote-debugging-pipe",
)  # fmt: skip
PATIENCE = 120  # seconds; a picture takes long where others work
#: The browser reads from 3 and writes to 4.
WIRED = """\
import fcntl, os, sys
to_browser, from_browser = (fcntl.fcntl(int(one), fcntl.F_DUPFD, 10) for one in sys.argv[1:3])
os.dup2(to_browser, 3)
os.dup2(from_browser, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Chromium:
    """One browser with one page; what the page complains of, asks for and downloads is kept."""

    def __init__(self, folder):
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()

        self._process = subprocess.Popen(
            [sys.executable, "-c", WIRED, str(to_browser), str(from_browser),
             BROWSER, *FLAGS, f"--user-data-dir={folder / 'profile'}", "about:blank"],
            pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to_browser)
        os.close(from_browser)
        self._rest, self._number, self._session = b"", 0, None
        self._tabs, self._targets = {}, {}
        self.complaints, self.requests = [], []
        self.downloads = folder / "downloads"
        self.downloads.mkdir()
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(self.downloads))

    def close(self):
        """End the browser."""
        self._process.kill()
        self._process.wait()
        os.close(self._out)
        os.close(self._in)

    def call(self, method, **params):
        """Call a method of the protocol; return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session and not method.startswith(("Target.", "Browser.")):
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + PATIENCE
        while True:
            answer = self._next(end)
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]
            self._note(answer)

    def _next(self, end):
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._in], [], [], max(0, end - time.monotonic()))
            assert ready, "the browser says nothing"
            self._rest += os.read(self._in, 1 << 20)
        line, self._rest = self._rest.split(b"\0", 1)
        return json.loads(line)

    def _note(self, message):
        params = message.get("params", {})
        match message.get("method"):
            case "Log.entryAdded":
                self.complaints.append(params["entry"]["text"])
            case "Runtime.exceptionThrown":
                details = params["exceptionDetails"]
                self.complaints.append(details.get("exception", {}).get("description", details["text"]))
            case "Runtime.consoleAPICalled":
                self.complaints.append(str(params["args"]))
            case "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"])

    def js(self, expression):
        """Return the value of an expression in the page; a promise is waited for."""
        found = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def until(self, expression, patience=PATIENCE):
        """Wait until an expression is true."""
        end = time.monotonic() + patience
        while not self.js(f"!!({expression})"):
            assert time.monotonic() < end, f"never true: {expression}"
            time.sleep(0.05)

    def show(self, path, page):
        """Go to a page of a file, which is opened if it is not yet."""
        if path in self._tabs:
            self._session = self._tabs[path]
            self.go(page)
        else:
            self.open(path, f"#{page}")

    def open(self, path, page="", patience=PATIENCE, beside=False):
        """Open a file at a page, in a tab of its own, and wait until its script is ready; its last tab is closed.

        With `beside` it stays open; return what `turn` takes.
        """
        if path in self._tabs and not beside:
            self.shut(self._tabs.pop(path))
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._tabs[path] = self._session
        self._targets[self._session] = target
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Page.navigate", url=(path if isinstance(path, str) else path.as_uri()) + page)
        self.until("document.documentElement?.dataset.painted", patience)
        return self._session

    def shut(self, tab):
        """Close a tab."""
        self.call("Target.closeTarget", targetId=self._targets.pop(tab))

    def leave(self):
        """Close all tabs: they share what the browser keeps with those to come."""
        for tab in list(self._targets):
            self.shut(tab)
        self._tabs, self._session = {}, None

    def turn(self, tab):
        """Turn to a tab that is open."""
        self._session = tab

    def go(self, page):
        """Go to another page of the file."""
        self.js(f"location.hash = {json.dumps(page)}")
        name = page.split("/")[0]
        self.until(f"document.querySelector('main > section').id === {json.dumps(name)}")

    def press(self, code, key="", modifiers=0):
        """Press a key, named by its code."""
        for kind in ("keyDown", "keyUp"):
            more = {"windowsVirtualKeyCode": 27} if code == "Escape" else {}
            self.call(
                "Input.dispatchKeyEvent", type=kind, code=code, key=key or code, modifiers=modifiers, **more
            )

    def picture(self, path, whole=False):
        """Save a picture of the page."""
        found = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(found["data"]))
