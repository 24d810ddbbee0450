"""What leaves for other systems: the right people in the right form, closed with the right key, whole or not at all."""

import io
import json
import shutil
from dataclasses import replace
from datetime import date

import msoffcrypto
import openpyxl
import polars as pl
import pyrage
import pytest
from fhir.resources.R4B.group import Group
from fhir.resources.R4B.riskassessment import RiskAssessment
from fhir.resources.R4B.task import Task

from riskstrat.errors import NotPermitted, UsageFault
from riskstrat.intake.catalogue import read_catalogue, table_file
from riskstrat.project import Workspace
from riskstrat.worklists import FORMS, export_lists, render, select, settle_sent
from riskstrat.worklists.exporting.fhir import ListOrigin, as_ndjson, resources
from riskstrat.worklists.returning.returned import read_returned
from support.returned_lists import keep_record
from support.worklist_pages import HOSTILE_NAME
from support.worklist_store import INDEX, copy_store, write_vault

RELEASE = f"{INDEX}.1"
PRACTICES = ("Z00001", "Z00002", "Z00003")
RESOURCES = {"Group": Group, "RiskAssessment": RiskAssessment, "Task": Task}
PASSWORD = "correct horse battery"
MANIFEST = {
    "release": RELEASE,
    "index_date": str(INDEX),
    "demonstration": True,
    "inputs": {"software": "0.1.0", "champions": {"emergency_admission_12m": {"version": "3"}}},
    "files": [{"file": f"worklists/{code}.{end}"} for code in PRACTICES for end in ("csv", "html", "xlsx")],
}


def nhs_number(person_id):
    return f"999{person_id:07}"


@pytest.fixture(scope="module")
def published_once(tmp_path_factory):
    workspace = copy_store(tmp_path_factory.mktemp("exports") / "w")
    select(workspace, INDEX)
    who = {n: {"identifier": nhs_number(n), "family_name": HOSTILE_NAME, "needs": "=1+1"} for n in range(1, 901)}
    token = listed(workspace).filter(pl.col("practice_code") == "Z00003")["person_id"][0]
    write_vault(workspace, who | {token: {"identifier": "token:made-up"}})
    render(workspace, INDEX, RELEASE, workspace.releases / RELEASE / "worklists")
    settle_sent(workspace, [RELEASE])
    return workspace.root


@pytest.fixture
def board(published_once, tmp_path):
    shutil.copytree(published_once, tmp_path / "w")
    return Workspace(tmp_path / "w")


def listed(workspace):
    rows = pl.read_parquet(workspace.part("worklists", INDEX))
    return rows.filter(pl.col("state") == "listed").sort("practice_code", "rank")


def numbers(workspace, practice):
    return [nhs_number(n) for n in listed(workspace).filter(pl.col("practice_code") == practice)["person_id"]]


def let_die(workspace, person_id):
    """Have the store know by now that somebody died after the index date."""
    file = table_file(workspace, "person", read_catalogue(workspace).deliveries[-1].number)
    died = pl.when(pl.col("person_id") == person_id).then(pl.lit(date(2026, 11, 5))).otherwise(pl.col("death_date"))
    pl.read_parquet(file).with_columns(died.alias("death_date")).write_parquet(file)


def give_keys(workspace, keys):
    lines = []
    for practice, setting in keys.items():
        lines += [f"[encryption.practices.{practice}]", *(f'{name} = "{value}"' for name, value in setting.items())]
    with (workspace.root / "riskstrat.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n".join(lines) + "\n")
    return Workspace(workspace.root)


def password_file(workspace, practice, words=PASSWORD):
    path = workspace.root / f"{practice}.password"
    path.write_text(f"{words}\n", encoding="utf-8")
    path.chmod(0o600)
    return str(path)


def test_nhs_numbers_stand_alone_in_the_order_of_the_list(board, tmp_path):
    result = export_lists(board, MANIFEST, "nhs-numbers", tmp_path / "out", practices=["Z00001"])
    (file,) = (tmp_path / "out").iterdir()
    assert file.name == "Z00001.nhs-numbers.csv"
    assert file.read_bytes() == "".join(f"{n}\r\n" for n in numbers(board, "Z00001")).encode()
    assert (result.people, result.no_longer_shown, result.without_number) == (20, 0, 0)


