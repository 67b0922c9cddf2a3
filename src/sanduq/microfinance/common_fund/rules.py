"""Shariah checks of the common fund (CMF): facts in, findings out.

Each function keeps one rule of the rulebook and is named after it; nothing here raises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sanduq.microfinance.common_fund.facts import Action, CommonFundFacts
from sanduq.microfinance.common_fund.model import (
    BYLAW_USES,
    SIGNATURES_MIN,
    Basis,
    CustodianUse,
    Nature,
    Use,
)
from sanduq.shariah.model import Evaluation, Finding, settled
from sanduq.shariah.rulebook import found, load_rulebook

Check = Callable[[CommonFundFacts], list[Finding]]

_GIVEN_AWAY = frozenset(str(use) for use in BYLAW_USES) - {str(Use.RETURN_ON_LEAVING)}


def rule_cmf_01(facts: CommonFundFacts) -> list[Finding]:
    """One basis, written down and unmixed."""
    bylaws = facts.bylaws
    if bylaws is None:
        return []
    findings: list[Finding] = []
    if bylaws.basis not in set(Basis):
        message = "say on which basis the fund stands: TABARRU, MEMBER_DEPOSIT or TRUST_SAVINGS"
        findings.append(found("CMF-01", "basis", message, observed=bylaws.basis))
    if not bylaws.document:
        message = "the basis is written in by-laws: name the document"
        findings.append(found("CMF-01", "bylaws.document", message))
    is_owned = bylaws.basis in (Basis.MEMBER_DEPOSIT, Basis.TRUST_SAVINGS)
    mixed = sorted(bylaws.uses & _GIVEN_AWAY) + sorted(bylaws.surplus_modes)
    if is_owned and mixed:
        findings.append(
            found(
                "CMF-01",
                "bylaws.uses",
                "what members own is returned to them and not given away; give through a fund"
                " of TABARRU",
                observed=", ".join(mixed),
                limit=str(Use.RETURN_ON_LEAVING),
            )
        )
    return findings


def rule_cmf_02(facts: CommonFundFacts) -> list[Finding]:
    """Nothing of the fund becomes the institution's."""
    payment = facts.payment
    if payment is None or not payment.is_to_institution:
        return []
    message = "the institution and its staff have no claim on the fund: pay somebody else"
    return [found("CMF-02", "beneficiary_id", message, observed=payment.beneficiary_id)]


def rule_cmf_03(facts: CommonFundFacts) -> list[Finding]:
    """A contribution a loan is made conditional on is not at the lender's disposal."""
    bylaws = facts.bylaws
    if bylaws is None or bylaws.custodian_use != CustodianUse.LENDER:
        return []
    if not bylaws.is_mandatory_for_loan:
        return []
    message = (
        "contributions are a condition of borrowing and at the lender's disposal: keep them in"
        " safekeeping, or make them no condition"
    )
    observed, limit = str(CustodianUse.LENDER), str(CustodianUse.SAFEKEEPING)
    return [found("CMF-03", "bylaws.custodian_use", message, observed=observed, limit=limit)]


def rule_cmf_04(facts: CommonFundFacts) -> list[Finding]:
    """The fund pays for what its by-laws name, in the nature they give it."""
    payment = facts.payment
    findings: list[Finding] = []
    if facts.bylaws is not None:
        covers = str(Use.COVER_CALL) in facts.bylaws.uses
        if covers and facts.bylaws.cover_nature not in (Nature.GIFT, Nature.QARD):
            message = "the by-laws say whether a cover is a gift or a qard with recourse"
            findings.append(found("CMF-04", "bylaws.cover_nature", message, limit="gift, qard"))
    if payment is None:
        return findings
    # An owner's balance is his by right, whatever the by-laws list.
    is_his = payment.is_owned and payment.use == Use.RETURN_ON_LEAVING
    needs_place = payment.use in set(map(str, BYLAW_USES)) and not is_his
    if needs_place and payment.use not in payment.allowed_uses:
        message = f"the by-laws name no such use: {payment.use}"
        observed, limit = payment.use, ", ".join(sorted(payment.allowed_uses)) or None
        findings.append(found("CMF-04", "use", message, observed=observed, limit=limit))
    if payment.use == Use.COVER_CALL and payment.nature != payment.cover_nature:
        message = "the by-laws give a cover another nature"
        observed, limit = payment.nature, payment.cover_nature
        findings.append(found("CMF-04", "nature", message, observed=observed, limit=limit))
    return findings


def rule_cmf_05(facts: CommonFundFacts) -> list[Finding]:
    """A loan to the fund is given back as it was lent."""
    loan = facts.loan
    if loan is None:
        return []
    findings: list[Finding] = []
    if loan.charge_minor > 0:
        message = "a loan to the fund is benevolent: leave the charge out"
        observed, limit = facts.printed(loan.charge_minor), facts.printed(0)
        findings.append(found("CMF-05", "charge", message, observed=observed, limit=limit))
    if loan.repaid_minor > loan.lent_minor:
        message = "no more is given back than is still owed of the loan"
        observed, limit = facts.printed(loan.repaid_minor), facts.printed(loan.lent_minor)
        findings.append(found("CMF-05", "amount", message, observed=observed, limit=limit))
    return findings


