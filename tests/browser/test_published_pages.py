"""Every kind of page that a month publishes, opened in Chromium as it lies in the release."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

KINDS = ("releases/*/worklists/*.html", "releases/*/population/*.html", "releases/*/models/*.html", "quality/*.html")


@pytest.mark.parametrize("kind", KINDS)
def test_a_published_page_is_silent_self_contained_accessible_and_narrow(published, open_page, kind):
    pages = sorted(published.glob(kind))
    assert pages
    shown = open_page(pages[0])
    assert shown.complaints == []
    assert shown.requests == []
    assert shown.violations() == []
    assert shown.overflow(320) == 0
