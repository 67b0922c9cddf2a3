"""The rulebook: every Shariah rule as data, read once from the TOML files beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from sanduq.shariah.model import Finding, Severity, ShariahProfile

RULEBOOK_VERSION = "2026.1"

# The order of evaluation: every contract, the product, its security, its funding, what follows
# default, and what the customer is told.
_SECTIONS = (
    "general", "qard", "murabaha", "salam", "ijarah", "kafalah", "common_fund", "rahn", "ar_rahnu",
    "wadiah", "sarf", "promise", "sarf_facility", "waqf", "donations", "default", "disclosure",
)  # fmt: skip


class Verified(StrEnum):
    """How far a source was checked when the rule was written.

    Even a clause that was read was read in a copy of another's making: its number is checked
    against a licensed edition before anyone relies on it in print.
    """

    READ = "read"  # the clause itself was read
    SECONDARY = "secondary"  # seen in a summary or an official abstract, not in full
    VENDOR = "vendor"  # stated by the published API this product is compatible with
    UNVERIFIED = "unverified"  # general knowledge of the field
    DERIVED = "derived"  # our own derivation from the other sources named


class Implementation(StrEnum):
    """Who keeps the rule."""

    IMPLEMENTED = "implemented"  # a pure function, run at the commands it concerns
    PROCEDURAL = "procedural"  # people, by their procedures


@dataclass(frozen=True, slots=True)
class Source:
    """A clause relied on, and how far it was checked."""

    clause: str
    verified: Verified


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `function` is the dotted path of its check; `reason` says why there is none."""

    id: str
    section: str
    binds: tuple[str, ...]
    severity: Severity
    code: str
    text: str
    check: str
    sources: tuple[Source, ...]
    profiles: frozenset[ShariahProfile]
    profile_note: str | None
    unweakenable: bool
    implementation: Implementation
    function: str | None
    reason: str | None

    @property
    def source(self) -> str:
        """The clauses as printed in a finding: `AAOIFI SS 19 9/1; IIFA resolution 13 (1/3)`."""
        return "; ".join(source.clause for source in self.sources)


@lru_cache(maxsize=1)
def load_rulebook() -> Mapping[str, Rule]:
    """All rules by id, in the order of evaluation; read-only, the same object every time.

    Refuses (`ValueError`) a book with two rules of one id, a rule marked implemented without a
    function, or one not implemented without a reason.
    """
    rules: dict[str, Rule] = {}
    for section in _SECTIONS:
        for row in _rows(section):
            rule = _rule(section, row)
            if rule.id in rules:
                raise ValueError(f"the rulebook holds {rule.id} twice")
            rules[rule.id] = rule
    return MappingProxyType(rules)


def found(
    rule_id: str,
    field: str,
    message: str,
    *,
    observed: str | None = None,
    limit: str | None = None,
    severity: Severity | None = None,
) -> Finding:
    """A finding under `rule_id`, with the code, severity and source the rulebook gives it.

    `severity` overrides the rule's own where a rule grows graver with what is found.
    """
    rule = load_rulebook()[rule_id]
    return Finding(
        rule_id=rule.id,
        code=rule.code,
        severity=severity or rule.severity,
        field=field,
        observed=observed,
        limit=limit,
        message=message,
        source=rule.source,
    )


def _rows(section: str) -> list[dict[str, Any]]:
    path = resources.files("sanduq.shariah") / "rulebook" / f"{section}.toml"
    rows: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8")).get("rule", [])
    return rows


def _rule(section: str, row: dict[str, Any]) -> Rule:
    implementation = Implementation(row["implementation"])
    rule = Rule(
        id=row["id"],
        section=section,
        binds=tuple(row["binds"]),
        severity=Severity(row["severity"]),
        code=row["code"],
        text=row["text"],
        check=row["check"],
        sources=tuple(Source(s["clause"], Verified(s["verified"])) for s in row["sources"]),
        profiles=frozenset(ShariahProfile(p) for p in row.get("profiles", list(ShariahProfile))),
        profile_note=row.get("profile_note"),
        unweakenable=row.get("unweakenable", False),
        implementation=implementation,
        function=row.get("function"),
        reason=row.get("reason"),
    )
    if (rule.function is not None) != (implementation is Implementation.IMPLEMENTED):
        raise ValueError(f"{rule.id}: a function goes with an implemented rule, and only with one")
    if (rule.reason is None) != (implementation is Implementation.IMPLEMENTED):
        raise ValueError(f"{rule.id}: a rule that is not implemented says why")
    return rule
