"""Worked examples of the shipped rules: a small snapshot in, who meets what out. Columns that are not named are not known."""

from datetime import date, timedelta

import polars as pl
import pytest

from riskstrat.contract import TABLES
from riskstrat.project import Workspace
from riskstrat.rules import evaluate, read_rules, shipped_vocabulary
from riskstrat.rules.vocabulary import MODELS

INDEX = date(2026, 11, 1)
_KINDS = {"word": pl.String, "share": pl.Float64, "number": pl.Float64, "years": pl.Float64}

EXAMPLES = {
    "severe-frailty-review": """
person | age | efi_band | frailty_coded | structured_medication_review_coded_365d | days_since_care_plan | met | left_off_by
A      | 80  | severe   | -             | 0                                       | -                    | yes | -
B      | 80  | severe   | -             | 1                                       | 100                  | yes | reviewed-within-12-months
C      | 80  | severe   | -             | 1                                       | 400                  | yes | -
D      | 80  | moderate | severe        | 0                                       | -                    | yes | -
E      | 64  | severe   | -             | 0                                       | -                    | no  | -
F      | 80  | moderate | -             | 0                                       | -                    | no  | -
G      | 80  | -        | -             | 0                                       | -                    | no  | -
""",
    "proactive-care-frailty": """
person | efi_band | frailty_coded | in_care_home | days_since_care_plan | met | left_off_by
A      | moderate | -             | 0            | -                    | yes | -
B      | severe   | -             | 1            | -                    | no  | -
C      | severe   | -             | -            | -                    | yes | -
D      | mild     | moderate      | 0            | 365                  | yes | care-plan-within-12-months
E      | mild     | moderate      | 0            | 366                  | yes | -
F      | mild     | -             | 0            | -                    | no  | -
""",
    "structured-medication-review": """
person | medicines_365d | in_care_home | error_prone_medicines_365d | dependence_forming_medicines_365d | efi_band | housebound | emergency_admissions_365d | falls_coded_365d | structured_medication_review_coded_365d | met | left_off_by
A      | 10             | 0            | 0                          | 0                                 | fit      | 0          | 0                         | 0                | 0                                       | yes | -
B      | 9              | 0            | 0                          | 0                                 | fit      | 0          | 0                         | 0                | 0                                       | no  | -
C      | 3              | 1            | 0                          | 0                                 | -        | 0          | 0                         | 0                | 0                                       | yes | -
D      | 3              | 0            | 1                          | 0                                 | -        | 0          | 0                         | 0                | 0                                       | yes | -
E      | 3              | 0            | 0                          | 2                                 | -        | 0          | 0                         | 0                | 1                                       | yes | structured_medication_review_coded_365d
F      | 3              | 0            | 0                          | 0                                 | severe   | 0          | 0                         | 0                | 0                                       | no  | -
G      | 3              | 0            | 0                          | 0                                 | severe   | 1          | 0                         | 0                | 0                                       | yes | -
H      | 3              | 0            | 0                          | 0                                 | severe   | 0          | -                         | 1                | 0                                       | yes | -
I      | 3              | 0            | 0                          | 0                                 | severe   | 0          | -                         | 0                | 0                                       | no  | -
""",
    "falls": """
person | age | falls_admissions_730d | falls_coded_365d | efi_band | met | left_off_by
A      | 70  | 1                     | 0                | fit      | yes | -
B      | 70  | 0                     | 2                | fit      | yes | -
C      | 70  | 0                     | 1                | fit      | no  | -
D      | 70  | 0                     | 1                | moderate | yes | -
E      | 64  | 2                     | 3                | -        | no  | -
F      | 70  | -                     | 0                | severe   | no  | -
""",
    "frequent-ae-attendance": """
person | ae_unplanned_attendances_365d | ae_unplanned_attendances_90d | met | left_off_by
A      | 3                             | 1                            | yes | -
B      | 2                             | 2                            | no  | -
C      | 9                             | 0                            | no  | -
D      | -                             | -                            | no  | -
""",
    "care-home-residents": """
person | in_care_home | days_since_care_plan | structured_medication_review_coded_365d | met | left_off_by
A      | 1            | 30                   | 1                                       | yes | planned-and-reviewed-within-12-months
B      | 1            | 30                   | 0                                       | yes | -
C      | 1            | -                    | 1                                       | yes | -
D      | 0            | -                    | 0                                       | no  | -
E      | -            | -                    | 0                                       | no  | -
""",
    "emergency-admission-rising": """
person | risk_emergency_admission_12m | risk_emergency_admission_12m_3m_ago | band_emergency_admission_12m | met | left_off_by
A      | 0.30                         | 0.20                                | high                         | yes | -
B      | 0.30                         | 0.27                                | high                         | no  | -
C      | 0.10                         | 0.02                                | low                          | no  | -
D      | 0.30                         | -                                   | high                         | no  | -
""",
    "emergency-admission-high": """
person | risk_emergency_admission_12m | band_emergency_admission_12m | met | left_off_by
A      | 0.60                         | very high                    | yes | -
B      | 0.40                         | high                         | yes | -
C      | 0.20                         | moderate                     | no  | -
""",
    "emergency-admission-soon": """
person | days_since_emergency_discharge | risk_emergency_admission_30d | band_emergency_admission_30d | met | left_off_by
A      | 10                             | 0.20                         | high                         | yes | -
B      | 31                             | 0.20                         | high                         | no  | -
C      | 10                             | 0.01                         | low                          | no  | -
D      | -                              | 0.20                         | high                         | no  | -
""",
    "future-care-planning": """
person | age | frailty_coded | efi_band | emergency_admissions_365d | has_dementia | risk_death_12m | band_death_12m | days_since_care_plan | end_of_life_register | on_end_of_life_register | has_palliative_care | met | left_off_by
A      | 80  | severe        | -        | 0                         | 0            | 0.1            | low            | -                    | 0                    | 0                       | 0                   | yes | -
B      | 80  | -             | severe   | 1                         | 0            | 0.1            | low            | -                    | 0                    | 0                       | 0                   | yes | -
C      | 80  | -             | severe   | 0                         | 0            | 0.1            | low            | -                    | 0                    | 0                       | 0                   | no  | -
D      | 80  | -             | moderate | 0                         | 1            | 0.1            | low            | -                    | 0                    | 0                       | 0                   | yes | -
E      | 80  | -             | fit      | 0                         | 0            | 0.9            | very high      | -                    | 0                    | 0                       | 0                   | yes | -
F      | 80  | -             | fit      | 0                         | 0            | 0.5            | high           | -                    | 0                    | 0                       | 0                   | no  | -
G      | 80  | severe        | -        | 0                         | 0            | 0.1            | low            | 20                   | 0                    | 0                       | 0                   | yes | care-plan-within-12-months
H      | 80  | severe        | -        | 0                         | 0            | 0.1            | low            | -                    | 0                    | 1                       | 0                   | yes | already-supported
""",
    "ae-high-intensity": """
person | ae_unplanned_attendances_365d | met | left_off_by
A      | 6                             | yes | -
B      | 5                             | no  | -
""",
    "most-deprived-fifth": """
person | imd_decile | met | left_off_by
A      | 1          | yes | -
B      | 2          | yes | -
C      | 3          | no  | -
D      | -          | no  | -
""",
    "multimorbidity-4": """
person | long_term_conditions | met | left_off_by
A      | 4                    | yes | -
B      | 3                    | no  | -
""",
}


