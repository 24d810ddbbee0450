"""The command line in one process: answers on stdout, messages on stderr, and the exit codes of CONTRACT section 3."""

import errno
import json
import sqlite3
import sys

import polars as pl
import pytest

from riskstrat import cli, exit_codes
from riskstrat.errors import IntegrityFault, NotPermitted
from riskstrat.project import resource
from riskstrat.rules import checking, definitions


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    """A workspace that holds the small synthetic drop."""
    root = tmp_path_factory.mktemp("board")
    for words in (["init"], ["intake", resource("synthetic_data/small_drop")]):
        sys.argv = ["riskstrat", "--workspace", str(root), *map(str, words)]
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == 0
    return root


def test_help_and_no_words_at_all(command):
    code, out, _ = command("--help")
    assert code == 0
    assert "demo" in out


def test_an_unknown_verb_is_usage(command):
    code, out, err = command("publish")
    assert (code, out) == (2, "")
    assert "No such command" in err
    assert err.endswith("exit 2\n")


def test_a_missing_option_is_usage(command):
    code, _, err = command("run")
    assert code == 2
    assert "--index-date" in err


def test_the_same_drop_again_says_so(command, board):
    code, out, _ = command("--workspace", board, "intake", resource("synthetic_data/small_drop"))
    assert code == 0
    assert "nothing new" in out


def test_an_answer_for_machines_is_json_alone(command, board):
    code, out, _ = command("-w", board, "intake", resource("synthetic_data/small_drop"), "--json")
    assert code == 0
    assert json.loads(out)["is_new"] is False


def test_the_dictionary_needs_no_workspace(command, tmp_path):
    code, out, _ = command("--workspace", tmp_path / "nowhere", "features", "--describe", "--json")
    assert code == 0
    assert len(json.loads(out)) > 150
    assert not (tmp_path / "nowhere").exists()


def test_a_snapshot_is_made_and_named(command, board):
    code, out, _ = command("--workspace", board, "features", "--index-date", "2026-11-01")
    assert code == 0
    assert out.strip().endswith("index_date=2026-11-01/part.parquet")
    assert command("--workspace", board, "features")[0] == 2


def test_scores_without_a_champion_are_said_to_be_absent(command, board):
    code, _, err = command("--workspace", board, "score", "--index-date", "2026-11-01")
    assert code == 0
    assert "no champion" in err


@pytest.mark.parametrize(
    ("cohort", "intervention", "capacity", "code", "said"),
    [
        ("risk-high", "magic", 5, 2, "there is no intervention 'magic'"),
        ("carer", "list-alone", 5, 2, "there is no cohort 'carer': is 'carers' meant?"),
        ("carers", "list-alone", 0, 2, "Invalid value for '--capacity'"),
        ("risk-high", "list-alone", 5, 3, "cannot be counted at 2026-11-01: needs scores of emergency_admission_12m"),
        ("end-of-life-register", "list-alone", 5, 3, "too few to be published"),
    ],
)
def test_what_worth_cannot_answer_it_says_with_what_to_do(command, board, cohort, intervention, capacity, code, said):
    asked = ("worth", cohort, "--intervention", intervention, "--capacity", capacity, "--index-date", "2026-11-01")
    ended, out, err = command("--workspace", board, *asked)
    assert (ended, out) == (code, ""), err
    assert said in err
    assert err.endswith(f"exit {code}\n")


def test_before_a_release_verify_and_cohorts_and_explain_say_what_to_do(command, board):
    for words in (["verify"], ["cohorts"], ["explain", "9990000018", "--practice", "Z00001"]):
        code, out, err = command("--workspace", board, *words)
        assert (code, out) == (2, ""), words
        assert "published" in err


def test_pseudonyms_are_audited_and_their_numbers_are_not_in_the_log(command, board, tmp_path):
    numbers = tmp_path / "numbers.txt"
    numbers.write_text("9990000018\n")
    code, out, _ = command("--workspace", board, "pseudonyms", numbers)
    assert code == 0
    assert out.startswith("nhs_number,person_id\n")
    log = (board / "audit.jsonl").read_text()
    assert "pseudonyms read" in log
    assert "9990000018" not in log
    assert command("--workspace", board, "audit", "verify")[0] == 0


def test_a_folder_that_is_no_workspace_is_left_alone_and_said_to_be_none(command, tmp_path):
    for words in (
        ["run", "--index-date", "2026-11-01"],
        ["train"],
        ["verify"],
        ["models", "list"],
        ["audit", "verify"],
    ):
        code, _, err = command("--workspace", tmp_path, *words)
        assert code == 2, err
        assert "riskstrat --workspace DIR init" in err
    assert list(tmp_path.iterdir()) == []


