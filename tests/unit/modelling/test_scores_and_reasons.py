"""Scores in the agreed shape, exact contributions, and sentences fit for paper."""

from datetime import date

import polars as pl
import pytest

from riskstrat.errors import InputRefused, NotPermitted
from riskstrat.modelling import frequency_words, reason_sentences, reasons, score
from riskstrat.modelling.datasets.rows import read_part
from riskstrat.modelling.explanation.factors import Sentence, parse_factors, read_factors
from riskstrat.modelling.explanation.reasons import Wording
from riskstrat.modelling.registry.versions import champion_bundle

NOVEMBER = date(2026, 11, 1)
NAME = "emergency_admission_12m"


@pytest.fixture(scope="module")
def scores(trained):
    said = []
    path = score(trained, NOVEMBER, progress=said.append)
    return pl.read_parquet(path), said, path


def test_scores_have_the_agreed_columns_and_every_adult(trained, scores):
    frame, said, _ = scores
    assert frame.columns == ["person_id", "index_date", "model", "model_version", "risk", "percentile", "band"]
    adults = read_part(trained, "features", NOVEMBER).filter(pl.col("age") >= 18)
    own = frame.filter(pl.col("model") == NAME)
    assert own["person_id"].to_list() == adults["person_id"].to_list()
    assert own["risk"].is_between(0, 1).all()
    assert own["percentile"].is_between(0, 100).all()
    assert len(said) == 1, "one line for all models"
    assert "no champion, so no scores: emergency_admission_30d, frailty_12m" in said[0]
    status = read_part(trained, "score_status", NOVEMBER)
    assert status.filter(~pl.col("scored"))["model"].to_list() == ["emergency_admission_30d", "frailty_12m"]


def test_bands_are_the_top_half_next_four_and_a_half_and_next_fifteen_percent(scores):
    own = scores[0].filter(pl.col("model") == NAME).sort("risk", descending=True)
    n = len(own)
    share = {band: rows / n for band, rows in own.group_by("band").len().iter_rows()}
    assert share["very high"] == pytest.approx(0.005, abs=0.002)
    assert share["high"] == pytest.approx(0.045, abs=0.01)
    assert share["moderate"] == pytest.approx(0.15, abs=0.02)
    lowest = own.group_by("band").agg(low=pl.col("risk").min(), high=pl.col("risk").max())
    edge = {row["band"]: (row["low"], row["high"]) for row in lowest.to_dicts()}
    assert edge["very high"][0] > edge["high"][1] > edge["moderate"][1] > edge["low"][1]
    assert own.group_by("risk").agg(pl.col("band").n_unique())["band"].max() == 1  # a tie is never parted


def test_percentile_is_the_share_of_the_practice_with_a_lower_risk_ties_counting_half(trained, scores):
    own = scores[0].filter(pl.col("model") == NAME)
    practices = read_part(trained, "features", NOVEMBER).select("person_id", "practice_code")
    own = own.join(practices, on="person_id")
    person = own.row(17, named=True)
    there = own.filter(pl.col("practice_code") == person["practice_code"])["risk"].to_numpy()
    expected = 100 * ((there < person["risk"]).sum() + 0.5 * (there == person["risk"]).sum()) / len(there)
    assert person["percentile"] == pytest.approx(expected, abs=1e-3)


def test_scoring_twice_gives_the_same_bytes(trained, scores):
    before = scores[2].read_bytes()
    assert score(trained, NOVEMBER).read_bytes() == before


def test_a_snapshot_that_lost_a_column_is_not_scored(trained, tmp_path):
    import shutil

    from riskstrat.project import Workspace

    copy = Workspace(shutil.copytree(trained.root, tmp_path / "copy"))
    path = copy.part("features", NOVEMBER)
    pl.read_parquet(path).drop("efi").write_parquet(path)
    with pytest.raises(InputRefused, match="efi"):
        score(copy, NOVEMBER)


def test_contributions_are_exact_and_every_column_belongs_to_one_factor(trained):
    people = [5, 17, 99]
    frame = reasons(trained, NOVEMBER, NAME, people)
    _, bundle = champion_bundle(trained, NAME)
    rows = read_part(trained, "features", NOVEMBER).filter(pl.col("person_id").is_in(people)).sort("person_id")
    matrix, _ = bundle.contract.encode(rows)
    base = bundle.trees.contributions(matrix)[:, -1]
    for k, person in enumerate(people):
        added = frame.filter(pl.col("person_id") == person)["contribution"].sum()
        assert added + base[k] == pytest.approx(bundle.trees.raw(matrix)[k], abs=1e-6)
    used = frame.filter(pl.col("person_id") == 5).explode("columns")["columns"]
    assert used.is_unique().all()
    assert set(used) <= set(bundle.contract.names)
    sizes = frame.filter(pl.col("person_id") == 5)["contribution"].abs().to_list()
    assert sizes == sorted(sizes, reverse=True)


