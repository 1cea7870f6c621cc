"""What is broken on purpose: every small change of a source file that the operators below make. Pure.

Left out are what does not run (annotations, `if TYPE_CHECKING`, docstrings) and words for people, which are strings with a blank in them
and the text of f-strings. So are the patterns given to `re.compile`.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterator
from types import CodeType
from typing import NamedTuple

LONGEST_SHOWN = 110

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Mutant(NamedTuple):
    """One change. `key` names it whatever else changes in the file; `place` and `variant` find it again in the file's tree.

    `lines`: those of the statement that it is in, of which at least one is run whenever the statement is.
    """

    file: str
    lines: range
    operator: str
    key: str
    place: int
    variant: int


class Mutation(NamedTuple):
    """One way to change a node: another that takes its place."""

    operator: str
    node: ast.AST


def mutants_of(file: str, source: str) -> list[Mutant]:
    """All mutants of a source file."""
    found: list[Mutant] = []
    seen: Counter[str] = Counter()
    for place in _places(ast.parse(source)):
        for variant, mutation in enumerate(_mutations(place)):
            text = f"{file} {place.function}: {mutation.operator}: {_shown(place, mutation)}"
            seen[text] += 1
            key = text if seen[text] == 1 else f"{text} #{seen[text]}"
            found.append(Mutant(file, _lines(place.statement), mutation.operator, key, place.number, variant))
    return found


def compiled(source: str, path: str, mutant: Mutant | None) -> CodeType:
    """The code of the file with the change in it; without one, of the file as it is."""
    tree = ast.parse(source, path)
    if mutant is not None:
        place = _places(tree)[mutant.place]
        place.replace(list(_mutations(place))[mutant.variant].node)
    return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)


class _Place(NamedTuple):
    """A node that may be changed, and how to put another in its place."""

    number: int
    node: ast.AST
    parent: ast.AST
    replace: Callable[[ast.AST], None]
    function: str
    bound: frozenset[str]
    statement: ast.stmt | ast.ExceptHandler


def _places(tree: ast.Module) -> list[_Place]:
    """Every node that runs, in the order of the source."""
    places: list[_Place] = []

    def enter(
        node: ast.AST, parent: ast.AST, replace: Callable[[ast.AST], None], function: str, bound: frozenset[str], statement: ast.stmt | ast.ExceptHandler
    ) -> None:
        if _does_not_run(node, parent):
            return
        statement = node if isinstance(node, (ast.stmt, ast.ExceptHandler)) else statement
        places.append(_Place(len(places), node, parent, replace, function or "(module)", bound, statement))
        inner, known = function, bound
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            inner = f"{function}.{node.name}".lstrip(".")
            known = frozenset(_bound_twice(node)) if not isinstance(node, ast.ClassDef) else frozenset()
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "decorator_list", "type_params", "bases"):
                continue
            if isinstance(value, list):
                for at, child in enumerate(value):
                    if isinstance(child, ast.AST):
                        enter(child, node, lambda new, value=value, at=at: value.__setitem__(at, new), inner, known, statement)
            elif isinstance(value, ast.AST):
                enter(value, node, lambda new, node=node, field=field: setattr(node, field, new), inner, known, statement)

    for at, statement in enumerate(tree.body):
        enter(statement, tree, lambda new, at=at: tree.body.__setitem__(at, new), "", frozenset(), statement)
    return places


def _lines(statement: ast.stmt | ast.ExceptHandler) -> range:
    body = getattr(statement, "body", None)
    last = max(statement.lineno, body[0].lineno - 1) if body else statement.end_lineno or statement.lineno
    return range(statement.lineno, last + 1)


def _does_not_run(node: ast.AST, parent: ast.AST) -> bool:
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.expr_context)):
        return True
    if isinstance(node, ast.Constant) and isinstance(parent, ast.JoinedStr):
        return True
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    # A type under a name, as in `State = Literal[...]`.
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript) and isinstance(parent, ast.Module):
        return True
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("re.compile", "TypeVar")


def _bound_twice(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """Names that have another value before an assignment: without that one the function still runs, and wrongly."""
    names = Counter(argument.arg for argument in [*function.args.args, *function.args.kwonlyargs])
    names.update(node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    return (name for name, count in names.items() if count > 1)


def _shown(place: _Place, mutation: Mutation) -> str:
    """The words of the source before and after. Of a bare constant the expression around it says more, if that is short."""
    if isinstance(place.node, ast.Constant) and isinstance(place.parent, (ast.expr, ast.keyword, ast.Return)):
        before = _words(place.parent)
        place.replace(mutation.node)
        after = _words(place.parent)
        place.replace(place.node)
        if len(before) <= LONGEST_SHOWN:
            return f"{before} -> {after}"
    return f"{_cut(_words(place.node))} -> {_cut(_words(mutation.node))}"


def _words(node: ast.AST) -> str:
    return " ".join(ast.unparse(ast.fix_missing_locations(node)).split())


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "..."


def _mutations(place: _Place) -> Iterator[Mutation]:
    node = place.node
    for operators in (_comparison, _boolean, _arithmetic, _constant, _negation, _return_value, _statement, _default, _loop, _handler):
        yield from operators(node, place)


def _with(node: ast.AST, name: str, value: object) -> ast.AST:
    other = copy.copy(node)
    setattr(other, name, value)
    return other


def _comparison(node: ast.AST, _place: _Place) -> Iterator[Mutation]:
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            for other in _COMPARISONS[type(operator)]:
                yield Mutation("comparison", _with(node, "ops", [*node.ops[:at], other(), *node.ops[at + 1 :]]))


def _boolean(node: ast.AST, _place: _Place) -> Iterator[Mutation]:
    if isinstance(node, ast.BoolOp):
        yield Mutation("boolean", _with(node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And()))


def _arithmetic(node: ast.AST, _place: _Place) -> Iterator[Mutation]:
    if isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in _ARITHMETIC:
        yield Mutation("arithmetic", _with(node, "op", _ARITHMETIC[type(node.op)]()))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield Mutation("arithmetic", node.operand)


def _constant(node: ast.AST, _place: _Place) -> Iterator[Mutation]:
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if isinstance(value, bool):
        yield Mutation("constant", _with(node, "value", not value))
    elif isinstance(value, (int, float)):
        yield Mutation("constant", _with(node, "value", value + 1))
    elif isinstance(value, str) and " " not in value:
        yield Mutation("constant", _with(node, "value", f"{value}X"))


def _negation(node: ast.AST, place: _Place) -> Iterator[Mutation]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield Mutation("not", node.operand)
        return
    parent = place.parent
    is_condition = (isinstance(parent, (ast.If, ast.While, ast.IfExp)) and parent.test is node) or (
        isinstance(parent, ast.comprehension) and any(condition is node for condition in parent.ifs)
    )
    if is_condition and not isinstance(node, (ast.Compare, ast.BoolOp, ast.Constant)):
        yield Mutation("not", ast.copy_location(ast.UnaryOp(ast.Not(), node), node))  # type: ignore[arg-type]


def _return_value(node: ast.AST, _place: _Place) -> Iterator[Mutation]:
    # What is false anyway is asked for its truth.
    if isinstance(node, ast.Return) and node.value is not None and not (isinstance(node.value, ast.Constant) and not node.value.value):
        yield Mutation("return value", _with(node, "value", ast.Constant(None)))


def _statement(node: ast.AST, place: _Place) -> Iterator[Mutation]:
    if place.function == "(module)":
        return
    is_removable = isinstance(node, (ast.Raise, ast.Delete, ast.AugAssign)) or (isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant))
    if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [name for target in targets for name in ast.walk(target) if isinstance(name, (ast.Name, ast.Attribute, ast.Subscript))]
        # Without its only assignment a name is an error and proves nothing.
        is_removable = not isinstance(place.parent, ast.ClassDef) and all(not isinstance(name, ast.Name) or name.id in place.bound | {"self"} for name in names)
    if is_removable:
        yield Mutation("deleted statement", ast.copy_location(ast.Pass(), node))


def _default(node: ast.AST, _place: _Place) -> Iterator[Mutation]:
    if not isinstance(node, ast.arguments):
        return
    for name, defaults in (("defaults", node.defaults), ("kw_defaults", node.kw_defaults)):
        if name == "defaults" and defaults:
            # From the left: one without a default may not follow one that has it.
            yield Mutation("default argument", _with(node, name, defaults[1:]))
        elif name == "kw_defaults":
            for at, default in enumerate(defaults):
                if default is not None:
                    yield Mutation("default argument", _with(node, name, [*defaults[:at], None, *defaults[at + 1 :]]))


def _loop(node: ast.AST, _place: _Place) -> Iterator[Mutation]:
    if isinstance(node, ast.Break):
        yield Mutation("break/continue", ast.copy_location(ast.Continue(), node))
    elif isinstance(node, ast.Continue):
        yield Mutation("break/continue", ast.copy_location(ast.Break(), node))


def _handler(node: ast.AST, _place: _Place) -> Iterator[Mutation]:
    if isinstance(node, ast.ExceptHandler):
        if not all(isinstance(statement, ast.Pass) for statement in node.body):
            yield Mutation("exception swallowed", _with(node, "body", [ast.Pass()]))
        if not isinstance(node.body[0], ast.Raise):
            yield Mutation("exception not handled", _with(node, "body", [ast.Raise()]))
    if isinstance(node, ast.Try) and node.finalbody:
        yield Mutation("deleted statement", _with(node, "finalbody", [ast.Pass()]))
