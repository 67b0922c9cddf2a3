"""Shariah checks of the purchase by the customer and of what is left after it (SCF-06 to 15)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sanduq.sarf.clause_words import TextKind, faulty
from sanduq.sarf.facts import SarfFacts
from sanduq.sarf.facts_exchange import SPOT
from sanduq.sarf.facts_facility import ContractTwoFact, MonitorFact
from sanduq.sarf.model import BP, share_minor
from sanduq.sarf.rules_promise import formula_findings
from sanduq.shariah.model import Finding
from sanduq.shariah.rulebook import found

FORMULA_CODE = "SCF_PRICE_FORMULA"
"""How a price was reached is refused under a code of its own, whatever it comes to (SCF-06)."""

SIGNS_MAX = 1
"""How many signs of a disguised loan may show at once before the board is asked (SCF-13)."""


def rule_scf_06(facts: SarfFacts) -> list[Finding]:
    """The price is at most the promised share of that day's market, and follows nothing else."""
    second, promise = facts.second, facts.promise
    findings = []
    for text in dict.fromkeys(
        text
        for text in (
            promise.formula if promise is not None else "",
            second.formula if second is not None else "",
        )
        if text
    ):
        findings += [
            replace(each, code=FORMULA_CODE)
            for each in formula_findings("SCF-06", "price_formula", text)
        ]
    if second is None:
        return findings
    findings += [
        replace(
            found("SCF-06", "contract_2", "these words tie the price to what went before",
                  observed=fault.words),
            code=FORMULA_CODE,
        )
        for fault in faulty(second.text, TextKind.CONTRACT_2)
    ]  # fmt: skip
    promised_bp = promise.cap_bp if promise is not None else second.cap_bp
    cap_minor = share_minor(second.market_minor, min(second.cap_bp, promised_bp))
    if second.price_minor > cap_minor:
        message = "the price is above the promised share of that day's market value"
        findings.append(
            found("SCF-06", "price", message, observed=facts.printed(second.price_minor),
                  limit=facts.printed(cap_minor))
        )  # fmt: skip
    return findings


def rule_scf_07(facts: SarfFacts) -> list[Finding]:
    """No more than the promise still holds, of its fineness; nor promised more than sold."""
    findings = []
    promise, second = facts.promise, facts.second
    sold_mg = promise.sold_fine_mg if promise is not None else None
    if promise is not None and sold_mg is not None and promise.fine_mg > sold_mg:
        message = "no more gold is promised than was sold"
        findings.append(_grams(message, promise.fine_mg, sold_mg))
    if second is None:
        return findings
    if second.fine_mg > second.remaining_fine_mg:
        message = "no more gold is bought than the promise still holds"
        findings.append(_grams(message, second.fine_mg, second.remaining_fine_mg))
    if second.fine_mg <= 0:
        message = "how much gold is bought must be known"
        findings.append(found("SCF-07", "fine_weight", message, observed=str(second.fine_mg)))
    if not second.has_promised_fineness:
        message = "the gold is of the fineness sold, or of the same pure content"
        findings.append(found("SCF-07", "fineness", message, observed="another"))
    return findings


def _grams(message: str, observed_mg: int, limit_mg: int) -> Finding:
    observed, limit = (f"{each // 1000}.{each % 1000:03d} g" for each in (observed_mg, limit_mg))
    return found("SCF-07", "fine_weight", message, observed=observed, limit=limit)


def rule_scf_08(facts: SarfFacts) -> list[Finding]:
    """Both sides of the purchase are given on the spot; no debt is set off against its price."""
    second = facts.second
    if second is None:
        return []
    findings = []
    if second.payment_terms != SPOT:
        message = "the price of the purchase is paid on the spot, whole"
        findings.append(
            found("SCF-08", "payment_terms", message, observed=second.payment_terms, limit=SPOT)
        )
    message = "the price is not set off against a debt"
    findings += [found("SCF-08", "set_offs", message, observed=each) for each in second.set_offs]
    return findings


def rule_scf_12(facts: SarfFacts) -> list[Finding]:
    """After the window the promise is over, and what the gold brings or costs is ours alone."""
    after = facts.after
    if after is None:
        return []
    findings = []
    closes_on = after.window.closes_on
    if after.ended_on is None and facts.on > closes_on:
        message = "the window is over and the promise still stands"
        findings.append(
            found("SCF-12", "promise", message, observed=str(facts.on), limit=str(closes_on))
        )
    if after.ended_on is not None and after.ended_on <= closes_on:
        message = "a promise does not lapse before its last day is over"
        findings.append(
            found("SCF-12", "ended_on", message, observed=str(after.ended_on),
                  limit=str(closes_on))
        )  # fmt: skip
    message = "neither gain nor loss on the gold passes to the customer"
    for field in ("passed_gain_minor", "passed_loss_minor"):
        passed = getattr(after, field)
        if passed != 0:
            findings.append(
                found("SCF-12", field.removesuffix("_minor"), message,
                      observed=facts.printed(passed), limit=facts.printed(0))
            )  # fmt: skip
    return findings


