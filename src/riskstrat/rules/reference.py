"""``docs/reference/rules.md``, written from the rules themselves so that the two cannot drift apart.

A test holds the file to this text. To write it again::

    python -c "from riskstrat.rules.reference import write_reference; write_reference('docs/reference/rules.md')"
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from riskstrat.rules.definitions import read_gaps, read_rules
from riskstrat.rules.rule import Gap, Rule
from riskstrat.rules.vocabulary import shipped_vocabulary


def write_reference(path: str | Path) -> None:
    """Write the reference page to ``path``."""
    Path(path).write_text(reference_page(), encoding="utf-8")


def reference_page() -> str:
    """Return the reference of rules, gaps and columns as Markdown."""
    return "\n".join(line.rstrip() for line in _lines()) + "\n"


def _lines() -> Iterator[str]:
    worklist, cohorts, segments = (read_rules(kind) for kind in ("worklist", "cohort", "segment"))
    yield "# Rules, gaps and the columns they may name"
    yield ""
    yield (
        f"Written from `sql/rules/` ({len(worklist)} worklist rules, {len(cohorts)} cohorts, {len(segments)} segments, "
        f"{len(read_gaps())} gaps). "
        "How to write one: `docs/how-to/write-a-rule.md`. Thresholds are prompts for a clinician, not diagnoses; those "
        "with no published source say so."
    )
    yield "\n## Worklist rules\n"
    yield (
        "In order of urgency (1 first). A rule whose source is absent or late does not run, and the page says so. "
        "Under each rule are people it was tried on: they stand in its file, are run as tests and by "
        "`riskstrat rules check`, and `-` is what is not known."
    )
    for rule in worklist:
        yield from _worklist_rule(rule)
    yield "\n## Cohorts\n"
    for theme, rules in groupby(cohorts, key=lambda rule: rule.theme):
        yield from _cohorts(theme, tuple(rules))
    yield "\n## Segments\n"
    yield (
        "Everybody is in exactly one: the first, in this order, that they meet. A segment runs only where all before "
        "it run. Sources of the groups and of their order, and what was folded, stand in `sql/rules/segments.toml`.\n"
    )
    yield "| segment | title | definition | who | needs | evidence | version |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    yield from map(_row, segments)
    yield "\n## What could be looked at\n"
    yield "| gap | for whom | wording | needs | evidence | version |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for gap in read_gaps():
        yield _gap(gap)
    drawn = [rule for rule in (*cohorts, *segments) if rule.examples]
    yield "\n## Worked examples of cohorts and segments"
    for rule in drawn:
        yield f"\n### {rule.title}"
        yield f"`{rule.id}`: `{rule.who.text}`"
        yield from _examples(rule)
    yield from _held_back(worklist)
    yield "\n## Columns a rule may name\n"
    yield "| column | in words | kind | values | sources | printed |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for column in shipped_vocabulary().columns.values():
        values, sources = (
            ", ".join(column.values),
            ", ".join(column.sources) or (f"scores of {column.model}" if column.model else ""),
        )
        yield f"| `{column.name}` | {column.words} | {column.kind} | {values} | {sources} | {column.printing} |"


def _held_back(rules: Sequence[Rule]) -> Iterator[str]:
    """Yield what a list does not say of a person, rule by rule, and why."""
    yield "\n## Held back on paper\n"
    yield (
        "People can read what their practice holds of them, and paper lies about. Titles, suggestions and the words "
        "of groups are written to be read by the person: they name what to do, and no condition that nobody has "
        "diagnosed. Frailty is named, since the contract and the practice's own record name it. What a rule reads "
        "that may not be printed (the column `printed` below says which) stands on no page, in no file and in no "
        "answer of `explain`: nor do the other values of that rule, since those that are not met would give it away, "
        "nor that somebody met the rule and was left off it. Definitions of rules are printed: they are the same for "
        "everybody. Who already supports somebody is said, a palliative and supportive care programme too: a list must "
        "not ask for what is being done.\n"
    )
    yield "| rule | said on paper | not said |"
    yield "| --- | --- | --- |"
    for rule in rules:
        hidden = sorted(name for name in rule.columns if shipped_vocabulary()[name].printing != "always")
        joined = sorted({group.on_paper for group in rule.groups if group.on_paper})
        if hidden or joined:
            said = f"{rule.title} ({', '.join(joined)})" if joined else rule.title
            yield f"| `{rule.id}` | {said} | {', '.join(f'`{name}`' for name in hidden)} |"


def _worklist_rule(rule: Rule) -> Iterator[str]:
    yield f"\n### {rule.title}"
    yield f"`{rule.id}`, version {rule.version}, urgency {rule.urgency}, within {rule.due}, {rule.owner}"
    yield f"\n{rule.definition}.\n"
    if rule.groups:
        yield "- **Who**: anyone in one or more of these groups; the list says which"
        for group in rule.groups:
            on_paper = f" (on paper: {group.on_paper})" if group.on_paper else ""
            yield f"  - {group.words}{on_paper}: `{group.who.text}`"
    else:
        yield f"- **Who**: `{rule.who.text}`"
    for exclusion in rule.unless:
        yield f"- **Unless** {exclusion.words}: `{exclusion.who.text}`"
    yield f"- **Needs**: {', '.join(rule.needs)}; complete to within {rule.bears_lag_days} days of the index date"
    yield f"- **Suggests**: {'; '.join(rule.actions)}"
    yield f"- **Evidence**: {rule.evidence}"
    if rule.expected is not None:
        yield f"- **Expected in a practice**: {rule.expected.words} Among `{rule.expected.among.text}`"
    yield from _examples(rule)


def _examples(rule: Rule) -> Iterator[str]:
    """Yield the rule's worked examples as a table: a person a line, ``-`` where something is not known."""
    if not rule.examples:
        return
    columns = tuple(rule.examples[0].values)
    names = {exclusion.name: exclusion.words for exclusion in rule.unless}
    groups = {group.name: group.words for group in rule.groups}
    yield "\n| person | " + " | ".join(f"`{name}`" for name in columns) + " | met | |"
    yield "| --- " * (len(columns) + 3) + "|"
    for example in rule.examples:
        values = ["-" if value is None else f"{value}".removesuffix(".0") for value in example.values.values()]
        notes = [words for name, words in groups.items() if name in (example.groups or ())]
        if example.left_off_by:
            notes.append(f"left off: {names[example.left_off_by]}")
        said = "; ".join(filter(None, (*notes, example.remark)))
        yield f"| {example.person} | {' | '.join(values)} | {'yes' if example.is_met else 'no'} | {said} |"


def _cohorts(theme: str, rules: tuple[Rule, ...]) -> Iterator[str]:
    yield f"\n### {theme}\n"
    yield "| cohort | title | definition | who | needs | evidence | version |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    yield from map(_row, rules)


def _row(rule: Rule) -> str:
    needs = ", ".join(rule.needs)
    return (
        f"| `{rule.id}` | {rule.title} | {rule.definition} | `{rule.who.text}` | {needs} | {rule.evidence} | "
        f"{rule.version} |"
    )


def _gap(gap: Gap) -> str:
    words = gap.words if gap.words_since is None else f"{gap.words} / {gap.words_since}"
    return f"| `{gap.id}` | `{gap.who.text}` | {words} | {', '.join(gap.needs)} | {gap.evidence} | {gap.version} |"