def test_the_registry_of_an_untrained_workspace_is_empty(command, board):
    code, out, _ = command("--workspace", board, "models", "list")
    assert (code, out) == (0, "none\n")


@pytest.mark.parametrize("extra", [["--search-minutes", "1"], ["--without-each-source"]])
def test_a_refresh_keeps_the_trees_and_takes_nothing_that_makes_others(command, board, extra):
    code, _, err = command("--workspace", board, "train", "--recalibrate-only", *extra)
    assert code == 2
    assert "leave one of the two out" in err


def test_a_file_that_is_not_there_is_usage(command, board, tmp_path):
    for words in (["pseudonyms", tmp_path / "gone.txt"], ["intake", tmp_path / "gone"]):
        code, _, err = command("--workspace", board, *words)
        assert code == 2, err
        assert "gone" in err


def test_synth_writes_a_drop(command, tmp_path):
    code, out, _ = command("synth", "--people", 200, "--seed", 3, "--out", tmp_path / "drop")
    assert code == 0
    assert "200" in out
    assert (tmp_path / "drop" / "manifest.json").is_file()


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (IntegrityFault("a hash is wrong"), 6, "integrity: a hash is wrong"),
        (NotPermitted("not yours", "ask them"), 4, "not permitted: not yours\n  ask them"),
        (OSError(errno.ENOSPC, "No space left on device", "/a/b/part.parquet"), 5, "part.parquet: no space left"),
        (PermissionError(errno.EACCES, "Permission denied", "/a/b/vault"), 5, "vault: permission denied"),
        (MemoryError(), 5, "out of memory"),
        (FileNotFoundError(errno.ENOENT, "No such file", "/a/b/drop"), 2, "no file or folder drop"),
        (pl.exceptions.ComputeError("No space left on device (os error 28)"), 5, "environment: the disk is full"),
        (sqlite3.OperationalError("database or disk is full"), 5, "environment: the disk is full"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_every_fault_has_its_exit_code_and_its_words(capsys, fault, code, words):
    def fail():
        raise fault

    assert exit_codes.exit_code_of(fail, show_trace=lambda: False) == code
    assert words in capsys.readouterr().err


def test_an_unforeseen_fault_says_where_and_never_what_it_held(capsys):
    def fail():
        raise ValueError("could not convert 9990000018 Modelsby")

    assert exit_codes.exit_code_of(fail, show_trace=lambda: False) == 1
    said = capsys.readouterr().err
    assert "ValueError in test_cli.py" in said
    assert "9990000018" not in said
    assert "Traceback" not in said


def test_debug_shows_the_trace(capsys):
    def fail():
        raise ValueError("seen only on request")

    exit_codes.exit_code_of(fail, show_trace=lambda: True)
    assert "seen only on request" in capsys.readouterr().err


def test_a_number_that_was_mistyped_is_not_repeated(command, board):
    for words in (["explain", "9990000018", "9990000026", "--practice", "Z00001"], ["feedback", "999 000 0018.csv"]):
        code, out, err = command("--workspace", board, *words)
        assert code in {2, 3}
        assert "999" not in out + err


def test_what_it_writes_is_for_its_own_account_only(command, tmp_path):
    root = tmp_path / "w"
    for words in (["init"], ["intake", resource("synthetic_data/small_drop")]):
        assert command("--workspace", root, *words)[0] == 0
    assert [str(p) for p in (root, *root.rglob("*")) if p.stat().st_mode & 0o077] == []


def test_rules_are_checked_and_say_that_nothing_was_published_yet(command, board):
    code, out, _ = command("--workspace", board, "rules", "check", "--json")
    assert code == 0
    assert json.loads(out)["published"] is None


def test_a_bad_predicate_is_refused_with_its_place(command, board, tmp_path, monkeypatch):
    shipped = resource("sql/rules/falls.toml").read_text(encoding="utf-8")
    (tmp_path / "falls.toml").write_text(shipped.replace("age >= 65", "aged >= 65"), encoding="utf-8")
    monkeypatch.setattr(checking, "read_rules", lambda: definitions.read_rules(folder=tmp_path))
    code, out, err = command("--workspace", board, "rules", "check")
    assert (code, out) == (2, "")
    line = next(n for n, text in enumerate(shipped.splitlines(), 1) if "age >= 65" in text)
    assert f"falls.toml, line {line}, column 17: rule falls, who: there is no column 'aged'" in err
