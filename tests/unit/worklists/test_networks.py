"""A network's list for continuity of care: only where the board decided, only who may be shown, in the rule's order."""

import csv
import shutil
from datetime import date

import polars as pl
import pytest

from riskstrat import audit
from riskstrat.cli.common import app
from riskstrat.errors import NotPermitted, UsageFault
from riskstrat.exit_codes import exit_code_of
from riskstrat.intake.catalogue import read_catalogue, table_file
from riskstrat.project import Workspace
from riskstrat.worklists import export_continuity, render, select, settle_sent
from riskstrat.worklists.exporting.networks import CONTINUITY_RULE, NETWORK_COLUMNS
from support.returned_lists import keep_record
from support.worklist_store import INDEX, copy_store, write_vault

RELEASE = f"{INDEX}.1"
MANIFEST = {"release": RELEASE, "index_date": str(INDEX)}
DECIDED = "Board of Example, minute 41 of 3 October 2026; data protection impact assessment 12"
NETWORKS = {"Z00001": "U00001", "Z00002": "U00001", "Z00003": "U00002"}
HOSTILE_GP = '=HYPERLINK("http://example.org")'


def nhs_number(person_id):
    return f"999{person_id:07}"


def put(workspace, table, change):
    """Rewrite a table of the intake store, as if it had been sent so."""
    file = table_file(workspace, table, read_catalogue(workspace).deliveries[-1].number)
    change(pl.read_parquet(file)).write_parquet(file)


@pytest.fixture(scope="module")
def published_once(tmp_path_factory):
    workspace = copy_store(tmp_path_factory.mktemp("networks") / "w")
    network = pl.col("practice_code").replace_strict(NETWORKS)
    put(workspace, "practice", lambda frame: frame.with_columns(network.alias("pcn_code")))
    select(workspace, INDEX)
    write_vault(workspace, {n: {"identifier": nhs_number(n), "usual_gp": HOSTILE_GP} for n in range(1, 901)})
    render(workspace, INDEX, RELEASE, workspace.releases / RELEASE / "worklists")
    settle_sent(workspace, [RELEASE])
    return workspace.root


@pytest.fixture
def board(published_once, tmp_path):
    shutil.copytree(published_once, tmp_path / "w")
    return Workspace(tmp_path / "w")


def decide(workspace, *networks, **more):
    lines = [f'[worklist.networks.{code}]\ncontinuity = {{ allow = "{DECIDED}" }}\n' for code in networks]
    lines += [f'[encryption.networks.{code}]\nage_recipient = "{key}"\n' for code, key in more.items()]
    with (workspace.root / "riskstrat.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n".join(lines))
    return Workspace(workspace.root)


def meets(workspace):
    """Who meets the rule, with what orders them, straight from the tables."""
    hits = pl.read_parquet(workspace.part("rule_hits", INDEX)).filter(pl.col("rule_id") == CONTINUITY_RULE)
    return pl.read_parquet(workspace.part("features", INDEX)).join(hits, on="person_id", how="semi")


