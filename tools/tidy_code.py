"""Rules about Python source, decided from its syntax tree alone: arrows, names, floats, sizes."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 400
LINE_LENGTH_MAX = 100

# The fixed file names of a domain folder. `rules_fee.py` or `rules/fee.py` counts as `rules`.
VOCABULARY = (
    "model", "rules", "postings", "service", "store", "sql", "schemas", "routes", "events",
    "errors", "jobs",
)  # fmt: skip
PURE = frozenset({"model", "rules", "postings"})
PRIVATE = frozenset({"store", "sql", "schemas", "routes"})
IMPURE_KIT = frozenset({"sanduq.kit.db", "sanduq.kit.embedded", "sanduq.kit.log"})

# A spot exchange creates no debt, so its room never reaches those where debts are made.
SARF_NEVER_IMPORTS = frozenset({"obligations", "qard"})

LAZY_IMPORTS_ALLOWED = frozenset(
    f"src/sanduq/{name}.py" for name in ("cli", "cli_import", "cli_simulate")
)
# `migrations` runs before there is any unit of work, on a connection of its own.
COMMIT_ALLOWED = frozenset({"src/sanduq/kit/db.py", "src/sanduq/migrations/__init__.py"})

# Files where a float is seconds or a setting, and no money or weight comes near.
FLOAT_ALLOWED = frozenset({"src/sanduq/kit/db.py", "src/sanduq/kit/log.py"})
# What might come to pass is reckoned in floats (decision 0011); none of it reaches the books.
FLOAT_ROOMS = ("src/sanduq/sarf/simulation/", "src/sanduq/cli_simulate.py")
_SECONDS = re.compile(r"(^|_)(s|ms|seconds)$")

BANNED_FILE_NAMES = frozenset({"base", "common", "crud", "data", "handler", "handlers", "info"})
BANNED_FILE_WORDS = frozenset({"helper", "helpers", "manager", "managers", "misc", "util", "utils"})

ENTRY_POINTS = frozenset({"sanduq.cli", "sanduq.__main__"})
_ENTRY_ROOMS = ("sanduq.migrations.",)
# Finished and tested modules whose first caller is a room not built yet.
AWAITED: frozenset[str] = frozenset()

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing to put right, and where."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


@dataclass(frozen=True, slots=True)
class Module:
    """A parsed source file. `path` is relative to the project, with forward slashes."""

    path: str
    text: str
    tree: ast.Module

    @classmethod
    def parse(cls, path: str, text: str) -> Module:
        return cls(path, text, ast.parse(text, path))

    @property
    def name(self) -> str:
        """The dotted name; empty for a file outside `src`."""
        if not self.path.startswith("src/"):
            return ""
        dotted = self.path.removeprefix("src/").removesuffix(".py").replace("/", ".")
        return dotted.removesuffix(".__init__")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a dotted name of ours lives: its room, its domain folder, its vocabulary word."""

    room: str
    domain: str
    word: str

    @classmethod
    def of(cls, dotted: str) -> Place:
        parts = dotted.split(".")
        room = parts[1] if len(parts) > 1 else ""
        for index, part in enumerate(parts[2:], start=2):
            for word in VOCABULARY:
                if part == word or part.startswith(word + "_"):
                    return cls(room, ".".join(parts[:index]), word)
        return cls(room, ".".join(parts[:2]), "")


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name. `from a.b import c` targets `a.b.c`."""

    line: int
    target: str
    inside_function: bool


def imports(tree: ast.Module) -> Iterator[Import]:
    """Every import of the file, wherever it stands."""
    inner = {id(n) for f in functions(tree) for n in ast.walk(f[1])}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(node.lineno, alias.name, id(node) in inner)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield Import(node.lineno, f"{node.module}.{alias.name}", id(node) in inner)


def functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, Function]]:
    """Every function and method with its qualified name, nested ones too."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Function):
            yield prefix + node.name, node
            yield from functions(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.ClassDef):
            yield from functions(node, f"{prefix}{node.name}.")
        else:
            yield from functions(node, prefix)


def check_arrows(module: Module) -> Iterator[Finding]:
    """What a module of ours may import, beyond the layers that import-linter keeps."""
    if not module.name:
        return
    here = Place.of(module.name)
    for found in imports(module.tree):
        for refusal in _refused(module.name, here, found.target):
            yield Finding(module.path, found.line, "arrow", refusal)


