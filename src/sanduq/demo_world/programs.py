"""A program with the five kinds of targets, what its clients said before and after, and a record
of what the books do not know."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sanduq import demo
from sanduq.demo_world.telling import Story
from sanduq.demo_world.world import USD, Member, World
from sanduq.microfinance.programs import service as programs
from sanduq.microfinance.programs.impact import service as impact
from sanduq.microfinance.programs.impact.model import GivenCell, GivenMetric, Period
from sanduq.microfinance.programs.indicators.model import Dimension, Source
from sanduq.microfinance.programs.model import NewProgram, Target
from sanduq.microfinance.programs.surveys import service as surveys
from sanduq.microfinance.programs.surveys.model import (
    Consent,
    LikelihoodBand,
    Location,
    NewResponse,
    NewScorecard,
    NewSurvey,
    Question,
    ScorecardQuestion,
    ScoredAnswer,
    SurveyConsentMethod,
    SurveyKind,
)

PROGRAM = "prg_livelihoods"
VILLAGES = 24
SHARE_ASKED_AGAIN = 0.86

TARGETS = (
    ("income_change", 0, 25), ("asset_ownership", "0.35", "0.6"),
    ("female_borrowers", 0, 110), ("business_ownership", "0.4", "0.65"),
    ("school_enrollment", 180, 230), ("training_completion", "0.1", "0.5"),
    ("healthcare_access", "0.45", "0.7"), ("insurance_coverage", "0.05", "0.3"),
    ("jobs_created", 0, 60),
)  # fmt: skip
"""Indicator, baseline and target, of each of the five kinds."""

QUESTIONS = (
    Question("income", "What does the household earn in a month?", "income_change"),
    Question("tools", "Do you own the tools you work with?", "asset_ownership"),
    Question("business", "Is the business in your own name?", "business_ownership"),
    Question("school", "How many of your children go to school?", "school_enrollment"),
    Question("training", "Did you finish a course this year?", "training_completion"),
    Question("clinic", "Did you see a nurse when you needed one?", "healthcare_access"),
    Question("takaful", "Is the household covered by takaful?", "insurance_coverage"),
    Question("jobs", "How many people did you hire?", "jobs_created"),
    Question("wish", "What would help you most?", None),
)
CARD = NewScorecard(
    country="MY",
    version="demonstration",
    line="national",
    questions=(
        ScorecardQuestion(
            "roof", (ScoredAnswer("thatch", 0), ScoredAnswer("tin", 25), ScoredAnswer("tile", 50))
        ),
        ScorecardQuestion("water", (ScoredAnswer("well", 0), ScoredAnswer("tap", 30))),
        ScorecardQuestion("phone", (ScoredAnswer("none", 0), ScoredAnswer("owned", 20))),
    ),
    lookup=(
        LikelihoodBand(0, 29, 6_400), LikelihoodBand(30, 59, 3_800), LikelihoodBand(60, 100, 1_500)
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Round:
    """One round of questions: when, and how likely a yes is to each."""

    kind: SurveyKind
    on: date
    raised: bool


def begin(world: World) -> None:
    """Puts the story into the diary."""
    world.diary.begin(date(2022, 6, 1), _livelihoods(world))


def _livelihoods(world: World) -> Story:
    """Approved, joined by the loans of two dozen groups, and asked about twice."""
    with world.teller.acting() as uow:
        programs.create_program(uow, _program())
    with world.teller.acting(demo.CHECKER) as uow:
        programs.approve_program(uow, PROGRAM)
        card_id = surveys.create_scorecard(uow, CARD).scorecard_id
    yield date(2023, 1, 5)
    _enrol(world)
    clients = [one for village in world.villages[:VILLAGES] for one in village.borrowers]
    homes = {one.party_id: world.teller.dice.choices(tuple(Location), (6, 2, 2))[0]
             for one in clients}  # fmt: skip
    yield date(2023, 1, 20)
    _asked(world, Round(SurveyKind.BASELINE, world.teller.today, False), card_id, clients, homes)
    yield date(2023, 3, 1)
    _recorded(world)
    yield date(2023, 11, 22)
    again = [one for one in clients if world.teller.dice.random() < SHARE_ASKED_AGAIN]
    _asked(world, Round(SurveyKind.FOLLOW_UP, world.teller.today, True), card_id, again, homes)


def _program() -> NewProgram:
    return NewProgram(
        program_id=PROGRAM,
        external_id="demo-program-livelihoods",
        name="Women's livelihoods",
        description="Working capital and training for women in two dozen villages",
        starts_on=date(2022, 1, 3),
        ends_on=date(2024, 12, 31),
        asset=USD,
        branch_ids=(),
        product_ids=(),
        group_ids=(),
        pool_id=None,
        subsidy=None,
        absorption_order=("sadaqah:debt_relief", "own"),
        targets=tuple(
            Target(code, Decimal(start), Decimal(end), date(2024, 12, 31))
            for code, start, end in TARGETS
        ),
        metadata={},
    )


def _enrol(world: World) -> None:
    """The loans of the program's villages so far."""
    numbers = {village.group_id[-3:] for village in world.villages[:VILLAGES]}
    joined = [
        loan_id
        for external_id, loan_id in sorted(world.found.items())
        if external_id.startswith("L-") and external_id[2:5] in numbers
    ]
    with world.teller.acting() as uow:
        programs.enrol_loans(uow, PROGRAM, joined)


