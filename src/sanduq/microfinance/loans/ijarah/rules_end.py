"""Shariah checks of how a lease ends: loss, early end, ownership, deposits (IJR)."""

from __future__ import annotations

from sanduq.microfinance.loans.ijarah.facts import IjarahFacts
from sanduq.microfinance.loans.ijarah.model import (
    END_REASONS,
    LeaseType,
    OwnershipTransfer,
    TransferKind,
)
from sanduq.shariah.model import Finding
from sanduq.shariah.rulebook import found

LAWFUL_TRANSFERS = frozenset({OwnershipTransfer.GIFT_AT_END, OwnershipTransfer.SALE_AT_END})


def rule_ijr_07(facts: IjarahFacts) -> list[Finding]:
    """Nothing is left of the rents after the asset is lost or the lease has ended."""
    later = facts.true_up.later_minor if facts.true_up is not None else 0
    if later == 0:
        return []
    message = "the rents after the loss of the asset fall away"
    return [
        found(
            "IJR-07", "rents", message,
            observed=facts.printed(later), limit=facts.printed(0),
        )
    ]  # fmt: skip


def rule_ijr_10(facts: IjarahFacts) -> list[Finding]:
    """Rent taken ahead is provisional, and what was not used goes back at the end."""
    findings = []
    clauses = facts.clauses
    if clauses is not None and clauses.accelerated_rent != "provisional":
        message = "rent taken ahead of its time is provisional until the use is had"
        findings.append(
            found(
                "IJR-10", "clauses.accelerated_rent", message,
                observed=clauses.accelerated_rent, limit="provisional",
            )
        )  # fmt: skip
    end = facts.true_up
    if end is not None and end.kept_minor > end.accrued_minor:
        message = "rent paid beyond the use had must be given back when the lease ends"
        findings.append(
            found(
                "IJR-10", "rents", message,
                observed=facts.printed(end.kept_minor), limit=facts.printed(end.accrued_minor),
            )
        )  # fmt: skip
    return findings


def rule_ijr_11(facts: IjarahFacts) -> list[Finding]:
    """Enforcement takes past rent and proven loss."""
    findings = []
    clauses = facts.clauses
    if clauses is not None and clauses.enforcement_takes != "past_rent_and_proven_loss":
        message = "security answers only for rent of past periods and proven loss"
        findings.append(
            found(
                "IJR-11", "clauses.enforcement_takes", message,
                observed=clauses.enforcement_takes, limit="past_rent_and_proven_loss",
            )
        )  # fmt: skip
    claim = facts.compensation
    if claim is not None and claim.amount_minor > claim.past_due_minor + claim.proven_minor:
        findings.append(
            found(
                "IJR-11", "amount", "more is claimed than past rent and the proven loss",
                observed=facts.printed(claim.amount_minor),
                limit=facts.printed(claim.past_due_minor + claim.proven_minor),
            )
        )  # fmt: skip
    return findings


def rule_ijr_12(facts: IjarahFacts) -> list[Finding]:
    """Ownership passes by its own document, binding the lessor alone, on the day it is made."""
    findings = []
    clauses = facts.clauses
    if clauses is not None and clauses.transfer_document != "separate":
        message = "the transfer of ownership stands in a document of its own, not in the lease"
        findings.append(
            found(
                "IJR-12", "clauses.transfer_document", message,
                observed=clauses.transfer_document, limit="separate",
            )
        )  # fmt: skip
    if clauses is not None and clauses.transfer_binds != "lessor":
        message = "a promise that binds both sides is a contract dated ahead: one alone is bound"
        findings.append(
            found(
                "IJR-12", "clauses.transfer_binds", message,
                observed=clauses.transfer_binds, limit="lessor",
            )
        )  # fmt: skip
    terms = facts.terms
    if (
        terms is not None
        and terms.lease_type is LeaseType.MBT
        and terms.ownership_transfer not in LAWFUL_TRANSFERS
    ):
        message = "a lease that ends in ownership says whether it passes by gift or by sale"
        findings.append(
            found(
                "IJR-12", "lease_terms.ownership_transfer", message,
                observed=terms.ownership_transfer and str(terms.ownership_transfer),
                limit="gift_at_end or sale_at_end",
            )
        )  # fmt: skip
    return findings + _bundled(facts)


