"""A made worklist page, with every field filled and the awkward cases in it, for tests that read what is rendered."""

from dataclasses import replace
from datetime import date

import polars as pl

from riskstrat.worklists.showing.columns import NOT_SHOWN_COLUMNS
from riskstrat.worklists.showing.page import (
    BELOW_CUT_ON_PAPER,
    Freshness,
    ListedPerson,
    PersonNotShown,
    Recorded,
    RuleOnPage,
    RuleTold,
    Suggestion,
    WorklistPage,
)

INDEX_DATE = date(2026, 11, 1)
MONTHS = (*(date(2026, month, 1) for month in (5, 6, 7, 8)), INDEX_DATE)

MARGARET = ListedPerson(
    rank=1,
    change="up 3",
    row_key="3f9c2a7be110",
    nhs_number="9990001018",
    name="OKONKWO, Margaret",
    birth_date=date(1941, 3, 8),
    age=85,
    sex="female",
    usual_gp="Dr A Shah",
    needs="Interpreter (Igbo); hard of hearing, prefers face to face",
    risk_history=tuple(zip(MONTHS, (0.19, 0.21, 0.24, 0.27, 0.38), strict=True)),
    band="very high",
    frailty="moderate (11 of 36 eFI deficits)",
    reasons_up=(
        "2 emergency admissions in 12 months, the last on 12 September 2026",
        "heart failure recorded 2019",
        "14 different medicines in a year",
    ),
    reasons_down=("no A&E attendance known in 12 months (A&E data complete to 20 September 2026)",),
    gaps=(
        "No medication review known since 4 September 2025 (GP data complete to 29 October 2026)",
        "No frailty assessment recorded; eFI moderate, mild in June",
    ),
    suggestions=(
        Suggestion(
            "Structured medication review, and what could safely stop",
            "Structured medication review",
            "42 days",
            "pharmacist",
            "different medicines in 12 months: 14",
        ),
        Suggestion("Comprehensive assessment at home", "Rising risk", "28 days", "GP or community matron"),
    ),
    supported_by=("home care since March 2026",),
    rules=("Rising and high risk of emergency admission", "Structured medication review"),
    last_contact="GP appointment, 19 October 2026",
    rules_told=(
        RuleTold("Structured medication review", "met", "different medicines in 12 months: 14"),
        RuleTold("Falls", "not met", "falls coded in 12 months: 0 (asks for at least 1)"),
    ),
)
WILFRED = replace(
    MARGARET,
    rank=2,
    change="NEW",
    row_key="77b0d4c1e902",
    nhs_number="9990002022",
    name="ASHWORTH-PEMBERTON, Wilfred Bartholomew",
    birth_date=date(1938, 12, 30),
    age=87,
    sex="male",
    usual_gp="Dr L Whitehead",
    needs="",
    risk_history=tuple(zip(MONTHS, (0.33, 0.32, 0.34, 0.33, 0.34), strict=True)),
    frailty="severe (15 of 36 eFI deficits)",
    reasons_up=("age 87", "COPD recorded 2012", "1 emergency admission in 12 months, on 3 August 2026"),
    reasons_down=(),
    gaps=("No influenza vaccination known since 11 October 2025 (GP data complete to 29 October 2026)",),
    suggestions=(
        Suggestion(
            "Falls assessment and medication review", "Severe frailty at 65 and over", "28 days", "GP or frailty nurse"
        ),
    ),
    supported_by=(),
    rules=("Severe frailty at 65 and over",),
    recorded=Recorded("reviewed - plan made", date(2026, 10, 6), "Dr L Whitehead", "Home visit booked", None),
)
NO_MODEL = replace(
    WILFRED,
    rank=3,
    change="same",
    row_key="0a1b2c3d4e5f",
    nhs_number="9990003037",
    name="LI, Mei",
    birth_date=date(1979, 2, 28),
    age=47,
    sex="female",
    usual_gp="",
    risk_history=(),
    band="",
    frailty="",
    reasons_up=(),
    reasons_down=(),
    gaps=(),
    rules=("Frequent A&E attendance",),
    suggestions=(
        Suggestion("Review what A&E was used for, and offer a plan", "Frequent A&E attendance", "28 days", "GP"),
    ),
    last_contact="none known in 2 years to 27 October 2026",
    recorded=Recorded(),
)
HOSTILE_NAME = '<script>alert("x")</script> =HYPERLINK("http://x")'


