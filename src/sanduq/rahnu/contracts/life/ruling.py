"""The rules asked at every act on a pledge in force: gathered facts in, one outcome on record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sanduq.kit.db import UnitOfWork
from sanduq.rahnu.contracts.facts import Gathered
from sanduq.rahnu.facts import RahnAction, RahnFacts
from sanduq.rahnu.rules import evaluate
from sanduq.shariah import service as shariah


def keep_rules(uow: UnitOfWork, known: Gathered, action: RahnAction, **concerned: Any) -> RahnFacts:
    """Runs the rules of an act, refuses what they refuse and writes down what they found.

    `concerned` is what the act is about, by the names of `RahnFacts`. Refuses SHARIAH_VIOLATION.
    """
    facts = replace(known.facts, **concerned)
    evaluations = evaluate(facts, action)
    shariah.enforce([found for each in evaluations for found in each.findings])
    inputs = {
        "outstanding_minor": facts.outstanding_minor,
        "appraised_minor": facts.appraised_minor,
        "ltv_bp": facts.ltv_bp,
    }
    shariah.store_evaluations(uow, known.contract.contract_id, action.value, evaluations, inputs)
    return facts
