import json

import pytest

from riskstrat import audit
from riskstrat.errors import IntegrityFault
from riskstrat.project import Workspace


@pytest.fixture
def workspace(tmp_path):
    made = Workspace(tmp_path)
    audit.record(made, "workspace made")
    audit.record(made, "intake", rows=12)
    audit.record(made, "release published", release="2026-11-01.1", manifest_sha256="ab")
    return made


def lines_of(workspace):
    return workspace.audit_log.read_text().splitlines()


def test_a_whole_chain_verifies_and_counts_its_entries(workspace):
    assert audit.verify_chain(workspace) == 3
    assert [json.loads(line)["sequence"] for line in lines_of(workspace)] == [1, 2, 3]


def test_an_empty_workspace_has_an_empty_chain(tmp_path):
    assert audit.verify_chain(Workspace(tmp_path)) == 0


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_changed_line_is_named(workspace, number):
    lines = lines_of(workspace)
    lines[number] = lines[number].replace('"action":"', '"action":"x')
    workspace.audit_log.write_text("\n".join(lines) + "\n")
    with pytest.raises(IntegrityFault, match=f"line {number + 1}"):
        audit.verify_chain(workspace)


@pytest.mark.parametrize("number", [0, 1])
def test_a_removed_line_breaks_the_chain(workspace, number):
    lines = lines_of(workspace)
    del lines[number]
    workspace.audit_log.write_text("\n".join(lines) + "\n")
    with pytest.raises(IntegrityFault, match="breaks at line"):
        audit.verify_chain(workspace)


def test_a_line_a_dying_process_left_half_written_is_cut_and_the_chain_goes_on(workspace):
    with workspace.audit_log.open("a") as handle:
        handle.write('{"sequence":4,"at":"2026')
    audit.record(workspace, "intake", rows=1)
    assert audit.verify_chain(workspace) == 4


def test_details_of_an_action_can_be_read_back(workspace):
    assert audit.values(workspace, "release published", "manifest_sha256") == ["ab"]
    assert audit.values(workspace, "never done", "anything") == []


def test_only_the_owner_may_read_the_log(workspace):
    assert workspace.audit_log.stat().st_mode & 0o777 == 0o600


def test_who_opened_a_purpose_is_recorded_when_it_is_used(tmp_path):
    (tmp_path / "riskstrat.toml").write_text(
        '[opt_out.national]\nplanning = { allow = "Board, 3 May 2026: aggregate counts" }\n', encoding="utf-8"
    )
    workspace = Workspace(tmp_path)
    audit.record_opened(workspace, "train", "training")
    assert audit.verify_chain(workspace) == 0
    audit.record_opened(workspace, "run", "case_finding", "planning")
    assert audit.values(workspace, "opened purposes used", "opened") == [
        {"national.planning": "Board, 3 May 2026: aggregate counts"}
    ]
