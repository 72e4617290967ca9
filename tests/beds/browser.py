"""Chromium without a window, driven over its debugging pipe: a page at a size, measured and looked at."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--remote-debugging-pipe",
)  # fmt: skip
COMPLAINTS = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Network.loadingFailed")


class Page:
    """This is a page in the browser.

    Attributes:
        complaints: what the console, scripts or loading complained of.
        asked: addresses that were asked for beside the page's own and those that hold their data.
    """

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from = to_browser, from_browser
        self._rest, self._number, self._session = b"", 0, ""
        self._events: list[dict[str, Any]] = []

    def open(self, file: Path, *, width: int, height: int, dark: bool = False) -> None:
        """Show a file at a size in CSS pixels; below 600 as a phone does."""
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")
        size = {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": width < 600}
        self._call("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[scheme])
        self._events.clear()
        self._call("Page.navigate", url=file.absolute().as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self._events):
            self._events.append(self._receive())

    @property
    def complaints(self) -> list[dict[str, Any]]:
        return [event for event in self._events if event["method"] in COMPLAINTS]

    @property
    def asked(self) -> list[str]:
        sent = [e["params"]["request"]["url"] for e in self._events if e["method"] == "Network.requestWillBeSent"]
        return [url for url in sent if not url.startswith("data:")][1:]

    def value(self, expression: str) -> Any:
        """Return what a JavaScript expression gives."""
        told = self._call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return told["result"].get("value")

    def picture(self, file: Path) -> None:
        """Keep what is seen of the page at once as PNG."""
        file.write_bytes(base64.b64decode(self._call("Page.captureScreenshot")["data"]))

    def paper(self) -> bytes:
        """Return the page printed as PDF."""
        return base64.b64decode(self._call("Page.printToPDF")["data"])

    def _call(self, method: str, **params: Any) -> Any:
        self._number += 1
        request: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            request["sessionId"] = self._session
        if method.startswith("Target."):
            request.pop("sessionId", None)
        os.write(self._to, json.dumps(request).encode() + b"\0")
        while (told := self._receive()).get("id") != self._number:
            self._events.append(told)
        assert "error" not in told, told
        return told["result"]

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            more = os.read(self._from, 1 << 16)
            assert more, "the browser has ended"
            self._rest += more
        told, self._rest = self._rest.split(b"\0", 1)
        return json.loads(told)


@contextmanager
def browser(profile: Path) -> Iterator[Page]:
    """Run Chromium with a profile of its own, and end it."""
    from_us, to_browser = os.pipe()
    from_browser, to_us = os.pipe()
    line = f'exec "$@" 3<&{from_us} 4>&{to_us}'  # where --remote-debugging-pipe looks for them
    program = subprocess.Popen(
        ["bash", "-c", line, "-", str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}", "about:blank"],
        pass_fds=(from_us, to_us), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for end in (from_us, to_us):
        os.close(end)
    try:
        yield Page(to_browser, from_browser)
    finally:
        program.kill()
        program.wait()
        for end in (to_browser, from_browser):
            os.close(end)
