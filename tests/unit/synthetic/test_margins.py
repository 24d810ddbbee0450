"""The README's table of margins is what the generator makes, and every figure lies within its stated tolerance."""

from riskstrat.project import resource
from riskstrat.synthetic import margins


def test_the_readme_shows_the_margins_of_the_stated_population_and_all_hold(tmp_path):
    rows = margins.make(tmp_path)
    assert len(rows) > 50
    assert [f"{row.measure}, {row.for_whom}: {row.made:.4g}, not {row.target:g}" for row in rows if not row.holds] == []
    readme = resource("synthetic_data/README.md").read_text(encoding="utf-8")
    shown = readme.split(margins.MARKS[0])[1].split(margins.MARKS[1])[0].strip()
    assert shown == margins.markdown(rows), "run: python -m riskstrat.synthetic.margins"


def test_a_margin_outside_its_tolerance_does_not_hold():
    assert margins.Margin("m", "all", 110, 100, 0.1, "s", "").holds
    assert not margins.Margin("m", "all", 111, 100, 0.1, "s", "").holds
    assert not margins.Margin("m", "all", 89, 100, 0.1, "s", "").holds