def test_who_has_no_nhs_number_is_left_out_and_counted(board, tmp_path):
    result = export_lists(board, MANIFEST, "fhir", tmp_path / "out", practices=["Z00003"])
    assert (result.people, result.without_number) == (19, 1)
    assert "no NHS number is held for them: 1" in result.as_text()
    assert b"made-up" not in b"".join(path.read_bytes() for path in (tmp_path / "out").iterdir())


def test_who_is_known_by_now_to_have_died_leaves_an_export_and_stops_a_list_as_published(board, tmp_path):
    dead = listed(board)["person_id"][0]
    let_die(board, dead)
    result = export_lists(board, MANIFEST, "nhs-numbers", tmp_path / "out")
    assert nhs_number(dead) not in (tmp_path / "out" / "Z00001.nhs-numbers.csv").read_text()
    assert result.no_longer_shown == 1
    with pytest.raises(NotPermitted, match=r"the list of Z00001 .* may no longer be shown"):
        export_lists(board, MANIFEST, "lists", tmp_path / "lists")
    assert not (tmp_path / "lists").exists()


def test_lists_as_published_stay_here_while_anybody_whom_a_page_names_may_not_be_shown(board, tmp_path):
    below = pl.read_parquet(board.part("worklists", INDEX)).filter(pl.col("state") == "below_cut")
    let_die(board, below.filter(pl.col("practice_code") == "Z00001")["person_id"][0])
    with pytest.raises(NotPermitted, match=r"the list of Z00001 .* may no longer be shown"):
        export_lists(board, MANIFEST, "lists", tmp_path / "lists")
    assert export_lists(board, MANIFEST, "nhs-numbers", tmp_path / "out", practices=["Z00001"]).people == 20


@pytest.mark.parametrize("status", ["died", "patient objects", "moved away"])
def test_who_a_practice_recorded_as_gone_leaves_an_export_at_once(board, tmp_path, status):
    gone = listed(board).row(0, named=True)
    keep_record(board, INDEX, gone, status)
    result = export_lists(board, MANIFEST, "nhs-numbers", tmp_path / "out", practices=["Z00001"])
    assert (result.people, result.no_longer_shown) == (19, 1)
    assert nhs_number(gone["person_id"]) not in (tmp_path / "out" / "Z00001.nhs-numbers.csv").read_text()


def test_fhir_is_valid_against_the_published_structure_and_agrees_with_the_list(board, tmp_path):
    export_lists(board, MANIFEST, "fhir", tmp_path / "out", practices=["Z00001"])
    made = {}
    for kind, structure in RESOURCES.items():
        lines = (tmp_path / "out" / f"Z00001.{kind}.ndjson").read_text(encoding="utf-8").splitlines()
        made[kind] = [json.loads(line) for line in lines]
        for line, resource in zip(lines, made[kind], strict=True):
            assert json.loads(structure.model_validate_json(line).model_dump_json()) == resource
    sent = [row.values for row in read_returned(board.releases / RELEASE / "worklists" / "Z00001.csv")]
    (group,) = made["Group"]
    assert [m["entity"]["identifier"]["value"] for m in group["member"]] == [row["nhs_number"] for row in sent]
    assert group["quantity"] == len(sent) == 20
    assert [task["identifier"][0]["value"] for task in made["Task"]] == [row["row_key"] for row in sent]
    told = {risk["id"]: risk["prediction"][0] for risk in made["RiskAssessment"]}
    assert [told[f"{RELEASE}-{row['row_key']}"]["probabilityDecimal"] for row in sent] == [
        int(row["risk_percent"]) for row in sent
    ]
    assert all(task["reasonReference"]["reference"].split("/")[1] in told for task in made["Task"])
    assert told[made["RiskAssessment"][0]["id"]]["whenPeriod"] == {"start": "2026-11-01", "end": "2027-10-31"}


