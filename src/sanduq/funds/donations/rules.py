"""Shariah checks of sadaqah (SDQ): facts in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sanduq.funds.donations.facts import Action, DonationFacts
from sanduq.shariah.facts import DebtorState
from sanduq.shariah.model import Evaluation, Finding, settled
from sanduq.shariah.rulebook import found, load_rulebook

STATES_RELIEVED = frozenset({DebtorState.INSOLVENT, DebtorState.EXCUSED})


def rule_sdq_01(facts: DonationFacts) -> list[Finding]:
    """A gift goes to its purpose; another needs the donor's word or a resolution in force."""
    return _misused(facts) + _released_unasked(facts)


def _misused(facts: DonationFacts) -> list[Finding]:
    purpose, findings = facts.purpose, []
    if purpose is None or facts.use is None:
        return []
    if facts.use not in purpose.uses:
        message = f"what was given for {purpose.code} may not be used for {facts.use}"
        allowed = ", ".join(sorted(purpose.uses))
        findings.append(found("SDQ-01", "use", message, observed=facts.use, limit=allowed))
    target = purpose.earmarked_for
    if target is not None and target not in facts.beneficiaries:
        message = f"what was given for {target} goes to nobody and nothing else"
        observed = ", ".join(sorted(facts.beneficiaries)) or None
        findings.append(found("SDQ-01", "beneficiary", message, observed=observed, limit=target))
    return findings


def _released_unasked(facts: DonationFacts) -> list[Finding]:
    change = facts.change
    if change is None or change.donor_statement is not None:
        return []
    if any("SDQ-01" in each.rule_ids and each.is_in_force(facts.on) for each in facts.resolutions):
        return []
    message = "another purpose needs the donor's statement or a resolution that names SDQ-01"
    return [
        found(
            "SDQ-01", "donor_statement", message,
            observed=change.to_purpose, limit=change.from_purpose,
        )
    ]  # fmt: skip


def rule_sdq_02(facts: DonationFacts) -> list[Finding]:
    """Who pays, which debt and whose is recorded, and the debtor is not said to have paid."""
    debt = facts.debt
    if debt is None:
        return []
    named = {"payer": debt.payer, "subject_id": debt.debt_id, "party_id": debt.debtor_id}
    message = "a debt paid by a fund names the fund, the debt and the debtor"
    findings = [found("SDQ-02", field, message) for field, value in named.items() if not value]
    if debt.closing_status == "COMPLETED":
        message = "a loan a fund paid off ends as settled by a third party"
        findings.append(
            found(
                "SDQ-02", "status", message,
                observed=debt.closing_status, limit="SETTLED_BY_THIRD_PARTY",
            )
        )  # fmt: skip
    return findings


def rule_sdq_03(facts: DonationFacts) -> list[Finding]:
    """Borrowers are charged at most the direct cost that no donor has paid."""
    cost = facts.cost
    if cost is None:
        return []
    limit = max(0, cost.direct_cost_minor - cost.subsidy_minor)
    if cost.charged_minor <= limit:
        return []
    return [
        found(
            "SDQ-03",
            "charged",
            "a cost that a donor paid may not be charged to the borrower again",
            observed=facts.printed(cost.charged_minor),
            limit=facts.printed(limit),
        )
    ]


def rule_sdq_04(facts: DonationFacts) -> list[Finding]:
    """The debtor whose debt is borne cannot pay, or is excused."""
    if facts.debt is None or facts.debt.debtor_state in STATES_RELIEVED:
        return []
    state = facts.debt.debtor_state
    return [
        found(
            "SDQ-04",
            "debtor_state",
            "relief is for debtors who cannot pay; this one is not classed so",
            observed=state.value if state is not None else None,
            limit=", ".join(sorted(each.value for each in STATES_RELIEVED)),
        )
    ]


Check = Callable[[DonationFacts], list[Finding]]

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "SDQ-01": rule_sdq_01,
        "SDQ-02": rule_sdq_02,
        "SDQ-03": rule_sdq_03,
        "SDQ-04": rule_sdq_04,
    }
)

RULES_BY_ACTION: Mapping[Action, frozenset[str]] = MappingProxyType(
    {
        Action.SPEND_SADAQAH: frozenset(CHECKS),
        Action.SPEND_WAQF: frozenset({"SDQ-02", "SDQ-03", "SDQ-04"}),
        Action.RELEASE_RESTRICTION: frozenset({"SDQ-01"}),
    }
)


def evaluate(facts: DonationFacts, action: Action) -> list[Evaluation]:
    """Runs every rule that `action` concerns, and returns every outcome, passed or not."""
    rulebook = load_rulebook()
    wanted = RULES_BY_ACTION[action]
    return [
        Evaluation(rule_id, tuple(settled(f, facts.resolutions, facts.on) for f in check(facts)))
        for rule_id, check in CHECKS.items()
        if rule_id in wanted and facts.profile in rulebook[rule_id].profiles
    ]
