"""What a vendor's facade may not do: keep state, ask databases, decide thresholds, compute."""

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

import sonde.api

API = Path(sonde.api.__file__).parent
OURS = {"ingest", "native"}
"""Folders of the API that are no vendor's."""

FOLDERS = [
    path for path in sorted(API.iterdir()) if (path / "__init__.py").exists() and path.name not in OURS
]
MODULES = [module for folder in FOLDERS for module in sorted(folder.rglob("*.py"))]
NAMES = [str(path.relative_to(API)) for path in MODULES]

COMPUTING = {"units.py", "timerange.py"}
"""Units and times of requests: the only modules that may calculate."""

ORDERING = {"addressing.py", "timerange.py"}
"""Sizes of identifiers and ends of ranges, which are about requests and not about measurements."""

PURE = {
    "mapping.py",
    "measurements.py",
    "schema.py",
    "changes.py",
    "bodies.py",
    "older.py",
    "names.py",
    "definitions.py",
    "wire.py",
}
PURE |= {
    "units.py",
    "timerange.py",
    "xml.py",
    "links.py",
    "cursor.py",
    "vocabulary.py",
    "paging.py",
    "formats.py",
}

PURE |= {f"{part}_{kind}.py" for part in ("session", "people", "report") for kind in ("mapping", "shapes")}
PURE |= {"quality_mapping.py", "measured_mapping.py", "event_names.py", "talk_shapes.py"}

ARITHMETIC = (ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.Sub)
ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
MUTABLE = (ast.List, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp)
SQL = ("SELECT ", "INSERT ", "UPDATE ", "DELETE FROM", "WHERE ")


@lru_cache(maxsize=1)
def parsed(path: Path) -> ast.Module:
    """A module without its documentation, which may speak of anything."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value = ast.Constant(value=None)
    return tree


def places(nodes: Iterator[ast.AST]) -> list[int]:
    """Lines of what was found."""
    return [node.lineno for node in nodes]


@pytest.fixture(params=MODULES, ids=NAMES, scope="module")
def module(request) -> Path:
    """Each module of each facade, for all tests before the next one."""
    return request.param


def test_no_state(module):
    """Nothing is remembered between requests: no globals, no caches, no containers that can be added to."""
    tree = parsed(module)
    assert places(each for each in ast.walk(tree) if isinstance(each, ast.Global | ast.Nonlocal)) == []
    values = [each.value for each in tree.body if isinstance(each, ast.Assign | ast.AnnAssign)]
    assert places(each for each in values if isinstance(each, MUTABLE)) == []
    tables = (each for each in tree.body if isinstance(getattr(each, "value", None), ast.Dict))
    assert places(each for each in tables if "Mapping" not in ast.dump(each)) == [], "a table is a Mapping"
    names = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)}
    assert names.isdisjoint({"cache", "lru_cache", "ContextVar", "defaultdict", "OrderedDict"})


def test_no_sql(module):
    """Databases are asked by services."""
    texts = (each for each in ast.walk(parsed(module)) if isinstance(each, ast.Constant))
    assert places(each for each in texts if isinstance(each.value, str) and each.value.startswith(SQL)) == []


def test_no_thresholds(module):
    """What is good or bad, much or little, is not decided here."""
    compared = (each for each in ast.walk(parsed(module)) if isinstance(each, ast.Compare))
    found = places(each for each in compared if any(isinstance(op, ORDER) for op in each.ops))
    assert found == [] or module.name in ORDERING


def is_number(operation: ast.BinOp) -> bool:
    """Whether it is a way to write a constant, as 256 * 1024."""
    return not any(isinstance(each, ast.Name | ast.Call) for each in ast.walk(operation))


def test_arithmetic_is_only_for_units(module):
    """What needs computing is computed where it is measured."""
    operations = (each for each in ast.walk(parsed(module)) if isinstance(each, ast.BinOp))
    found = places(each for each in operations if isinstance(each.op, ARITHMETIC) and not is_number(each))
    assert found == [] or module.name in COMPUTING


def imports(module: Path) -> set[str]:
    """The modules that one imports."""
    nodes = list(ast.walk(parsed(module)))
    direct = {alias.name for each in nodes if isinstance(each, ast.Import) for alias in each.names}
    return direct | {str(each.module) for each in nodes if isinstance(each, ast.ImportFrom)}


def test_translation_is_pure(module):
    """Mappings and schemas know neither HTTP nor a clock nor the services' state."""
    if module.name in PURE:
        roots = {name.partition(".")[0] for name in imports(module)}
        assert roots.isdisjoint({"litestar", "time", "os", "random", "threading", "asyncio", "structlog"})


def test_vendors_do_not_know_each_other(module):
    """Nor our own APIs: a vendor's can go without the others."""
    own = module.relative_to(API).parts[0]
    shared = {path.stem for path in API.glob("*.py")}
    known = {name.split(".")[2] for name in imports(module) if name.startswith("sonde.api.")}
    assert known <= {own, *shared}


def test_versions_do_not_know_each_other(module):
    """Version 7 can change, or go, without version 6."""
    other = {"v6": "v7", "v7": "v6"}.get(module.parent.name)
    if other:
        assert not [name for name in imports(module) if f".thousandeyes.{other}" in name]
