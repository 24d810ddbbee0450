"""The helper that opens pages sees what it is there to see: planted faults are found."""

import pytest

pytestmark = pytest.mark.browser

FAULTY = """<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8"><title>Planted faults</title></head>
<body><main><h1>Faults</h1><p style="color:#ccc;background:#fff">Hardly to be read</p>
<img src="http://192.0.2.1/beacon.png"><div style="width:600px">wide</div>
<script>console.error("planted")</script></main></body></html>"""


def test_planted_faults_are_found(tmp_path, open_page):
    (tmp_path / "faulty.html").write_text(FAULTY, encoding="utf-8")
    shown = open_page(tmp_path / "faulty.html")
    assert shown.requests == ["http://192.0.2.1/beacon.png"]
    assert "error: planted" in shown.complaints
    found = " ".join(shown.violations())
    assert "color-contrast" in found
    assert "image-alt" in found
    assert shown.overflow(320) > 0