def rule_scf_13(facts: SarfFacts) -> list[Finding]:
    """Two or more signs of a disguised loan together are for the board."""
    signs = signs_of_a_loan(facts.monitor) if facts.monitor is not None else ()
    if len(signs) <= SIGNS_MAX:
        return []
    message = "taken together this looks like a loan in the guise of a sale"
    return [
        found("SCF-13", field, message, observed=observed, limit=limit)
        for field, observed, limit in signs
    ]


def signs_of_a_loan(monitor: MonitorFact) -> tuple[tuple[str, str, str], ...]:
    """Each sign over its limit: what it is, what was seen, and where the limit lies.

    Shares say nothing of a sample too small; a bag with a customer's name and a message in a
    debtor's words count from the first.
    """
    signs = []
    if monitor.sample >= monitor.sample_min:
        for field in ("same_piece", "take_up", "at_cap"):
            seen, limit = getattr(monitor, f"{field}_bp"), getattr(monitor, f"{field}_limit_bp")
            if seen > limit:
                signs.append((field, _share(seen), _share(limit)))
    for field in ("own_name_bags", "debt_word_messages"):
        count = getattr(monitor, field)
        if count > 0:
            signs.append((field, str(count), "0"))
    return tuple(signs)


def _share(bp: int) -> str:
    return f"{bp // BP}.{bp % BP:04d}"


def rule_scf_14(facts: SarfFacts) -> list[Finding]:
    """Two sittings on two days with two papers, and no money of the one against the other."""
    second = facts.second
    if second is None:
        return []
    findings = []
    if second.is_netted:
        message = "the moneys of the two contracts are paid each by itself"
        findings.append(found("SCF-14", "is_netted", message, observed="true"))
    if not second.has_own_invoice:
        message = "each contract has an invoice of its own"
        findings.append(found("SCF-14", "invoice", message, observed="shared"))
    if second.session_id is not None and second.session_id == second.first_session_id:
        message = "the second contract is made in a sitting of its own"
        findings.append(found("SCF-14", "session_id", message, observed=second.session_id))
    first_on = _first_on(facts, second)
    if first_on is None or second.on <= first_on:
        message = "the two contracts are made on different days, the sale first"
        findings.append(
            found("SCF-14", "contract_2.on", message, observed=str(second.on), limit=str(first_on))
        )
    return findings


def _first_on(facts: SarfFacts, second: ContractTwoFact) -> date | None:
    if second.first_on is not None:
        return second.first_on
    return facts.promise.purchase_on if facts.promise is not None else None


def rule_scf_15(facts: SarfFacts) -> list[Finding]:
    """There is gold for the promises open, and something set aside for those that cost."""
    cover = facts.cover
    if cover is None:
        return []
    findings = []
    wanted_mg = -(-cover.promised_fine_mg * cover.cover_ratio_bp // BP)
    if cover.free_fine_mg < wanted_mg:
        message = "there is less gold free than the promises open may ask for"
        findings.append(
            found("SCF-15", "free_fine", message, observed=f"{cover.free_fine_mg} mg",
                  limit=f"{wanted_mg} mg")
        )  # fmt: skip
    if cover.provision_minor < cover.onerous_minor:
        message = "promises below what the gold cost are provided for"
        findings.append(
            found("SCF-15", "provision", message, observed=facts.printed(cover.provision_minor),
                  limit=facts.printed(cover.onerous_minor))
        )  # fmt: skip
    return findings


def rule_scf_19(facts: SarfFacts) -> list[Finding]:
    """A price below the cap is agreed when the gold is bought, and never promised before."""
    findings = []
    promise, second = facts.promise, facts.second
    if promise is not None and promise.lower_price_promised:
        message = "a price below the share promised is not promised beforehand"
        findings.append(found("SCF-19", "promise", message, observed="lower price promised"))
    if second is None:
        return findings
    cap_minor = share_minor(second.market_minor, second.cap_bp)
    if second.price_minor < cap_minor and not second.is_lower_price_approved:
        message = "a price below the share promised needs someone's approval that day"
        findings.append(
            found("SCF-19", "price", message, observed=facts.printed(second.price_minor),
                  limit=facts.printed(cap_minor))
        )  # fmt: skip
    return findings