def made_page(people: int = 20) -> WorklistPage:
    """Return a page of ``people`` people, the three above in turn."""
    listed = tuple(
        replace(
            (MARGARET, WILFRED, NO_MODEL)[0 if n % 4 == 0 else 2 if n % 7 == 6 else 1],
            rank=n + 1,
            row_key=f"{n:012x}",
        )
        for n in range(people)
    )
    unlisted = (
        PersonNotShown(
            "9990004041",
            "BARTON, Joan",
            91,
            "female",
            ("Severe frailty at 65 and over",),
            "already on case management since 2 June 2026",
            None,
            False,
            "aa0000000001",
            (RuleTold("Severe frailty at 65 and over", "met", "frailty index, band: severe"),),
        ),
        PersonNotShown(
            "9990005056",
            "DEEN, Iqbal",
            73,
            "male",
            ("Structured medication review",),
            "declined, recorded 6 October 2026",
            date(2027, 4, 6),
            False,
            "aa0000000002",
        ),
        *(
            PersonNotShown(
                f"99900{n:05}",
                f"PERSON, Number {n}",
                70,
                "male",
                ("Structured medication review",),
                "below this practice's capacity: place 21 or later",
                None,
                True,
                f"bb{n:010x}",
            )
            for n in range(40)
        ),
    )
    return WorklistPage(
        practice_code="Z00001",
        practice_name="Mill Lane Surgery",
        index_date=INDEX_DATE,
        release_name="2026-11-01.1",
        board_name="Example Integrated Care Board",
        demonstration=True,
        capacity="20 reviews",
        practice_risk=0.06,
        people=listed,
        not_shown=unlisted[: 2 + BELOW_CUT_ON_PAPER],
        not_shown_sheet=_sheet(unlisted),
        changes=(
            "6 people are new, 2 are back.",
            "4 left: 2 reviewed with a plan, 1 moved away, 1 below the cut.",
            "12 stay; 3 of them for a third month.",
        ),
        freshness=(
            Freshness("GP records", date(2026, 10, 29)),
            Freshness("Prescriptions", date(2026, 10, 2)),
            Freshness("GP appointments", date(2026, 10, 27)),
            Freshness("Hospital admissions", date(2026, 9, 20)),
            Freshness("A&E attendances", date(2026, 9, 20)),
            Freshness("Community contacts", date(2026, 9, 17)),
            Freshness("Social care", date(2026, 9, 22)),
            Freshness("111 and 999 calls", None),
        ),
        how_cut=("Cut at 20 reviews this month, as this practice has stated.", "Left off below the cut: 40 people."),
        removed=(("opted out of case finding", "12"), ("restricted record", "fewer than 8")),
        rules=(
            RuleOnPage(
                "Rising and high risk of emergency admission",
                "Adults whose estimate is in the top 5% of the board and has risen by a fifth or more in three months.",
                "PRISMATIC: a list of raw risk alone raised admissions.",
                None,
            ),
            RuleOnPage(
                "Discharged in the last 14 days with no follow-up",
                "Adults discharged from an emergency admission in the last fortnight with no contact known since.",
                "Needs a timely admissions feed.",
                "admission notices are not received",
            ),
        ),
    )


def _sheet(unlisted: tuple[PersonNotShown, ...]) -> pl.DataFrame:
    rows = [(p.nhs_number, p.name, p.age, p.sex, "; ".join(p.rules), p.why, p.until) for p in unlisted]
    return pl.DataFrame(rows, schema=NOT_SHOWN_COLUMNS, orient="row")
