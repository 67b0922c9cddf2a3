"""Shariah checks of lending groups and mutual guarantee (KFL, DIS-04): facts in, findings out.

Each function keeps one rule of the rulebook and is named after it; nothing here raises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sanduq.microfinance.groups.guarantees.facts import (
    CONSENT_METHODS,
    Action,
    KafalahFacts,
)
from sanduq.shariah.facts import DebtorState
from sanduq.shariah.model import Evaluation, Finding, settled
from sanduq.shariah.rulebook import found, load_rulebook
from sanduq.shariah.rules_default import MEASURES_IN_INSOLVENCY


def rule_kfl_01(facts: KafalahFacts) -> list[Finding]:
    """Nothing is paid for the guarantee itself."""
    asked = facts.guarantee
    findings: list[Finding] = []
    if asked is None:
        return findings
    if asked.fee_minor > 0:
        message = "answering for another's debt is free: leave the fee out"
        observed, limit = facts.printed(asked.fee_minor), facts.printed(0)
        findings.append(found("KFL-01", "fee", message, observed=observed, limit=limit))
    if asked.expense_minor > asked.receipt_minor:
        findings.append(
            found(
                "KFL-01",
                "expense",
                "only what the receipts show may be recovered",
                observed=facts.printed(asked.expense_minor),
                limit=facts.printed(asked.receipt_minor),
            )
        )
    return findings


def rule_kfl_02(facts: KafalahFacts) -> list[Finding]:
    """The guarantor consents in person, to debts, a cap and a period that are written down."""
    asked = facts.guarantee
    if asked is None:
        return [found("KFL-02", "consent", "there is no guarantee to consent to")]
    findings: list[Finding] = []
    consent = asked.consent
    if consent.given_by != asked.guarantor_id:
        findings.append(
            found(
                "KFL-02",
                "consent.given_by",
                "each member consents in person; nobody signs for another",
                observed=consent.given_by,
                limit=asked.guarantor_id,
            )
        )
    if consent.given_on is None or consent.given_on > facts.on:
        message = "the day of the consent is missing or has not come yet"
        findings.append(found("KFL-02", "consent.given_on", message, limit=str(facts.on)))
    if consent.method not in CONSENT_METHODS or not consent.document:
        message = "a consent is signed, given by thumb or witnessed, and leaves a document"
        findings.append(found("KFL-02", "consent.method", message, observed=consent.method))
    if asked.cap_minor is None or asked.cap_minor <= 0:
        findings.append(found("KFL-02", "cap", "a guarantee has a cap above zero"))
    is_period = asked.from_on is not None and asked.to_on is not None
    if not is_period or (asked.from_on or facts.on) > (asked.to_on or facts.on):
        findings.append(found("KFL-02", "to", "a guarantee has a first and a last day, in order"))
    if not asked.has_scope or asked.has_recourse is None:
        findings.append(found("KFL-02", "scope", "which debts, and recourse or not, must be said"))
    return findings


def rule_kfl_03(facts: KafalahFacts) -> list[Finding]:
    """Nobody withdraws from a debt that exists."""
    if not facts.withdrawn_debt_ids:
        return []
    message = (
        "the guarantee stands for debts that exist; withdraw it for later debts only"
        " (only_future) or wait until they are paid"
    )
    observed = ", ".join(facts.withdrawn_debt_ids)
    return [found("KFL-03", "guarantee", message, observed=observed)]


def rule_kfl_04(facts: KafalahFacts) -> list[Finding]:
    """The debtor is asked first, then the common fund, then the members."""
    call = facts.call
    findings: list[Finding] = []
    if call is None:
        return findings
    if call.overdue_minor <= 0:
        message = "the debtor is asked first: nothing of this debt is overdue"
        observed = facts.printed(call.overdue_minor)
        findings.append(found("KFL-04", "loan_id", message, observed=observed))
    of_members = sum(share.amount_minor for share in call.shares)
    if call.is_fund_before and call.fund_share_minor < call.fund_minor and of_members > 0:
        findings.append(
            found(
                "KFL-04",
                "rule",
                "the common fund is asked before the members: use common_fund_first",
                observed=facts.printed(call.fund_share_minor),
                limit=facts.printed(min(call.fund_minor, call.overdue_minor)),
            )
        )
    return findings


def rule_kfl_05(facts: KafalahFacts) -> list[Finding]:
    """Nobody recovers more than he paid."""
    recourse = facts.recourse
    if recourse is None or recourse.claimed_minor <= recourse.paid_minor:
        return []
    observed, limit = facts.printed(recourse.claimed_minor), facts.printed(recourse.paid_minor)
    message = "a guarantor recovers what he paid and no more"
    return [found("KFL-05", "recourse", message, observed=observed, limit=limit)]


def rule_kfl_06(facts: KafalahFacts) -> list[Finding]:
    """What is owed by recourse does not grow."""
    recourse = facts.recourse
    if recourse is None:
        return []
    findings: list[Finding] = []
    if recourse.charge_minor > 0:
        message = "nothing may be added to what one member owes another"
        observed, limit = facts.printed(recourse.charge_minor), facts.printed(0)
        findings.append(found("KFL-06", "charge", message, observed=observed, limit=limit))
    if recourse.recovered_minor > recourse.claimed_minor:
        findings.append(
            found(
                "KFL-06",
                "amount",
                "more would be recovered than is owed",
                observed=facts.printed(recourse.recovered_minor),
                limit=facts.printed(recourse.claimed_minor),
            )
        )
    return findings


def rule_kfl_07(facts: KafalahFacts) -> list[Finding]:
    """Who acts for the institution answers for misconduct, negligence or breach alone."""
    asked = facts.guarantee
    if asked is None or not asked.acts_for_institution or asked.answers_for_misconduct_only:
        return []
    message = "who acts for the institution may not also answer for its borrowers"
    return [found("KFL-07", "guarantor_id", message, observed=asked.guarantor_id)]


def rule_kfl_08(facts: KafalahFacts) -> list[Finding]:
    """The caps lie within one year's surplus; a surplus nobody asked about is told as well."""
    asked = facts.guarantee
    if asked is None:
        return []
    surplus = asked.annual_surplus_minor
    if surplus is not None and asked.caps_minor <= surplus:
        return []
    message = (
        "the member's yearly surplus was not asked about"
        if surplus is None
        else "the member answers for more than one year's surplus"
    )
    observed, limit = facts.printed(asked.caps_minor), facts.printed(surplus)
    return [found("KFL-08", "annual_surplus", message, observed=observed, limit=limit)]


