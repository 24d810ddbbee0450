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


def test_capacity_may_be_stated_in_hours_by_board_or_practice(tmp_path):
    text = "[worklist]\nhours_per_month = 6\n[worklist.practices.Z00002]\nreviews_per_month = 3\n"
    worklist = written(tmp_path, text + "[worklist.practices.Z00003]\nhours_per_month = 2.5\n").worklist
    stated = {
        code: (own.reviews, own.minutes) for code in ("Z00001", "Z00002", "Z00003") if (own := worklist.capacity(code))
    }
    assert stated == {"Z00001": (18, 360), "Z00002": (3, None), "Z00003": (7, 150)}


def test_a_review_takes_as_long_as_the_longest_of_the_persons_rules(tmp_path):
    worklist = written(tmp_path, "[worklist.minutes]\nfalls = 40\ncare-home-residents = 30\n").worklist
    assert worklist.minutes_of(["care-home-residents", "falls", "frequent-ae-attendance"]) == 40
    assert worklist.minutes_of(["frequent-ae-attendance"]) == 20


def test_minutes_and_a_hold_out_survive_writing(tmp_path):
    text = """
[worklist.minutes]
falls = 40
[worklist.priority]
gaps = 0.4
signed_by = "Dr A, 3 June 2026"
[worklist.practices.Z00001]
hours_per_month = 4.5
[worklist.hold_out]
share = 0.1
approval = "REC 26/XX/0001"
trial = "t"
rules = ["falls", "care-home-residents"]
starts = 2026-11-01
ends = 2027-11-01
"""
    settings = written(tmp_path, text)
    assert settings.worklist.hold_out.rules == ("falls", "care-home-residents")
    assert written(tmp_path, render_settings(settings)).worklist == settings.worklist


def test_a_purpose_is_opened_with_who_and_why_and_survives_writing(tmp_path):
    text = '[opt_out.national]\nplanning = { allow = "Board \\"B\\", minute 12 of 2026-03-01, under regulation 3" }\n'
    settings = written(tmp_path, text)
    assert settings.opt_out.national.planning.allow.startswith('Board "B"')
    assert Settings.model_validate(tomllib.loads(render_settings(settings))).opt_out == settings.opt_out


def test_a_network_s_list_is_decided_on_by_name_and_survives_writing(tmp_path):
    text = '[worklist.networks.U00001]\ncontinuity = { allow = "Board, minute 41 of 2026-10-03" }\n'
    settings = written(tmp_path, text)
    assert settings.worklist.networks["U00001"].continuity.allow == "Board, minute 41 of 2026-10-03"
    assert written(tmp_path, render_settings(settings)).worklist == settings.worklist


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[worklist]\nreviews = 3\n", "worklist.reviews"),
        ("[worklist]\nreviews_per_month = -1\n", "worklist.reviews_per_month"),
        ("[opt_out.national]\nplanning = 'include'\n", "opt_out.national.planning"),
        ("[opt_out.national]\nplanning = { allow = '' }\n", "opt_out.national.planning"),
        ("[worklist.networks.U00001]\n", "worklist.networks.U00001.continuity"),
        ("[worklist.networks.U00001]\ncontinuity = { allow = 'yes' }\n", "continuity.allow"),
        ("[disclosure]\nsuppress_to = 0\n", "disclosure.suppress_to"),
        ("[sources.apc_episodes]\nlag_days = 3\n", "apc_episodes"),
        ("[worklist.practices.Z00001]\nhours_per_month = 3\nreviews_per_month = 9\n", "either reviews_per_month or"),
        ("[worklist]\nrising_share = 0.6\nno_recent_admission_share = 0.5\n", "more than the whole list"),
        ("[worklist.minutes]\nfalls = 0\n", "minutes of a review"),
        ("[worklist.priority]\nrisk = 0.9\n", "the weights of risk were changed: signed_by must say who agreed them"),
        ("[worklist.hold_out]\nshare = 0.6\n", "worklist.hold_out.share"),
        ("[worklist.hold_out]\nby = 'coin'\n", "worklist.hold_out.by"),
        ("not toml", "TOML"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path, text, named):
    with pytest.raises(UsageFault) as fault:
        written(tmp_path, text)
    assert named in str(fault.value)


@pytest.mark.parametrize(
    "text",
    [
        "[disclosure]\nsuppress_to = true\n",
        "[disclosure]\nround_to = false\n",
        "[worklist]\nreviews_per_month = true\n",
    ],
)
def test_yes_or_no_is_no_number(tmp_path, text):
    """``true`` would be taken for 1: counts of 2 to 7 people would be printed."""
    with pytest.raises(UsageFault, match="true and false are no value here"):
        written(tmp_path, text)
