"""What expressions of a Python module may say, as far as its own text tells."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

HOLE = "…"
"""What stands in a text for what is known only when it is said."""

Names = Mapping[str, Sequence[ast.expr]]


class Literals:
    """Tells the texts that expressions of one module may have."""

    def __init__(self, tree: ast.Module) -> None:
        self._functions = {function.name: function for function in _outermost(tree.body)}
        outside = [each for each in tree.body if not isinstance(each, ast.FunctionDef | ast.ClassDef)]
        self._named = self._assigned(ast.Module(body=outside, type_ignores=[]))
        self._tables = {
            name: [
                each.value for each in table.values if isinstance(each, ast.Constant) and isinstance(each.value, str)
            ]
            for name, given in self._named.items()
            for table in given
            if isinstance(table, ast.Dict)
        }

    def calls(self, tree: ast.Module) -> Iterator[tuple[ast.Call, Names]]:
        """Yield every call of the module with the names that are known where it stands."""
        for statement in tree.body:
            if not isinstance(statement, ast.FunctionDef | ast.ClassDef):
                yield from ((node, self._named) for node in ast.walk(statement) if isinstance(node, ast.Call))
        for function in _outermost(tree.body):
            names = self._names_in(function)
            yield from ((node, names) for node in ast.walk(function) if isinstance(node, ast.Call))

    def texts(self, said: ast.expr, names: Names, seen: frozenset[str] = frozenset()) -> list[str]:
        """Return what an expression may say; nothing where all of it is known only when it is said."""
        match said:
            case ast.Constant(value=str(text)):
                return [text] if text else []
            case ast.JoinedStr(values=parts):
                texts = [""]
                for part in parts:
                    texts = [text + more for text in texts for more in self._part(part, names)]
                return [text for text in texts if text.strip(HOLE + " :.;")]
            case ast.IfExp(body=body, orelse=orelse):
                return [*self.texts(body, names, seen), *self.texts(orelse, names, seen)]
            case ast.Subscript(value=ast.Name(id=table)) if table in self._tables:
                return self._tables[table]
            case ast.Call(func=ast.Attribute(value=ast.Name(id=table), attr="get"), args=[_, *default]) if (
                table in self._tables
            ):
                return [*self._tables[table], *(text for each in default for text in self.texts(each, names, seen))]
            case ast.Name(id=name) if name not in seen:
                return [text for each in names.get(name, ()) for text in self.texts(each, names, seen | {name})]
            case ast.Call(func=ast.Name(id=name)) if name in self._functions and name not in seen:
                function = self._functions[name]
                inside = self._names_in(function)
                return [text for each in _returned(function) for text in self.texts(each, inside, seen | {name})]
            case _:
                return []

    def _part(self, part: ast.expr, names: Names) -> list[str]:
        """Return what a part of an f-string may say: constants and tables of the module, else a hole."""
        match part:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.FormattedValue(value=ast.Name(id=name)) if (
                name in self._named and names[name] is self._named[name]
            ):
                return self.texts(ast.Name(id=name), names) or [HOLE]
            case ast.FormattedValue(value=ast.Subscript() | ast.Call(func=ast.Attribute()) as value):
                return self.texts(value, names) or [HOLE]
            case _:
                return [HOLE]

    def _names_in(self, function: ast.FunctionDef) -> Names:
        return {**self._named, **self._assigned(function)}

    def _assigned(self, scope: ast.AST) -> dict[str, list[ast.expr]]:
        """Return what is assigned to each name, also by unpacking the tuple that a function of the module returns."""
        found: dict[str, list[ast.expr]] = defaultdict(list)
        for node in ast.walk(scope):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    found[name].append(value)
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    found[name].append(value)
                case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Call(func=ast.Name(id=called))):
                    for returned in _returned(self._functions.get(called)):
                        values = returned.elts if isinstance(returned, ast.Tuple) else []
                        for target, value in zip(targets, values, strict=False):
                            if isinstance(target, ast.Name):
                                found[target.id].append(value)
                case _:
                    pass
        return dict(found)


def _outermost(body: Sequence[ast.stmt]) -> Iterator[ast.FunctionDef]:
    """Yield functions and methods, not those inside of others, which share their names."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef):
            yield statement
        elif isinstance(statement, ast.ClassDef):
            yield from _outermost(statement.body)


def _returned(function: ast.FunctionDef | None) -> Iterator[ast.expr]:
    for node in ast.walk(function) if function is not None else ():
        if isinstance(node, ast.Return) and node.value is not None:
            yield node.value
