"""A published month whose lists can come back."""

import shutil

import pytest

from riskstrat.project import Workspace
from support.returned_lists import publish, rows_sent


@pytest.fixture(scope="session")
def published_once(tmp_path_factory):
    """The workspace, made once; tests copy it."""
    return publish(tmp_path_factory.mktemp("published") / "w")


@pytest.fixture
def published(published_once, tmp_path):
    """A workspace with a published list, and its rows for practice Z00001 as they were sent."""
    shutil.copytree(published_once, tmp_path / "w")
    workspace = Workspace(tmp_path / "w")
    return workspace, rows_sent(workspace)
