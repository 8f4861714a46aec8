"""A rule's source in, its small mutations out; a seeded sample of them. Pure: runs nothing, changes no file.

A mutation is one small lie: a boundary moved by one, a comparison turned, a condition dropped, a refusal not said, a
code or a clause exchanged. Its `key` names it by function and expression, not by line, so that a list of reviewed
mutations outlives edits elsewhere in the file.
"""

from __future__ import annotations

import ast
import copy
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.kernel.settings import PROJECT_DIR
from tests.guards import pure_modules

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
SWAPPED = {"any": "all", "all": "any", "min": "max", "max": "min"}
REFUSALS = {"Refused", "Denied", "Stale", "Missing"}
LONGEST = 110
_TELLING = (ast.expr, ast.keyword, ast.Return, ast.Assign, ast.AnnAssign, ast.AugAssign)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mutation of one file. `number` is its place among all mutations of that file, as `mutated` counts them.

    `statement` is the line of the statement inside a function that it changes, 0 for what is computed at import.
    """

    path: str
    number: int
    line: int
    statement: int
    where: str
    kind: str
    key: str

    @property
    def name(self) -> str:
        """How a report names it."""
        return f"{self.path}:{self.line} {self.key}"


@dataclass(frozen=True, slots=True)
class _Change:
    """Put `new` where `old` stands: in a field of `parent`, or in one place of a list there."""

    parent: ast.AST
    field: str
    index: int | None
    old: ast.AST
    new: ast.AST
    kind: str
    where: str
    shown: ast.AST
    statement: int

    def apply(self) -> None:
        _put(self.parent, self.field, self.index, self.new)

    def undo(self) -> None:
        _put(self.parent, self.field, self.index, self.old)


def rules_files() -> list[Path]:
    """Return the files that the contract of purity covers: the decisions of every room."""
    return [PROJECT_DIR.joinpath(*module.split(".")).with_suffix(".py") for module in pure_modules()]


def mutants(path: Path) -> list[Mutant]:
    """Every mutation of the file, in the order of its lines."""
    name = path.relative_to(PROJECT_DIR).as_posix()
    seen: dict[str, int] = defaultdict(int)
    found = []
    for number, change in enumerate(_changes(ast.parse(path.read_text(encoding="utf-8")))):
        told = f"{change.where}: {_told(change)}"
        seen[told] += 1
        key = told if seen[told] == 1 else f"{told} #{seen[told]}"
        line = getattr(change.old, "lineno", None) or getattr(change.shown, "lineno", 0)
        found.append(Mutant(name, number, line, change.statement, change.where, change.kind, key))
    return found


def mutated(source: str, number: int) -> ast.Module:
    """The tree of the source with one of its mutations in it."""
    tree = ast.parse(source)
    next(change for place, change in enumerate(_changes(tree)) if place == number).apply()
    return ast.fix_missing_locations(tree)


def drawn(found: list[Mutant], seed: str, size: int) -> list[Mutant]:
    """A sample in which each kind has its turn. One mutation's lot does not depend on which others there are."""
    kinds: dict[str, list[Mutant]] = defaultdict(list)
    for one in sorted(found, key=lambda mutant: _lot(seed, mutant)):
        kinds[one.kind].append(one)
    turns = [(place, _lot(seed, one), one) for kind in kinds.values() for place, one in enumerate(kind)]
    return [one for _place, _drawn, one in sorted(turns, key=lambda turn: turn[:2])[:size]]


def _lot(seed: str, mutant: Mutant) -> str:
    return hashlib.sha256(f"{seed}:{mutant.path}:{mutant.key}".encode()).hexdigest()


def _told(change: _Change) -> str:
    if isinstance(change.shown, ast.If):
        return f"if {ast.unparse(change.shown.test)} => never"
    before = ast.unparse(change.shown)
    change.apply()
    after = ast.unparse(change.shown if change.shown is not change.old else change.new)
    change.undo()
    return f"{before} => {after}"


def _put(parent: ast.AST, field: str, index: int | None, node: ast.AST) -> None:
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node


# --- where something can be changed -----------------------------------------------------------------------


def _changes(tree: ast.Module) -> Iterator[_Change]:
    """All changes, each of which has to be undone before the next is asked for."""
    strings = _shapes(tree)
    for chain, field, index, node in list(_places(tree, (tree,))):
        where = (
            ".".join(one.name for one in chain if isinstance(one, ast.FunctionDef | ast.ClassDef)) or "module"
        )
        for kind, new in _variants(node, strings, chain[-1], field):
            shown, statement = _shown(node, chain), _statement(node, chain)
            yield _Change(chain[-1], field, index, node, new, kind, where, shown, statement)


