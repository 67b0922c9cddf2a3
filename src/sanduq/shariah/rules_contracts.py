"""Shariah checks of how a contract comes to be, is worded, and joins what came before (GEN)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

from sanduq.shariah.facts import ContractKind
from sanduq.shariah.facts_contracts import (
    Concluded,
    ContractAction,
    ContractFormFacts,
    Insured,
    Move,
    Moved,
)
from sanduq.shariah.model import Evaluation, Finding, Severity, settled
from sanduq.shariah.rulebook import found

INAH_WINDOW = timedelta(days=180)
"""How long a thing that comes back to its first owner is looked at as one device."""

# Words that speak of another contract than the one they are written on, in the languages of
# the console. A name is matched word by word.
RIBA = frozenset({"faedah", "interest", "intérêt", "intérêts", "riba", "ربا", "فائدة"})
GAIN = frozenset({"bénéfice", "keuntungan", "markup", "profit", "yield", "ربح"})
LOAN = frozenset({"lending", "loan", "pinjaman", "prêt", "قرض"})
MISNOMERS: Mapping[ContractKind, frozenset[str]] = MappingProxyType(
    {
        ContractKind.QARD: RIBA | GAIN,
        ContractKind.MURABAHA: RIBA | LOAN,
        ContractKind.SALAM: RIBA | LOAN,
        ContractKind.IJARAH: RIBA | LOAN,
        ContractKind.RAHN: RIBA | {"markup"},  # what the pledge brings in may be spoken of
    }
)


def rule_gen_02(facts: Concluded) -> list[Finding]:
    """The contract was offered, and then accepted by somebody."""
    concluded = facts.conclusion
    if concluded is None or concluded.offered_at is None:
        message = "a contract needs an offer of its own, and none is recorded"
        return [found("GEN-02", "offered_at", message)]
    if concluded.accepted_at is None or not concluded.accepted_by:
        message = "nobody accepted the offer; time or possession concludes nothing"
        return [found("GEN-02", "accepted_at", message)]
    if concluded.accepted_at < concluded.offered_at:
        message = "a contract cannot be accepted before it was offered"
        return [
            found(
                "GEN-02", "accepted_at", message,
                observed=concluded.accepted_at.isoformat(), limit=concluded.offered_at.isoformat(),
            )
        ]  # fmt: skip
    return []


def rule_gen_07(facts: Moved) -> list[Finding]:
    """Nothing came back to whom it came from, at another price, within half a year."""
    moves = sorted(facts.moves, key=lambda move: move.on)
    return [
        found(
            "GEN-07", "thing",
            f"{there.thing} went from {there.from_id} to {there.to_id} on {there.on} and back at"
            " another price: a device for a loan with interest, unless it is shown to be none",
            observed=facts.printed(back.price_minor), limit=facts.printed(there.price_minor),
        )
        for index, there in enumerate(moves)
        for back in moves[index + 1 :]
        if _is_way_back(there, back)
    ]  # fmt: skip


def _is_way_back(there: Move, back: Move) -> bool:
    return (
        there.thing.casefold().split() == back.thing.casefold().split()
        and (there.from_id, there.to_id) == (back.to_id, back.from_id)
        and back.on - there.on <= INAH_WINDOW
        and back.price_minor != there.price_minor
    )


def rule_gen_18(facts: Insured) -> list[Finding]:
    """Cover is takaful. Of an asset it is told, of a debt it is refused."""
    findings = []
    for cover in facts.insurances:
        if cover.is_takaful:
            continue
        is_debt = cover.subject == "debt"
        message = (
            "a debt is not insured conventionally"
            if is_debt
            else "cover should be takaful wherever it can be had"
        )
        severity = Severity.BLOCK if is_debt else None
        findings.append(
            found(
                "GEN-18", "insurance.kind", message,
                observed="conventional", limit="takaful", severity=severity,
            )
        )  # fmt: skip
    return findings


def rule_gen_22(facts: ContractFormFacts) -> list[Finding]:
    """The words customers read are those of this contract."""
    wrong = MISNOMERS.get(facts.kind, frozenset())
    return [
        found(
            "GEN-22", "wording", f"a contract of {facts.kind} should not be called so",
            observed=word,
        )
        for text in facts.wording
        for word in re.findall(r"\w+", text.casefold())
        if word in wrong
    ]  # fmt: skip


CHECKS: Mapping[str, Callable[[ContractFormFacts], list[Finding]]] = MappingProxyType(
    {
        "GEN-02": rule_gen_02,
        "GEN-07": rule_gen_07,
        "GEN-18": rule_gen_18,
        "GEN-22": rule_gen_22,
    }
)

RULES_BY_ACTION: Mapping[ContractAction, frozenset[str]] = MappingProxyType(
    {
        ContractAction.NAME: frozenset({"GEN-22"}),
        ContractAction.CONCLUDE: frozenset({"GEN-02"}),
        ContractAction.BUY: frozenset({"GEN-07"}),
        ContractAction.INSURE: frozenset({"GEN-18"}),
    }
)


def evaluate(facts: ContractFormFacts, action: ContractAction) -> list[Evaluation]:
    """Runs the rules an action concerns, with every outcome, in the book's order."""
    return [
        Evaluation(rule_id, tuple(settled(f, facts.resolutions, facts.on) for f in check(facts)))
        for rule_id, check in CHECKS.items()
        if rule_id in RULES_BY_ACTION[action]
    ]