def test_a_person_without_an_estimate_and_a_practice_without_people_are_valid_too():
    origin = ListOrigin(RELEASE, INDEX, "Z00009", "riskstrat", demonstration=False)
    columns = ("risk_percent", "risk_words", "reasons", "suggested_actions", "gaps")
    row = dict.fromkeys(columns, "") | {
        "nhs_number": "9990000018",
        "row_key": "ab",
        "status": "to review",
        "rules": "R",
    }
    alone, nobody = resources(origin, [row]), resources(origin, [])
    assert alone["RiskAssessment"] == nobody["Task"] == []
    for resource in (*alone["Group"], *alone["Task"], *nobody["Group"]):
        RESOURCES[resource["resourceType"]].model_validate_json(as_ndjson([resource]))
        assert "meta" not in resource


def test_nothing_but_what_the_page_says_and_no_name_is_in_fhir(board, tmp_path):
    export_lists(board, MANIFEST, "fhir", tmp_path / "out")
    text = b"".join(path.read_bytes() for path in (tmp_path / "out").iterdir()).decode()
    for never in ("<script", "HYPERLINK", "=1+1", "death", "died"):
        assert never not in text


def test_a_hostile_name_in_an_exported_list_is_as_inert_as_in_the_release(board, tmp_path):
    export_lists(board, MANIFEST, "lists", tmp_path / "out", practices=["Z00001"])
    for file in (tmp_path / "out").iterdir():
        assert file.read_bytes() == (board.releases / RELEASE / "worklists" / file.name).read_bytes()
    assert read_returned(tmp_path / "out" / "Z00001.csv")[0].values["name"] == HOSTILE_NAME
    assert openpyxl.load_workbook(tmp_path / "out" / "Z00001.xlsx")["list"]["D4"].data_type == "s"


@pytest.mark.parametrize("form", FORMS)
def test_an_age_key_opens_what_was_closed_for_it_and_no_other_does(board, tmp_path, form):
    own = {code: pyrage.x25519.Identity.generate() for code in PRACTICES}
    board = give_keys(board, {code: {"age_recipient": str(key.to_public())} for code, key in own.items()})
    export_lists(board, MANIFEST, form, tmp_path / "plain")
    result = export_lists(board, MANIFEST, form, tmp_path / "closed", is_encrypted=True)
    plain = {path.name: path.read_bytes() for path in (tmp_path / "plain").iterdir()}
    closed = {path.name: path.read_bytes() for path in (tmp_path / "closed").iterdir()}
    assert result.is_encrypted
    assert {f"{name}.age" for name in plain} == set(closed)
    for name, content in plain.items():
        sealed = closed[f"{name}.age"]
        assert pyrage.decrypt(sealed, [own[name[:6]]]) == content
        assert nhs_number(listed(board)["person_id"][0]).encode() not in sealed
        other = next(key for code, key in own.items() if code != name[:6])
        with pytest.raises(pyrage.DecryptError):
            pyrage.decrypt(sealed, [other])


def test_a_workbook_opens_with_its_practices_password_by_aes_256_and_with_no_other(board, tmp_path):
    board = give_keys(board, {"Z00001": {"password_file": password_file(board, "Z00001")}})
    export_lists(board, MANIFEST, "lists", tmp_path / "out", practices=["Z00001"], is_encrypted=True)
    (file,) = (tmp_path / "out").iterdir()  # the page and the file cannot be closed with a password, so are not there
    assert file.name == "Z00001.xlsx"
    sealed = file.read_bytes()
    assert b'cipherAlgorithm="AES"' in sealed
    assert b'keyBits="256"' in sealed
    assert b"xl/worksheets" not in sealed
    opened = io.BytesIO()
    office = msoffcrypto.OfficeFile(io.BytesIO(sealed))
    office.load_key(password=PASSWORD, verify_password=True)
    office.decrypt(opened, verify_integrity=True)
    assert opened.getvalue() == (board.releases / RELEASE / "worklists" / "Z00001.xlsx").read_bytes()
    with pytest.raises(msoffcrypto.exceptions.InvalidKeyError):
        msoffcrypto.OfficeFile(io.BytesIO(sealed)).load_key(password=PASSWORD + "!", verify_password=True)


def test_a_practice_without_a_key_is_refused_by_name_and_nothing_is_written(board, tmp_path):
    key = pyrage.x25519.Identity.generate()
    board = give_keys(board, {"Z00001": {"age_recipient": str(key.to_public())}})
    with pytest.raises(UsageFault, match="no key to encrypt with for Z00002, Z00003; nothing was written"):
        export_lists(board, MANIFEST, "fhir", tmp_path / "out", is_encrypted=True)
    assert [path.name for path in tmp_path.iterdir()] == ["w"]


