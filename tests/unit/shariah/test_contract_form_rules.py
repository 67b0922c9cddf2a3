"""How a contract comes to be, what it is called, and what came before it (GEN-02, 07, 18, 22)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from sanduq.kit.money import currency
from sanduq.shariah.facts import ContractKind
from sanduq.shariah.facts_contracts import (
    Conclusion,
    ContractAction,
    ContractFormFacts,
    Insurance,
    Move,
)
from sanduq.shariah.model import Resolution, Severity, blocking
from sanduq.shariah.rules_contracts import (
    evaluate,
    rule_gen_02,
    rule_gen_07,
    rule_gen_18,
    rule_gen_22,
)

NINE = datetime(2024, 1, 15, 9, 0, tzinfo=UTC)
FACTS = ContractFormFacts(
    on=date(2024, 1, 15),
    asset=currency("USD"),
    kind=ContractKind.QARD,
    conclusion=Conclusion(NINE, NINE + timedelta(minutes=1), "user_branch_manager_001"),
)


def test_gen_02_an_offer_that_somebody_accepted_afterwards_is_a_contract() -> None:
    assert rule_gen_02(FACTS) == []


@pytest.mark.parametrize(
    ("conclusion", "field"),
    [
        (None, "offered_at"),
        (Conclusion(None, NINE, "user_a"), "offered_at"),
        (Conclusion(NINE, None, None), "accepted_at"),
        (Conclusion(NINE, NINE, None), "accepted_at"),  # the hour passed; nobody accepted
        (Conclusion(NINE, NINE - timedelta(seconds=1), "user_a"), "accepted_at"),
    ],
)
def test_gen_02_time_passing_or_possession_concludes_nothing(
    conclusion: Conclusion | None, field: str
) -> None:
    (finding,) = rule_gen_02(replace(FACTS, conclusion=conclusion))
    assert (finding.code, finding.field, finding.severity) == (
        "CONTRACT_AUTO_CONCLUDED",
        field,
        Severity.BLOCK,
    )


def moves(days: int, back_minor: int, *, thing: str = "Loom no. 7") -> tuple[Move, ...]:
    sold = Move("Loom no. 7", "institution", "cpty_a", date(2023, 6, 1), 1_000_00)
    return (sold, Move(thing, "cpty_a", "institution", sold.on + timedelta(days), back_minor))


def test_gen_07_a_thing_that_comes_back_at_another_price_waits_for_the_scholars() -> None:
    facts = replace(FACTS, moves=moves(30, 900_00, thing="loom  NO. 7"))
    (finding,) = rule_gen_07(facts)
    assert (finding.code, finding.observed, finding.limit) == ("INAH_PATTERN", "900.00", "1000.00")
    assert blocking([finding])
    settling = Resolution("ssr_1", frozenset({"GEN-07"}), date(2023, 1, 1), None)
    ((evaluation),) = evaluate(replace(facts, resolutions=(settling,)), ContractAction.BUY)
    assert not blocking(evaluation.findings)


@pytest.mark.parametrize(
    "made",
    [
        moves(30, 1_000_00),  # at the same price nobody gains by time
        moves(181, 900_00),  # after half a year
        moves(30, 900_00, thing="Loom no. 8"),
        moves(30, 900_00)[:1],
        (),
    ],
)
def test_gen_07_other_dealings_are_no_device(made: tuple[Move, ...]) -> None:
    assert rule_gen_07(replace(FACTS, moves=made)) == []


def test_gen_18_takaful_passes_conventional_cover_of_an_asset_warns_and_of_a_debt_is_refused() -> (
    None
):
    assert rule_gen_18(replace(FACTS, insurances=(Insurance("asset", True),))) == []
    (warned,) = rule_gen_18(replace(FACTS, insurances=(Insurance("asset", False),)))
    assert warned.severity is Severity.WARN
    assert not blocking([warned])
    (refused,) = rule_gen_18(replace(FACTS, insurances=(Insurance("debt", False),)))
    assert (refused.code, refused.severity) == ("INSURANCE_NOT_TAKAFUL", Severity.BLOCK)


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        (ContractKind.QARD, "Qard hasan for traders", []),
        (ContractKind.QARD, "Low Interest loan", ["interest"]),
        (ContractKind.MURABAHA, "Murabaha sale on instalments", []),
        (ContractKind.MURABAHA, "Murabaha loan", ["loan"]),
        (ContractKind.IJARAH, "Bail d'un métier, sans intérêt", ["intérêt"]),
        (ContractKind.SALAM, "Pinjaman salam", ["pinjaman"]),
        (ContractKind.MURABAHA, "قرض مرابحة", ["قرض"]),
    ],
)
def test_gen_22_a_contract_is_not_called_by_the_name_of_another(
    kind: ContractKind, name: str, words: list[str]
) -> None:
    found = rule_gen_22(replace(FACTS, kind=kind, wording=(name,)))
    assert [finding.observed for finding in found] == words
    assert not blocking(found)  # it warns
