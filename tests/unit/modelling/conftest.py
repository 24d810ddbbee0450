"""One made store with two trained models, for every test of the room that reads it."""

from datetime import date

import pytest

from riskstrat.modelling.spec import parse_spec, spec_path
from riskstrat.modelling.training.train import train_specs
from support.snapshots import HISTORY, write_store

NOVEMBER = date(2026, 11, 1)
LATEST = HISTORY[-1]


def quick(name, **changes):
    """Return a shipped spec with fewer rounds and draws, and any other text changed; made people have fewer columns."""
    text = spec_path(name).read_text(encoding="utf-8")
    fewer = {"most_rounds = 400": "most_rounds = 60", "bootstrap_draws = 200": "bootstrap_draws = 50"}
    changes = fewer | {', "efi_years_since_*", "*_notice"]': "]"} | changes
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return parse_spec(name, text)


@pytest.fixture(scope="session")
def quick_spec():
    return quick


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A store with snapshots and labels at the usual index dates and no model; tests do not change it."""
    return write_store(tmp_path_factory.mktemp("made"), people=3000, index_dates=[*HISTORY, NOVEMBER], seed=5)


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A store with two trained models; tests read it and do not change it."""
    workspace = write_store(tmp_path_factory.mktemp("trained"), people=3000, index_dates=[*HISTORY, NOVEMBER], seed=5)
    few_deaths = {"auroc_interval_above = 0.5 ": "auroc_interval_above = 0.0 "}
    specs = [quick("emergency_admission_12m"), quick("death_12m", **few_deaths)]
    train_specs(workspace, [(spec, LATEST) for spec in specs])
    return workspace
