"""The hold-out: refused without approval, drawn by chance and by nothing else, kept for its time, and never hidden."""

import re
from dataclasses import replace
from datetime import date
from math import ceil, floor

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskstrat import audit
from riskstrat.errors import NotPermitted, RiskstratError
from riskstrat.project import Workspace, add_months
from riskstrat.release import publish_month
from riskstrat.rules import evaluate, read_rules, shipped_vocabulary
from riskstrat.settings import HoldOutSettings
from riskstrat.worklists import check_settings, explain, render, select
from riskstrat.worklists.selecting.holding_out import AS_USUAL, KEPT_UNLISTED, _drawn, refuse_unapproved
from support.worklist_store import INDEX, copy_store, give_numbers, nhs_number, write_intake, write_worklist_store

MONTHS = tuple(add_months(INDEX, n) for n in (-3, -2, -1, 0))
APPROVED = "REC 26/XX/0001, board of 3 June 2026"
SENSITIVE = {name for name, column in shipped_vocabulary().columns.items() if column.printing == "never"}
MAY_WAIT = [
    rule.id
    for rule in read_rules("worklist")
    if rule.urgency > 2 and rule.id != "future-care-planning" and not rule.columns & SENSITIVE
]
ON = {
    "share": 0.5,
    "approval": APPROVED,
    "trial": "proactive care 2026",
    "rules": MAY_WAIT,
    "starts": MONTHS[0],
    "ends": date(2027, 2, 1),
}


def switch_on(workspace: Workspace, **changed: object) -> Workspace:
    said = {
        name: f'"{value}"' if isinstance(value, str) else value if isinstance(value, list) else str(value)
        for name, value in (ON | changed).items()
    }
    text = "[worklist.hold_out]\n" + "".join(f"{name} = {value}\n" for name, value in said.items())
    (workspace.root / "riskstrat.toml").write_text(text.replace("'", '"'), encoding="utf-8")
    return Workspace(workspace.root)


def run(workspace: Workspace, *days: date) -> list[pl.DataFrame]:
    return [pl.read_parquet(select(workspace, day)) for day in days]


def people(rows: pl.DataFrame, **is_: object) -> set[int]:
    for column, value in is_.items():
        rows = rows.filter(pl.col(column) == value)
    return set(rows["person_id"])