def rule_kfl_09(facts: KafalahFacts) -> list[Finding]:
    """Shares together stay within the overdue debt, and each within its cap."""
    call = facts.call
    findings: list[Finding] = []
    if call is None:
        return findings
    divided = call.fund_share_minor + sum(share.amount_minor for share in call.shares)
    total = max(divided, call.asked_minor or 0)
    if total > call.overdue_minor:
        findings.append(
            found(
                "KFL-09",
                "amount",
                "more would be called than is overdue",
                observed=facts.printed(total),
                limit=facts.printed(call.overdue_minor),
            )
        )
    findings.extend(
        found(
            "KFL-09",
            f"shares.{share.payer_id}",
            "more would be called than the cap leaves",
            observed=facts.printed(share.amount_minor),
            limit=facts.printed(share.room_minor),
        )
        for share in call.shares
        if share.amount_minor > share.room_minor
    )
    return findings


def rule_kfl_10(facts: KafalahFacts) -> list[Finding]:
    """A suspension ends, within one cycle."""
    group = facts.group
    if group is None or group.suspended_on is None or group.cycle_ends_on is None:
        return []
    until = group.suspended_until_on
    if until is not None and until <= group.cycle_ends_on:
        return []
    message = "solvent members would be barred for longer than one lending cycle"
    observed = None if until is None else str(until)
    return [found("KFL-10", "until", message, observed=observed, limit=str(group.cycle_ends_on))]


def rule_kfl_11(facts: KafalahFacts) -> list[Finding]:
    """A guarantor is treated as a debtor of the same state would be."""
    if facts.call is None:
        return []
    findings: list[Finding] = []
    for share in facts.call.shares:
        field = f"shares.{share.payer_id}"
        if share.charge_minor > 0:
            message = "nothing is charged to a guarantor for being late"
            observed, limit = facts.printed(share.charge_minor), facts.printed(0)
            findings.append(found("KFL-11", field, message, observed=observed, limit=limit))
        if share.state is not DebtorState.INSOLVENT:
            continue
        if share.amount_minor > 0:
            message = "an insolvent guarantor is given time until ease, not called"
            observed, limit = facts.printed(share.amount_minor), facts.printed(0)
            findings.append(found("KFL-11", field, message, observed=observed, limit=limit))
        findings.extend(
            found(
                "KFL-11",
                field,
                "this is not done to an insolvent guarantor",
                observed=measure.value,
            )
            for measure in share.measures
            if measure not in MEASURES_IN_INSOLVENCY
        )
    return findings


