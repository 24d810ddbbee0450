import tomllib

import pytest

from riskstrat.contract import TABLES
from riskstrat.errors import UsageFault
from riskstrat.settings import OPT_OUT_KINDS, PURPOSES, Settings, read_settings, render_settings


def written(tmp_path, text):
    path = tmp_path / "riskstrat.toml"
    path.write_text(text)
    return read_settings(path)


def test_the_written_file_reads_back_as_the_same_settings(tmp_path):
    settings = Settings()
    again = written(tmp_path, render_settings(settings))
    assert {name: again.lag_days(name) for name in TABLES} == {name: settings.lag_days(name) for name in TABLES}
    assert again.model_copy(update={"sources": {}}) == settings


def test_every_setting_is_written_with_its_meaning():
    lines = render_settings(Settings()).splitlines()
    for number, line in enumerate(lines):
        if " = " in line and not line.startswith("#"):
            assert "  # " in line or lines[number - 1].startswith("[sources."), line


def test_the_contract_s_defaults_hold_where_nothing_is_said(tmp_path):
    settings = written(tmp_path, "")
    assert settings.worklist.reviews_per_month == 20
    assert settings.worklist.rising_share == 0.2
    assert settings.disclosure.suppress_to == 7
    assert settings.disclosure.round_to == 5
    assert settings.lag_days("apc_episode") == 42
    assert settings.lag_days("gp_event") == 3
    for kind in OPT_OUT_KINDS:
        for purpose in PURPOSES:
            assert getattr(getattr(settings.opt_out, kind), purpose) == "exclude"


def test_a_script_may_append_to_the_written_file_and_the_later_value_wins(tmp_path):
    appended = """
[sources.apc_episode]
lag_days = 10
[worklist]
reviews_per_month = 4
[worklist.practices.Z00001]
reviews_per_month = 2
[opt_out.national]
planning = { allow = "Board, minute 12 of 2026-03-01" }
"""
    settings = written(tmp_path, render_settings(Settings()) + appended)
    assert settings.lag_days("apc_episode") == 10
    assert settings.lag_days("gp_event") == 3
    assert [settings.worklist.capacity(code).reviews for code in ("Z00001", "Z00002")] == [2, 4]
    assert settings.worklist.rising_share == 0.2
    assert settings.opt_out.national.planning != "exclude"
    assert settings.opt_out.national.training == "exclude"


def test_a_key_given_twice_in_one_section_is_still_refused(tmp_path):
    with pytest.raises(UsageFault, match="not valid TOML"):
        written(tmp_path, "[worklist]\nreviews_per_month = 1\nreviews_per_month = 2\n")


def test_one_practice_s_capacity_overrides_the_board_s(tmp_path):
    settings = written(
        tmp_path, "[worklist]\nreviews_per_month = 12\n[worklist.practices.Z00002]\nreviews_per_month = 3\n"
    )
    assert settings.worklist.capacity("Z00001").reviews == 12
    assert settings.worklist.capacity("Z00002").reviews == 3


def test_a_purpose_is_opened_with_who_and_why_and_survives_writing(tmp_path):
    text = '[opt_out.national]\nplanning = { allow = "Board \\"B\\", minute 12 of 2026-03-01, under regulation 3" }\n'
    settings = written(tmp_path, text)
    assert settings.opt_out.national.planning.allow.startswith('Board "B"')
    assert Settings.model_validate(tomllib.loads(render_settings(settings))).opt_out == settings.opt_out


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[worklist]\nreviews = 3\n", "worklist.reviews"),
        ("[worklist]\nreviews_per_month = -1\n", "worklist.reviews_per_month"),
        ("[opt_out.national]\nplanning = 'include'\n", "opt_out.national.planning"),
        ("[opt_out.national]\nplanning = { allow = '' }\n", "opt_out.national.planning"),
        ("[disclosure]\nsuppress_to = 0\n", "disclosure.suppress_to"),
        ("[sources.apc_episodes]\nlag_days = 3\n", "apc_episodes"),
        ("not toml", "TOML"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path, text, named):
    with pytest.raises(UsageFault) as fault:
        written(tmp_path, text)
    assert named in str(fault.value)
