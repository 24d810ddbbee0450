"""The population part of a release from outside: withheld where it would give somebody away, and nobody in it ever."""

import csv
import json
import re
import shutil

import openpyxl
import pytest

from riskstrat import audit, population
from riskstrat.files import sha256_of
from riskstrat.project import Workspace
from support.commands import run_riskstrat

MILDER = "\n[disclosure]\nsuppress_to = 1\nround_to = 1\n"
IDENTIFYING = {"person_id", "nhs_number", "identifier", "name", "birth_date", "row_key", "age", "sex", "usual_gp"}


def current(root):
    return root / "releases" / json.loads((root / "releases" / "current.json").read_text())["release"]


def as_if_published_so(root, release):
    """Have a release's manifest and the audit log say what its population part now holds."""
    manifest = json.loads((release / "manifest.json").read_text())
    others = [entry for entry in manifest["files"] if not entry["file"].startswith("population/")]
    files = sorted((release / "population").iterdir())
    own = [{"file": f"population/{path.name}", "sha256": sha256_of(path)} for path in files]
    (release / "manifest.json").unlink()
    (release / "manifest.json").write_text(json.dumps({**manifest, "files": others + own}))
    sha256 = sha256_of(release / "manifest.json")
    audit.record(Workspace(root), "release published", release=release.name, manifest_sha256=sha256)


@pytest.fixture(scope="module")
def withheld(published, tmp_path_factory):
    """A month printed with exact small counts, by a rule that the board has mended since, and published again."""
    root = tmp_path_factory.mktemp("withheld") / "workspace"
    shutil.copytree(published, root)
    settings = (root / "riskstrat.toml").read_text(encoding="utf-8")
    first, index_date = current(root), Workspace(root).index_dates("worklists")[-1]
    shutil.rmtree(first / "population")
    (root / "riskstrat.toml").write_text(settings + MILDER, encoding="utf-8")
    shutil.copytree(root / "store" / "features", root / "features")
    for day in Workspace(root).index_dates("features"):
        if day != index_date:  # one date is enough: exact counts take long to protect
            shutil.rmtree(root / "store" / "features" / f"index_date={day}")
    population.publish(Workspace(root), index_date, first.name, first / "population")
    shutil.rmtree(root / "store" / "features")
    shutil.move(root / "features", root / "store" / "features")
    as_if_published_so(root, first)
    (root / "riskstrat.toml").write_text(settings + "\n# the rule is the default again\n", encoding="utf-8")
    finished = run_riskstrat(root, "run", "--index-date", index_date)
    return root, first, finished


def test_the_month_is_published_without_its_population_part_and_says_why(withheld):
    root, first, finished = withheld
    assert finished.returncode == 0, finished.stderr
    assert "the population report was withheld: small counts could be worked out from '" in finished.stdout
    folder = current(root)
    assert folder != first
    left = {path.name for path in (folder / "population").iterdir()}
    assert left == {"population.csv", "population.csv-metadata.json", "population.html", "summary.html"}
    because = json.loads((folder / "manifest.json").read_text())["population_withheld_because"]
    page = (folder / "population" / "population.html").read_text(encoding="utf-8")
    assert "This month's population report is withheld" in page
    assert because.split(";")[0].replace("'", "&#39;") in page
    assert because in finished.stdout


def test_the_worklists_and_the_model_cards_still_go_out(withheld):
    root, first, _ = withheld
    for part in ("worklists", "models"):
        names = {path.name for path in (first / part).iterdir()}
        assert {path.name for path in (current(root) / part).iterdir()} == names
        assert names


def test_the_audit_log_names_the_table_and_no_number_of_people(withheld):
    root, _, _ = withheld
    entries = [json.loads(line) for line in (root / "audit.jsonl").read_text(encoding="utf-8").splitlines()]
    said = [entry["details"] for entry in entries if entry["action"] == "release published"][-1]
    assert said["release"] == current(root).name
    assert re.match(r"small counts could be worked out from '[^']+' by (practice|place|board|primary)", str(
        said["population_withheld_because"]
    ))  # fmt: skip
    assert "person" not in said["population_withheld_because"]
    for verb in (["verify"], ["audit", "verify"]):
        assert run_riskstrat(root, *verb).returncode == 0


def words_of(path):
    """Return every cell of a table, or every word of a text, as it was written."""
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        return {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".csv":
        return {cell for row in csv.reader(text.splitlines()) for cell in row}
    return set(re.split(r"[<>\"\s,;]+", text))


def test_no_file_for_a_commissioner_has_a_row_or_a_word_about_a_person(published):
    folder = current(published)
    people = [row for path in (folder / "worklists").glob("*.csv")
              for row in csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())]  # fmt: skip
    assert len(people) > 20
    theirs = {row[name] for row in people for name in ("nhs_number", "name", "birth_date", "row_key")}
    theirs |= {number.replace(" ", "") for number in theirs}
    files = [path for part in ("population", "models") for path in sorted((folder / part).iterdir())]
    assert {path.suffix for path in files} >= {".csv", ".html", ".json", ".xlsx"}
    for path in files:
        assert not theirs & words_of(path), path.name
        if path.suffix == ".csv":
            header = next(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
            assert not IDENTIFYING & set(header), path.name
