"""Predicates: text that a person signs off, read into a checked tree, and written out again from that tree alone.

The text itself is never run. It is parsed, every node is compared with a short list of what a predicate may hold, and
the SQL that runs is built anew from the nodes that passed: column names from the vocabulary, numbers, quoted words, and
the operators below. Everything else (other tables, subqueries, functions, comments, a second statement) is refused.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from riskstrat.rules.vocabulary import Vocabulary
from riskstrat.warehouse import quoted

_LONGEST = 4000
_DEEPEST = 25
_COMPARISONS: dict[type[exp.Expr], tuple[str, str]] = {
    exp.EQ: ("=", ""),
    exp.NEQ: ("<>", "not "),
    exp.GT: (">", "more than "),
    exp.GTE: (">=", "at least "),
    exp.LT: ("<", "fewer than "),
    exp.LTE: ("<=", "at most "),
}
_ARITHMETIC: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
_FUNCTIONS: dict[type[exp.Expr], str] = {
    exp.Coalesce: "COALESCE",
    exp.Least: "LEAST",
    exp.Greatest: "GREATEST",
    exp.Abs: "ABS",
}
_NUMBER = re.compile(r"\d{1,12}(\.\d{1,9})?")
_WORD = re.compile(r"[A-Za-z0-9 &+,/().-]{1,60}")


class PredicateFault(ValueError):
    """A predicate holds something it may not; ``position`` is a 0-based offset into its text, if known."""

    def __init__(self, message: str, *help_lines: str, position: int | None = None) -> None:
        """Keep what is wrong, how to mend it, and where it stands."""
        super().__init__(message)
        self.help_lines = help_lines
        self.position = position


@dataclass(frozen=True)
class Leaf:
    """One comparison of a predicate: SQL that gives true, false or null, its columns, and what it asks, in words."""

    sql: str
    columns: tuple[str, ...]
    asks: str


@dataclass(frozen=True)
class Predicate:
    """A checked predicate. ``sql`` was built from the tree and names only columns of the vocabulary."""

    text: str
    sql: str
    columns: tuple[str, ...]
    leaves: tuple[Leaf, ...]


def parse_predicate(text: str, vocabulary: Vocabulary) -> Predicate:
    """Return the checked predicate; raises ``PredicateFault`` for anything that is not a plain condition."""
    _refuse_before_parsing(text)
    try:
        trees = sqlglot.parse(text, read="duckdb")
    except (SqlglotError, RecursionError, ValueError) as fault:
        raise PredicateFault("this is not a condition in SQL", str(fault).splitlines()[0][:120]) from None
    if len(trees) != 1 or trees[0] is None:
        raise PredicateFault("a predicate is one condition")
    writer = _Writer(vocabulary)
    sql = writer.condition(trees[0])
    return Predicate(" ".join(text.split()), sql, tuple(sorted(writer.named)), tuple(writer.leaves))


def any_of(*predicates: Predicate) -> Predicate:
    """Return the predicate that is met where any of these is."""
    return Predicate(
        " OR ".join(f"({predicate.text})" for predicate in predicates),
        f"({' OR '.join(predicate.sql for predicate in predicates)})",
        tuple(sorted({name for predicate in predicates for name in predicate.columns})),
        tuple(leaf for predicate in predicates for leaf in predicate.leaves),
    )


def _refuse_before_parsing(text: str) -> None:
    if len(text) > _LONGEST:
        raise PredicateFault(f"a predicate is at most {_LONGEST} characters long")
    for mark, what in ((";", "a second statement"), ("--", "a comment"), ("/*", "a comment"), ("$", "a parameter")):
        if mark in text:
            raise PredicateFault(f"a predicate may not hold {what}", position=text.index(mark))
    strange = re.search(r"[^\x20-\x7e\s]|[\\?@#:{}\[\]|`~^%&]", _without_words(text))
    if strange:
        raise PredicateFault(f"a predicate may not hold the character {strange[0]!r}", position=strange.start())
    depth = deepest = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    if deepest > _DEEPEST or len(re.findall(r"(?i)\bnot\b|-", text)) > 4 * _DEEPEST:
        raise PredicateFault(f"a predicate may not be nested deeper than {_DEEPEST}")


def _without_words(text: str) -> str:
    return re.sub(r"'[^']*'", lambda found: " " * len(found[0]), text)


class _Writer:
    """Writes SQL from the nodes that are allowed, and remembers the columns and comparisons it met."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.named: set[str] = set()
        self.leaves: list[Leaf] = []
        self.negated = False

    def condition(self, node: exp.Expr) -> str:
        """Return SQL for a node that stands where true, false or null is meant."""
        kind = type(node)
        if kind is exp.Paren:
            return self.condition(_only(node, "this"))
        if kind in (exp.And, exp.Or):
            left, right = self.condition(_only(node, "this", "expression")), self.condition(node.args["expression"])
            return f"({left} {'AND' if kind is exp.And else 'OR'} {right})"
        if kind is exp.Not:
            self.negated = not self.negated
            sql = f"(NOT {self.condition(_only(node, 'this'))})"
            self.negated = not self.negated
            return sql
        before, self.named = self.named, set()
        sql, asks = self._comparison(node)
        if not self.named:
            raise _fault("this compares nothing with anything: name a column", node)
        leaf = Leaf(f"(NOT {sql})", tuple(sorted(self.named)), _denied(asks)) if self.negated else None
        self.leaves.append(leaf or Leaf(sql, tuple(sorted(self.named)), asks))
        self.named |= before
        return sql

    def _comparison(self, node: exp.Expr) -> tuple[str, str]:
        kind = type(node)
        if kind is exp.Column:
            return self._flag(node)
        if kind in _COMPARISONS:
            return self._binary(node)
        if kind is exp.In:
            return self._membership(node)
        if kind is exp.Between:
            _only(node, "this", "low", "high")
            value, low, high = (self._number(node.args[part]) for part in ("this", "low", "high"))
            return f"({value} BETWEEN {low} AND {high})", f"{low} to {high}"
        if kind is exp.Is:
            _only(node, "this", "expression")
            if type(node.args["expression"]) is not exp.Null:
                raise _fault("IS may only be followed by NULL or NOT NULL", node)
            tested = node.args["this"]
            value, _ = self._value(tested)
            is_column = type(tested) is exp.Column
            return f"({value} IS NULL)", self.vocabulary[tested.name].null_words if is_column else "not known"
        raise _fault(f"a predicate may not hold {_called(node)}", node)

    def _flag(self, node: exp.Expr) -> tuple[str, str]:
        name = self._column(node)
        if self.vocabulary[name].kind != "flag":
            raise _fault(f"{name} is not a yes or no: compare it with something", node)
        return f"({quoted(name)} = 1)", "yes"

    def _binary(self, node: exp.Expr) -> tuple[str, str]:
        left, right = _only(node, "this", "expression"), node.args["expression"]
        operator, words = _COMPARISONS[type(node)]
        if type(left) is exp.Column and type(right) is exp.Boolean and type(node) in (exp.EQ, exp.NEQ):
            sql, _ = self._flag(left)
            wants = bool(right.this) == (operator == "=")
            return (sql if wants else f"(NOT {sql})"), "yes" if wants else "no"
        for side in (left, right):
            if type(side) is exp.Null:
                raise _fault("nothing equals NULL: write IS NULL or IS NOT NULL", node)
        first, first_is_word = self._value(left)
        second, second_is_word = self._value(right)
        if first_is_word != second_is_word:
            raise _fault("this compares a word with a number", node)
        if first_is_word:
            if operator not in ("=", "<>"):
                raise _fault("words can be equal or not; they have no order here", node)
            self._known_word(left, right)
        literal = _plain(right)
        if operator == "=" and self._is_flag(left) and literal in ("0", "1"):
            return f"({first} = {second})", "yes" if literal == "1" else "no"
        asked = self.vocabulary[right.name].words if type(right) is exp.Column else literal or second
        return f"({first} {operator} {second})", f"{words}{asked}"

    def _is_flag(self, node: exp.Expr) -> bool:
        return type(node) is exp.Column and self.vocabulary[node.name].kind == "flag"

    def _membership(self, node: exp.Expr) -> tuple[str, str]:
        tested = _only(node, "this", "expressions")
        value, is_word = self._value(tested)
        listed: list[str] = []
        for item in node.args.get("expressions") or []:
            if type(item) not in (exp.Literal, exp.Neg):
                raise _fault("IN takes a list of plain values", node)
            sql, item_is_word = self._value(item)
            if item_is_word != is_word:
                raise _fault("this compares a word with a number", node)
            if is_word:
                self._known_word(tested, item)
            listed.append(sql)
        if not listed:
            raise _fault("IN takes a list of plain values", node)
        return f"({value} IN ({', '.join(listed)}))", " or ".join(item.strip("'") for item in listed)

    def _known_word(self, column: exp.Expr, literal: exp.Expr) -> None:
        """Refuse a word that the column never holds: a misspelt band would silently meet nobody."""
        if type(literal) is not exp.Literal or type(column) is not exp.Column:
            return
        values = self.vocabulary[column.name].values
        if values and literal.name not in values:
            near = get_close_matches(literal.name, values, n=1)
            help_line = f"did you mean '{near[0]}'?" if near else f"it holds: {', '.join(values)}"
            raise _fault(f"{column.name} is never '{literal.name}'", column, help_line)

    def _number(self, node: exp.Expr) -> str:
        sql, is_word = self._value(node)
        if is_word:
            raise _fault("a number is meant here, not a word", node)
        return sql

    def _value(self, node: exp.Expr) -> tuple[str, bool]:
        """Return SQL for a node that stands where a value is meant, and whether it is a word."""
        kind = type(node)
        if kind is exp.Paren:
            return self._value(_only(node, "this"))
        if kind is exp.Column:
            name = self._column(node)
            return quoted(name), self.vocabulary[name].is_word
        if kind is exp.Literal:
            return self._literal(node)
        if kind is exp.Neg:
            return f"(-{self._number(_only(node, 'this'))})", False
        if kind in _ARITHMETIC:
            left, right = self._number(_only(node, "this", "expression")), self._number(node.args["expression"])
            return f"({left} {_ARITHMETIC[kind]} {right})", False
        if kind in _FUNCTIONS:
            return self._function(node)
        raise _fault(f"a predicate may not hold {_called(node)}", node)

    def _function(self, node: exp.Expr) -> tuple[str, bool]:
        arguments = [node.args["this"], *(node.args.get("expressions") or [])]
        written = [self._value(argument) for argument in arguments]
        if len({is_word for _, is_word in written}) != 1:
            raise _fault("this mixes words and numbers", node)
        return f"{_FUNCTIONS[type(node)]}({', '.join(sql for sql, _ in written)})", written[0][1]

    def _literal(self, node: exp.Expr) -> tuple[str, bool]:
        text = str(node.this)
        if node.args.get("is_string"):
            if not _WORD.fullmatch(text):
                raise _fault("a word holds up to 60 plain letters, digits and spaces", node)
            return f"'{text}'", True
        if not _NUMBER.fullmatch(text):
            raise _fault(f"'{text[:20]}' is not a plain number", node)
        return text, False

    def _column(self, node: exp.Expr) -> str:
        _only(node, "this")
        identifier = node.args["this"]
        if type(identifier) is not exp.Identifier:
            raise _fault(f"a predicate may not hold {_called(node)}", node)
        name = str(identifier.this)
        if name not in self.vocabulary:
            near = self.vocabulary.nearest(name)
            raise _fault(
                f"there is no column '{name[:60]}' that a rule may name",
                node,
                f"did you mean '{near}'?" if near else "docs/reference/rules.md lists the columns",
            )
        self.named.add(name)
        return name