def rule_cmf_06(facts: CommonFundFacts) -> list[Finding]:
    """A surplus goes where the by-laws send it, and the rest of a gift fund to charity."""
    payment = facts.payment
    surplus = None if payment is None else payment.surplus
    if payment is None or surplus is None:
        return []
    findings: list[Finding] = []
    if surplus.is_winding_up:
        if not payment.is_owned and surplus.is_to_members:
            message = "what was given goes to charity when the fund is wound up, to no member"
            findings.append(found("CMF-06", "beneficiary_id", message))
    elif surplus.mode not in payment.allowed_modes:
        limit = ", ".join(sorted(payment.allowed_modes)) or None
        message = "the by-laws send a surplus elsewhere"
        findings.append(found("CMF-06", "mode", message, observed=surplus.mode, limit=limit))
    elif surplus.mode == "charity" and surplus.is_to_members:
        message = "charity goes to somebody outside the group"
        findings.append(found("CMF-06", "beneficiary_id", message))
    if surplus.owed_minor > 0:
        message = "the fund owes a lender first: give that back"
        observed = facts.printed(surplus.owed_minor)
        findings.append(found("CMF-06", "amount", message, observed=observed, limit="0"))
    if payment.amount_minor > surplus.surplus_minor and not surplus.is_winding_up:
        message = "that is more than the surplus"
        observed = facts.printed(payment.amount_minor)
        limit = facts.printed(surplus.surplus_minor)
        findings.append(found("CMF-06", "amount", message, observed=observed, limit=limit))
    if surplus.shared_by != "contributions":
        message = "members share by what they contributed, never by what they borrowed"
        observed = surplus.shared_by
        findings.append(found("CMF-06", "shared_by", message, observed=observed))
    return findings


def rule_cmf_07(facts: CommonFundFacts) -> list[Finding]:
    """Who leaves gets what is his, and of gifts what the by-laws give back."""
    payment = facts.payment
    if payment is None or payment.use != Use.RETURN_ON_LEAVING or payment.exit_minor is None:
        return []
    if payment.amount_minor == payment.exit_minor:
        return []
    message = (
        "an owner gets his whole balance"
        if payment.is_owned
        else "of gifts a leaver gets what the by-laws give back, no more and no less"
    )
    observed, limit = facts.printed(payment.amount_minor), facts.printed(payment.exit_minor)
    return [found("CMF-07", "amount", message, observed=observed, limit=limit)]


def rule_cmf_08(facts: CommonFundFacts) -> list[Finding]:
    """No return is promised, and nothing is charged for a missed contribution."""
    bylaws = facts.bylaws
    if bylaws is None:
        return []
    findings: list[Finding] = []
    if bylaws.return_rate is not None:
        message = "no return is promised on contributions: leave it out"
        findings.append(found("CMF-08", "bylaws.return_rate", message, observed=bylaws.return_rate))
    if bylaws.missed_fee_minor is not None:
        message = "a missed contribution is not penalised: leave the fee out"
        observed = facts.printed(bylaws.missed_fee_minor)
        findings.append(found("CMF-08", "bylaws.missed_fee", message, observed=observed))
    return findings


def rule_cmf_09(facts: CommonFundFacts) -> list[Finding]:
    """Contributions are fixed and known, and two officers from the members sign."""
    findings: list[Finding] = []
    bylaws, payment = facts.bylaws, facts.payment
    if bylaws is not None and (bylaws.contribution_minor <= 0 or not bylaws.has_frequency):
        message = "set the group's common_fund_contribution and contribution_frequency first"
        observed = facts.printed(bylaws.contribution_minor)
        findings.append(found("CMF-09", "common_fund_contribution", message, observed=observed))
    if payment is None:
        return findings
    strangers = sorted(set(payment.signer_ids) - payment.officer_ids)
    if strangers:
        message = "only the chair, the treasurer and the secretary of the group sign"
        observed = ", ".join(strangers)
        findings.append(found("CMF-09", "officer_id", message, observed=observed))
    if payment.beneficiary_id is not None and payment.beneficiary_id in payment.signer_ids:
        message = "nobody signs for a payment to himself"
        observed = payment.beneficiary_id
        findings.append(found("CMF-09", "officer_id", message, observed=observed))
    if len(set(payment.signer_ids)) < SIGNATURES_MIN:
        message = "two different officers of the group sign before money leaves the fund"
        observed = str(len(set(payment.signer_ids)))
        limit = str(SIGNATURES_MIN)
        findings.append(found("CMF-09", "signatures", message, observed=observed, limit=limit))
    return findings


def rule_cmf_10(facts: CommonFundFacts) -> list[Finding]:
    """A placement is screened, and its income is the fund's."""
    bylaws = facts.bylaws
    if bylaws is None or bylaws.placement is None:
        return []
    findings: list[Finding] = []
    if not bylaws.is_placement_screened:
        message = "money is placed only where the placement was screened"
        observed = bylaws.placement
        findings.append(found("CMF-10", "bylaws.placement", message, observed=observed))
    if not bylaws.is_income_of_fund:
        message = "what a placement earns belongs to the fund"
        findings.append(found("CMF-10", "bylaws.placement.income_to", message, limit="fund"))
    return findings


CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "CMF-01": rule_cmf_01,
        "CMF-02": rule_cmf_02,
        "CMF-03": rule_cmf_03,
        "CMF-04": rule_cmf_04,
        "CMF-05": rule_cmf_05,
        "CMF-06": rule_cmf_06,
        "CMF-07": rule_cmf_07,
        "CMF-08": rule_cmf_08,
        "CMF-09": rule_cmf_09,
        "CMF-10": rule_cmf_10,
    }
)


def _ids(numbers: str) -> frozenset[str]:
    return frozenset(f"CMF-{number}" for number in numbers.split())


RULES_BY_ACTION: Mapping[Action, frozenset[str]] = MappingProxyType(
    {
        Action.OPEN: _ids("01 03 04 08 09 10"),
        Action.ASK: _ids("02 04 05 06 07"),
        Action.PAY: _ids("02 04 05 06 07 09"),
        Action.LEND: _ids("05"),
    }
)


def evaluate(facts: CommonFundFacts, action: Action) -> list[Evaluation]:
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
