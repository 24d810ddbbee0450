"""The example of ``docs/how-to/add-a-feature.md`` works as it is written there."""

import re
import textwrap
from datetime import date
from pathlib import Path

from riskstrat.features.catalogue import Family, check_families, sources_of, statements
from riskstrat.features.layers import BASE_TABLES, ask_for, register_seeds, set_index_date, withhold
from riskstrat.warehouse import Warehouse, needed_for, read_statement
from support.landed import land
from support.whole import snapshot_of

PAGE = Path(__file__).parents[3] / "docs/how-to/add-a-feature.md"


def example(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return textwrap.dedent(found[1])


def test_the_example_works_as_it_is_written(tmp_path):
    path = tmp_path / "features" / "nursing.sql"
    path.parent.mkdir()
    path.write_text(example("sql"), encoding="utf-8")
    statement = read_statement(path)
    nursing = Family(statement, sources_of(statement))
    check_families([nursing])

    def feature(name, on, **drawn):
        assert name == statement.name
        index_date = date.fromisoformat(on)
        with Warehouse(tmp_path / "scratch", threads=1) as warehouse:
            register_seeds(warehouse)
            numbers = land(warehouse, index_date, drawn)
            ask_for(warehouse, [index_date])
            set_index_date(warehouse, index_date)
            warehouse.build(needed_for([*BASE_TABLES, statement.table], [*statements(), statement]))
            withhold(warehouse, True)
            frame = snapshot_of(warehouse, [nursing], index_date)
        letters = {number: letter for letter, number in numbers.items()}
        return frame.with_columns(person=frame["person_id"].replace_strict(letters))

    written: dict[str, object] = {}
    exec(example("python"), written)
    written["test_nursing_contacts"](feature)
