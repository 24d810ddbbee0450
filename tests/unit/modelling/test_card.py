"""The model card: what it must say, in words that hold for any version, from the bundle alone."""

import json
import re
import shutil
from dataclasses import replace

import pytest

from riskstrat.modelling import compare_models, show_model, write_card
from riskstrat.modelling.evaluation import words
from riskstrat.modelling.evaluation.card import card_context
from riskstrat.modelling.evaluation.guarded import TOO_FEW, without_figures
from riskstrat.modelling.evaluation.shown import withheld
from riskstrat.modelling.evaluation.tripod import answered, read_checklist
from riskstrat.modelling.registry.bundle import ModelFiles, as_json, write_bundle
from riskstrat.modelling.registry.comparison import comparison_as_text, shown_as_text
from riskstrat.modelling.registry.versions import Registry, champion_bundle
from riskstrat.pages import render
from riskstrat.project import Workspace

NAME = "emergency_admission_12m"
NUMBERS = (
    "1 2 3a 3b 3c 4 5a 5b 6a 6b 6c 7 8a 8b 8c 9a 9b 9c 10 11 12a 12b 12c 12d 12e 12f 12g 13 14 15 16 17 "
    "18a 18b 18c 18d 18e 18f 19 20a 20b 20c 21 22 23a 23b 24 25 26 27a 27b 27c"
).split()
"""The statement's items and their parts (Collins et al., BMJ 2024;385:e078378): 27, 52 with the parts."""


@pytest.fixture(scope="module")
def bundle(trained):
    return champion_bundle(trained, NAME)[1]


@pytest.fixture(scope="module")
def card(trained, tmp_path_factory):
    page, data = write_card(trained, NAME, "1", tmp_path_factory.mktemp("card"))
    return page.read_text(encoding="utf-8"), json.loads(data.read_text(encoding="utf-8"))


def page_of(bundle, evaluation):
    """Return the card of a bundle with another evaluation."""
    other = replace(bundle, texts={**bundle.texts, "evaluation.json": as_json(evaluation)})
    about = {"title": "t", "subtitle": "", "board_name": "b", "demonstration": True, "release_name": "none"}
    return render("model_card.html", **about, **card_context(other))


def text_of(page):
    return " ".join(re.sub(r"<style.*?</style>|<[^>]+>", " ", page, flags=re.S).split())


def test_the_card_is_the_same_each_time(trained, tmp_path, card):
    page, data = write_card(trained, NAME, "1", tmp_path)
    assert page.read_text(encoding="utf-8") == card[0]
    assert json.loads(data.read_text(encoding="utf-8")) == card[1]


def test_the_card_says_what_it_must(card):
    text = text_of(card[0])
    for heading in (
        "Intended use",
        "Not for",
        "Gates: may it be used?",
        "Lists of the sizes people use",
        "Net benefit",
        "Calibration slope",
        "Compared with what is in use",
        "By group",
        "Practices",
        "Does it last",
        "If a feed stopped",
        "What the model leans on",
        "Who was counted",
        "Predictors and missing data",
        "Limits",
        "TRIPOD+AI, item by item",
        "To make it again",
    ):
        assert heading in text, heading
    assert not re.search(r"\bnan\b|\bNone\b|\binf\b", text)


def test_every_item_of_the_statement_is_on_the_card_with_an_answer(card, bundle):
    page, record = card
    assert [item.number for item in read_checklist().item] == NUMBERS
    assert re.findall(r'<th scope="row">(\d{1,2}[a-g]?)</th>', page.split('id="tripod"')[1]) == NUMBERS
    items = record["tripod_ai"]["items"]
    assert items == answered(bundle)
    for item in items:
        assert len(item["answer"]) > 20, item["number"]
        assert "{" not in item["answer"]
        assert item["answer"].split()[0] in text_of(page)
    assert {item["number"] for item in items if item["state"] == "board"} == {"17", "18a", "18b", "19"}
    assert "e078378" in record["tripod_ai"]["source"]


def test_headings_that_answers_point_to_are_there(card):
    page, record = card
    headings = " ".join(re.findall(r"<h[23][^>]*>([^<]*)", page))
    for item in record["tripod_ai"]["items"]:
        for named in re.findall(r"[Uu]nder '([^']+)'", item["answer"]):
            assert named in headings, named


def test_a_refreshed_version_says_whose_trees_it_has(bundle):
    training = bundle.training | {"refreshed_from": {"version": "7", "latest_complete_index_date": "2024-09-01"}}
    other = replace(bundle, texts={**bundle.texts, "training.json": as_json(training)})
    updating = {item["number"]: item["answer"] for item in answered(other)}["12f"]
    assert updating.endswith("This version is one: the trees of version 7 with a calibration line fitted anew.")
    assert not {item["number"]: item["answer"] for item in answered(bundle)}["12f"].endswith("anew.")


FIGURES = {
    "auroc": {"value": 0.77, "low": 0.75, "high": 0.8},
    "ppv_top_5_percent": {"value": 0.4616, "low": 0.39, "high": 0.53},
    "ppv_top_10_percent": {"value": 0.349, "low": 0.31, "high": 0.39},
}


