"""A drop becomes a published month: what the demonstration leaves, seen from outside."""

import csv
import hashlib
import json
import re
from html import unescape
from pathlib import Path

import polars as pl
import pytest

from support.commands import DEMONSTRATION_PEOPLE, run_riskstrat

CONTRACT_COLUMNS = (
    "rank, change, nhs_number, name, birth_date, age, sex, usual_gp, risk_percent, risk_words, band, trend, frailty, "
    "reasons, gaps, suggested_actions, already_supported_by, data_as_at, status, status_date, owner, note, until, "
    "rules, last_contact, needs, release, practice_code, row_key"
).split(", ")


def release_folder(root):
    return root / "releases" / json.loads((root / "releases" / "current.json").read_text())["release"]


def worklists(root):
    for path in sorted((release_folder(root) / "worklists").glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as handle:
            yield path.stem, list(csv.DictReader(handle))


def landing(root, table):
    return pl.read_parquet(root / "drop" / f"{table}.parquet")


def held_now(frame, *key):
    """The latest version of each key, as anyone would read it today."""
    return frame.sort("available_date", nulls_last=False).unique(key, keep="last", maintain_order=True)


def test_the_demonstration_says_what_to_open_and_it_is_there(published):
    said = (published / "stdout.txt").read_text()
    paths = re.findall(r"\S+\.(?:html|xlsx)", said)
    assert paths
    for path in paths:
        assert Path(path).is_file(), path


def test_release_and_audit_log_verify(published):
    for verb in (["verify"], ["audit", "verify"]):
        assert run_riskstrat(published, *verb).returncode == 0


def test_every_practice_with_people_has_a_list_in_three_forms_with_the_contract_s_columns(published):
    folder = release_folder(published) / "worklists"
    practices = {path.stem for path in folder.glob("*.csv")}
    assert len(practices) >= 3
    assert {path.stem for path in folder.glob("*.html")} == practices == {path.stem for path in folder.glob("*.xlsx")}
    for name, rows in worklists(published):
        with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as handle:
            assert next(csv.reader(handle)) == CONTRACT_COLUMNS
        assert 1 <= len(rows) <= 20
        assert [int(row["rank"]) for row in rows] == list(range(1, len(rows) + 1))
        assert {row["practice_code"] for row in rows} == {name}


def test_nobody_who_died_moved_objected_or_is_restricted_is_on_any_list(published):
    listed = {row["nhs_number"].replace(" ", ""): name for name, rows in worklists(published) for row in rows}
    people = held_now(landing(published, "person"), "nhs_number")
    gone = people.filter(pl.col("death_date").is_not_null() | pl.col("restricted").fill_null(False))
    opt_outs = held_now(landing(published, "opt_out"), "nhs_number", "kind", "start_date")
    opted_out = opt_outs.filter(pl.col("end_date").is_null())
    registered = held_now(landing(published, "registration"), "nhs_number", "practice_code", "start_date")
    current = registered.filter(
        pl.col("end_date").is_null() & (pl.col("registration_type").fill_null("regular") == "regular")
    )
    assert listed
    assert len(gone) > 0
    assert len(opted_out) > 0
    assert not set(listed) & set(gone["nhs_number"])
    assert not set(listed) & set(opted_out["nhs_number"])
    assert set(listed) <= set(current["nhs_number"])


def test_the_figure_of_the_death_model_is_in_no_published_file(published):
    for path in sorted(release_folder(published).glob("worklists/*.html")):
        assert "death_12m" not in path.read_text(encoding="utf-8")
    for _, rows in worklists(published):
        for row in rows:
            assert not re.search(r"\bdeath|\bdie", " ".join(row.values()), re.IGNORECASE), row["rules"]


def test_no_nhs_number_is_anywhere_but_in_worklists_vault_and_quarantine(published):
    numbers = set(landing(published, "person")["nhs_number"].head(300))
    for path in published.rglob("*"):
        private = {"worklists", "vault", "quarantine", "drop", "identity"} & set(path.relative_to(published).parts)
        if path.is_file() and (not private or "store" in path.relative_to(published).parts):
            content = path.read_bytes()
            assert not [number for number in numbers if number.encode() in content], path.name


def test_a_second_workspace_gives_the_same_bytes(published, tmp_path):
    again = tmp_path / "again"
    elsewhere = {"TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONHASHSEED": "77", "OMP_NUM_THREADS": "1"}
    elsewhere |= {"OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
    finished = run_riskstrat(again, "demo", "--people", DEMONSTRATION_PEOPLE, surroundings=elsewhere)
    assert finished.returncode == 0, finished.stderr
    lines = finished.stderr.splitlines()
    assert len(lines) <= 45
    assert len({line.split(" s  ")[-1] for line in lines}) == len(lines), "no line is said twice"
    assert (again / "quality" / "000001.html").read_bytes() == (published / "quality" / "000001.html").read_bytes()
    first, second = release_folder(published), release_folder(again)
    files = sorted(str(path.relative_to(first)) for path in first.rglob("*") if path.is_file())
    assert files == sorted(str(path.relative_to(second)) for path in second.rglob("*") if path.is_file())
    different = [
        name
        for name in files
        if hashlib.sha256((first / name).read_bytes()).digest() != hashlib.sha256((second / name).read_bytes()).digest()
    ]
    assert different == []


def test_the_same_month_again_is_the_same_release(own_copy):
    before = release_folder(own_copy).name
    finished = run_riskstrat(own_copy, "run", "--index-date", "2026-11-01", "--json")
    assert finished.returncode == 0, finished.stderr
    answer = json.loads(finished.stdout)
    assert answer["release"] == before
    assert answer["is_new"] is False


def test_other_settings_give_the_next_number_and_keep_the_old_release(own_copy):
    settings = own_copy / "riskstrat.toml"
    settings.write_text(settings.read_text().replace("reviews_per_month = 20", "reviews_per_month = 5"))
    assert run_riskstrat(own_copy, "run", "--index-date", "2026-11-01").returncode == 0
    assert release_folder(own_copy).name == "2026-11-01.2"
    assert all(len(rows) <= 5 for _, rows in worklists(own_copy))
    assert run_riskstrat(own_copy, "verify", "2026-11-01.1").returncode == 0


@pytest.mark.parametrize("kind", ["changed", "missing", "extra", "manifest"])
def test_a_release_that_was_touched_does_not_verify(own_copy, kind):
    folder = release_folder(own_copy)
    victim = sorted((folder / "worklists").glob("*.csv"))[0]
    victim.chmod(0o600)
    if kind == "changed":
        content = bytearray(victim.read_bytes())
        content[-3] ^= 1
        victim.write_bytes(content)
    elif kind == "missing":
        victim.unlink()
    elif kind == "extra":
        (folder / "worklists" / "extra.csv").write_text("x")
    else:
        manifest = folder / "manifest.json"
        manifest.chmod(0o600)
        manifest.write_text(manifest.read_text().replace('"version": 1', '"version": 1 '))
    finished = run_riskstrat(own_copy, "verify")
    assert finished.returncode == 6
    assert finished.stderr.startswith("integrity: release")
    assert "Traceback" not in finished.stderr


@pytest.mark.parametrize("kind", ["another's name", "link", "pointer"])
def test_a_release_that_stands_for_another_does_not_verify(own_copy, kind):
    folder = release_folder(own_copy)
    victim = sorted((folder / "worklists").glob("*.csv"))[0]
    if kind == "another's name":
        folder.rename(folder.with_name("2026-11-01.2"))
        (own_copy / "releases" / "current.json").write_text('{"release": "2026-11-01.2"}')
    elif kind == "link":
        victim.rename(own_copy / "elsewhere.csv")
        victim.symlink_to(own_copy / "elsewhere.csv")
    else:
        (own_copy / "releases" / "current.json").write_text('{"release": "../../etc"}')
    finished = run_riskstrat(own_copy, "verify")
    assert finished.returncode == 6, finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_log_cut_short_is_found_by_the_releases_it_no_longer_records(own_copy):
    log = own_copy / "audit.jsonl"
    lines = log.read_text().splitlines(keepends=True)
    published_at = next(number for number, line in enumerate(lines) if '"action":"release published"' in line)
    log.write_text("".join(lines[:published_at]))
    finished = run_riskstrat(own_copy, "audit", "verify")
    assert finished.returncode == 6
    assert "2026-11-01.1" in finished.stderr


def test_a_refused_question_leaves_a_trace_without_the_number(own_copy):
    refused = run_riskstrat(own_copy, "explain", "9990000018", "--practice", "Z99999")
    assert refused.returncode == 4
    assert refused.stdout == ""
    last = json.loads((own_copy / "audit.jsonl").read_text().splitlines()[-1])
    assert (last["action"], last["details"]["practice"]) == ("explain refused", "Z99999")
    assert "9990000018" not in (own_copy / "audit.jsonl").read_text()


def test_an_answer_as_a_page_is_audited_without_the_number_and_never_lies_in_a_release(own_copy, tmp_path):
    release = next((own_copy / "releases").glob("2026-*"))
    with next(release.glob("worklists/*.csv")).open(encoding="utf-8", newline="") as listed:
        person = next(csv.DictReader(listed))
    asked = ("explain", person["nhs_number"], "--practice", person["practice_code"], "--page")
    assert run_riskstrat(own_copy, *asked, str(release / "answer.html")).returncode == 4
    assert not (release / "answer.html").exists()
    told = run_riskstrat(own_copy, *asked, str(tmp_path / "answer.html"))
    assert told.returncode == 0, told.stderr
    page = unescape((tmp_path / "answer.html").read_text(encoding="utf-8"))
    assert person["name"] in page
    assert told.stdout.splitlines()[1] in page
    last = json.loads((own_copy / "audit.jsonl").read_text().splitlines()[-1])
    assert (last["action"], last["details"]["as_page"]) == ("explained", True)
    assert person["nhs_number"] not in (own_copy / "audit.jsonl").read_text()


def test_the_rules_are_those_that_were_published(published):
    ended = run_riskstrat(published, "rules", "check", "--json")
    assert ended.returncode == 0, ended.stderr
    checked = json.loads(ended.stdout)
    assert checked["published"] == release_folder(published).name
    assert checked["changes"] == []
    ran = [listing for listing in checked["listings"] if listing["why_not"] is None]
    assert len(ran) >= 8
    assert all((listing["before"], listing["entered"], listing["left"]) == (listing["kept"], 0, 0) for listing in ran)


def test_what_a_programme_would_be_worth_is_answered_from_the_published_month(own_copy):
    asked = ("worth", "frailty-moderate", "--intervention", "medication-review", "--capacity", "5", "--target", "10")
    ended = run_riskstrat(own_copy, *asked, "--json")
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told["who"]["reviewed"] == 60
    assert told["who"]["members"] % 5 == 0
    assert told["averted"]["admissions"]["low"] < 0 < told["averted"]["admissions"]["high"]
    assert told["without"]["bed_days"]["low"] > told["without"]["admissions"]["low"] > 0


def test_an_export_of_the_release_holds_its_people_and_is_in_the_audit_log(own_copy, tmp_path):
    done = run_riskstrat(own_copy, "export", "nhs-numbers", "--out", tmp_path / "numbers", "--json")
    assert done.returncode == 0, done.stderr
    for practice, rows in worklists(own_copy):
        sent = (tmp_path / "numbers" / f"{practice}.nhs-numbers.csv").read_text().split()
        assert sent == [row["nhs_number"] for row in rows]
    last = json.loads((own_copy / "audit.jsonl").read_text().splitlines()[-1])
    assert (last["action"], last["details"]["people"]) == ("lists exported", json.loads(done.stdout)["people"])
    assert run_riskstrat(own_copy, "audit", "verify").returncode == 0


def test_an_export_of_a_release_that_was_touched_is_refused(own_copy, tmp_path):
    file = next((release_folder(own_copy) / "worklists").glob("*.csv"))
    file.chmod(0o600)
    file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    done = run_riskstrat(own_copy, "export", "fhir", "--out", tmp_path / "out")
    assert (done.returncode, (tmp_path / "out").exists()) == (6, False)
    assert run_riskstrat(own_copy, "export", "emis", "--out", tmp_path / "out").returncode == 2
