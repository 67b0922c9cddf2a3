"""Shariah checks that bind every contract (GEN): facts in, findings out."""

from __future__ import annotations

from datetime import date

from sanduq.shariah.facts import (
    ChargeKind,
    ContractFacts,
    ContractKind,
    DebtRaiseKind,
    PartyCapacity,
)
from sanduq.shariah.model import Finding
from sanduq.shariah.rulebook import found

# Contracts in which each side gives something for what it gets; none may hang on a loan.
EXCHANGES = frozenset(
    {
        ContractKind.IJARAH,
        ContractKind.MURABAHA,
        ContractKind.PAID_SERVICE,
        ContractKind.SALAM,
        ContractKind.SALE,
        ContractKind.SARF,
    }
)
# Ta'widh is absent under every profile: no check of its caps exists (DEF-18).
RAISES_ALLOWED = frozenset({DebtRaiseKind.ACTUAL_COST_RECOVERY, DebtRaiseKind.CHARITY_PLEDGE})
FACILITY_FEES = frozenset({ChargeKind.COMMITMENT, ChargeKind.FACILITY, ChargeKind.NON_UTILISATION})


def rule_gen_01(facts: ContractFacts) -> list[Finding]:
    """The product stands under a resolution in force for exactly what it now is."""
    approval = facts.approval
    if approval is None:
        message = "the product has no resolution of the Shariah board"
        return [found("GEN-01", "product.resolution_id", message)]
    resolution = approval.resolution
    if not resolution.is_in_force(facts.on):
        until = resolution.valid_until_on
        limit = f"{resolution.valid_from_on} to before {until or 'further notice'}"
        message = f"resolution {resolution.resolution_id} is not in force on this day"
        return [
            found("GEN-01", "product.resolution_id", message, observed=str(facts.on), limit=limit)
        ]
    if approval.template_hash != approval.approved_hash:
        message = "the product has changed since the Shariah board approved it"
        return [
            found(
                "GEN-01",
                "product.template_hash",
                message,
                observed=approval.template_hash,
                limit=approval.approved_hash,
            )
        ]
    return []


def rule_gen_03(facts: ContractFacts) -> list[Finding]:
    """Purpose, goods and use are stated where they must be, and none is prohibited."""
    if not (facts.purpose_code or "").strip():
        return [found("GEN-03", "purpose_code", "the purpose of the contract must be stated")]
    prohibited = {code.strip().casefold() for code in facts.prohibited_codes}
    stated = {
        "purpose_code": facts.purpose_code,
        "commodity_code": facts.commodity_code,
        "asset_use_code": facts.asset_use_code,
    }
    return [
        found("GEN-03", field, "this institution does not finance that", observed=code)
        for field, code in stated.items()
        if code is not None and code.strip().casefold() in prohibited
    ]


def rule_gen_04(facts: ContractFacts) -> list[Finding]:
    """Every party has capacity; a contract without parties has nobody to bind."""
    if not facts.parties:
        return [found("GEN-04", "parties", "the parties to the contract must be known")]
    findings = []
    for party in facts.parties:
        findings.extend(_capacity_findings(party, facts.on))
    return findings


def _capacity_findings(party: PartyCapacity, on: date) -> list[Finding]:
    findings = []
    if party.birth_on is None:
        message = f"the {party.role}'s date of birth must be known"
        findings.append(found("GEN-04", f"{party.role}.birth_on", message))
    elif (age := age_years(party.birth_on, on)) < party.majority_age_years:
        findings.append(
            found(
                "GEN-04",
                f"{party.role}.birth_on",
                f"the {party.role} has not reached the age of majority",
                observed=str(age),
                limit=str(party.majority_age_years),
            )
        )
    if party.is_interdicted:
        message = f"the {party.role} is under interdiction and may not contract"
        findings.append(found("GEN-04", f"{party.role}.is_interdicted", message, observed="true"))
    if party.has_representative and not party.authority_document_id:
        message = f"the {party.role}'s representative must show an authority document"
        findings.append(found("GEN-04", f"{party.role}.authority_document_id", message))
    return findings


def age_years(birth_on: date, on: date) -> int:
    """Completed years of age; who is born on 29 February completes them on 1 March."""
    return on.year - birth_on.year - ((on.month, on.day) < (birth_on.month, birth_on.day))


def rule_gen_05(facts: ContractFacts) -> list[Finding]:
    """No exchange hangs on a loan, nor a loan on an exchange, between the same parties."""
    findings = []
    for condition in facts.conditions:
        ends = {condition.source, condition.target}
        exchanges = ends & EXCHANGES
        if condition.has_same_parties and ContractKind.QARD in ends and exchanges:
            message = "an exchange may not be a condition of a loan, nor a loan of an exchange"
            edge = f"{condition.source} on {condition.target}"
            findings.append(found("GEN-05", "conditions", message, observed=edge))
    return findings


