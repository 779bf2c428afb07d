"""The reference of the library: every public name with its signature and docstring, read from the source."""

from __future__ import annotations

import ast
import inspect
import pkgutil
import textwrap
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Final

NOTICE: Final = "<!-- Made by `make docs` from the code; change its docstrings, not this page. -->"
WIDTH: Final = 110
"""A signature that is longer is broken."""
SEAMS: Final = ("kam_sync.rules_api", "kam_sync.ports", "kam_sync.local_crms")
"""What a rule, a connector and a local CRM are made of."""
KIT: Final = "kam_sync.testing"
"""What their tests are made of: all its public modules."""


def library_page(package: ModuleType) -> str:
    """Return the reference of the package's public names, of its seams and its test kit."""
    homes = {name: getattr(package, name).__module__ for name in package.__all__}
    return "\n".join(
        [
            "# The library",
            "",
            NOTICE,
            "",
            *_paragraphs(package.__doc__ or ""),
            f"## {package.__name__}",
            "",
            *(line for name, home in homes.items() for line in _named(name, home)),
            *(line for module in _modules() for line in _module(module)),
        ]
    )


def _modules() -> Iterator[str]:
    yield from SEAMS
    kit = import_module(KIT)
    yield from (f"{KIT}.{found.name}" for found in pkgutil.iter_modules(kit.__path__) if not found.name.startswith("_"))


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(import_module(module)))


def _module(module: str) -> Iterator[str]:
    tree = _tree(module)
    yield f"## {module}"
    yield ""
    yield from _paragraphs(ast.get_docstring(tree) or "")
    for name in _public(tree):
        yield from _named(name, module)


def _public(tree: ast.Module) -> Iterator[str]:
    """Yield the public names that a module defines, in its order."""
    for node in tree.body:
        yield from (name for name in _names(node) if not name.startswith("_"))


def _names(node: ast.stmt) -> Iterable[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return (name,)
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return (name,)
        case _:
            return ()


def _named(name: str, module: str) -> Iterator[str]:
    """Yield what is to be said of a name that a module defines."""
    body = _tree(module).body
    for place, node in enumerate(body):
        if name not in _names(node):
            continue
        yield f"### {name}"
        yield ""
        match node:
            case ast.FunctionDef():
                yield from _function(node)
            case ast.ClassDef():
                yield from _class(node)
            case ast.AnnAssign() | ast.Assign():
                yield from _code([ast.unparse(node)])
                yield from _paragraphs(_docstring_below(body, place))
            case _:
                raise TypeError(f"{name} of {module} is nothing that can be documented")
        return


def _docstring_below(body: list[ast.stmt], place: int) -> str:
    match body[place + 1 : place + 2]:
        case [ast.Expr(value=ast.Constant(value=str(text)))]:
            return inspect.cleandoc(text)
        case _:
            return ""


def _code(lines: Iterable[str]) -> Iterator[str]:
    yield "```python"
    yield from lines
    yield "```"
    yield ""


def _function(node: ast.FunctionDef) -> Iterator[str]:
    yield from _code(_signature(node))
    yield from _docstring(ast.get_docstring(node) or "")


def _signature(node: ast.FunctionDef) -> list[str]:
    decorators = [f"@{ast.unparse(each)}" for each in node.decorator_list]
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    whole = f"def {node.name}({ast.unparse(node.args)}){returns}"
    if len(whole) <= WIDTH:
        return [*decorators, whole]
    return [*decorators, f"def {node.name}(", *(f"    {each}," for each in _arguments(node.args)), f"){returns}"]


def _arguments(given: ast.arguments) -> Iterator[str]:
    """Yield the arguments one by one: each is what the whole would be with it alone."""
    plain = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(plain) - len(given.defaults)) + [*given.defaults]
    yield from (_argument(each, default) for each, default in zip(plain, defaults, strict=True))
    if given.vararg:
        yield f"*{_argument(given.vararg, None)}"
    elif given.kwonlyargs:
        yield "*"
    yield from (_argument(each, default) for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True))
    if given.kwarg:
        yield f"**{_argument(given.kwarg, None)}"


def _argument(each: ast.arg, default: ast.expr | None) -> str:
    return ast.unparse(each) + (f" = {ast.unparse(default)}" if default is not None else "")


def _class(node: ast.ClassDef) -> Iterator[str]:
    bases = f"({', '.join(map(ast.unparse, node.bases))})" if node.bases else ""
    fields = [
        (ast.unparse(each), _docstring_below(node.body, place))
        for place, each in enumerate(node.body)
        if _names(each) and not isinstance(each, (ast.FunctionDef, ast.ClassDef)) and not _is_private(each)
    ]
    lines = [f"class {node.name}{bases}:"]
    for field, said in fields:
        lines.append(f"    {field}")
        lines += textwrap.wrap(" ".join(said.split()), WIDTH, initial_indent="    # ", subsequent_indent="    # ")
    yield from _code([lines[0].rstrip(":")] if len(lines) == 1 else lines)
    yield from _docstring(ast.get_docstring(node) or "")
    for each in node.body:
        if isinstance(each, ast.FunctionDef) and not each.name.startswith("_"):
            yield from _function(each)


def _is_private(node: ast.stmt) -> bool:
    return any(name.startswith("_") for name in _names(node))


def _docstring(text: str) -> Iterator[str]:
    """Yield a docstring: paragraphs, and lists of arguments and errors."""
    said, *sections = text.split("\n\n")
    yield from _paragraphs(said)
    for section in sections:
        head, _, below = section.partition("\n")
        if head.rstrip(":") in _LISTS and head.endswith(":"):
            yield f"{head}"
            yield ""
            yield from (f"- {item}" for item in _items(textwrap.dedent(below)))
            yield ""
        else:
            yield from _paragraphs(section)


_LISTS: Final = frozenset({"Args", "Raises", "Returns", "Yields"})


def _items(text: str) -> list[str]:
    """Return the items of a list in a docstring, each in one line, its name as code."""
    items: list[str] = []
    for line in text.splitlines():
        if line.startswith(" ") and items:
            items[-1] += f" {line.strip()}"
        else:
            name, colon, said = line.partition(": ")
            items.append(f"`{name}`: {said}" if colon and " " not in name else line)
    return items


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph:
            yield paragraph
            yield ""
