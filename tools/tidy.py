"""The style guide that runs: prints one line per finding and fails if there is any.

Run `python -m tools.tidy` for everything, or name the checks wanted: `python -m tools.tidy links`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tools.tidy_code import (
    CHECKS,
    Finding,
    Module,
    check_dead,
    check_line_length,
    check_purity,
    check_sizes,
    identifiers,
)
from tools.tidy_registers import check_registers

RATCHET = "tools/tidy-ratchet.json"
GLOSSARY = "docs/glossary.md"
DECISIONS = "docs/decisions/README.md"

# Written in halves so that this list does not find itself.
_REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("debian", "org"),
        ("ubuntu", "com"),
        ("golang", "org"),
        ("crates", "io"),
    )
)
_MACHINE_PATH = re.compile(r"(?<![\w.:/-])(?:/(?:root|work|home|Users)/\w|[A-Z]:\\Users\\)")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_TOKEN = re.compile(r"[A-Za-z][A-Za-z_]*")
_CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_DECISION_SECTIONS = ("## Context", "## Decision", "## Consequences", "## Rejected")
_MADE = frozenset(
    {".git", ".venv", ".state", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}
    | {".import_linter_cache", ".schemathesis", "__pycache__", "build", "dist"}
)
_UNSPELLED = ("openapi/", GLOSSARY, "LICENSE", "requirements.lock", RATCHET, "tests/tidy/")


@dataclass(frozen=True)
class Project:
    """The files of the project: path relative to its root → text."""

    root: Path
    texts: Mapping[str, str]

    @cached_property
    def modules(self) -> list[Module]:
        return [Module.parse(p, t) for p, t in self.texts.items() if p.endswith(".py")]


def read_project(root: Path) -> Project:
    """Every text file that is tracked or would be; outside git, every file not made by a tool."""
    listed = _git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed is None:
        files = (f.relative_to(root) for f in root.rglob("*") if f.is_file())
        paths = {f.as_posix() for f in files if not _MADE.intersection(f.parts)}
    else:
        paths = set(filter(None, listed.decode().split("\0")))
    texts: dict[str, str] = {}
    for path in sorted(paths):
        file = root / path
        if file.is_file() and b"\0" not in (raw := file.read_bytes()):
            texts[path] = raw.decode("utf-8")
    return Project(root, texts)


def _git(root: Path, *arguments: str) -> bytes | None:
    try:
        ran = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False)
    except FileNotFoundError:
        return None
    return ran.stdout if ran.returncode == 0 else None


def check_code(project: Project) -> Iterator[Finding]:
    """Arrows, import places, commits, floats, file names, line lengths."""
    for module in project.modules:
        for check in CHECKS:
            yield from check(module)
    yield from check_purity(project.modules)
    for path, text in project.texts.items():
        if path.endswith((".py", ".sql")):
            yield from check_line_length(path, text)


def check_lengths(project: Project) -> Iterator[Finding]:
    """Function and file sizes against the limits and the ratchet."""
    ratchet: dict[str, int] = json.loads(project.texts.get(RATCHET, "{}"))
    yield from check_sizes(project.modules, ratchet)
    before = _git(project.root, "show", f"HEAD:{RATCHET}")
    if before is not None:
        yield from check_ratchet(ratchet, json.loads(before))


def check_ratchet(now: Mapping[str, int], before: Mapping[str, int]) -> Iterator[Finding]:
    """The list of exceptions may only shrink."""
    for key, length in now.items():
        if length > before.get(key, 0):
            yield Finding(RATCHET, 1, "ratchet", f"{key}: exceptions are neither added nor raised")


@dataclass(frozen=True, slots=True)
class Spelling:
    """A word to write, the spellings never to write, and where the rule holds."""

    write: str
    never: frozenset[str]
    in_names_only: bool
    unless: frozenset[str]


def read_spellings(glossary: str) -> list[Spelling]:
    """The table under "Banned spellings": | write | never | where | unless |."""
    _, _, section = glossary.partition("## Banned spellings")
    rows = []
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) != 4 or not cells[1].startswith("`"):
            continue
        never, unless = (frozenset(re.findall(r"`([^`]+)`", cells[i])) for i in (1, 3))
        rows.append(Spelling(cells[0].strip("`"), never, cells[2] == "names", unless))
    return rows


def misspelled(token: str, spellings: Iterable[Spelling]) -> Iterator[str]:
    """What is wrong with one word or name, taken apart at underscores and capitals."""
    parts = {part.lower() for part in _CAMEL.findall(token)}
    for spelling in spellings:
        if token.lower() not in spelling.unless:
            for word in sorted(parts & spelling.never):
                yield f"{token}: write {spelling.write}, not {word}"


def check_spelling(project: Project) -> Iterator[Finding]:
    """One spelling for each word, as the glossary says."""
    spellings = read_spellings(project.texts.get(GLOSSARY, ""))
    if not spellings:
        yield Finding(GLOSSARY, 1, "spelling", "has no table of banned spellings")
    everywhere = [spelling for spelling in spellings if not spelling.in_names_only]
    in_names = [spelling for spelling in spellings if spelling.in_names_only]
    for path, text in project.texts.items():
        if not path.startswith(_UNSPELLED):
            for number, line in enumerate(text.splitlines(), start=1):
                for token in set(_TOKEN.findall(line)):
                    for wrong in misspelled(token, everywhere):
                        yield Finding(path, number, "spelling", wrong)
    for module in project.modules:
        if module.name:
            for number, name in identifiers(module.tree):
                for wrong in misspelled(name, in_names):
                    yield Finding(module.path, number, "spelling", wrong)


def check_hosts(project: Project) -> Iterator[Finding]:
    """No package registry and no path of somebody's machine is written down."""
    for path, text in project.texts.items():
        for number, line in enumerate(text.splitlines(), start=1):
            for host in _REGISTRY_HOSTS:
                if host in line:
                    yield Finding(path, number, "host", f"names the package host {host}")
            if found := _MACHINE_PATH.search(line):
                yield Finding(path, number, "path", f"a machine path: {found.group()}…")