def rule_gen_08(facts: ContractFacts) -> list[Finding]:
    """Nothing raises a debt for time: only actual costs and pledges to charity do."""
    return [
        found(
            "GEN-08",
            "debt_raises",
            f"a debt does not grow for {debt_raise.kind}",
            observed=facts.printed(debt_raise.amount_minor),
            limit=facts.printed(0),
        )
        for debt_raise in facts.debt_raises
        if debt_raise.kind not in RAISES_ALLOWED
    ]


def rule_gen_09(facts: ContractFacts) -> list[Finding]:
    """The debt follows no index."""
    if facts.indexation is None:
        return []
    message = "a debt may not be indexed or compensate a fall in the currency"
    return [found("GEN-09", "indexation", message, observed=facts.indexation)]


def rule_gen_10(facts: ContractFacts) -> list[Finding]:
    """A payment in another currency is agreed that day, at that day's rate, leaving no residue.

    That day's rate is asked of every debt; the standard asks it of loans and of overdue debts.
    """
    payment = facts.payment
    if payment is None:
        return [found("GEN-10", "payment", "the currency of the payment must be known")]
    findings = []
    if payment.has_prior_clause:
        message = "payment in another currency may not be agreed beforehand"
        findings.append(found("GEN-10", "payment.has_prior_clause", message, observed="true"))
    if payment.asset == facts.asset:
        return findings
    day = str(payment.paid_on)
    for field, on in (("agreed_on", payment.agreed_on), ("rate_on", payment.rate_on)):
        if on != payment.paid_on:
            message = "a currency other than the debt's is agreed and priced on the day of payment"
            observed = str(on) if on is not None else None
            findings.append(
                found("GEN-10", f"payment.{field}", message, observed=observed, limit=day)
            )
    if payment.residue_minor != 0:
        message = "nothing of the converted part may stay outstanding"
        observed = facts.printed(payment.residue_minor)
        findings.append(
            found(
                "GEN-10",
                "payment.residue_minor",
                message,
                observed=observed,
                limit=facts.printed(0),
            )
        )
    return findings


def rule_gen_11(facts: ContractFacts) -> list[Finding]:
    """No charge for a commitment, a facility or its non-use."""
    return [
        found(
            "GEN-11",
            "charges",
            f"no fee may be taken for {charge.kind}",
            observed=facts.printed(charge.amount_minor),
            limit=facts.printed(0),
        )
        for charge in facts.charges
        if charge.kind in FACILITY_FEES
    ]


def rule_gen_12(facts: ContractFacts) -> list[Finding]:
    """Charges for documents stay within their evidence."""
    message = "a charge for documents may not exceed what they cost"
    return unproven_charges(facts, "GEN-12", ChargeKind.DOCUMENTATION_ACTUAL, message)


def unproven_charges(
    facts: ContractFacts, rule_id: str, kind: ChargeKind, message: str
) -> list[Finding]:
    """A finding for each charge of `kind` above its evidence; no evidence counts as zero."""
    return [
        found(
            rule_id,
            "charges",
            message,
            observed=facts.printed(charge.amount_minor),
            limit=facts.printed(charge.evidence_minor or 0),
        )
        for charge in facts.charges
        if charge.kind is kind and charge.amount_minor > (charge.evidence_minor or 0)
    ]


def rule_gen_14(facts: ContractFacts) -> list[Finding]:
    """The party is verified to the tier the product asks; an e-signature is a recognised one."""
    findings = []
    if facts.kyc_rank is None or facts.kyc_rank < facts.kyc_rank_min:
        observed = str(facts.kyc_rank) if facts.kyc_rank is not None else None
        message = "the party's identity is not verified to the tier this product asks"
        findings.append(
            found("GEN-14", "kyc_rank", message, observed=observed, limit=str(facts.kyc_rank_min))
        )
    if facts.is_signature_recognised is False:
        message = "the electronic signature is not one the law recognises"
        findings.append(found("GEN-14", "is_signature_recognised", message, observed="false"))
    return findings


def rule_gen_20(facts: ContractFacts) -> list[Finding]:
    """The instalments add up to the contract amount, to the minor unit."""
    total, amount = facts.instalment_total_minor, facts.contract_amount_minor
    if total is not None and total == amount:
        return []
    return [
        found(
            "GEN-20",
            "instalments",
            "the instalments must add up exactly to the contract amount",
            observed=facts.printed(total),
            limit=facts.printed(amount),
        )
    ]