def test_keys_that_close_nothing_or_open_too_much_are_refused(board, tmp_path):
    def refused(fault, words, keys, form="lists"):
        own = Workspace(shutil.copytree(board.root, tmp_path / str(len(list(tmp_path.iterdir())))))
        with pytest.raises(fault, match=words):
            export_lists(
                give_keys(own, keys(own)), MANIFEST, form, tmp_path / "out", practices=PRACTICES[:2], is_encrypted=True
            )
        assert not (tmp_path / "out").exists()

    def both(setting):
        return lambda own: dict.fromkeys(PRACTICES[:2], setting(own))

    age, other = (str(pyrage.x25519.Identity.generate().to_public()) for _ in range(2))
    refused(UsageFault, "Z00001 and Z00002 have the same key", both(lambda own: {"age_recipient": age}))
    not_asked_for = {code: {"age_recipient": key} for code, key in zip(PRACTICES, (age, other, age), strict=True)}
    refused(UsageFault, "Z00001 and Z00003 have the same key", lambda own: not_asked_for)
    refused(
        UsageFault, "have the same key", lambda own: {c: {"password_file": password_file(own, c)} for c in PRACTICES}
    )
    refused(UsageFault, "not an age public key", both(lambda own: {"age_recipient": age[:-1]}))
    refused(
        UsageFault,
        "12 characters or more",
        both(lambda own: {"password_file": password_file(own, "short", "too short")}),
    )
    refused(UsageFault, "there is no file gone", both(lambda own: {"password_file": "gone"}))
    refused(NotPermitted, "lies inside store", both(lambda own: {"password_file": str(own.store / "password")}))
    refused(
        UsageFault,
        "closes a workbook and nothing else",
        lambda own: {c: {"password_file": password_file(own, c, f"{PASSWORD} {c}")} for c in PRACTICES},
        form="fhir",
    )


def test_a_password_that_others_may_read_is_refused(board, tmp_path):
    path = password_file(board, "Z00001")
    board = give_keys(board, {"Z00001": {"password_file": path}})
    (board.root / "Z00001.password").chmod(0o644)
    with pytest.raises(NotPermitted, match="can be read by other users"):
        export_lists(board, MANIFEST, "lists", tmp_path / "out", practices=["Z00001"], is_encrypted=True)


def test_a_secret_key_is_refused_in_settings_and_not_repeated(board):
    secret = str(pyrage.x25519.Identity.generate())
    with pytest.raises(UsageFault, match="takes a public key") as refused:
        _ = give_keys(board, {"Z00001": {"age_recipient": secret}}).settings
    assert secret not in str(refused.value)


def test_folders_and_practices_that_cannot_be_are_refused(board, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept.txt").write_text("mine")
    for fault, words, out, practices in (
        (UsageFault, "not an empty folder", tmp_path / "full", ()),
        (NotPermitted, "would lie inside releases", board.releases / "out", ()),
        (NotPermitted, "would lie inside store", board.store / "out", ()),
        (UsageFault, "no list of Z00009", tmp_path / "out", ("Z00009",)),
    ):
        with pytest.raises(fault, match=words):
            export_lists(board, MANIFEST, "fhir", out, practices=practices)
    assert (tmp_path / "full" / "kept.txt").read_text() == "mine"


def test_what_fails_on_the_way_leaves_no_folder(board, tmp_path, monkeypatch):
    def full(path):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("riskstrat.worklists.exporting.exports.sync", full)
    with pytest.raises(OSError, match="No space"):
        export_lists(board, MANIFEST, "fhir", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["w"]


def test_the_same_release_gives_the_same_bytes_and_the_log_names_nobody(board, tmp_path):
    results = [export_lists(board, MANIFEST, "fhir", tmp_path / name) for name in ("one", "two")]
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    assert results[0].as_audit() == replace(results[1], folder="elsewhere").as_audit()
    assert nhs_number(1)[:5] not in json.dumps(results[0].as_audit())