def _refused(name: str, here: Place, target: str) -> Iterator[str]:
    if not target.startswith("sanduq."):
        return
    there = Place.of(target)
    if here.room == "sarf" and there.room in SARF_NEVER_IMPORTS:
        yield f"sarf may not import {there.room}: a spot exchange creates no debt"
    if there.word in PRIVATE and not _is_own(name, there) and not _assembles(here, there):
        yield f"{name} reaches {target}: another domain is entered by its service or model"
    if there.word == "store" and (here.word in {"routes", "jobs"} or here.room == "console"):
        yield f"{here.word or here.room} imports a store: call a service instead"


def _is_own(name: str, there: Place) -> bool:
    """A file beside the vocabulary, such as `repayments.py`, belongs to the domain it lies in; one
    that gathers the wire of the folders below it, such as a union of their requests, may."""
    folder = name.rpartition(".")[0]
    is_gathered = there.domain.startswith(folder + ".") and there.word in {"routes", "schemas"}
    own = Place.of(name).domain == there.domain or name.startswith(there.domain + ".")
    return own or is_gathered


def _assembles(here: Place, there: Place) -> bool:
    """`api` mounts routes and mirrors schemas; within one room of the top line all is one house."""
    if here.room in {"api", "assembly"} and there.word in {"routes", "schemas"}:
        return True
    return here.room == there.room and here.room in {"api", "console", "worker"}


def check_purity(modules: Sequence[Module]) -> Iterator[Finding]:
    """`model`, `rules` and `postings` decide without touching the world.

    They import the standard library, `kit` and models; a file that has no other office, such as
    `schedule.py` or `errors.py`, may help and is then held to the same rule.
    So may, for `rules`, the rulebook and the general rules in the Shariah room.
    """
    by_name = {module.name: module for module in modules if module.name}
    pending = [(m, p) for m in by_name.values() if (p := Place.of(m.name)).word in PURE]
    seen = {module.name for module, _ in pending}
    for module, origin in pending:  # grows while it is read
        for found in imports(module.tree):
            if _is_pure(origin, found.target):
                continue
            target = found.target
            beside = by_name.get(target) or by_name.get(target.rpartition(".")[0])
            if beside is None or not _may_help(origin, beside.name):
                message = f"{origin.word} imports {target}: only standard library, kit and models"
                yield Finding(module.path, found.line, "arrow", message)
            elif beside.name not in seen:
                seen.add(beside.name)
                pending.append((beside, origin))


def _may_help(origin: Place, name: str) -> bool:
    there = Place.of(name)
    if name == "sanduq.shariah.rulebook":
        return origin.word == "rules"
    return there.word in {"", "errors"} or (origin.word == "rules" and there.room == "shariah")


def _is_pure(origin: Place, target: str) -> bool:
    if not target.startswith("sanduq."):
        return target.partition(".")[0] in sys.stdlib_module_names
    there = Place.of(target)
    if there.room == "kit":
        return not any(target == k or target.startswith(k + ".") for k in IMPURE_KIT)
    if there.word == "postings" and origin.word == "postings":
        return True  # one room's entries may be part of another's journal; both are pure
    return there.word == "model" or (there.word == origin.word and there.domain == origin.domain)


def check_import_places(module: Module) -> Iterator[Finding]:
    """Imports stand at the top; only the command line may put one off."""
    if module.path in LAZY_IMPORTS_ALLOWED or module.path.startswith("tests/"):
        return
    for found in imports(module.tree):
        if found.inside_function:
            yield Finding(module.path, found.line, "import", f"{found.target} inside a function")
    if not module.name:
        return
    for call in _calls(module.tree):
        if ast.unparse(call.func) in {"__import__", "import_module", "importlib.import_module"}:
            yield Finding(module.path, call.lineno, "import", "an import hidden in a call")


def check_commit(module: Module) -> Iterator[Finding]:
    """Only `kit.db` ends a unit of work."""
    if not module.name or module.path in COMMIT_ALLOWED:
        return
    for call in _calls(module.tree):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "commit":
            yield Finding(module.path, call.lineno, "commit", "only kit.db commits")


