"""Chromium for the tests of what people read."""

from support.browser import browser, open_page

__all__ = ["browser", "open_page"]
