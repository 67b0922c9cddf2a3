"""Shariah checks of spot exchange, promise and facility together: which a command concerns.

Each check is a function of its own, named after its rule, in the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sanduq.sarf import rules_first, rules_gold, rules_promise, rules_second, rules_spot
from sanduq.sarf.facts import SarfAction, SarfFacts
from sanduq.shariah import rules_contracts, rules_general
from sanduq.shariah.model import Evaluation, Finding, settled
from sanduq.shariah.rulebook import load_rulebook

Check = Callable[[SarfFacts], list[Finding]]

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "GEN-01": rules_general.rule_gen_01,
        "GEN-02": rules_contracts.rule_gen_02,
        "GEN-03": rules_general.rule_gen_03,
        "GEN-04": rules_general.rule_gen_04,
        "GEN-05": rules_general.rule_gen_05,
        "GEN-07": rules_contracts.rule_gen_07,
        "GEN-11": rules_general.rule_gen_11,
        "GEN-14": rules_general.rule_gen_14,
        "SRF-01": rules_spot.rule_srf_01,
        "SRF-02": rules_gold.rule_srf_02,
        "SRF-03": rules_spot.rule_srf_03,
        "SRF-04": rules_spot.rule_srf_04,
        "SRF-05": rules_spot.rule_srf_05,
        "SRF-06": rules_spot.rule_srf_06,
        "SRF-07": rules_gold.rule_srf_07,
        "SRF-08": rules_spot.rule_srf_08,
        "SRF-09": rules_spot.rule_srf_09,
        "SRF-10": rules_gold.rule_srf_10,
        "SRF-11": rules_spot.rule_srf_11,
        "SRF-12": rules_gold.rule_srf_12,
        "SRF-13": rules_gold.rule_srf_13,
        "SRF-14": rules_gold.rule_srf_14,
        "SRF-15": rules_gold.rule_srf_15,
        "SRF-16": rules_spot.rule_srf_16,
        "SRF-17": rules_spot.rule_srf_17,
        "SRF-18": rules_gold.rule_srf_18,
        "SRF-19": rules_gold.rule_srf_19,
        "SRF-20": rules_gold.rule_srf_20,
        "SRF-21": rules_spot.rule_srf_21,
        "WAD-01": rules_promise.rule_wad_01,
        "WAD-02": rules_promise.rule_wad_02,
        "WAD-03": rules_promise.rule_wad_03,
        "WAD-04": rules_promise.rule_wad_04,
        "WAD-05": rules_promise.rule_wad_05,
        "WAD-06": rules_promise.rule_wad_06,
        "WAD-07": rules_promise.rule_wad_07,
        "WAD-08": rules_promise.rule_wad_08,
        "WAD-09": rules_promise.rule_wad_09,
        "SCF-01": rules_first.rule_scf_01,
        "SCF-02": rules_first.rule_scf_02,
        "SCF-03": rules_first.rule_scf_03,
        "SCF-04": rules_first.rule_scf_04,
        "SCF-05": rules_first.rule_scf_05,
        "SCF-06": rules_second.rule_scf_06,
        "SCF-07": rules_second.rule_scf_07,
        "SCF-08": rules_second.rule_scf_08,
        "SCF-09": rules_first.rule_scf_09,
        "SCF-10": rules_first.rule_scf_10,
        "SCF-11": rules_first.rule_scf_11,
        "SCF-12": rules_second.rule_scf_12,
        "SCF-13": rules_second.rule_scf_13,
        "SCF-14": rules_second.rule_scf_14,
        "SCF-15": rules_second.rule_scf_15,
        "SCF-16": rules_first.rule_scf_16,
        "SCF-17": rules_first.rule_scf_17,
        "SCF-18": rules_first.rule_scf_18,
        "SCF-19": rules_second.rule_scf_19,
        "SCF-20": rules_first.rule_scf_20,
    }
)


def _ids(text: str) -> frozenset[str]:
    """`SRF 01 02 WAD 03` is SRF-01, SRF-02 and WAD-03."""
    ids, section = set(), ""
    for word in text.split():
        if word.isdigit():
            ids.add(f"{section}-{word}")
        else:
            section = word
    return frozenset(ids)


_OPENED = _ids("GEN 05 11 SRF 01 02 03 04 07 08 09 11 12 13 14 15 17")
_CLOSED = _ids("GEN 02 SRF 01 02 03 04 05 06 07 08 09 12 13 14 16 21 SCF 02")

RULES_BY_ACTION: Mapping[SarfAction, frozenset[str]] = MappingProxyType(
    {
        SarfAction.SAVE_TERMS: _ids("SRF 10 11 15 19 WAD 01 05 07 SCF 02 03 06 09 11 17 19"),
        SarfAction.QUOTE: _ids("GEN 01 11 SRF 15 17 SCF 01 11 20"),
        SarfAction.CREATE: _ids("GEN 01 03 04 05 11 14 SRF 15 17 20 SCF 01 02 11 13 16 18 20"),
        SarfAction.OPEN: _OPENED
        | _ids("GEN 01 04 07 14 SRF 19 SCF 01 02 03 10 11 13 17 18 20"),
        SarfAction.ACCEPT: _ids("GEN 02 SRF 01 03 04 08 09"),
        SarfAction.RECEIVE: _ids("SRF 01 05 06 07 09"),
        SarfAction.CLOSE: _CLOSED,
        SarfAction.PROMISE: _ids("GEN 11 SRF 10 WAD 01 02 03 05 06 07 08 09")
        | _ids("SCF 04 05 06 07 09 10 19 20"),
        SarfAction.ASK: _ids("SRF 10 WAD 03 06 07 08 SCF 05 06 07 08 09 10 20"),
        SarfAction.OPEN_SECOND: _OPENED
        | _ids("GEN 04 07 SRF 10 WAD 06 07 08 SCF 05 06 07 08 09 10 14 19 20"),
        SarfAction.CLOSE_SECOND: _CLOSED | _ids("WAD 02 SCF 05 06 07 08 14 19"),
        SarfAction.EXCHANGE: _OPENED,
        SarfAction.RESALE: _OPENED | _ids("SCF 12"),
        SarfAction.LAPSE: _ids("WAD 04 SCF 09 10 12"),
        SarfAction.VOID: _ids("SRF 18"),
        SarfAction.MESSAGE: _ids("SCF 09 10"),
        SarfAction.MONITOR: _ids("SCF 13"),
        SarfAction.REVALUE: _ids("SCF 15"),
    }
)  # fmt: skip

NEEDED: Mapping[SarfAction, tuple[str, ...]] = MappingProxyType(
    {
        SarfAction.OPEN: ("session", "purchase"),
        SarfAction.ACCEPT: ("session",),
        SarfAction.RECEIVE: ("session",),
        SarfAction.CLOSE: ("session",),
        SarfAction.CREATE: ("purchase",),
        SarfAction.PROMISE: ("promise",),
        SarfAction.ASK: ("promise", "second"),
        SarfAction.OPEN_SECOND: ("session", "promise", "second"),
        SarfAction.CLOSE_SECOND: ("session", "promise", "second"),
        SarfAction.EXCHANGE: ("session",),
        SarfAction.RESALE: ("session",),
        SarfAction.LAPSE: ("after",),
        SarfAction.MONITOR: ("monitor",),
        SarfAction.REVALUE: ("cover",),
    }
)
"""The facts an action is about: without them its rules would find nothing to look at."""


def evaluate(facts: SarfFacts, action: SarfAction) -> list[Evaluation]:
    """Runs every rule that `action` concerns, and returns every outcome, passed or not.

    The order is the book's. Rules that do not bind the institution's profile are left out;
    `review` findings carry the resolution that settles them on that day. What to do with the
    findings is for `shariah.enforce` to say. Refuses (`ValueError`) to judge an action without
    the facts it is about.
    """
    missing = [name for name in NEEDED.get(action, ()) if getattr(facts, name) is None]
    if missing:
        raise ValueError(f"{action} is judged by its {' and '.join(missing)}")
    rulebook = load_rulebook()
    wanted = RULES_BY_ACTION[action]
    return [
        Evaluation(rule_id, tuple(settled(f, facts.resolutions, facts.on) for f in check(facts)))
        for rule_id, check in CHECKS.items()
        if rule_id in wanted and facts.profile in rulebook[rule_id].profiles
    ]