def test_the_one_sentence_counts_people(bundle):
    said = words.answer_in_one_sentence(bundle.spec, {"figures": FIGURES, "rate": 0.0909})
    assert said == (
        "Of 1,000 people like those it puts first (the top 5 % by risk), about 462 (390 to 530) are admitted as an "
        "emergency within a year; of 1,000 drawn by lot, about 91."
    )
    short = FIGURES | {"ppv_top_5_percent": withheld("few")}
    assert "the top 10 % by risk), about 349" in words.answer_in_one_sentence(
        bundle.spec, {"figures": short, "rate": 0.0909}
    )


def test_the_one_sentence_of_a_figure_never_printed_makes_no_list(trained):
    spec = Registry(trained).bundle(Registry(trained).versions("death_12m")[-1]).spec
    said = words.answer_in_one_sentence(spec, {"figures": FIGURES, "rate": 0.01})
    assert said.startswith("No list is made from it, and no person's figure is printed.")
    assert "462" not in said
    assert "in about 77 (75 to 80); guessing would in 50." in said


def test_gates_are_counted_in_words_and_those_broken_come_first(bundle):
    gates = [{"gate": "calibration_slope", "holds": h, "words": ""} for h in (True, None, False)]
    assert words.gates_in_one_sentence(gates) == (
        "1 gate is broken: it may not become champion; 1 gate holds; 1 could not be judged, which bars nothing: read "
        "the figures."
    )
    page = page_of(bundle, bundle.evaluation | {"gates": gates})
    shown = re.findall(r'<strong class="nhsuk-tag mc-[a-z-]+">([a-z ]+)</strong>', page)
    assert shown == ["broken", "not judged", "holds"]
    assert words.gate_title("subgroup_calibration_ratio: sex male").endswith("in this group: sex male")
    assert words.gate_title("something_new") == "Something new"


def test_a_test_with_too_few_outcomes_makes_a_card_without_figures(bundle):
    few = bundle.evaluation | {"events": None}
    page = page_of(bundle, without_figures(few) | {"gates": [g | {"words": TOO_FEW} for g in few["gates"]]})
    text = text_of(page)
    assert "Too few people tested had the outcome to say how well it ranks them." in text
    before = text.split("Does it last")[0].split("By group")[0]
    assert not re.search(r"\d\.\d{3}", before)
    assert "<figcaption>Risk said and rate seen" not in page


def test_without_successive_months_or_practices_the_card_says_so(bundle):
    evaluation = bundle.evaluation | {
        "stability": {"lists": [], "performance": bundle.evaluation["stability"]["performance"][-1:]},
        "practices": {"rows": [], "why": "fewer than three practices"},
    }
    text = text_of(page_of(bundle, evaluation))
    assert "No two dates were compared" in text
    assert "There are too few practices to compare." in text
    assert "The same model at later dates" not in text


EARLIER = "baselines champion_compared_with curve events figures gates groups leaving_and_dying people rate test_date"
"""What an evaluation held before lists, practices, months and sources were looked at."""


@pytest.fixture
def earlier(trained, tmp_path):
    """The champion with an evaluation as earlier software kept it."""
    workspace = Workspace(shutil.copytree(trained.root, tmp_path / "workspace"))
    registry = Registry(workspace)
    found = registry.champion(NAME)
    old = registry.bundle(found)
    kept = {key: old.evaluation[key] for key in EARLIER.split()}
    named = ("auroc", "auprc", "brier", "calibration_slope", "calibration_ratio", "ppv_top_5_percent")
    kept["figures"] = {name: old.evaluation["figures"][name] for name in named}
    files = ModelFiles(NAME, old.texts["spec.toml"], old.texts["model.txt"], old.calibrator, old.contract, old.training)
    sha256 = write_bundle(workspace.root / "mlartifacts" / found.run_id / "artifacts" / "bundle", files, kept)
    registry._client.set_model_version_tag(NAME, found.version, "bundle_sha256", sha256)
    return workspace


def test_a_version_tested_by_earlier_software_has_a_short_card_and_stops_no_release(earlier, tmp_path):
    page, data = write_card(earlier, NAME, "1", tmp_path / "card")
    text, record = text_of(page.read_text(encoding="utf-8")), json.loads(data.read_text(encoding="utf-8"))
    assert "tested by an earlier version of the software" in text
    assert "train the model again" in text
    assert "Gates: may it be used?" in text
    assert "too few" not in text
    assert record["evaluation"]["figures"]["auroc"]["value"]
    assert "groups" not in record["evaluation"]  # their exact figures were not guarded then


def test_what_earlier_software_did_not_keep_is_not_called_too_few(earlier):
    lines = shown_as_text(show_model(earlier, NAME)).splitlines()
    assert [line.split()[-2:] for line in lines if line.startswith("reviews to find one")] == [["not", "kept"]]
    assert "too few" not in comparison_as_text(compare_models(earlier, NAME, 1, 1))