def _only(node: exp.Expr, *expected: str) -> exp.Expr:
    """Return ``node.this`` after refusing any argument beyond those expected (a qualifier, a subquery, an option)."""
    for name, value in node.args.items():
        if name not in expected and value not in (None, False, []):
            raise _fault(f"a predicate may not hold {_called(node)} with a {name}", node)
    this = node.args["this"]
    if not isinstance(this, exp.Expr):
        raise _fault(f"a predicate may not hold {_called(node)}", node)
    return this


def _denied(asks: str) -> str:
    return {"yes": "no", "no": "yes", "not known": "known", "none known": "known"}.get(asks, f"not {asks}")


def _plain(node: exp.Expr) -> str:
    return str(node.this) if type(node) is exp.Literal else ""


def _called(node: exp.Expr) -> str:
    names = {"Subquery": "a subquery", "Select": "a SELECT", "Star": "*", "Null": "a bare NULL", "Cast": "a cast"}
    kind = type(node).__name__
    if isinstance(node, exp.Anonymous):
        return f"the function {str(node.this)[:40]}"
    if isinstance(node, exp.Func) and kind not in names:
        return f"the function {node.sql_name()}"
    return names.get(kind, kind.lower() if kind != "Column" else "a column with options")


def _fault(message: str, node: exp.Expr, *help_lines: str) -> PredicateFault:
    positions = [
        found.meta["start"] for found in node.find_all(exp.Identifier, exp.Literal) if "start" in (found.meta or {})
    ]
    return PredicateFault(message, *help_lines, position=min(positions, default=None))
