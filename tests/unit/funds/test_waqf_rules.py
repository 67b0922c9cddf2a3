"""Each rule of the waqf passes what it must and refuses what it must."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.funds.endowments.facts import Action, CorpusFall, Joined, Purse, Use
from sanduq.funds.endowments.model import (
    Beneficiary,
    ChangeKind,
    Exchange,
    Intent,
    NazirPay,
    PayKind,
)
from sanduq.funds.endowments.model_income import divide, split
from sanduq.funds.endowments.rules import CHECKS, RULES_BY_ACTION, evaluate
from sanduq.shariah.model import Severity
from sanduq.shariah.rulebook import load_rulebook
from tests.make.waqf import FACTS, FOUNDER, KIN, NAZIR, STRANGER, facts, ruling, usd

CORPUS, INCOME = Purse.CORPUS, Purse.INCOME


def use(purpose, purse=INCOME, amount=100_00, **more):
    return facts(uses=(Use(purpose, purse, amount),), **more)


def fall(kind=ChangeKind.LOST, reason="theft", evidence="police report 7"):
    return facts(fall=CorpusFall(kind, 100_00, reason, evidence))


def ending(on, ends_on):
    return facts(on=on, is_ending=True, deed={"ends_on": ends_on})


APPROVED = ruling("WQF-10")


def exchange(deed=None, resolutions=APPROVED, **changes):
    terms = {
        "benefit": "higher rent",
        "valuation_document": "VAL-9",
        "counterparty_id": STRANGER,
        "old_value": usd(1_000),
        "new_value": usd(1_000),
        "old_income": usd(50),
        "new_income": usd(50),
        "new_description": "shop",
        "is_replaced_at_once": True,
        **changes,
    }
    return facts(exchange=Exchange(**terms), resolutions=resolutions, deed=deed or {})


def joined(*purposes):
    deeds = tuple((f"waqf:{n}", frozenset(each)) for n, each in enumerate(purposes))
    return facts(joined=Joined("qard", deeds))


NO_LEAVE = {"is_qard_allowed": False}
SECURED = {"security": "group guarantee"}

PASSING = [
    ("WQF-01", use("beneficiary:education")),
    ("WQF-01", fall()),
    ("WQF-01", fall(ChangeKind.RETURNED, None, None)),
    ("WQF-01", use("qard", CORPUS)),  # lending is no spending: WQF-04 speaks of it
    ("WQF-02", FACTS),
    ("WQF-02", ending(date(2024, 6, 1), date(2024, 6, 1))),
    ("WQF-03", use("beneficiary:healthcare")),
    ("WQF-03", use("absorb_default")),
    ("WQF-04", use("qard", CORPUS, **SECURED)),
    ("WQF-04", use("qard", deed={**NO_LEAVE, "purposes": ("qard",)}, **SECURED)),
    ("WQF-04", use("qard", deed=NO_LEAVE, resolutions=ruling("WQF-04"), **SECURED)),
    ("WQF-04", use("absorb_default")),
    ("WQF-05", use("absorb_default", INCOME)),
    ("WQF-06", facts(funds_touched=frozenset({"waqf:wqf_1"}))),
    ("WQF-06", joined({"qard", "absorb_default"}, {"qard"})),
    ("WQF-06", joined({"absorb_default"})),  # alone, it is joined with nobody
    ("WQF-07", use("beneficiary:education")),
    ("WQF-07", use("beneficiary:education", gap_minor=150_00, restored_minor=150_00)),
    ("WQF-07", use("nazir_pay", owed_to_nazir_minor=100_00)),
    ("WQF-08", use("nazir_pay", owed_to_nazir_minor=100_00)),
    ("WQF-09", facts(counterparty_ids=(STRANGER, FOUNDER))),
    ("WQF-10", exchange()),
    ("WQF-10", exchange(deed={"is_specific": False}, resolutions=())),
    ("WQF-10", FACTS),
    ("WQF-12", facts(is_gift=True, intent=Intent.HIBAH)),
    ("WQF-12", facts(is_gift=False)),
    ("WQF-13", FACTS),
    ("WQF-14", FACTS),
    ("WQF-14", facts(deed={"beneficiaries": ()})),  # its purposes are named
    ("WQF-15", facts(retained_minor=1, deed={"is_income_retention_allowed": True})),
    ("WQF-15", facts(retained_minor=1, resolutions=ruling("WQF-15"))),
    ("WQF-15", FACTS),
]

# rule, facts, code, field, observed
REFUSED = [
    ("WQF-01", use("beneficiary:education", CORPUS), "purpose", "beneficiary:education"),
    ("WQF-01", fall(evidence=" "), "evidence", "100.00"),
    ("WQF-01", fall(ChangeKind.LOST_ON_QARD, reason=None), "reason", "100.00"),
    ("WQF-02", ending(date(2024, 6, 1), None), "ends_on", "2024-06-01"),
    ("WQF-02", ending(date(2024, 5, 31), date(2024, 6, 1)), "ends_on", "2024-05-31"),
    ("WQF-03", use("beneficiary:sports"), "purpose", "beneficiary:sports"),
    ("WQF-03", use("absorb_default", deed={"purposes": ()}), "purpose", "absorb_default"),
    ("WQF-04", use("qard", deed=NO_LEAVE, **SECURED), "qard_allowed", "false"),
    (
        "WQF-04",
        use(
            "qard", deed=NO_LEAVE, resolutions=ruling("WQF-04", until=date(2024, 1, 15)), **SECURED
        ),
        "qard_allowed",
        "false",
    ),
    ("WQF-04", use("qard", CORPUS), "security_policy", None),
    ("WQF-05", use("absorb_default", CORPUS), "purse", "corpus"),
    ("WQF-06", facts(funds_touched=frozenset({"waqf:wqf_1", "own"})), "fund", "own"),
    ("WQF-06", joined({"qard"}, {"grant"}), "purpose", "qard is not a purpose of waqf:1"),
    ("WQF-07", use("beneficiary:education", gap_minor=150_00), "corpus.gap", "150.00"),
    (
        "WQF-07",
        use("nazir_pay", gap_minor=150_00, restored_minor=149_99, owed_to_nazir_minor=100_00),
        "corpus.gap",
        "0.01",
    ),
    ("WQF-07", use("absorb_default", owed_to_nazir_minor=60_00), "nazir.owed", "60.00"),
    ("WQF-08", use("nazir_pay", CORPUS, owed_to_nazir_minor=100_00), "purse", "corpus"),
    ("WQF-08", use("nazir_pay", owed_to_nazir_minor=99_99), "amount", "100.00"),
    ("WQF-09", facts(counterparty_ids=(NAZIR,)), "counterparty_id", NAZIR),
    ("WQF-09", facts(counterparty_ids=(STRANGER, KIN)), "counterparty_id", KIN),
    ("WQF-10", exchange(benefit=None), "benefit", None),
    ("WQF-10", exchange(valuation_document=None), "valuation_document", None),
    ("WQF-10", exchange(new_value=usd(999)), "new_value", "999.00"),
    ("WQF-10", exchange(new_income=usd(49)), "new_income", "49.00"),
    ("WQF-10", exchange(is_replaced_at_once=False), "replaced_on", None),
    ("WQF-10", exchange(resolutions=()), "resolution_id", None),
    ("WQF-12", facts(is_gift=True), "intent", None),
    ("WQF-13", facts(gap_minor=150_00), "corpus.gap", "150.00"),
    ("WQF-14", facts(deed={"founder_capacity": " "}), "founder_capacity", None),
    ("WQF-14", facts(deed={"purposes": (), "beneficiaries": ()}), "purposes", None),
    ("WQF-14", facts(deed={"nazir_id": ""}), "nazir_id", None),
    ("WQF-14", facts(deed={"nazir_pay": None}), "nazir_pay", None),
    ("WQF-14", facts(deed={"nazir_pay": NazirPay(PayKind.SUM)}), "nazir_pay", "sum"),
    ("WQF-14", facts(deed={"nazir_pay": NazirPay(PayKind.NONE, 5)}), "nazir_pay", "none"),
    ("WQF-14", facts(deed={"deed_on": None}), "deed_date", None),
    (
        "WQF-14",
        facts(deed={"beneficiaries": (Beneficiary("education", 9_999),)}),
        "beneficiaries",
        "0.9999",
    ),
    ("WQF-15", facts(retained_minor=1_00), "amount", "1.00"),
]


@pytest.mark.parametrize(("rule_id", "given_facts"), PASSING)
def test_what_a_rule_allows_passes(rule_id, given_facts):
    assert CHECKS[rule_id](given_facts) == []


@pytest.mark.parametrize(("rule_id", "given_facts", "field", "observed"), REFUSED)
def test_what_a_rule_forbids_is_found(rule_id, given_facts, field, observed):
    (finding,) = CHECKS[rule_id](given_facts)
    assert (finding.rule_id, finding.field, finding.observed) == (rule_id, field, observed)
    assert finding.code == load_rulebook()[rule_id].code


def test_a_default_absorbed_from_the_corpus_is_refused_by_its_own_rule():
    """Vector T31: a default absorbed from the corpus of a waqf."""
    found = [f for e in evaluate(use("absorb_default", CORPUS), Action.USE) for f in e.findings]
    assert [(f.code, f.severity) for f in found] == [("WAQF_ABSORBS_FROM_CORPUS", Severity.BLOCK)]


def test_every_rule_of_the_book_is_kept_by_some_command_or_says_why_not():
    book = {rule_id: rule for rule_id, rule in load_rulebook().items() if rule_id[:3] == "WQF"}
    assert list(book) == [f"WQF-{number:02d}" for number in range(1, 16)]
    assert [rule_id for rule_id, rule in book.items() if rule.function is None] == ["WQF-11"]
    assert set(CHECKS) == set(book) - {"WQF-11"} == frozenset().union(*RULES_BY_ACTION.values())
    for rule_id, check in CHECKS.items():
        assert book[rule_id].function == f"{check.__module__}.{check.__name__}"


def test_findings_of_the_gap_warn_and_all_others_block():
    severities = {rule_id: load_rulebook()[rule_id].severity for rule_id in CHECKS}
    assert {r for r, severity in severities.items() if severity is Severity.WARN} == {"WQF-13"}
    assert set(severities.values()) == {Severity.WARN, Severity.BLOCK}


shares = st.lists(st.integers(1, 100), min_size=1, max_size=8).map(
    lambda weights: [10_000 * w // sum(weights) for w in weights]
)


@given(st.integers(0, 10**12), shares)
def test_a_division_by_shares_adds_up_and_favours_nobody_by_more_than_one_unit(total, parts):
    parts = [parts[0] + 10_000 - sum(parts), *parts[1:]]
    divided = split(total, parts)
    assert sum(divided) == total
    assert all(
        0 <= piece * 10_000 - total * share + 10_000 <= 20_000
        for piece, share in zip(divided, parts, strict=True)
    )


@pytest.mark.parametrize(
    ("total", "parts", "divided"),
    [
        (100, [6_000, 4_000], (60, 40)),
        (101, [6_000, 4_000], (61, 40)),  # 60.6 and 40.4: the larger remainder rounds up
        (1, [3_334, 3_333, 3_333], (1, 0, 0)),
        (2, [5_000, 5_000], (1, 1)),
        (1, [5_000, 5_000], (1, 0)),  # equal remainders: the first named
    ],
)
def test_the_rest_of_a_division_goes_to_the_largest_remainder(total, parts, divided):
    assert split(total, parts) == divided


@pytest.mark.parametrize(("total", "parts"), [(1, [9_999]), (-1, [10_000]), (1, [10_001, -1])])
def test_shares_that_are_not_the_whole_divide_nothing(total, parts):
    with pytest.raises(ValueError, match="whole"):
        split(total, parts)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_income_flows_down_in_order_and_none_is_lost(amount, gap, owed):
    flow = divide(amount, gap, owed)
    assert flow.restored_minor + flow.nazir_minor + flow.purposes_minor == amount
    assert flow.nazir_minor == 0 or flow.restored_minor == gap
    assert flow.purposes_minor == 0 or (flow.restored_minor, flow.nazir_minor) == (gap, owed)
