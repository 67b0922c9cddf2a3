"""Impact: figures reported by people, and the report of what became of a program."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sanduq.audit import service as audit
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.microfinance.programs import service as programs
from sanduq.microfinance.programs.impact import events, rules, store
from sanduq.microfinance.programs.impact.errors import NothingToChart
from sanduq.microfinance.programs.impact.facts import Action, CellFact, ImpactFacts
from sanduq.microfinance.programs.impact.model import (
    GivenMetric,
    ImpactRecord,
    Period,
    read_metrics,
)
from sanduq.microfinance.programs.impact.model_report import (
    Measured,
    Report,
    Sums,
    report,
    told_cells,
)
from sanduq.microfinance.programs.indicators import service as indicators
from sanduq.microfinance.programs.indicators.catalogue import load_catalogue
from sanduq.microfinance.programs.indicators.model import Indicator
from sanduq.microfinance.programs.model import Program, ProgramAction
from sanduq.shariah import service as shariah


def record_impact(
    uow: UnitOfWork, program_id: str, period: Period, given: Sequence[GivenMetric]
) -> ImpactRecord:
    """Records figures somebody reports for a period; a later record corrects them.

    Refuses NOT_FOUND; CONFLICT a program that is neither active nor closed; VALIDATION_ERROR
    days that are not over, an unknown indicator, one the platform computes (what the books know
    is never taken on anybody's word), and a figure its unit does not hold; SHARIAH_VIOLATION
    figures by parts of the people that do not say how many people they are about (DIS-06).
    """
    program = programs.require_program(uow, program_id, ProgramAction.REPORT)
    _check_period(uow, period, "period")
    fields = {each.indicator: f"metrics.{place}.indicator" for place, each in enumerate(given)}
    known = indicators.require_known(uow, fields)
    metrics = read_metrics(given, known, program.asset)
    # A small number is no news to who records it: it is kept, and hidden in reports.
    divided = {each.indicator for each in metrics if each.dimension is not None}
    facts = ImpactFacts(
        on=uow.today,
        cells=tuple(
            CellFact(f"metrics.{each.indicator}", each.respondents, each.respondents is not None)
            for each in metrics
            if each.indicator in divided
        ),
    )
    evaluations = rules.evaluate(facts, Action.RECORD)
    shariah.enforce(finding for each in evaluations for finding in each.findings)
    record = ImpactRecord(new_id("imp"), program_id, period, metrics, uow.now, uow.actor.user_id)
    store.insert_record(uow, record)
    shariah.store_evaluations(uow, record.record_id, "impact.record", evaluations, facts)
    details = {"program_id": program_id, "metrics": len(given)}
    audit.record(uow, [audit.Deed("impact.record", record.record_id, details=details)])
    outbox.record(uow, [events.reported(record)])
    return record


def impact_report(
    uow: UnitOfWork, program_id: str, from_on: date | None = None, to_on: date | None = None
) -> Report:
    """What became of a program between two days, its first day and today if none are named.

    Figures of fewer than five people are hidden, and whatever would give them away (DIS-06).
    Six statements, however many loans and answers there are. Refuses NOT_FOUND;
    VALIDATION_ERROR an end before the start.
    """
    program = programs.get_program(uow, program_id)
    ends_on = to_on or uow.today
    period = Period(from_on or min(program.starts_on, ends_on), ends_on)
    _check_period(uow, period)
    sums = Sums(
        store.base(uow, program_id, period),
        store.books(uow, program_id, period),
        store.surveyed(uow, program_id, period),
        store.recorded(uow, program_id, period),
    )
    found = report(program, period, _reported(uow, program, sums), sums)
    facts = ImpactFacts(on=uow.today, cells=told_cells(found))
    evaluations = rules.evaluate(facts, Action.PUBLISH)
    shariah.enforce(finding for each in evaluations for finding in each.findings)
    return found


def measured(
    uow: UnitOfWork, program_id: str, code: str, from_on: date | None, to_on: date | None
) -> Measured:
    """One indicator of the report. Refuses NOT_FOUND when the report does not hold it."""
    found = impact_report(uow, program_id, from_on, to_on).find(code)
    if found is None:
        raise NothingToChart
    return found


def _reported(uow: UnitOfWork, program: Program, sums: Sums) -> list[Indicator]:
    """Those with a target first, then what is computed, then what was answered or recorded."""
    catalogue = load_catalogue()
    codes = [
        *(each.indicator for each in program.targets),
        *(code for code, each in catalogue.items() if each.is_of_books),
        *(code for code in catalogue if code in sums.tallies or code in sums.records),
        *sorted(sums.tallies.keys() | sums.records.keys()),
    ]
    if sums.base.scored:
        codes += [code for code, each in catalogue.items() if each.is_computed]
    wanted = list(dict.fromkeys(codes))
    known = indicators.load_indicators(uow, wanted)
    return [known[code] for code in wanted if code in known]


def _check_period(uow: UnitOfWork, period: Period, field: str | None = None) -> None:
    to = f"{field}.to" if field is not None else "to"
    if period.starts_on > period.ends_on:
        raise ValidationFailed.field(to, "before_start", "the period ends before it starts")
    if period.ends_on > uow.today:
        raise ValidationFailed.field(to, "in_the_future", "that day has not come yet")
