"""Pages opened in headless Chromium: what they complain of, what they ask for, what axe finds, how they look.

``from support.browser import browser, open_page`` in a ``conftest.py`` gives a room's tests the fixture ``open_page``.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@dataclass
class OpenPage:
    """A page that was opened from a file, and everything that happened while it loaded."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def evaluate(self, script: str) -> Any:
        """Return what a script gives, past the page's own policy against scripts."""
        session = self.page.context.new_cdp_session(self.page)
        answer = session.send(
            "Runtime.evaluate",
            {"expression": script, "awaitPromise": True, "returnByValue": True, "allowUnsafeEvalBlockedByCSP": True},
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def violations(self, tags: list[str] = WCAG_22_AA) -> list[str]:
        """Return what axe finds against the tags, a line each with the elements concerned."""
        from axe_playwright_python.base import AXE_SCRIPT

        self.evaluate(AXE_SCRIPT + "; 'loaded'")
        only = json.dumps({"runOnly": tags, "resultTypes": ["violations"]})
        found = self.evaluate(f"axe.run(document, {only}).then(r => r.violations)")
        return [
            f"{v['id']} ({v['impact']}): {[node['target'][0] for node in v['nodes'][:5]]} {v['nodes'][0]['html'][:150]}"
            for v in found
        ]

    def overflow(self, width: int, height: int = 800) -> int:
        """Return by how many pixels the page is wider than a window of ``width`` (0: no sideways scrolling)."""
        self.page.set_viewport_size({"width": width, "height": height})
        return int(self.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def grey(self) -> None:
        """Show the page without colour."""
        self.evaluate("document.documentElement.style.filter = 'grayscale(1)'; 0")

    def print_to(self, path: Path) -> Path:
        """Print to PDF on the paper the page asks for."""
        self.page.pdf(path=path, prefer_css_page_size=True, tagged=True, print_background=False)
        return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A fresh headless Chromium; tests skip where there is none."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., OpenPage]]:
    """Return a function that opens a file and reports on it: ``open_page(path, width=1280)``."""
    contexts = []

    def opened(path: Path, width: int = 1280, height: int = 900) -> OpenPage:
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        shown = OpenPage(context.new_page())
        shown.page.on("console", lambda message: shown.complaints.append(f"{message.type}: {message.text}"))
        shown.page.on("pageerror", lambda fault: shown.complaints.append(f"error: {fault}"))
        shown.page.on(
            "request",
            lambda request: request.url.startswith(("file:", "data:")) or shown.requests.append(request.url),
        )
        shown.page.goto(path.resolve().as_uri(), wait_until="load")
        return shown

    yield opened
    for context in contexts:
        context.close()