def rule_kfl_12(facts: KafalahFacts) -> list[Finding]:
    """An organisation gives a guarantee away only under its authority to give."""
    asked = facts.guarantee
    if asked is None or not asked.is_organisation or asked.has_recourse:
        return []
    message = "an organisation answers without recourse only where it is authorised to give"
    return [found("KFL-12", "recourse", message, observed="false")]


def rule_kfl_13(facts: KafalahFacts) -> list[Finding]:
    """Members: not too many, nobody twice, the facilitator not among them or their sureties."""
    findings: list[Finding] = []
    group = facts.group
    if group is not None:
        count = len(group.member_ids)
        if count > group.max_members:
            message = "the group is full: raise max_members or form another group"
            observed, limit = str(count), str(group.max_members)
            findings.append(found("KFL-13", "max_members", message, observed=observed, limit=limit))
        for party_id in sorted({m for m in group.member_ids if group.member_ids.count(m) > 1}):
            message = "nobody is a member of one group twice"
            findings.append(found("KFL-13", "party_id", message, observed=party_id))
        for party_id in sorted(group.staff_ids & set(group.member_ids)):
            message = "the group's facilitator is not one of its borrowers"
            findings.append(found("KFL-13", "facilitator_id", message, observed=party_id))
    if facts.guarantee is not None and facts.guarantee.is_facilitator:
        message = "the group's facilitator does not answer for its members"
        observed = facts.guarantee.guarantor_id
        findings.append(found("KFL-13", "guarantor_id", message, observed=observed))
    return findings


def rule_dis_04(facts: KafalahFacts) -> list[Finding]:
    """The largest call, as it stands, was explained in money before the consent."""
    asked = facts.guarantee
    if asked is None:
        return []
    explained = asked.consent.explained_minor
    if explained is not None and explained >= asked.largest_call_minor:
        return []
    return [
        found(
            "DIS-04",
            "consent.explained_max_call",
            "the largest call must be explained to the member in money first",
            observed=facts.printed(explained),
            limit=facts.printed(asked.largest_call_minor),
        )
    ]


Check = Callable[[KafalahFacts], list[Finding]]

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "KFL-01": rule_kfl_01,
        "KFL-02": rule_kfl_02,
        "KFL-03": rule_kfl_03,
        "KFL-04": rule_kfl_04,
        "KFL-05": rule_kfl_05,
        "KFL-06": rule_kfl_06,
        "KFL-07": rule_kfl_07,
        "KFL-08": rule_kfl_08,
        "KFL-09": rule_kfl_09,
        "KFL-10": rule_kfl_10,
        "KFL-11": rule_kfl_11,
        "KFL-12": rule_kfl_12,
        "KFL-13": rule_kfl_13,
        "DIS-04": rule_dis_04,
    }
)


def _ids(numbers: str) -> frozenset[str]:
    return frozenset(f"KFL-{number}" for number in numbers.split())


RULES_BY_ACTION: Mapping[Action, frozenset[str]] = MappingProxyType(
    {
        Action.COMPOSE: _ids("13"),
        Action.SUSPEND: _ids("10"),
        Action.GUARANTEE: _ids("01 02 07 08 12 13") | {"DIS-04"},
        Action.WITHDRAW: _ids("03"),
        Action.CALL: _ids("04 09 11"),
        Action.PAY: _ids("05 06 09"),
        Action.RECOVER: _ids("05 06"),
    }
)


def evaluate(facts: KafalahFacts, action: Action) -> list[Evaluation]:
    """Runs every rule that `action` concerns, and returns every outcome, passed or not.

    Rules that do not bind the institution's profile are left out; `review` findings carry the
    resolution that settles them on that day.
    """
    rulebook = load_rulebook()
    wanted = RULES_BY_ACTION[action]
    return [
        Evaluation(rule_id, tuple(settled(f, facts.resolutions, facts.on) for f in check(facts)))
        for rule_id, check in CHECKS.items()
        if rule_id in wanted and facts.profile in rulebook[rule_id].profiles
    ]
