"""Every kind of page that a month publishes, opened in Chromium as it lies in the release."""

import shutil

import pytest

from support.screens import IMAGES, take_screens

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


def test_a_model_card_leads_somewhere_by_every_link_and_prints_whole(published, open_page, tmp_path):
    shown = open_page(max(published.glob("releases/*/models/*.html"), key=lambda page: page.stat().st_size))
    links = "[...document.querySelectorAll('nav a')].map(a => a.hash.slice(1))"
    assert shown.evaluate(f"{links}.length") > 10
    assert shown.evaluate(f"{links}.filter(id => !document.getElementById(id))") == []
    assert shown.evaluate("document.querySelectorAll('#maincontent svg[role=img]').length") >= 4
    assert shown.print_to(tmp_path / "card.pdf").stat().st_size > 50_000


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed")
def test_the_pictures_of_the_documentation_can_be_taken_again(published, browser, tmp_path):
    taken = take_screens(published, browser, tmp_path)
    assert {path.name for path in taken} == {path.name for path in IMAGES.glob("*.png")}
    assert all(path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 20_000 for path in taken)
