"""Shariah checks of the gold itself: its pure weight, what it is mixed with, its price (SRF)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sanduq.sarf.clause_words import TextKind, faulty
from sanduq.sarf.facts import SarfFacts
from sanduq.sarf.facts_exchange import GoldPiece
from sanduq.sarf.model import BP, MixClass, PossessionKind, SessionKind, fine_equal, share_minor
from sanduq.shariah.model import Finding, Severity
from sanduq.shariah.rulebook import found

# White gold and silver follow the same rules; what a metal is exchanged for decides about weight.
METALS = {"gold": "gold", "white_gold": "gold", "silver": "silver"}
NOT_FOR_GOLD = frozenset(
    {MixClass.GOLD_AND_SILVER, MixClass.MOSTLY_GOLD, MixClass.HALF_GOLD_OR_LESS}
)


def _grams(tenths: int) -> str:
    whole, rest = divmod(tenths, 10_000)
    return f"{whole}.{rest:04d} g"


def rule_srf_02(facts: SarfFacts) -> list[Finding]:
    """Gold for gold is equal in pure weight, with nothing paid for age, work or fineness."""
    is_exchange = facts.session is not None and facts.session.kind is SessionKind.EXCHANGE
    if not facts.gold_in or not facts.gold_out:
        message = "both sides of gold for gold must be known by weight and fineness"
        return [found("SRF-02", "gold", message)] if is_exchange else []
    findings = []
    metals = sorted({METALS.get(one.metal, one.metal) for one in (*facts.gold_in, *facts.gold_out)})
    for metal in metals:
        coming, going = _fine(facts.gold_in, metal), _fine(facts.gold_out, metal)
        if coming and going and not fine_equal(coming, going, facts.scale_tolerance_tenths):
            message = f"{metal} for {metal} is equal in pure weight, whatever its fineness or work"
            findings.append(
                found(
                    "SRF-02", "fine_weight", message, observed=_grams(coming), limit=_grams(going)
                )
            )
    if facts.money_minor != 0 and len(metals) == 1:
        message = "nothing is paid beside gold for gold, save a service at its cost"
        findings.append(
            found("SRF-02", "money", message, observed=facts.printed(facts.money_minor),
                  limit=facts.printed(0))
        )  # fmt: skip
    return findings


def _fine(pieces: Sequence[GoldPiece], metal: str) -> int:
    return sum(one.fine_tenths for one in pieces if METALS.get(one.metal, one.metal) == metal)


def rule_srf_07(facts: SarfFacts) -> list[Finding]:
    """Gold is sold as this very thing, or handed over; never as a share of a heap."""
    in_hand = {one.leg for one in facts.possessions if one.kind == PossessionKind.GOLD_IN_HAND}
    findings = []
    for leg, pieces in (("GOLD_IN", facts.gold_in), ("GOLD_OUT", facts.gold_out)):
        for piece in pieces:
            if (piece.is_allocated and piece.item_id) or leg in in_hand:
                continue
            message = "gold not set apart by its own number is sold only when it is handed over"
            findings.append(
                found("SRF-07", "is_allocated", message, observed=piece.item_id or "no number")
            )
    return findings


def rule_srf_10(facts: SarfFacts) -> list[Finding]:
    """One side may promise an exchange; never both."""
    promise = facts.promise
    if promise is None:
        return []
    sides = {*promise.promisors, *(one.promisor_id for one in promise.counter_promises
                                   if one.is_binding)}  # fmt: skip
    findings = []
    if len(sides) > 1:
        message = "a promise of gold or money that binds both sides is forbidden"
        findings.append(
            found("SRF-10", "promise", message, observed=", ".join(sorted(sides)), limit="1")
        )
    findings += [
        found("SRF-10", "promise.text", "these words bind the promisee", observed=fault.words)
        for fault in faulty(promise.text, TextKind.PROMISE)
    ]
    return findings


def rule_srf_12(facts: SarfFacts) -> list[Finding]:
    """What gold is mixed with is stated, only pure gold is counted, and plating is no gold."""
    findings = []
    is_for_gold = bool(facts.gold_in and facts.gold_out)
    for piece in (*facts.gold_in, *facts.gold_out):
        if piece.mix_class not in tuple(MixClass):
            message = "what the gold is mixed with must be stated"
        elif piece.mix_class == MixClass.TRACE:
            message = "a trace of gold, as in plating, is not sold as gold"
        elif is_for_gold and piece.mix_class in NOT_FOR_GOLD:
            message = "gold joined with silver or other goods is sold for money, not for gold"
        elif piece.fine_tenths * 1000 > piece.net_weight_mg * piece.fineness_bp:
            message = "alloying metal is not gold: only the pure part is counted"
        else:
            continue
        observed = str(piece.mix_class) if piece.mix_class is not None else None
        field = f"gold.{piece.item_id}.mix_class"
        findings.append(found("SRF-12", field, message, observed=observed))
    return findings


def rule_srf_13(facts: SarfFacts) -> list[Finding]:
    """White gold is gold, silver follows the same rules, and nothing else is exchanged here."""
    message = "only gold, white gold and silver are exchanged under these rules"
    return [
        found("SRF-13", "metal", message, observed=piece.metal, limit=", ".join(sorted(METALS)))
        for piece in (*facts.gold_in, *facts.gold_out)
        if piece.metal not in METALS
    ]


def rule_srf_14(facts: SarfFacts) -> list[Finding]:
    """A service beside gold for gold costs what it costs."""
    if not facts.gold_in or not facts.gold_out or facts.service_fee_minor == 0:
        return []
    cost = facts.service_cost_minor or 0
    if facts.service_fee_minor <= cost:
        return []
    message = "a service inside gold for gold is charged at its actual cost at most"
    return [
        found("SRF-14", "service_fee", message, observed=facts.printed(facts.service_fee_minor),
              limit=facts.printed(cost))
    ]  # fmt: skip


def rule_srf_15(facts: SarfFacts) -> list[Finding]:
    """Jewellery is gold, unless the board rules otherwise."""
    if facts.is_jewellery_gold:
        return []
    message = "jewellery is treated as goods and not as gold: only the board can permit that"
    return [found("SRF-15", "is_jewellery_gold", message, observed="false", limit="true")]


def rule_srf_18(facts: SarfFacts) -> list[Finding]:
    """Who finds a hidden defect in time keeps the gold or gives it back, as he chooses."""
    defect = facts.defect
    if defect is None or defect.is_honoured:
        return []
    last_on = defect.sold_on + timedelta(days=defect.term_days)
    if defect.found_on > last_on:
        return []
    message = "a hidden defect found in time leaves the buyer the choice to keep or return"
    return [
        found(
            "SRF-18", "defect", message, observed=defect.choice or "no choice", limit=str(last_on)
        )
    ]


def rule_srf_19(facts: SarfFacts) -> list[Finding]:
    """Who sells far below the market saw another's quote; further down, the board is asked."""
    session, price = facts.session, facts.price
    if session is None or session.kind is not SessionKind.PURCHASE:
        return []
    asked = session.price_minor
    if price is None or asked is None:
        return [found("SRF-19", "market", "the market value of the gold must be known")]
    # A price rounded down to a whole unit is not further below the market than its share.
    least = share_minor(price.market_minor, BP - price.review_discount_above_bp)
    unquoted = share_minor(price.market_minor, BP - price.independent_quote_above_bp)
    findings = []
    if asked < least:
        findings.append(
            found(
                "SRF-19", "price", "the price is so far below the market that the board is asked",
                observed=facts.printed(asked), limit=facts.printed(least), severity=Severity.REVIEW,
            )
        )  # fmt: skip
    if asked < unquoted and not price.has_independent_quote:
        message = "who sells so far below the market is shown an independent quote first"
        findings.append(
            found("SRF-19", "independent_quote", message, observed=facts.printed(asked),
                  limit=facts.printed(unquoted))
        )  # fmt: skip
    return findings


def rule_srf_20(facts: SarfFacts) -> list[Finding]:
    """The customer is told that the central bank's paper on currency exchange leaves gold out."""
    version = facts.disclosure.version if facts.disclosure is not None else None
    if version is not None and ("SRF-20", version) in facts.disclosures_acknowledged:
        return []
    message = (
        "the customer must acknowledge that the policy document on bai' al-sarf does not cover gold"
        " and silver, and approves no product of them"
    )
    return [found("SRF-20", "disclosure_ack", message, limit=version)]
