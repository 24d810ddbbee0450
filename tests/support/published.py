"""A population report as its readers read it, and its counts as a plain count of the store has them."""

from datetime import date
from html.parser import HTMLParser

import polars as pl

from riskstrat.population import read_cohorts

NOW, BEFORE = date(2026, 11, 1), date(2026, 8, 1)
FILES = {
    "activity-and-cost.csv",
    "activity-and-cost.csv-metadata.json",
    "areas.csv",
    "areas.csv-metadata.json",
    "attrition.csv",
    "attrition.csv-metadata.json",
    "cohort-sizes.csv",
    "cohort-sizes.csv-metadata.json",
    "comparison.csv",
    "comparison.csv-metadata.json",
    "measures.csv",
    "measures.csv-metadata.json",
    "overlap.csv",
    "overlap.csv-metadata.json",
    "population.csv",
    "population.csv-metadata.json",
    "population.html",
    "population.xlsx",
    "segments.csv",
    "segments.csv-metadata.json",
    "summary.html",
    "trend.csv",
    "trend.csv-metadata.json",
}


def counted_by_hand(workspace, index_date):
    """Return the true counts by area and cohort, by plain filters, without the room's SQL or code."""
    day = f"index_date={index_date}"
    snapshot = pl.read_parquet(workspace.store / "features" / day / "part.parquet")
    barred = pl.read_parquet(workspace.store / "intake" / "opt_out" / "delivery=000001.parquet")["person_id"].to_list()
    practices = pl.read_parquet(workspace.store / "intake" / "practice" / "delivery=000001.parquet")
    people = snapshot.filter(~pl.col("person_id").is_in(barred)).join(practices, on="practice_code")
    hits = pl.read_parquet(workspace.store / "rule_hits" / day / "part.parquet")
    members = {"registered": people["person_id"].to_list()}
    for cohort in read_cohorts():
        met = hits.filter((pl.col("rule_id") == cohort.id) & pl.col("left_off_by").is_null())
        members[cohort.id] = met["person_id"].to_list()
    scores = workspace.store / "scores" / day / "part.parquet"
    for band in ("very high", "high", "moderate", "low") if scores.exists() else ():
        banded = pl.read_parquet(scores).filter(pl.col("band") == band)["person_id"]
        assert set(members[f"risk-{band.replace(' ', '-')}"]) == set(banded)
    areas = {("icb", "QZZ"): people}
    for kind in ("place", "pcn", "practice"):
        for code in people[f"{kind}_code"].unique():
            areas[(kind, code)] = people.filter(pl.col(f"{kind}_code") == code)
    return {
        (kind, code, cohort): own.filter(pl.col("person_id").is_in(ids)).height
        for (kind, code), own in areas.items()
        for cohort, ids in members.items()
    }


class Tables(HTMLParser):
    """Every table of a page as rows of texts, the first being its headings."""

    def __init__(self):
        super().__init__()
        self.tables, self.cell = [], None

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.cell = []

    def handle_endtag(self, tag):
        if tag in ("td", "th") and self.cell is not None:
            self.tables[-1][-1].append("".join(self.cell).strip())
            self.cell = None

    def handle_data(self, data):
        if self.cell is not None:
            self.cell.append(data)