def _places(node: ast.AST, chain: tuple[ast.AST, ...]) -> Iterator[tuple]:
    """Each node with those above it; types, decorators, docstrings and the list of exports are no behaviour."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "bases", "keywords") and isinstance(
            node, ast.FunctionDef | ast.ClassDef | ast.AnnAssign | ast.arg
        ):
            continue
        many = isinstance(value, list)
        for index, child in enumerate(value if many else [value]):
            if isinstance(child, ast.AST) and not _is_no_behaviour(child):
                yield chain, field, index if many else None, child
                yield from _places(child, (*chain, child))


def _is_no_behaviour(node: ast.AST) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom | ast.expr_context | ast.JoinedStr):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal":
        return True
    if isinstance(node, ast.Call) and ast.unparse(node.func) in (
        "TypeVar",
        "ValueError",
        "KeyError",
        "TypeError",
    ):
        return True
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


def _shown(node: ast.AST, chain: tuple[ast.AST, ...]) -> ast.AST:
    """The piece of source that tells best what is changed: the node, or a short one around it."""
    shown: ast.AST = node
    for above in reversed(chain):
        if not isinstance(above, _TELLING) or len(ast.unparse(above)) > LONGEST:
            break
        shown = above
    return shown


def _statement(node: ast.AST, chain: tuple[ast.AST, ...]) -> int:
    if not any(isinstance(one, ast.FunctionDef) for one in chain):
        return 0
    return next(one.lineno for one in (node, *reversed(chain)) if isinstance(one, ast.stmt))


# --- what it can become ------------------------------------------------------------------------------------


def _variants(
    node: ast.AST, strings: dict[str, list[str]], parent: ast.AST, field: str
) -> Iterator[tuple[str, ast.AST]]:
    """What the node may be exchanged for, and the kind of that mutation."""
    if isinstance(node, ast.Compare):
        yield from _comparisons(node)
    elif isinstance(node, ast.BoolOp):
        yield from _connectives(node)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "condition", node.operand
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub) and not _is_text(node):
        turned = copy.copy(node)
        turned.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        yield "number", turned
    elif isinstance(node, ast.If):
        yield "guard", _with(node, test=ast.Constant(False))
    elif isinstance(node, ast.IfExp):
        yield "condition", _with(node, body=node.orelse, orelse=node.body)
    elif isinstance(node, ast.comprehension) and node.ifs:
        yield "guard", _with(node, ifs=node.ifs[1:])
    elif isinstance(node, ast.Return) and _refuses(node.value):
        yield "refusal", _with(node, value=ast.Constant(None))
    elif (
        isinstance(node, ast.Name) and node.id in SWAPPED and isinstance(parent, ast.Call) and field == "func"
    ):
        yield "condition", _with(node, id=SWAPPED[node.id])
    elif isinstance(node, ast.Constant):
        yield from _constants(node, strings)


def _with(node: ast.AST, **fields: object) -> ast.AST:
    made = copy.copy(node)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def _comparisons(node: ast.Compare) -> Iterator[tuple[str, ast.AST]]:
    for place, op in enumerate(node.ops):
        ops = list(node.ops)
        ops[place] = COMPARISONS[type(op)]()
        boundary = isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE)
        yield "boundary" if boundary else "condition", _with(node, ops=ops)


def _connectives(node: ast.BoolOp) -> Iterator[tuple[str, ast.AST]]:
    yield "condition", _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    for place in range(len(node.values)):
        left = [value for other, value in enumerate(node.values) if other != place]
        yield "guard", left[0] if len(left) == 1 else _with(node, values=left)


def _constants(node: ast.Constant, strings: dict[str, list[str]]) -> Iterator[tuple[str, ast.AST]]:
    value = node.value
    if isinstance(value, bool):
        yield "condition", _with(node, value=not value)
    elif isinstance(value, int):
        yield "number", _with(node, value=value + 1)
        yield "number", _with(node, value=value - 1)
    elif isinstance(value, str) and value.strip():
        yield "word", _with(node, value=_other(value, strings.get(_shape(value), [])))


def _is_text(node: ast.BinOp) -> bool:
    """Whether something is glued, not counted."""
    return any(
        isinstance(one, ast.JoinedStr) or (isinstance(one, ast.Constant) and isinstance(one.value, str))
        for one in ast.walk(node)
    )


def _refuses(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Call) and ast.unparse(value.func).split(".")[0] in REFUSALS | {"Invalid"}


def _shapes(tree: ast.Module) -> dict[str, list[str]]:
    """The strings of the file by what they look like: a code is exchanged for a code, a clause for a clause."""
    found: dict[str, list[str]] = defaultdict(list)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 60:
            found[_shape(node.value)].append(node.value)
    return {shape: list(dict.fromkeys(alike)) for shape, alike in found.items()}


def _shape(value: str) -> str:
    if value[:1].isdigit():
        return "clause"
    if " " in value or not value.replace(".", "").replace("_", "").isalnum():
        return "text"
    return ("code" if "." in value else "word") + ("" if value.islower() else "upper")


def _other(value: str, alike: list[str]) -> str:
    """The next string of this shape, or one that nobody knows."""
    others = [one for one in alike if one != value]
    if value not in alike or not others or _shape(value) == "text":
        return value + "_" if _shape(value) != "clause" else "9.9"
    return alike[(alike.index(value) + 1) % len(alike)]
