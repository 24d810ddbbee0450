"""What the documentation names is there: tests, pages, pictures, verbs and no path of one machine."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("[a-z]*/README.md")})


def names(pages):
    return [str(page.relative_to(ROOT)) for page in pages]


def test_every_hazard_names_tests_that_exist():
    log = (ROOT / "docs/safety/hazard-log.md").read_text()
    hazards = re.findall(r"^\| (H\d+) \|.*$", log, re.MULTILINE)
    named = re.findall(r"`([a-z_/]+\.py)::(test_\w+)`", log)
    assert len(hazards) >= 14
    for line in log.splitlines():
        if re.match(r"\| H\d+ \|", line):
            assert "::test_" in line, line
    for file, test in named:
        assert f"def {test}(" in (ROOT / "tests" / file).read_text(), f"{file}::{test}"


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_link_leads_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_verb_of_the_command_reference_is_there():
    cli = "\n".join(file.read_text() for file in sorted((ROOT / "src/riskstrat/cli").glob("*.py")))
    for verb in re.findall(r"^\| `([a-z]+)[` ]", (ROOT / "docs/reference/commands.md").read_text(), re.MULTILINE):
        assert re.search(rf"^def {verb}(_|\()|name=\"{verb}\"|^{verb}_app", cli, re.MULTILINE), verb
