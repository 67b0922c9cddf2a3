"""What the rules of spot exchange and of the facility look at, and when they are asked.

A part that a command does not concern stays None or empty. Where a rule needs a part that is None,
it refuses: what is not known is not permitted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sanduq.sarf.facts_exchange import (
    SPOT,
    AgentFact,
    DefectFact,
    GoldPiece,
    PartDelivery,
    PossessionFact,
    PriceFact,
    SessionFact,
)
from sanduq.sarf.facts_facility import (
    AfterWindow,
    BoardAnswers,
    ContractOneFact,
    ContractTwoFact,
    CoverFact,
    DisclosureFact,
    FeeFact,
    MonitorFact,
)
from sanduq.sarf.facts_promise import CounterPromise, DamagesFact, PromiseFact, SecurityMargin
from sanduq.sarf.model import Leg, MixClass, PossessionKind, SessionEnd, SessionKind
from sanduq.shariah.facts import ContractFacts
from sanduq.shariah.facts_contracts import Conclusion, Move

__all__ = [
    "SPOT",
    "AfterWindow",
    "AgentFact",
    "BoardAnswers",
    "ContractOneFact",
    "ContractTwoFact",
    "CounterPromise",
    "CoverFact",
    "DamagesFact",
    "DefectFact",
    "DisclosureFact",
    "FeeFact",
    "GoldPiece",
    "Leg",
    "MixClass",
    "MonitorFact",
    "PartDelivery",
    "PossessionFact",
    "PossessionKind",
    "PriceFact",
    "PromiseFact",
    "SarfAction",
    "SarfFacts",
    "SecurityMargin",
    "SessionEnd",
    "SessionFact",
    "SessionKind",
]


class SarfAction(StrEnum):
    """What is being done when the rules are asked.

    A sitting is opened by OPEN (the institution buys under a facility), OPEN_SECOND (it sells
    under its promise), RESALE or EXCHANGE; it is closed by CLOSE, under a promise CLOSE_SECOND.
    """

    SAVE_TERMS = "save_terms"
    QUOTE = "quote"
    CREATE = "create"
    OPEN = "open"
    ACCEPT = "accept"
    RECEIVE = "receive"
    CLOSE = "close"
    PROMISE = "promise"
    ASK = "ask"
    OPEN_SECOND = "open_second"
    CLOSE_SECOND = "close_second"
    EXCHANGE = "exchange"
    RESALE = "resale"
    LAPSE = "lapse"
    VOID = "void"
    MESSAGE = "message"
    MONITOR = "monitor"
    REVALUE = "revalue"


@dataclass(frozen=True, slots=True, kw_only=True)
class SarfFacts(ContractFacts):
    """Facts on which the rules of an exchange, a promise and a facility are decided.

    `approval`, `parties`, `conditions`, `charges`, `payment` and the like are those of every
    contract. `ties` are loans of the customer that hang on the deal, `recourse` what is asked of
    him when gold falls (a margin call, a top-up, a shortfall), `burdens` what he loses if he does
    not buy. `messages` are texts sent to him, `possession_kinds` those the terms allow (None: all).
    """

    # one exchange
    session: SessionFact | None = None
    possessions: tuple[PossessionFact, ...] = ()
    gold_in: tuple[GoldPiece, ...] = ()
    gold_out: tuple[GoldPiece, ...] = ()
    scale_tolerance_tenths: int = 0
    money_minor: int = 0  # paid over and above gold for gold, beside the service
    service_fee_minor: int = 0
    service_cost_minor: int | None = None
    price: PriceFact | None = None
    agent: AgentFact | None = None
    part: PartDelivery | None = None
    defect: DefectFact | None = None
    possession_kinds: frozenset[PossessionKind] | None = None
    is_jewellery_gold: bool = True
    conclusion: Conclusion | None = None
    moves: tuple[Move, ...] = ()
    # the facility
    board: BoardAnswers | None = None
    purchase: ContractOneFact | None = None
    promise: PromiseFact | None = None
    second: ContractTwoFact | None = None
    after: AfterWindow | None = None
    monitor: MonitorFact | None = None
    cover: CoverFact | None = None
    disclosure: DisclosureFact | None = None
    ties: tuple[str, ...] = ()
    recourse: tuple[str, ...] = ()
    burdens: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    disclosures_acknowledged: frozenset[tuple[str, str]] = frozenset()  # (rule id, version)
