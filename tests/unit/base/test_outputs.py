"""Where no verb may write, whatever it is told: every verb that takes an output path is tried on every such place."""

from pathlib import Path

import pytest

from riskstrat.errors import NotPermitted, UsageFault
from riskstrat.impact import CSV_HEAD
from riskstrat.outputs import refuse_file, refuse_folder
from riskstrat.project import Workspace
from riskstrat.setup import make_workspace

VERBS = {
    "explain --page": (
        ("explain", "9990001018", "--practice", "Z00001", "--index-date", "2026-11-01", "--page"),
        ".html",
    ),
    "backtest --csv": (("backtest", "--csv"), ".csv"),
    "export --out": (("export", "lists", "--release", "2026-11-01.1", "--out"), ""),
    "export continuity --out": (("export", "continuity", "--release", "2026-11-01.1", "--out"), ""),
    "synth --out": (("synth", "--people", "300", "--seed", "1", "--out"), ""),
    "synth --true-risk": (("synth", "--people", "300", "--seed", "1", "--out", "{free}", "--true-risk"), ".parquet"),
}
KEPT = ("store", "releases/2026-11-01.1", "codelists/frailty", "vault-elsewhere", "link-to-vault", "key-elsewhere")


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    """A workspace whose vault and key settings place elsewhere, with a link to the vault beside it."""
    root = tmp_path_factory.mktemp("board")
    (root / "riskstrat.toml").write_text(
        '[identity]\nvault = "vault-elsewhere"\nkey_file = "key-elsewhere"\n'
        '[worklist.networks.U00001]\ncontinuity = { allow = "the board, 3 June 2026, as agreed" }\n'
    )
    workspace = Workspace(root)
    make_workspace(workspace)
    (root / "link-to-vault").symlink_to(root / "vault-elsewhere")
    (root / "file.txt").write_text("what must stay")
    return root


def files_of(root):
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and path.name != ".lock"}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("place", "code"),
    [*((place, 4) for place in KEPT), ("file.txt", 2)],
)
def test_no_verb_writes_among_tables_releases_or_identities_or_below_a_file(
    command, board, tmp_path, monkeypatch, verb, place, code
):
    from riskstrat import published

    monkeypatch.setattr(published, "verify", lambda *_: {"release": "2026-11-01.1", "index_date": "2026-11-01"})
    words, suffix = VERBS[verb]
    words = [word.replace("{free}", str(tmp_path / "drop")) for word in words]
    before = files_of(board)
    ended, out, err = command("-w", board, *words, board / place / f"new{suffix}")
    assert (ended, out) == (code, ""), err
    assert "would lie" in err
    assert str(board) not in err
    after = files_of(board)
    assert {path: after[path] for path in before if path.name != "audit.jsonl"} == {
        path: held for path, held in before.items() if path.name != "audit.jsonl"
    }
    assert {path.name for path in set(after) - set(before)} <= {"audit.jsonl"}
    assert not (tmp_path / "drop").exists()


@pytest.fixture
def workspace(tmp_path):
    workspace = Workspace(tmp_path / "board")
    make_workspace(workspace)
    return workspace


def test_the_key_itself_and_what_a_link_hides_are_refused(workspace, tmp_path):
    with pytest.raises(NotPermitted, match="where identities are kept"):
        refuse_file(workspace, workspace.key_file, "the page", ".html")
    for kept, said in ((workspace.releases, "releases/"), (workspace.vault, "identities")):
        link = tmp_path / f"link-{kept.name}"
        link.symlink_to(kept)
        with pytest.raises(NotPermitted, match=said):
            refuse_file(workspace, link / "answer.html", "the page", ".html")
        with pytest.raises(NotPermitted, match=said):
            refuse_folder(workspace, link / "out", "the drop")


def test_what_the_file_system_calls_the_same_file_is_refused_under_any_name(workspace, tmp_path, monkeypatch):
    """A second name of the key by a hard link; and, as a disk that does not tell cases apart would say, ``Store``."""
    link = tmp_path / "figures.csv"
    link.hardlink_to(workspace.key_file)
    with pytest.raises(NotPermitted, match="where identities are kept"):
        refuse_file(workspace, link, "the table", ".csv", replaces=CSV_HEAD)
    other = workspace.root / "Store"
    other.mkdir()
    refuse_file(workspace, other / "new.csv", "the table", ".csv")
    monkeypatch.setattr(Path, "samefile", lambda one, two: str(one).casefold() == str(two).casefold())
    with pytest.raises(NotPermitted, match="inside store/"):
        refuse_file(workspace, other / "new.csv", "the table", ".csv")
    with pytest.raises(NotPermitted, match="inside store/"):
        refuse_folder(workspace, other / "deeper" / "new", "the drop")


def test_a_kept_folder_that_is_not_there_yet_is_told_by_its_name_in_any_case(workspace):
    assert not (workspace.root / "codelists").exists()
    with pytest.raises(NotPermitted, match="inside codelists/"):
        refuse_file(workspace, workspace.root / "CodeLists" / "new.csv", "the table", ".csv")


@pytest.mark.parametrize("name", ["audit.jsonl", "pseudonym.key", "patients.csv", "folder.csv", "dangling.csv"])
def test_a_table_takes_the_place_of_nothing_but_an_earlier_one(workspace, tmp_path, name):
    out = tmp_path / name
    if name == "folder.csv":
        out.mkdir()
    elif name == "dangling.csv":
        out.symlink_to(tmp_path / "nowhere.csv")
    else:
        out.write_text("what must stay")
    with pytest.raises(UsageFault):
        refuse_file(workspace, out, "the table", ".csv", replaces=CSV_HEAD)


def test_an_earlier_table_gives_way_and_a_page_never_does(workspace, tmp_path):
    table, page = tmp_path / "practices.csv", tmp_path / "answer.html"
    table.write_bytes(CSV_HEAD + b"more")
    page.touch()
    refuse_file(workspace, table, "the table", ".csv", replaces=CSV_HEAD)
    with pytest.raises(UsageFault, match=r"answer\.html is there already"):
        refuse_file(workspace, page, "the page", ".html")


def test_a_folder_is_new_or_empty(workspace, tmp_path):
    for name in ("new", "empty", "full"):
        if name != "new":
            (tmp_path / name).mkdir()
    (tmp_path / "full" / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    refuse_folder(workspace, tmp_path / "new", "the drop")
    refuse_folder(workspace, tmp_path / "empty", "the drop")
    for name in ("full", "link", "full/file"):
        with pytest.raises(UsageFault, match="not an empty folder"):
            refuse_folder(workspace, tmp_path / name, "the drop")