def check_float(module: Module) -> Iterator[Finding]:
    """No float calls and no float types, but for names that end in seconds or milliseconds."""
    if not module.name or module.path in FLOAT_ALLOWED or module.path.startswith(FLOAT_ROOMS):
        return
    for call in _calls(module.tree):
        if isinstance(call.func, ast.Name) and call.func.id == "float":
            yield Finding(module.path, call.lineno, "float", "float(…): use whole minor units")
    for name, annotation in _annotations(module.tree):
        names = {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)}
        if "float" in names and not _SECONDS.search(name):
            yield Finding(module.path, annotation.lineno, "float", f"{name} is typed as a float")


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _annotations(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation:
            yield node.arg, node.annotation
        elif isinstance(node, ast.AnnAssign):
            yield ast.unparse(node.target), node.annotation
        elif isinstance(node, Function) and node.returns:
            yield node.name, node.returns


def check_file_name(module: Module) -> Iterator[Finding]:
    """A file name says what the file is about; some names never do."""
    if not module.name:
        return
    for part in module.name.split("."):
        if part in BANNED_FILE_NAMES or BANNED_FILE_WORDS & set(part.split("_")):
            yield Finding(module.path, 1, "name", f"{part!r} says nothing: name what it holds")


def check_line_length(path: str, text: str) -> Iterator[Finding]:
    """No line of code or SQL is longer than a screen is wide."""
    for number, line in enumerate(text.splitlines(), start=1):
        if len(line) > LINE_LENGTH_MAX:
            yield Finding(
                path, number, "line", f"{len(line)} characters, {LINE_LENGTH_MAX} allowed"
            )


def measure(module: Module) -> Iterator[tuple[str, int, int, int]]:
    """Sizes as (key, line, lines, allowed): the file, then each of its functions."""
    yield module.path, 1, len(module.text.splitlines()), FILE_LINES_MAX
    for name, node in functions(module.tree):
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        yield f"{module.path}::{name}", node.lineno, length, FUNCTION_LINES_MAX


def check_sizes(modules: Iterable[Module], ratchet: Mapping[str, int]) -> Iterator[Finding]:
    """Lengths stay under the limit; a listed exception may only shrink, and then its listing."""
    unseen = dict(ratchet)
    for module in modules:
        for key, line, length, allowed in measure(module):
            listed = unseen.pop(key, None)
            if listed is None and length > allowed:
                yield Finding(module.path, line, "size", f"{key} has {length} lines ({allowed})")
            elif listed is not None and length > listed:
                yield Finding(module.path, line, "size", f"{key} grew from {listed} to {length}")
            elif listed is not None and length < listed:
                lower = f"to {length}" if length > allowed else "by taking it off the list"
                yield Finding(module.path, line, "size", f"{key} shrank: lower its ratchet {lower}")
    for key in unseen:
        yield Finding(key.split("::")[0], 1, "size", f"{key} is gone: take it off the ratchet")


def check_dead(modules: Sequence[Module], outside: str = "") -> Iterator[Finding]:
    """A module that nothing of ours imports or names is dead; `outside` is more text to name it."""
    ours = [module for module in modules if module.name]
    used: set[str] = set()
    strings: list[str] = [outside]
    for module in ours:
        for found in imports(module.tree):
            used |= {found.target, found.target.rpartition(".")[0]}
        strings.extend(text for _, text in constants(module.tree))
    named = set(re.findall(r"\bsanduq(?:\.\w+)+", "\n".join(strings)))
    for module in ours:
        reached = module.name in used | named
        if reached and module.name in AWAITED:
            yield Finding(module.path, 1, "dead", f"{module.name} is used now: await it no longer")
        if (
            reached
            or module.name in ENTRY_POINTS | AWAITED
            or module.path.endswith("__init__.py")
            or module.name.startswith(_ENTRY_ROOMS)
        ):
            continue
        yield Finding(module.path, 1, "dead", f"nothing imports {module.name}")


def constants(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """String constants with their lines, docstrings left out."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in docstrings:
            continue
        if isinstance(node.value, str):
            yield node.lineno, node.value


def identifiers(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Names the file gives to things: variables, arguments, attributes, functions, classes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.name


CHECKS: tuple[Callable[[Module], Iterator[Finding]], ...] = (
    check_arrows,
    check_import_places,
    check_commit,
    check_float,
    check_file_name,
)
