"""What a practice, or whoever takes its lists back, is told of them: what was taken, what was not, and why."""

from dataclasses import dataclass
from typing import Any

from riskstrat.errors import without_numbers


@dataclass(frozen=True)
class Conflict:
    """One person of one list of whom different things were recorded by two people, or on one day.

    ``is_open`` where it was on one day: then nothing is decided, and the next list asks. Else the later day stands.
    """

    release: str
    practice_code: str
    row_key: str
    statuses: tuple[str, ...]
    is_open: bool

    def as_text(self) -> str:
        """Return the conflict as a line: the row is named by its key."""
        ends = "both are kept and the next list asks" if self.is_open else "the later stands and the next list says so"
        return (
            f"recorded differently {'on one day' if self.is_open else 'by two people'}: practice {self.practice_code}, "
            f"list {self.release}, row {self.row_key}: {' / '.join(self.statuses)}; {ends}"
        )


@dataclass(frozen=True)
class Refusal:
    """A row that was not taken, or a whole file (``row`` is then ``None``), with the reason and how to mend it."""

    file: str
    row: int | None
    reason: str
    help_lines: tuple[str, ...] = ()

    def as_text(self) -> str:
        """Return the refusal as a line."""
        said = self.reason if self.row is None else f"{self.file}, row {self.row}: {self.reason}"
        return without_numbers("; ".join((said, *self.help_lines)))


@dataclass(frozen=True)
class FeedbackResult:
    """What was taken and what was not.

    Rows read from the files that could be, records new to the store, rows already held, rows with nothing recorded,
    what differs between two people, and what was refused.
    """

    files: int
    rows_read: int
    taken: int
    unchanged: int
    blank: int
    by_status: dict[str, int]
    conflicts: tuple[Conflict, ...]
    refused: tuple[Refusal, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return counts, conflicts and refusals for machines; no note and nobody's name is in it."""
        return {
            "files": self.files,
            "rows_read": self.rows_read,
            "taken": self.taken,
            "unchanged": self.unchanged,
            "blank": self.blank,
            "by_status": dict(self.by_status),
            "conflicts": [
                {
                    "release": c.release,
                    "practice_code": c.practice_code,
                    "row_key": c.row_key,
                    "statuses": list(c.statuses),
                    "is_open": c.is_open,
                }
                for c in self.conflicts
            ],
            "refused": [
                {"file": without_numbers(r.file), "row": r.row, "reason": without_numbers(r.reason)}
                for r in self.refused
            ],
        }

    def as_audit(self) -> dict[str, Any]:
        """Return what the audit log keeps: counts, and no row of anybody."""
        return {**self.as_dict(), "conflicts": len(self.conflicts), "refused": len(self.refused)}

    def as_text(self) -> str:
        """Return the result as a person reads it."""
        told = [
            f"{self.rows_read} rows read from {self.files} file{'s' if self.files != 1 else ''}: {self.taken} taken, "
            f"{self.unchanged} already held, {self.blank} with nothing recorded, {self._refused_in_words}"
        ]
        told += [f"{status}: {count}" for status, count in self.by_status.items()]
        told += [conflict.as_text() for conflict in self.conflicts]
        told += [f"refused: {refusal.as_text()}" for refusal in self.refused]
        return "\n".join(told)

    @property
    def _refused_in_words(self) -> str:
        rows = sum(refusal.row is not None for refusal in self.refused)
        files = len(self.refused) - rows
        return f"{rows} refused" + (f", and {files} file{'s' if files != 1 else ''} refused whole" if files else "")

    def fault(self) -> str | None:
        """Return in one line that something was refused, ``None`` where nothing was."""
        return f"not everything could be taken: {self._refused_in_words}; {self.taken} taken" if self.refused else None