def test_sentences_are_the_persons_own_with_dates_and_never_a_column_name(trained, scores):
    own = scores[0].filter(pl.col("model") == NAME).sort("risk", descending=True)
    people = [*own["person_id"][:40].to_list(), *own["person_id"][-40:].to_list()]
    frame = reason_sentences(trained, NOVEMBER, NAME, people)
    assert frame["person_id"].to_list() == sorted(people)
    sentences = [text for row in frame.to_dicts() for text in (*row["up"], *row["down"])]
    assert sentences
    assert not [text for text in sentences if "_" in text or "{" in text or "None" in text or "nan" in text]
    assert max(len(row["up"]) for row in frame.to_dicts()) <= 3
    for text in sentences:
        assert ("no " not in text.split(" known")[0]) or "complete to" in text or "GP records to" in text


def test_paper_never_says_what_only_a_screen_may_and_a_screen_never_says_what_is_never_printed(trained):
    everyone = read_part(trained, "features", NOVEMBER)["person_id"].to_list()[:600]
    paper = reason_sentences(trained, NOVEMBER, NAME, everyone, most=99)
    screen = reason_sentences(trained, NOVEMBER, NAME, everyone, view="clinician", most=99)

    def said(frame):
        return {text for row in frame.to_dicts() for text in (*row["up"], *row["down"])}

    starts = {
        sentence.say.split("{")[0]
        for factor in read_factors().factors
        if factor.print == "clinician_view"
        for sentence in (*factor.up, *factor.down)
    } - {""}
    assert not [text for text in said(paper) if any(text.startswith(start) for start in starts)]
    assert said(paper) < said(screen)
    for word in ("alcohol", "self-harm", "depriv", "ethnic"):
        assert word not in " ".join(said(screen)).lower()


def test_reasons_of_the_death_model_are_not_for_paper_and_its_figure_for_nobody(trained):
    with pytest.raises(NotPermitted):
        reason_sentences(trained, NOVEMBER, "death_12m", [1])
    assert len(reason_sentences(trained, NOVEMBER, "death_12m", [1], view="clinician")) == 1
    with pytest.raises(NotPermitted):
        frequency_words("death_12m", 0.3)


def test_a_model_without_champion_and_an_unknown_person_are_refused(trained):
    with pytest.raises(InputRefused, match="no champion"):
        reasons(trained, NOVEMBER, "frailty_12m", [1])
    with pytest.raises(InputRefused, match="1 of the 2 people"):
        reasons(trained, NOVEMBER, NAME, [1, 999_999])


@pytest.mark.parametrize(
    ("risk", "words"), [(0.384, "about 38 in 100"), (0.004, "fewer than 1 in 100"), (0.997, "more than 99 in 100")]
)
def test_a_risk_is_said_as_a_frequency(risk, words):
    assert frequency_words(NAME, risk) == f"{words} people like this are admitted as an emergency within a year"


ROW = pl.DataFrame(
    {
        "person_id": [1, 2],
        "admissions": [2, 0],
        "days_since": [50, None],
        "years": [7.0, None],
        "efi": [0.25, None],
    }
)


@pytest.mark.parametrize(
    ("say", "when", "expected"),
    [
        (
            "{admissions|count:stay}, the last on {days_since|date}",
            "admissions >= 1",
            "2 stays, the last on 12 September 2026",
        ),
        ("recorded {years|year}", "years IS NOT NULL", "recorded 2019"),
        ("{admissions|count:change of practice/changes of practice}", "admissions > 0", "2 changes of practice"),
        ("efi {efi}", "efi > 0", "efi 0.25"),
        (
            "none known (complete to {complete_to:apc_episode})",
            "admissions = 2",
            "none known (complete to 20 September 2026)",
        ),
    ],
)
def test_templates_by_hand(say, when, expected):
    wording = Wording(ROW, NOVEMBER, {"apc_episode": date(2026, 9, 20)})
    sentence = Sentence(when=when, say=say)
    factor = read_factors().factors[0].model_copy(update={"up": (sentence,), "down": ()})
    said = [wording.said(*row) for row in wording.of(factor).select("say", "place").rows()]
    assert said == [expected]  # person 2 lacks the values, and nothing is said


def test_a_sentence_about_a_source_that_is_not_there_is_not_said():
    factor = parse_factors(
        '[[factor]]\nid="a"\ntitle="a"\nprint="always"\ncolumns=["admissions"]\n'
        'down=[{when="admissions = 0", say="none known (complete to {complete_to:apc_episode})"}]'
    ).factors[0]
    assert Wording(ROW, NOVEMBER, {}).of(factor).is_empty()
