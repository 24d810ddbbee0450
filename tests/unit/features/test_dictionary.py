"""The dictionary is generated from the statements' comments, and the agreed columns are all in it."""

import itertools
import json
import re
from pathlib import Path

import pytest

from riskstrat.features import describe, dictionary
from riskstrat.features.catalogue import Family, check_families, families, sources_of
from riskstrat.warehouse import read_statement
from support.feature_pages import REFERENCE, pages

ROOT = Path(__file__).parents[3]
FAMILY = """-- Contacts.
-- grain: person
-- reads: staging.community_contact
-- order: 5
--
-- contacts_30d: contacts; count; 30 days; 0 if none
-- source: nowhere
SELECT c.person_id, COUNT(*) AS contacts_30d FROM staging.community_contact AS c GROUP BY c.person_id
"""


def agreed_columns() -> set[str]:
    """The columns of the activity families in docs/explanation/architecture.md, braces written out."""
    text = (ROOT / "docs/explanation/architecture.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:3] for line in text.splitlines() if line.startswith("| ")]
    written = {name.strip(): cells for name, cells in rows}
    mine = (
        "registration emergency_admissions emergency_causes other_admissions ae_attendances outpatients community "
        "mental_health gp_appointments urgent_calls"
    ).split()
    columns = set()
    for family in mine:
        for listed in re.findall(r"`([^`]+)`", written[family]):
            for name in re.split(r",\s*(?![^{]*\})", listed):
                parts = [part.strip("{}").split(",") for part in re.findall(r"\{[^}]*\}|[^{}]+", name.strip())]
                columns |= {"".join(choice) for choice in itertools.product(*parts)}
    return columns


def test_every_agreed_column_of_the_activity_families_is_made():
    agreed = agreed_columns()
    assert len(agreed) > 60
    assert agreed <= {entry.name for entry in dictionary()}


PAGES = pages()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_reference_page_is_what_the_comments_and_the_examples_say(name):
    page = (REFERENCE / name).read_text(encoding="utf-8")
    assert page == PAGES[name], "write it again: make docs"


def test_there_is_no_page_of_a_family_that_is_no_more():
    assert {f"features/{path.name}" for path in (REFERENCE / "features").iterdir()} <= set(PAGES)


def test_the_page_of_a_family_has_every_column_and_a_worked_example():
    for family in families():
        page = PAGES[f"features/{family.name}.md"]
        defined, drawn = page.split("## Worked examples")
        for column in family.statement.columns:
            assert f"\n- `{column.name}`: {column.meaning} (" in defined
            assert re.search(rf"(^|\| ){column.name}\b", drawn, re.MULTILINE), column.name


def test_a_table_that_is_too_wide_is_turned_and_keeps_its_remarks():
    """Drawn as it stands in the example, with what is said beside its rows beneath it."""
    page = PAGES["features/emergency_admissions.md"]
    assert "A      | 2026-10-12 | 2026-10-14 | 21     | 2026-12-01   # happened, but nobody knew yet" in page
    assert re.search(r"^emergency_admissions_90d +\| 1 +\| 0$", page, re.MULTILINE)


def test_every_column_says_what_it_means_in_what_unit_and_from_where():
    entries = dictionary()
    assert [entry.name for entry in entries] == [c.name for f in families() for c in f.statement.columns]
    for entry in entries:
        assert entry.meaning
        assert entry.unit
        assert entry.window
        assert entry.missing
        assert entry.source, entry.name


def test_the_json_description_is_the_dictionary():
    assert [entry["name"] for entry in json.loads(describe(as_json=True))] == [entry.name for entry in dictionary()]


def test_the_description_says_everything_of_a_column_and_fits_a_terminal():
    text = describe()
    assert max(len(line) for line in text.splitlines()) <= 80
    said = " ".join(text.split())
    for entry in dictionary():
        for part in (entry.name, entry.meaning, f"[{entry.unit}; {entry.window}; {entry.missing}]", entry.source):
            assert " ".join(part.split()) in said, entry.name
    assert "docs/reference/features.md" in said


def test_sources_are_found_through_every_table_a_family_stands_on():
    sources = {family.name: family.sources for family in families()}
    assert sources["emergency_causes"] == ("apc_episode",)
    assert sources["registration"] == ("registration",)
    assert sources["demography"] == ()
    assert sources["efi"] == ("gp_event", "gp_prescription")


def _family(folder: Path, text: str) -> Family:
    path = folder / "features" / "contacts.sql"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    statement = read_statement(path)
    return Family(statement, sources_of(statement))


def test_a_family_with_a_comment_for_every_column_is_accepted(tmp_path):
    family = _family(tmp_path, FAMILY)
    check_families([family])
    assert family.sources == ("community_contact",)


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("-- contacts_30d: contacts; count; 30 days; 0 if none\n", "", "columns and comments differ: contacts_30d"),
        ("-- contacts_30d", "-- contacts", "columns and comments differ: contacts, contacts_30d"),
        ("SELECT c.person_id, ", "SELECT ", "the first column is person_id"),
        ("contacts_30d", "index_date", "index_date is already a column of the population"),
    ],
)
def test_a_column_without_a_comment_or_a_comment_without_a_column_is_refused(tmp_path, was, becomes, said):
    family = _family(tmp_path, FAMILY.replace(was, becomes))
    with pytest.raises(ValueError, match=said):
        check_families([family])


def test_two_families_may_not_make_the_same_column(tmp_path):
    family = _family(tmp_path, FAMILY)
    with pytest.raises(ValueError, match="contacts_30d is already a column of contacts"):
        check_families([family, family])