def _bundled(facts: IjarahFacts) -> list[Finding]:
    transfer = facts.transfer
    if transfer is None:
        return []
    findings = []
    if not transfer.document or transfer.document == transfer.lease_document:
        message = "name the document of the transfer: another one than the lease's"
        findings.append(found("IJR-12", "document", message, observed=transfer.document))
    if transfer.effective_on > facts.on:
        message = "a sale or gift takes effect when it is made, not on a day ahead"
        findings.append(
            found(
                "IJR-12", "on", message,
                observed=str(transfer.effective_on), limit=str(facts.on),
            )
        )  # fmt: skip
    return findings


def rule_ijr_13(facts: IjarahFacts) -> list[Finding]:
    """A new contract passes ownership; a conditional gift passes by itself once all is paid."""
    transfer = facts.transfer
    if transfer is None:
        return []
    findings = []
    if not transfer.has_new_contract and not transfer.is_conditional_gift:
        message = "when the promise falls due a new contract is made; it does not pass by itself"
        findings.append(found("IJR-13", "accepted_on", message))
    if transfer.kind is TransferKind.GIFT and transfer.unpaid_minor > 0:
        message = "the gift passes only once every rent is paid"
        findings.append(
            found(
                "IJR-13", "rents", message,
                observed=facts.printed(transfer.unpaid_minor), limit=facts.printed(0),
            )
        )  # fmt: skip
    return findings


def rule_ijr_14(facts: IjarahFacts) -> list[Finding]:
    """Rent above market rent goes back where the lease fails without the lessee's doing."""
    refund = facts.market_refund
    if refund is None:
        return []
    if refund.above_minor is None:
        message = "state the market rent of a period: what was taken above it goes back"
        return [found("IJR-14", "market_rent", message)]
    if refund.given_back_minor < refund.above_minor:
        message = "the rent taken above market rent must be given back"
        return [
            found(
                "IJR-14", "market_rent", message,
                observed=facts.printed(refund.given_back_minor),
                limit=facts.printed(refund.above_minor),
            )
        ]  # fmt: skip
    return []


def rule_ijr_15(facts: IjarahFacts) -> list[Finding]:
    """Of a deposit only the actual loss is kept."""
    findings = []
    clauses = facts.clauses
    if clauses is not None and clauses.deposit_keeps != "actual_loss":
        message = "a deposit is a trust; only the actual loss may be taken from it"
        findings.append(
            found(
                "IJR-15", "clauses.deposit_keeps", message,
                observed=clauses.deposit_keeps, limit="actual_loss",
            )
        )  # fmt: skip
    release = facts.deposit
    if release is not None and release.kept_minor > release.actual_loss_minor:
        findings.append(
            found(
                "IJR-15", "kept", "no more of the deposit is kept than the loss that is proven",
                observed=facts.printed(release.kept_minor),
                limit=facts.printed(release.actual_loss_minor),
            )
        )  # fmt: skip
    return findings


def rule_ijr_18(facts: IjarahFacts) -> list[Finding]:
    """A lease ends early only for a reason the contract and the rule both know."""
    findings = []
    clauses = facts.clauses
    if clauses is not None:
        findings = [
            found(
                "IJR-18", "clauses.ends_early_for", "no lease ends early for this", observed=reason,
                limit=", ".join(END_REASONS),
            )
            for reason in clauses.ends_early_for
            if reason not in END_REASONS
        ]  # fmt: skip
    reason = facts.end_reason
    if reason is None:
        return findings
    known = clauses.ends_early_for if clauses is not None else END_REASONS
    if reason not in END_REASONS or reason not in known:
        message = "neither side ends the lease alone for this reason"
        findings.append(found("IJR-18", "reason", message, observed=reason, limit=", ".join(known)))
    elif reason == "non_payment" and facts.overdue_minor <= 0:
        message = "no rent is past due, so the lease cannot be ended for non-payment"
        findings.append(
            found(
                "IJR-18", "reason", message,
                observed=facts.printed(facts.overdue_minor), limit="rent past due",
            )
        )  # fmt: skip
    return findings