def _asked(
    world: World,
    asked: Round,
    card_id: str,
    people: Sequence[Member],
    homes: Mapping[str, Location],
) -> None:
    dice = world.teller.dice
    with world.teller.acting() as uow:
        survey = surveys.create_survey(
            uow,
            NewSurvey(
                program_id=PROGRAM, name=f"{asked.kind.value.replace('_', '-')} of {asked.on:%Y}",
                kind=asked.kind, questions=QUESTIONS, scorecard_id=card_id,
            ),
        )  # fmt: skip
        surveys.record_responses(
            uow,
            survey.survey_id,
            [
                NewResponse(
                    party_id=one.party_id,
                    answers=_answers(dice, raised=asked.raised),
                    poverty_answers=_home(dice, raised=asked.raised),
                    consent=Consent(True, asked.on, SurveyConsentMethod.ORAL),
                    collected_on=asked.on,
                    location=homes[one.party_id],
                )
                for one in people
            ],
        )


def _answers(dice: random.Random, *, raised: bool) -> dict[str, Any]:
    """Answers of one person; a year on, more of them are a yes."""
    more = 0.2 if raised else 0.0
    return {
        "income": dice.randint(70, 190) + (dice.randint(0, 50) if raised else 0),
        "tools": dice.random() < 0.38 + more,
        "business": dice.random() < 0.42 + more,
        "school": dice.randint(0, 3) + int(dice.random() < more),
        "training": dice.random() < 0.12 + 1.5 * more,
        "clinic": dice.random() < 0.47 + more,
        "takaful": dice.random() < 0.06 + more,
        "jobs": dice.choices((0, 1, 2), (70, 24, 6) if raised else (94, 5, 1))[0],
        "wish": dice.choice(("a bigger market", "cheaper transport", "a cold store")),
    }


def _home(dice: random.Random, *, raised: bool) -> dict[str, str]:
    return {
        "roof": dice.choices(("thatch", "tin", "tile"), (30, 55, 15) if raised else (40, 50, 10))[
            0
        ],
        "water": dice.choices(("well", "tap"), (50, 50) if raised else (58, 42))[0],
        "phone": dice.choices(("none", "owned"), (25, 75))[0],
    }


def _recorded(world: World) -> None:
    """What the books do not know: who was trained."""
    parts = (
        GivenCell(Dimension.GENDER, "female", 96, 96), GivenCell(Dimension.GENDER, "male", 18, 18)
    )  # fmt: skip
    trained = GivenMetric("individuals_trained", 114, 114, Source.ECONOMIC, parts)
    with world.teller.acting() as uow:
        impact.record_impact(uow, PROGRAM, Period(date(2022, 7, 1), date(2022, 12, 31)), [trained])