def is_covered() -> pl.Expr:
    return pl.col("rules").map_elements(lambda text: set(text.split("; ")) <= set(MAY_WAIT), return_dtype=pl.Boolean)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The lists of four months with no hold-out."""
    workspace = copy_store(tmp_path_factory.mktemp("plain") / "w", index_dates=MONTHS)
    return run(workspace, *MONTHS)


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """The same four months with half of the newcomers kept unlisted."""
    workspace = switch_on(copy_store(tmp_path_factory.mktemp("held") / "w", index_dates=MONTHS))
    return workspace, run(workspace, *MONTHS)


def test_off_by_default_nobody_is_kept_unlisted_and_nothing_says_trial(plain):
    for rows in plain:
        assert not people(rows, state="held_out")
        for column in (
            "trial",
            "approval",
            "arm",
            "stratum",
            "chance",
            "enrolled_on",
            "unlisted_until",
            "randomised_by",
        ):
            assert rows[column].null_count() == rows.height


@pytest.mark.parametrize(
    ("changed", "said", "code"),
    [
        ({"approval": ""}, "names no approval", 4),
        ({"approval": "   yes  "}, "names no approval", 4),
        ({"rules": ["emergency-admission-soon"]}, "it is urgent", 4),
        ({"rules": [*MAY_WAIT, "future-care-planning"]}, "future care is not withheld", 4),
        ({"rules": []}, "it names none", 2),
        ({"rules": ["no-such-rule"]}, "no-such-rule", 2),
        ({"trial": " "}, "trial is empty", 2),
        ({"ends": MONTHS[0]}, "must lie after starts", 2),
        ({"ends": date(2029, 1, 1)}, "within 24 months", 2),
        ({"starts": date(2026, 8, 15)}, "first of a month", 2),
    ],
)
def test_what_is_not_approved_or_not_whole_is_refused_before_anything_is_made(tmp_path, changed, said, code):
    workspace = switch_on(copy_store(tmp_path), **changed)
    for refused in (check_settings, lambda w: select(w, INDEX)):
        with pytest.raises(RiskstratError) as fault:
            refused(workspace)
        assert said in str(fault.value)
        assert fault.value.exit_code == code
    assert not workspace.part("worklists", INDEX).is_file()


def test_a_month_is_refused_before_its_first_step(tmp_path):
    workspace = switch_on(copy_store(tmp_path), approval="")
    with pytest.raises(NotPermitted, match="names no approval"):
        publish_month(workspace, INDEX)
    assert not workspace.audit_log.exists()


def test_a_rule_about_safeguarding_or_that_reads_what_is_never_printed_is_refused():
    (falls,) = (rule for rule in read_rules("worklist") if rule.id == "falls")
    on = HoldOutSettings(**ON | {"rules": ("falls",)})
    refuse_unapproved(on, (falls,))
    with pytest.raises(NotPermitted, match="safeguarding does not wait"):
        refuse_unapproved(on, (replace(falls, definition="Safeguarding concerns recorded"),))
    sensitive = replace(falls.who, columns=(*falls.who.columns, "self_harm_admissions_365d"))
    with pytest.raises(NotPermitted, match="too sensitive"):
        refuse_unapproved(on, (replace(falls, who=sensitive),))


def test_enrolled_are_exactly_those_who_would_be_listed_and_whom_the_approval_covers(plain, held):
    without, with_it = plain[0], held[1][0]
    covered = people(without.filter(is_covered()))
    enrolled = with_it.filter(pl.col("enrolled_on") == MONTHS[0])
    assert set(enrolled["person_id"]) == people(without, state="listed") & covered
    drawn = people(enrolled, arm=KEPT_UNLISTED)
    assert drawn == people(with_it, state="held_out")
    assert 0 < len(drawn) < enrolled.height
    assert people(without, state="listed") - drawn <= people(with_it, state="listed"), "nobody else loses a place"
    sizes = [rows.filter(pl.col("state") == "listed").group_by("practice_code").len() for rows in (without, with_it)]
    assert sizes[0].sort("practice_code").equals(sizes[1].sort("practice_code")), "the place goes to the next person"
    assert with_it.filter(pl.col("state") == "held_out")["rank"].null_count() == len(drawn)


def test_each_stratum_holds_its_share_and_says_how_it_was_drawn(held):
    enrolled = held[1][0].filter(pl.col("enrolled_on") == MONTHS[0])
    assert set(enrolled["randomised_by"]) == {"person"}
    for (stratum,), mine in enrolled.group_by("stratum"):
        drawn = mine.filter(pl.col("arm") == KEPT_UNLISTED).height
        assert floor(0.5 * mine.height) <= drawn <= ceil(0.5 * mine.height)
        assert mine["practice_code"].n_unique() == 1
        assert stratum.startswith(mine["practice_code"][0])
        assert stratum.endswith(str(MONTHS[0]))
    assert set(enrolled["chance"]) == {0.5}
    assert set(enrolled["trial"]) == {"proactive care 2026"}
    assert set(enrolled["arm"]) == {KEPT_UNLISTED, AS_USUAL}


def test_the_same_person_stays_unlisted_for_months_and_only_newcomers_are_drawn(held):
    workspace, months = held
    drawn: dict[int, date] = {}
    ever: set[int] = set()
    for day, rows in zip(MONTHS, months, strict=True):
        back = people(rows.filter(is_covered()), state="listed") & set(drawn)
        assert back <= ever, "nobody drawn is listed while it runs, but for a rule that the approval does not cover"
        assert not people(rows, state="held_out") & ever, "nobody who was ever listed is taken off"
        for row in rows.filter(pl.col("state") == "held_out").to_dicts():
            assert drawn.setdefault(row["person_id"], day) == row["enrolled_on"]
            assert (row["unlisted_until"], row["approval"]) == (date(2027, 2, 1), APPROVED)
        ever |= people(rows, state="listed")
        left = pl.read_parquet(workspace.part("worklist_left", day))
        assert not set(left["person_id"]) & people(rows, state="held_out"), "nobody leaves a list for the trial"
    assert len(set(drawn.values())) > 1, "people are enrolled in more than one month"


def test_the_same_inputs_give_the_same_draw_and_another_key_or_trial_another(held, tmp_path):
    workspace, months = held
    first = people(months[0], state="held_out")
    assert people(run(workspace, MONTHS[0])[0], state="held_out") == first
    other = switch_on(copy_store(tmp_path / "trial", index_dates=MONTHS), trial="another")
    assert people(run(other, MONTHS[0])[0], state="held_out") != first
    rekeyed = switch_on(copy_store(tmp_path / "key", index_dates=MONTHS))
    rekeyed.key_file.write_text("ab" * 32, encoding="ascii")
    assert people(run(rekeyed, MONTHS[0])[0], state="held_out") != first


def test_when_it_ends_they_compete_as_everyone_does(held, tmp_path):
    _, months = held
    workspace = switch_on(copy_store(tmp_path, index_dates=MONTHS), ends=MONTHS[2])
    first, second, third = run(workspace, *MONTHS[:3])
    assert people(first, state="held_out") == people(months[0], state="held_out")
    assert people(second, state="held_out")
    assert not people(third, state="held_out")
    assert people(third, state="listed") & people(first, state="held_out")
    assert third["trial"].null_count() == third.height


def test_a_trial_goes_on_over_months_selected_before_the_unit_drawn_was_kept(held, tmp_path):
    _, months = held
    workspace = switch_on(copy_store(tmp_path, index_dates=MONTHS))
    (first,) = run(workspace, MONTHS[0])
    first.drop("randomised_by").write_parquet(workspace.part("worklists", MONTHS[0]))
    (second,) = run(workspace, MONTHS[1])
    assert people(second, enrolled_on=MONTHS[0]), "some go on from the month before"
    assert people(second, state="held_out") == people(months[1], state="held_out")


def test_other_practices_people_have_no_say_in_the_draw(held, tmp_path):
    workspace = switch_on(copy_store(tmp_path, index_dates=MONTHS))
    for layer in ("features", "rule_hits"):
        file = workspace.part(layer, MONTHS[0])
        table = pl.read_parquet(file)
        table.filter(pl.col("person_id") % 3 == 1).sample(fraction=1, shuffle=True, seed=3).write_parquet(file)
    (alone,) = run(workspace, MONTHS[0])
    together = held[1][0].filter(pl.col("practice_code") == "Z00001")
    assert set(alone["practice_code"]) == {"Z00001"}
    assert people(alone, state="held_out") == people(together, state="held_out")
    assert people(alone, state="listed") == people(together, state="listed")


def unlisted_in_both(workspace, held):
    """Return someone kept unlisted in the first two months of a run."""
    months = held[1]
    return min(people(months[0], state="held_out") & people(months[1], state="held_out"))


def test_who_comes_to_meet_an_urgent_rule_is_listed_at_once_and_stays_in_the_count_of_the_trial(held, tmp_path):
    workspace = switch_on(copy_store(tmp_path, index_dates=MONTHS))
    who = unlisted_in_both(workspace, held)
    run(workspace, MONTHS[0])
    file = workspace.part("rule_hits", MONTHS[1])
    hits = pl.read_parquet(file)
    urgent = hits.head(1).with_columns(
        pl.lit(who, pl.Int32).alias("person_id"),
        pl.lit("emergency-admission-soon").alias("rule_id"),
        pl.lit(None, pl.String).alias("left_off_by"),
    )
    pl.concat([hits, urgent]).write_parquet(file)
    rows = {row["person_id"]: row for row in run(workspace, MONTHS[1])[0].to_dicts()}
    assert (rows[who]["state"], rows[who]["unlisted_until"]) == ("listed", None)
    assert (rows[who]["arm"], rows[who]["enrolled_on"]) == (KEPT_UNLISTED, MONTHS[0])
    rows = {row["person_id"]: row for row in run(workspace, MONTHS[2])[0].to_dicts()}
    assert rows[who]["state"] != "held_out", "who was listed once is not taken off again"


def test_a_move_to_another_practice_changes_nothing(held, tmp_path):
    workspace = switch_on(copy_store(tmp_path, index_dates=MONTHS))
    who = unlisted_in_both(workspace, held)
    (first,) = run(workspace, MONTHS[0])
    there = first.filter(pl.col("person_id") == who)["practice_code"][0]
    goes_to = "Z00002" if there != "Z00002" else "Z00003"
    rows = [
        {"person_id": n, "practice_code": f"Z{1 + (n - 1) % 3:05}", "start_date": date(2010, 1, 1)}
        for n in range(1, 901)
    ]
    rows[who - 1]["practice_code"] = goes_to
    write_intake(
        workspace,
        {
            "registration": rows,
            "person": [{"person_id": n, "birth_date": date(1950, 1, 1), "sex": "1"} for n in range(1, 901)],
            "practice": [{"practice_code": f"Z{n:05}", "practice_name": "x"} for n in (1, 2, 3)],
        },
        MONTHS[1],
    )
    file = workspace.part("features", MONTHS[1])
    moved = pl.when(pl.col("person_id") == who).then(pl.lit(goes_to)).otherwise("practice_code").alias("practice_code")
    pl.read_parquet(file).with_columns(moved).write_parquet(file)
    (row,) = run(workspace, MONTHS[1])[0].filter(pl.col("person_id") == who).to_dicts()
    assert row["practice_code"] == goes_to
    assert (row["arm"], row["enrolled_on"], row["unlisted_until"]) == (KEPT_UNLISTED, MONTHS[0], date(2027, 2, 1))
    assert row["state"] in ("held_out", "below_cut")


def test_a_programme_or_a_decision_comes_before_the_draw(held):
    for rows in held[1]:
        for row in rows.filter(pl.col("state").is_in(["held", "decided"])).to_dicts():
            assert row["unlisted_until"] is None


def test_practices_are_drawn_by_their_people_at_the_start_and_hold_whole(tmp_path):
    workspace = write_worklist_store(tmp_path, people=1600, practices=8, index_dates=MONTHS[:2])
    workspace = switch_on(workspace, by="practice")
    for day in MONTHS[:2]:
        evaluate(workspace, day)
    first, second = run(workspace, *MONTHS[:2])
    enrolled = first.filter(pl.col("trial").is_not_null())
    arms = enrolled.select("practice_code", "arm").unique()
    assert arms["practice_code"].is_unique().all(), "a practice has one arm"
    assert arms.filter(pl.col("arm") == KEPT_UNLISTED).height in (3, 4, 5)
    assert set(enrolled["stratum"]) <= {
        f"{s} practices, {d} deprived" for s in ("larger", "smaller") for d in ("more", "less")
    }
    assert set(second["enrolled_on"].drop_nulls()) == {MONTHS[0]}, "later cuts depend on the draw"
    assert set(second.filter(pl.col("arm").is_not_null())["randomised_by"]) == {"practice"}
    drawn = set(arms.filter(pl.col("arm") == KEPT_UNLISTED)["practice_code"])
    assert not people(first.filter(pl.col("practice_code").is_in(sorted(drawn)) & is_covered()), state="listed")
    for rows in (first, second):
        there = rows.filter(pl.col("practice_code").is_in(sorted(drawn)) & is_covered())
        assert people(there, state="listed") <= people(first, state="listed"), "but for those listed once already"
        assert people(there, state="held_out")
        assert there.filter(pl.col("state") == "held_out")["unlisted_until"].null_count() == 0
        assert not people(rows.filter(~pl.col("practice_code").is_in(sorted(drawn))), state="held_out")


def test_every_draw_is_in_the_audit_log_with_its_approval_and_no_person(held):
    workspace, months = held
    assert audit.values(workspace, "people kept unlisted", "approval")[: len(MONTHS)] == [APPROVED] * len(MONTHS)
    counts = audit.values(workspace, "people kept unlisted", "kept_unlisted")[: len(MONTHS)]
    assert counts == [len(people(rows, state="held_out")) for rows in months]
    assert "person" not in "".join(audit.values(workspace, "people kept unlisted", "index_date"))


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    """One month with a hold-out, rendered, with an identity vault."""
    workspace = switch_on(copy_store(tmp_path_factory.mktemp("rendered") / "w"), starts=INDEX)
    give_numbers(workspace, 900)
    (rows,) = run(workspace, INDEX)
    folder = workspace.root / "out"
    render(workspace, INDEX, f"{INDEX}.1", folder)
    return workspace, rows, folder


def everything_written(folder, practice):
    book = openpyxl.load_workbook(folder / f"{practice}.xlsx")
    cells = [str(cell.value) for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    files = [(folder / f"{practice}.{suffix}").read_text(encoding="utf-8") for suffix in ("html", "csv")]
    return "\n".join([*cells, *files])


def test_who_is_kept_unlisted_is_counted_with_the_approval_and_named_nowhere(rendered):
    _, rows, folder = rendered
    unlisted = rows.filter(pl.col("state") == "held_out")
    for practice in ("Z00001", "Z00002", "Z00003"):
        written = everything_written(folder, practice)
        mine = unlisted.filter(pl.col("practice_code") == practice)
        assert mine.height
        for row in mine.to_dicts():
            number = nhs_number(row["person_id"])
            spaced = f"{number[:3]} {number[3:6]} {number[6:]}"
            for shown in (number, spaced, spaced.replace(" ", "\u00a0"), row["row_key"]):
                assert shown not in written
            assert not re.search(rf"FAMILY{row['person_id']}\b", written)
        count = "fewer than 8" if mine.height < 8 else str(mine.height)
        told = f"For it {count} people who would stand here are kept off this list at random. No care is withheld by it"
        assert written.count(told) == 2, "on the page and on the workbook's cover"
        assert written.count(f"runs until 1 February 2027 (approval: {APPROVED})") == 2


def test_explain_tells_the_truth_about_it(rendered):
    workspace, rows, _ = rendered

    def ask(row):
        number = nhs_number(row["person_id"])
        return explain(workspace, number, row["practice_code"], INDEX, reasons=lambda _: ((), ()))

    told = ask(rows.filter(pl.col("state") == "held_out").to_dicts()[0])
    assert (told.state, told.rank) == ("held_out", None)
    assert told.summary[0].startswith("Would be on the list. Kept unlisted at random until 1 February 2027")
    assert f"(approval: {APPROVED})" in told.summary[0]
    assert told.summary[1].startswith("No care is withheld by it: a clinician may review, refer and treat anyone")
    assert any(line.startswith("Priority within its urgency: ") for line in told.summary)
    assert any(rule.is_met for rule in told.rules), "the rules are answered as for anybody"
    assert "unlisted" not in ask(rows.filter(pl.col("arm") == AS_USUAL).to_dicts()[0]).as_text()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.floats(0.01, 0.5), st.binary(min_size=32, max_size=32))
def test_a_stratum_is_drawn_to_its_share_whatever_the_key(size, share, key):
    on = HoldOutSettings(share=share, trial="t")
    strata = {str(n): "A" if n % 2 else "B" for n in range(size)}
    drawn = _drawn(key, on, strata)
    assert _drawn(key, on, dict(reversed(strata.items()))) == drawn
    for name in {"A", "B"} & set(strata.values()):
        members = [unit for unit, stratum in strata.items() if stratum == name]
        assert floor(share * len(members)) <= len(drawn & set(members)) <= ceil(share * len(members))


def test_another_trial_draws_other_people_and_not_the_same_again():
    strata = {str(n): "A" for n in range(200)}
    first, second = (_drawn(bytes(32), HoldOutSettings(share=0.5, trial=name), strata) for name in ("t", "u"))
    assert len(first) == len(second) == 100
    assert 30 < len(first & second) < 70


def test_everyone_has_the_same_chance_of_being_drawn():
    on, draws = HoldOutSettings(share=0.2, trial="t"), 3000
    strata = {str(n): "A" if n < 3 else "B" for n in range(10)}
    times = dict.fromkeys(strata, 0)
    for number in range(draws):
        for unit in _drawn(number.to_bytes(32, "big"), on, strata):
            times[unit] += 1
    for seen in times.values():
        assert abs(seen / draws - 0.2) < 5 * (0.2 * 0.8 / draws) ** 0.5
