from datetime import date

import pytest

from riskstrat.errors import EnvironmentFault, IntegrityFault, NotPermitted, UsageFault
from riskstrat.lock import only_writer
from riskstrat.project import Workspace, add_months, parse_index_date, resource
from riskstrat.setup import make_workspace


def test_init_makes_settings_key_and_folders_once_and_changes_nothing_later(tmp_path):
    workspace = Workspace(tmp_path / "board")
    assert len(make_workspace(workspace)) == 2
    key = Workspace(workspace.root).key()
    assert len(key) == 32
    assert workspace.key_file.stat().st_mode & 0o777 == 0o600
    assert "nothing was changed" in make_workspace(Workspace(workspace.root))[0]
    assert Workspace(workspace.root).key() == key


def test_two_workspaces_have_different_keys(tmp_path):
    keys = set()
    for name in ("a", "b"):
        make_workspace(Workspace(tmp_path / name))
        keys.add(Workspace(tmp_path / name).key())
    assert len(keys) == 2


@pytest.mark.parametrize("setting", ["key_file", "vault"])
@pytest.mark.parametrize("place", ["store/x", "releases/x", "identity/../store/x", "store"])
def test_identities_are_refused_inside_store_and_releases(tmp_path, setting, place):
    (tmp_path / "riskstrat.toml").write_text(f'[identity]\n{setting} = "{place}"\n')
    with pytest.raises(NotPermitted):
        getattr(Workspace(tmp_path), setting)


def test_a_link_into_the_store_is_refused_too(tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "elsewhere").symlink_to(tmp_path / "store")
    (tmp_path / "riskstrat.toml").write_text('[identity]\nvault = "elsewhere/vault"\n')
    with pytest.raises(NotPermitted):
        _ = Workspace(tmp_path).vault


def test_a_key_others_can_read_is_refused(tmp_path):
    make_workspace(Workspace(tmp_path))
    workspace = Workspace(tmp_path)
    workspace.key_file.chmod(0o644)
    with pytest.raises(NotPermitted, match="read by other users"):
        workspace.key()


def test_a_damaged_key_is_an_integrity_fault_and_a_missing_one_says_what_to_do(tmp_path):
    make_workspace(Workspace(tmp_path))
    workspace = Workspace(tmp_path)
    workspace.key_file.write_text("abc")
    with pytest.raises(IntegrityFault):
        workspace.key()
    workspace.key_file.unlink()
    with pytest.raises(UsageFault, match="riskstrat init"):
        workspace.key()


def test_only_one_run_writes_at_a_time(tmp_path):
    workspace = Workspace(tmp_path)
    with only_writer(workspace), pytest.raises(EnvironmentFault, match="another riskstrat run"), only_writer(workspace):
        pass
    with only_writer(workspace):
        pass


@pytest.mark.parametrize(
    ("text", "hint"), [("2026-11-15", "2026-11-01"), ("november", "YYYY-MM-01"), ("2026-02-30", "YYYY")]
)
def test_an_index_date_is_the_first_of_a_month(text, hint):
    with pytest.raises(UsageFault, match=hint):
        parse_index_date(text)


def test_months_are_calendar_months():
    assert add_months(date(2026, 11, 1), -12) == date(2025, 11, 1)
    assert add_months(date(2026, 11, 1), 2) == date(2027, 1, 1)
    assert add_months(date(2026, 1, 1), -1) == date(2025, 12, 1)


def test_what_the_software_carries_is_found_and_what_it_does_not_is_named():
    assert resource("sql").is_dir()
    with pytest.raises(FileNotFoundError, match="sql/nowhere"):
        resource("sql/nowhere")