def check_dead_files(project: Project) -> Iterator[Finding]:
    """Modules that nothing imports."""
    yield from check_dead(project.modules, project.texts.get("pyproject.toml", ""))


def check_links(project: Project) -> Iterator[Finding]:
    """Every relative link in the documentation leads to a file or a folder of the project."""
    for path, text in project.texts.items():
        if not path.endswith(".md"):
            continue
        fenced = False
        for number, line in enumerate(text.splitlines(), start=1):
            fenced ^= line.lstrip().startswith("```")
            for target in [] if fenced else _LINK.findall(line):
                file = target.partition("#")[0]
                if not file or re.match(r"[a-z]+:", file):
                    continue
                if not (project.root / path).parent.joinpath(file).exists():
                    yield Finding(path, number, "link", f"{target} leads nowhere")


def check_decisions(project: Project) -> Iterator[Finding]:
    """Decision records are numbered without a gap, have their sections, and are all indexed."""
    index = project.texts.get(DECISIONS, "")
    folder = DECISIONS.rpartition("/")[0] + "/"
    paths = sorted(p for p in project.texts if p.startswith(folder) and p != DECISIONS)
    for number, path in enumerate(paths, start=1):
        name = path.removeprefix(folder)
        if not name.startswith(f"{number:04}-"):
            yield Finding(path, 1, "decision", f"number {number:04} is expected here")
        if f"({name})" not in index:
            yield Finding(DECISIONS, 1, "decision", f"{name} is not in the index")
        for section in _DECISION_SECTIONS:
            if section not in project.texts[path]:
                yield Finding(path, 1, "decision", f"has no section {section!r}")


def check_agreement(project: Project) -> Iterator[Finding]:
    """Events, routes and Shariah rules agree with their registers."""
    yield from check_registers(project.root, project.modules)


CHECKS_BY_NAME: Mapping[str, Callable[[Project], Iterator[Finding]]] = {
    "code": check_code,
    "sizes": check_lengths,
    "spelling": check_spelling,
    "hosts": check_hosts,
    "dead": check_dead_files,
    "links": check_links,
    "decisions": check_decisions,
    "registers": check_agreement,
}


def main(wanted: Sequence[str]) -> int:
    """Runs the checks wanted, all when none is named; 1 if anything was found."""
    if unknown := set(wanted) - CHECKS_BY_NAME.keys():
        print(
            f"no such check: {', '.join(sorted(unknown))} (there are {', '.join(CHECKS_BY_NAME)})"
        )
        return 2
    project = read_project(Path(__file__).resolve().parents[1])
    findings = sorted(
        {found for name in wanted or CHECKS_BY_NAME for found in CHECKS_BY_NAME[name](project)}
    )
    for found in findings:
        print(found)
    if findings:
        print(f"{len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
