"""What changed in the rules since a release: added, removed, raised, or changed in meaning under the same version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from riskstrat.rules.rule import Rule

What = Literal["added", "removed", "version raised", "version lowered", "changed without a new version"]
REFUSED: tuple[What, ...] = ("version lowered", "changed without a new version")


@dataclass(frozen=True)
class Published:
    """The rules as a release named them: each one's version, and its meaning where the release recorded it."""

    release: str
    index_date: date
    versions: Mapping[str, int]
    meanings: Mapping[str, str]


@dataclass(frozen=True)
class Change:
    """One rule that is not what it was; a version is ``None`` where there was or is no such rule."""

    rule_id: str
    what: What
    before: int | None
    now: int | None

    def as_text(self) -> str:
        """Return the change in words."""
        versions = " to ".join(str(version) for version in (self.before, self.now) if version is not None)
        return f"{self.rule_id}: {self.what} (version {versions})"


def changes_since(published: Published, rules: Sequence[Rule]) -> tuple[Change, ...]:
    """Return every rule and cohort that changed, by id; a release that recorded no meanings shows versions alone."""
    now = {rule.id: rule for rule in rules}
    found = (_change(name, published, now.get(name)) for name in sorted({*now, *published.versions}))
    return tuple(change for change in found if change is not None)


def _change(name: str, published: Published, rule: Rule | None) -> Change | None:
    before = published.versions.get(name)
    if rule is None:
        return Change(name, "removed", before, None)
    if before is None:
        return Change(name, "added", None, rule.version)
    if rule.version != before:
        return Change(name, "version raised" if rule.version > before else "version lowered", before, rule.version)
    if published.meanings.get(name, rule.meaning) != rule.meaning:
        return Change(name, "changed without a new version", before, rule.version)
    return None
