"""Shariah checks of a pledge together: which rules a command concerns, in the book's order.

Each check is a function of its own, named after its rule, in the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sanduq.rahnu import (
    rules_custody_fee,
    rules_deposit,
    rules_disclosure,
    rules_keeping,
    rules_pledge,
    rules_procedure,
    rules_sale,
)
from sanduq.rahnu.facts import RahnAction, RahnFacts
from sanduq.shariah import rules_contracts, rules_default, rules_general
from sanduq.shariah.model import Evaluation, Finding, settled
from sanduq.shariah.rulebook import load_rulebook

Check = Callable[[RahnFacts], list[Finding]]

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "GEN-01": rules_general.rule_gen_01,
        "GEN-03": rules_general.rule_gen_03,
        "GEN-04": rules_general.rule_gen_04,
        "GEN-05": rules_general.rule_gen_05,
        "GEN-08": rules_general.rule_gen_08,
        "GEN-10": rules_general.rule_gen_10,
        "GEN-11": rules_general.rule_gen_11,
        "GEN-12": rules_general.rule_gen_12,
        "GEN-14": rules_general.rule_gen_14,
        "GEN-18": rules_contracts.rule_gen_18,
        "RHN-01": rules_pledge.rule_rhn_01,
        "RHN-02": rules_pledge.rule_rhn_02,
        "RHN-03": rules_pledge.rule_rhn_03,
        "RHN-04": rules_pledge.rule_rhn_04,
        "RHN-05": rules_pledge.rule_rhn_05,
        "RHN-06": rules_pledge.rule_rhn_06,
        "RHN-07": rules_pledge.rule_rhn_07,
        "RHN-08": rules_keeping.rule_rhn_08,
        "RHN-09": rules_keeping.rule_rhn_09,
        "RHN-10": rules_custody_fee.rule_rhn_10,
        "RHN-11": rules_custody_fee.rule_rhn_11,
        "RHN-12": rules_custody_fee.rule_rhn_12,
        "RHN-13": rules_custody_fee.rule_rhn_13,
        "RHN-14": rules_custody_fee.rule_rhn_14,
        "RHN-15": rules_pledge.rule_rhn_15,
        "RHN-16": rules_pledge.rule_rhn_16,
        "RHN-17": rules_keeping.rule_rhn_17,
        "RHN-18": rules_keeping.rule_rhn_18,
        "RHN-19": rules_keeping.rule_rhn_19,
        "RHN-20": rules_sale.rule_rhn_20,
        "RHN-21": rules_pledge.rule_rhn_21,
        "RHN-22": rules_sale.rule_rhn_22,
        "RHN-23": rules_sale.rule_rhn_23,
        "RHN-24": rules_sale.rule_rhn_24,
        "RHN-25": rules_sale.rule_rhn_25,
        "RHN-26": rules_keeping.rule_rhn_26,
        "RHN-27": rules_pledge.rule_rhn_27,
        "RHN-28": rules_keeping.rule_rhn_28,
        "RHN-29": rules_keeping.rule_rhn_29,
        "RHN-30": rules_pledge.rule_rhn_30,
        "RHN-31": rules_pledge.rule_rhn_31,
        "RHN-32": rules_keeping.rule_rhn_32,
        "RHN-33": rules_pledge.rule_rhn_33,
        "RHN-34": rules_keeping.rule_rhn_34,
        "RHN-35": rules_keeping.rule_rhn_35,
        "ARN-01": rules_procedure.rule_arn_01,
        "ARN-02": rules_procedure.rule_arn_02,
        "ARN-03": rules_procedure.rule_arn_03,
        "ARN-04": rules_procedure.rule_arn_04,
        "ARN-05": rules_procedure.rule_arn_05,
        "ARN-06": rules_procedure.rule_arn_06,
        "ARN-07": rules_procedure.rule_arn_07,
        "ARN-08": rules_procedure.rule_arn_08,
        "ARN-09": rules_procedure.rule_arn_09,
        "ARN-10": rules_procedure.rule_arn_10,
        "ARN-11": rules_procedure.rule_arn_11,
        "ARN-12": rules_procedure.rule_arn_12,
        "WDI-01": rules_deposit.rule_wdi_01,
        "WDI-02": rules_deposit.rule_wdi_02,
        "WDI-03": rules_deposit.rule_wdi_03,
        "WDI-04": rules_deposit.rule_wdi_04,
        "WDI-05": rules_deposit.rule_wdi_05,
        "WDI-06": rules_deposit.rule_wdi_06,
        "WDI-07": rules_deposit.rule_wdi_07,
        "DEF-02": rules_default.rule_def_02,
        "DEF-07": rules_default.rule_def_07,
        "DIS-05": rules_disclosure.rule_dis_05,
    }
)


def _ids(text: str) -> frozenset[str]:
    """`RHN 01 02 ARN 03` is RHN-01, RHN-02 and ARN-03."""
    ids, section = set(), ""
    for word in text.split():
        if word.isdigit():
            ids.add(f"{section}-{word}")
        else:
            section = word
    return frozenset(ids)


_DRAWN = _ids("GEN 01 05 11 12 18 RHN 01 02 05 13 15 16 21 31")
_WHOLE = _DRAWN | _ids("GEN 03 04 14 RHN 03 04 10 11 12 14 27")
_SALE = _ids("RHN 05 21 22 23 24 25 27 ARN 02 03 04 05 06 07 08 DEF 02")

RULES_BY_ACTION: Mapping[RahnAction, frozenset[str]] = MappingProxyType(
    {
        RahnAction.SAVE_TEMPLATE: _ids("RHN 15 16 21 23"),
        RahnAction.SAVE_FEE_POLICY: _ids("RHN 10 11 12 WDI 06"),
        RahnAction.CREATE: _DRAWN | _ids("RHN 10 11 12"),
        RahnAction.SUBMIT: _WHOLE,
        RahnAction.REVIEW: _WHOLE,
        RahnAction.EXECUTE: _WHOLE
        | _ids("RHN 06 29 30 ARN 01 11 WDI 02 05 06 DIS 05"),
        RahnAction.REPAY: _ids("GEN 08 10"),
        RahnAction.RELEASE: _ids("RHN 05 17 18 19 ARN 10 12"),
        RahnAction.PARTIAL_RELEASE: _ids("RHN 05 17 18 19 ARN 12"),
        RahnAction.ADD_ITEM: _ids("GEN 18 RHN 03 04 05 06 10 11 12 14 29 30"),
        RahnAction.SWAP: _ids("GEN 18 RHN 03 04 05 06 10 11 12 14 28 29 30 ARN 12"),
        RahnAction.EXTEND: _ids("GEN 08 RHN 32 ARN 01"),
        RahnAction.RENEW: _ids("GEN 01 05 08 11 12 RHN 10 11 12 13 14 30 31 32 33")
        | _ids("ARN 01 11 DIS 05"),
        RahnAction.REVALUE: _ids("RHN 05 30"),
        RahnAction.MARGIN_CALL: _ids("RHN 23"),
        RahnAction.LOSS: _ids("RHN 05 08 09 29 WDI 03"),
        RahnAction.DEATH: _ids("RHN 35"),
        RahnAction.DEFAULT_NOTICE: _ids("RHN 23 ARN 02"),
        RahnAction.AUCTION_NOTICE: _ids("RHN 23 ARN 02"),
        RahnAction.LIQUIDATE: _SALE,
        RahnAction.BID: _ids("RHN 25 ARN 04 05"),
        RahnAction.SALE: _SALE | _ids("ARN 10"),
        RahnAction.DISTRIBUTE: _ids("GEN 08 RHN 14 20 ARN 09 10 DEF 07"),
        RahnAction.SURPLUS: _ids("RHN 34 ARN 09"),
        RahnAction.MOVE: _ids("RHN 16 26 WDI 01"),
        RahnAction.TERMINATE: _ids("RHN 07 19"),
        RahnAction.DEPOSIT: _ids("GEN 11 18 WDI 01 02 03 04 05 06 07"),
    }
)  # fmt: skip

SELLING = frozenset({RahnAction.LIQUIDATE, RahnAction.SALE})


def evaluate(facts: RahnFacts, action: RahnAction) -> list[Evaluation]:
    """Runs every rule that `action` concerns, and returns every outcome, passed or not.

    The order is the book's. Rules that do not bind the institution's profile are left out;
    `review` findings carry the resolution that settles them on that day. What to do with the
    findings is for `shariah.enforce` to say. Refuses (`ValueError`) to judge a sale without one.
    """
    if action in SELLING and facts.sale is None:
        raise ValueError(f"{action} is judged by its sale, planned or made")
    rulebook = load_rulebook()
    wanted = RULES_BY_ACTION[action]
    return [
        Evaluation(rule_id, tuple(settled(f, facts.resolutions, facts.on) for f in check(facts)))
        for rule_id, check in CHECKS.items()
        if rule_id in wanted and facts.profile in rulebook[rule_id].profiles
    ]