def read_example(text):
    lines = [line for line in text.strip().splitlines() if line.strip()]
    header = [cell.strip() for cell in lines[0].split("|")]
    return [dict(zip(header, (cell.strip() for cell in line.split("|")), strict=True)) for line in lines[1:]]


def as_kind(name, cell):
    if cell == "-":
        return None
    kind = shipped_vocabulary()[name].kind
    return cell if kind == "word" else float(cell) if kind in ("share", "number", "years") else int(cell)


@pytest.fixture
def run(tmp_path):
    def write(layer, day, frame):
        file = workspace.part(layer, day)
        file.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(file)

    workspace = Workspace(tmp_path)

    def of(rule, rows):
        vocabulary = shipped_vocabulary()
        given = {name for name in rows[0] if name in vocabulary}
        columns = {name for name in rule.columns if vocabulary[name].model is None}
        frame = {"person_id": range(1, len(rows) + 1), "practice_code": ["Z00001"] * len(rows)}
        schema = {"person_id": pl.Int32, "practice_code": pl.String}
        for name in sorted(columns):
            frame[name] = [as_kind(name, row.get(name, "-")) for row in rows]
            schema[name] = _KINDS.get(vocabulary[name].kind, pl.Int32)
        write("features", INDEX, pl.DataFrame(frame, schema=schema))
        late = {table.name: INDEX - timedelta(days=1) for table in TABLES.values() if table.event_date}
        write(
            "sources",
            INDEX,
            pl.DataFrame(
                [{"table_name": t, "is_present": True, "lag_days": 1, "complete_to": day} for t, day in late.items()]
            ).with_columns(note=pl.lit(None, pl.String)),
        )
        for day, ending in ((INDEX, ""), (date(2026, 8, 1), "_3m_ago")):
            scores = [
                {
                    "person_id": place,
                    "model": model,
                    "risk": as_kind(f"risk_{model}", row[f"risk_{model}{ending}"]),
                    "percentile": 50.0,
                    "band": row.get(f"band_{model}", "low"),
                }
                for place, row in enumerate(rows, 1)
                for model in MODELS
                if f"risk_{model}{ending}" in given
            ]
            schema = {
                "person_id": pl.Int32,
                "model": pl.String,
                "risk": pl.Float64,
                "percentile": pl.Float64,
                "band": pl.String,
            }
            write("scores", day, pl.DataFrame(scores, schema=schema))
        evaluate(workspace, INDEX, rules=[rule], gaps=[])
        (status,) = pl.read_parquet(workspace.part("rule_status", INDEX)).to_dicts()
        assert status["ran"], status["why_not"]
        return pl.read_parquet(workspace.part("rule_hits", INDEX))

    return of


@pytest.mark.parametrize("rule_id", EXAMPLES)
def test_who_meets_it(run, rule_id):
    (rule,) = [rule for rule in read_rules() if rule.id == rule_id]
    rows = read_example(EXAMPLES[rule_id])
    hits = {row["person_id"]: row["left_off_by"] for row in run(rule, rows).to_dicts()}
    found = [
        (row["person"], "yes" if place in hits else "no", hits.get(place) or "-") for place, row in enumerate(rows, 1)
    ]
    assert found == [(row["person"], row["met"], row["left_off_by"]) for row in rows]


def test_every_worklist_rule_has_its_worked_example():
    assert {rule.id for rule in read_rules("worklist")} <= set(EXAMPLES)