def rows(folder, network):
    with (folder / f"{network}.continuity.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_people_who_meet_the_rule_stand_on_the_list_of_their_own_network_alone(board, tmp_path):
    board = decide(board, "U00001", "U00002")
    result = export_continuity(board, MANIFEST, tmp_path / "out")
    met = meets(board)
    assert met.height > 10
    assert (result.people, result.networks, result.files) == (met.height, ("U00001", "U00002"), 2)
    for network in ("U00001", "U00002"):
        mine = [code for code, own in NETWORKS.items() if own == network]
        listed = rows(tmp_path / "out", network)
        expected = met.filter(pl.col("practice_code").is_in(mine))
        assert {row["nhs_number"] for row in listed} == {nhs_number(n) for n in expected["person_id"]}
        assert {row["practice_code"] for row in listed} == set(mine)
        assert [row["place"] for row in listed] == [str(n) for n in range(1, len(listed) + 1)]


def test_who_sees_the_practice_most_comes_first_and_ties_go_by_conditions_then_frailty(board, tmp_path):
    export_continuity(decide(board, "U00001"), MANIFEST, tmp_path / "out")
    listed = rows(tmp_path / "out", "U00001")
    frail = {"severe": 2, "moderate": 1}
    keys = [(int(r["appointments_730d"]), int(r["long_term_conditions"]), frail.get(r["frailty"], 0)) for r in listed]
    assert keys == sorted(keys, reverse=True)
    assert len(set(keys)) < len(keys), "some are tied"
    export_continuity(board, MANIFEST, tmp_path / "again")
    assert (tmp_path / "again/U00001.continuity.csv").read_bytes() == (
        tmp_path / "out/U00001.continuity.csv"
    ).read_bytes()


def test_a_list_holds_what_is_needed_to_find_the_person_and_no_more(board, tmp_path):
    export_continuity(decide(board, "U00001"), MANIFEST, tmp_path / "out", networks=["U00001"])
    text = (tmp_path / "out/U00001.continuity.csv").read_bytes()
    assert text.split(b"\r\n")[0].decode() == ",".join(NETWORK_COLUMNS)
    listed = rows(tmp_path / "out", "U00001")
    assert {row["usual_gp"] for row in listed} == {f"'{HOSTILE_GP}"}, "no spreadsheet takes it for a formula"
    assert {row["release"] for row in listed} == {RELEASE}
    own = pl.read_csv(board.releases / RELEASE / "worklists" / "Z00001.csv", infer_schema=False)
    on_both = {row["nhs_number"]: row["row_key"] for row in listed}
    shared = [row for row in own.to_dicts() if row["nhs_number"] in on_both]
    assert shared, "some are on the practice's own list too"
    assert all(on_both[row["nhs_number"]] == row["row_key"] for row in shared), "one key for one person and release"


def test_nothing_is_written_that_nobody_decided(board, tmp_path):
    for networks, whose in (((), "any network"), (("U00001",), "U00001")):
        with pytest.raises(NotPermitted, match=f"nobody has decided .* of {whose}; nothing was written"):
            export_continuity(board, MANIFEST, tmp_path / "out", networks=networks)
    board = decide(board, "U00002")
    with pytest.raises(NotPermitted, match="of U00001; nothing was written"):
        export_continuity(board, MANIFEST, tmp_path / "out", networks=["U00001", "U00002"])
    assert not (tmp_path / "out").exists()
    assert export_continuity(board, MANIFEST, tmp_path / "out").networks == ("U00002",)


def test_who_died_moved_objected_or_declined_since_is_left_out_and_counted(board, tmp_path):
    board = decide(board, "U00001")
    dead, moved, objecting, declining = (
        meets(board).filter(pl.col("practice_code") == "Z00001").sort("person_id").head(4).to_dicts()
    )

    def one(person, column, value):
        return lambda frame: frame.with_columns(
            pl.when(pl.col("person_id") == person).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
        )

    put(board, "person", one(dead["person_id"], "death_date", date(2026, 11, 5)))
    put(board, "registration", one(moved["person_id"], "practice_code", "Z00002"))
    worklist = pl.read_parquet(board.part("worklists", INDEX))
    for person, status in ((objecting, "patient objects"), (declining, "declined")):
        (row,) = worklist.filter(pl.col("person_id") == person["person_id"]).to_dicts()
        keep_record(board, INDEX, row, status)
    result = export_continuity(board, MANIFEST, tmp_path / "out")
    listed = {row["nhs_number"] for row in rows(tmp_path / "out", "U00001")}
    for person in (dead, moved, objecting, declining):
        assert nhs_number(person["person_id"]) not in listed
    assert result.no_longer_shown == 4
    assert "left out, as known by now to have died, moved, objected, declined or the like: 4" in result.as_text()


def test_who_an_evaluation_keeps_unlisted_is_on_no_networks_list_either(board, tmp_path):
    board = decide(board, "U00001")
    held = meets(board).filter(pl.col("practice_code") == "Z00001").sort("person_id")["person_id"][0]
    file = board.part("worklists", INDEX)
    state = pl.when(pl.col("person_id") == held).then(pl.lit("held_out")).otherwise(pl.col("state")).alias("state")
    pl.read_parquet(file).with_columns(state).write_parquet(file)
    result = export_continuity(board, MANIFEST, tmp_path / "out")
    assert nhs_number(held) not in {row["nhs_number"] for row in rows(tmp_path / "out", "U00001")}
    assert (result.kept_unlisted, result.no_longer_shown) == (1, 0)


def test_a_month_without_the_rule_and_a_network_without_practices_are_refused(board, tmp_path):
    with pytest.raises(UsageFault, match="no practice held here belongs to U00009"):
        export_continuity(decide(board, "U00009"), MANIFEST, tmp_path / "out", networks=["U00009"])
    board = decide(board, "U00001")
    file = board.part("rule_status", INDEX)
    is_it = pl.col("rule_id") == CONTINUITY_RULE
    pl.read_parquet(file).with_columns(
        pl.when(is_it).then(pl.lit(value=False)).otherwise(pl.col("ran")).alias("ran"),
        pl.when(is_it).then(pl.lit("gp_appointment is absent")).otherwise(pl.col("why_not")).alias("why_not"),
    ).write_parquet(file)
    with pytest.raises(UsageFault, match=f"{CONTINUITY_RULE} did not run at {INDEX}: gp_appointment is absent"):
        export_continuity(board, MANIFEST, tmp_path / "out", networks=["U00001"])
    assert not (tmp_path / "out").exists()


def test_without_the_selection_that_says_who_is_kept_unlisted_nothing_is_written(board, tmp_path):
    board.part("worklists", date.fromisoformat(MANIFEST["index_date"])).unlink(missing_ok=True)
    with pytest.raises(UsageFault, match="kept unlisted"):
        export_continuity(decide(board, "U00001"), MANIFEST, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_list_is_closed_for_its_network_and_no_other_opens_it(board, tmp_path):
    pyrage = pytest.importorskip("pyrage")
    own = {code: pyrage.x25519.Identity.generate() for code in ("U00001", "U00002")}
    board = decide(board, *own, **{code: str(key.to_public()) for code, key in own.items()})
    export_continuity(board, MANIFEST, tmp_path / "plain")
    export_continuity(board, MANIFEST, tmp_path / "closed", is_encrypted=True)
    assert {path.name for path in (tmp_path / "closed").iterdir()} == {f"{c}.continuity.csv.age" for c in own}
    sealed = (tmp_path / "closed/U00001.continuity.csv.age").read_bytes()
    assert pyrage.decrypt(sealed, [own["U00001"]]) == (tmp_path / "plain/U00001.continuity.csv").read_bytes()
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed, [own["U00002"]])


@pytest.fixture
def run(board, monkeypatch, capsys):
    """The command line in that board, whose release is taken for one that verifies: that is tested elsewhere."""
    monkeypatch.setattr("riskstrat.published.verify", lambda workspace, name=None: MANIFEST)

    def command(*words):
        line = ["--workspace", str(board.root), "export", *map(str, words)]
        code = exit_code_of(lambda: app(line, standalone_mode=False), show_trace=lambda: False)
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


def test_the_verb_needs_a_decision_logs_whose_it_was_and_names_nobody(board, run, tmp_path):
    code, _, told = run("continuity", "--out", tmp_path / "out")
    assert (code, audit.values(board, "export refused", "networks")) == (4, ["all"])
    assert 'continuity = { allow = "who decided, on what basis" }' in told
    decide(board, "U00001")
    code, said, _ = run("continuity", "--out", tmp_path / "out")
    assert code == 0
    assert "2 practices in 1 network, release 2026-11-01.1, in 1 file" in said
    assert "keep it where the network alone can read it" in said
    assert audit.values(board, "export begun", "decided") == [{"U00001": DECIDED}]
    assert audit.values(board, "lists exported", "networks") == [["U00001"]]
    assert nhs_number(1)[:6] not in board.audit_log.read_text(encoding="utf-8")
    for words, refused in (
        (("continuity", "--practice", "Z00001"), 2),
        (("continuity", "--network", "U00002"), 4),
        (("fhir", "--network", "U00001"), 2),
    ):
        assert run(*words, "--out", tmp_path / "two")[0] == refused
    assert not (tmp_path / "two").exists()
