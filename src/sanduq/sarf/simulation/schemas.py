"""Wire shapes of simulations."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, WithJsonSchema

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.wire import (
    Currency,
    ExternalId,
    Input,
    ListOutput,
    Metadata,
    Output,
    PageQuery,
    asset_of,
)
from sanduq.sarf.simulation.bounds import HISTORY_MAX, MONTHS_MAX, SEED_MAX
from sanduq.sarf.simulation.history import read_history
from sanduq.sarf.simulation.kept import KeptSimulation, SimulationHeading, heading_of
from sanduq.sarf.simulation.model import (
    DEFAULT_CUSTOMERS,
    Behaviour,
    CustomerGroup,
    PledgeStructure,
    PriceModel,
    PricePaths,
    SarfStructure,
    SimulationParameters,
    paths_found,
)
from sanduq.sarf.simulation.schemas_results import SimulationParametersOut, SimulationResultsOut

CSV_CHARACTERS_MAX = 2_000_000
PATHS_DEFAULT = 10_000


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("must be a number")
    return float(value)


Number = Annotated[float, BeforeValidator(_number), WithJsonSchema({"type": "number"})]
Whole = Annotated[int, Field(ge=0, le=MONTHS_MAX)]


class CustomerGroupIn(Input):
    """A share of the customers who do alike. The shares of all groups come to 1."""

    behaviour: Behaviour
    share: Number
    part: Number = 1.0
    short_of_cash: Number = 0.0
    worth_threshold: Number = 1.0
    budget: Number = 1.10


class PricePathsIn(Input):
    """How prices move: `given` one path or several, `history` as numbers or `history_csv`."""

    start_price: Number = 200.0
    drift: Number = 0.0
    volatility: Number = 0.15
    given: list[list[Number]] | list[Number] | None = None
    history: Annotated[list[Number], Field(max_length=HISTORY_MAX)] | None = None
    history_csv: Annotated[str, Field(max_length=CSV_CHARACTERS_MAX)] | None = None
    block_length: Annotated[int, Field(ge=1, le=HISTORY_MAX)] = 3
    steps_per_month: Annotated[int, Field(ge=1, le=31)] = 1

    def prices(self, model: PriceModel) -> PricePaths:
        """How prices move. Refuses VALIDATION_ERROR two histories, or a CSV it cannot read."""
        if self.history is not None and self.history_csv is not None:
            raise ValidationFailed.field(
                "prices.history", "one_of_two", "send history or history_csv, not both"
            )
        history = self.history or []
        return PricePaths(
            model=model,
            start_price=self.start_price,
            drift=self.drift,
            volatility=self.volatility,
            given=tuple(tuple(path) for path in self._paths()),
            history=read_history(self.history_csv) if self.history_csv else tuple(history),
            block_length=self.block_length,
            steps_per_month=self.steps_per_month,
        )

    def _paths(self) -> list[list[float]]:
        given = self.given or []
        listed = [path for path in given if isinstance(path, list)]
        return listed or ([[price for price in given if not isinstance(price, list)]] * bool(given))


class SarfStructureIn(Input):
    """Contract 1, the promise and what becomes of gold not bought back."""

    buy_fraction: Number = 0.70
    cap_fraction: Number = 0.75
    opens_months: Whole = 6
    closes_months: Whole = 8
    resale_fraction: Number = 0.80


class PledgeStructureIn(Input):
    """Loan, fee, maturity, renewal and sale of a pledge."""

    loan_margin: Number = 0.70
    fee_per_100_per_month: Number = 0.70
    maturity_months: Whole = 6
    renewal_months: Whole = 2
    sale_fraction: Number = 0.80
    recovered_fraction: Number = 0.0
    call_ratio: Number = 0.85


class SimulationIn(Input):
    """What to simulate. Everything has a default; those of the customers are assumptions."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"model": "gbm", "paths": 10000, "months": 8, "seed": 7}]
        }
    )  # fmt: skip

    model: PriceModel = PriceModel.GBM
    paths: Annotated[int, Field(ge=1)] | None = None
    months: Annotated[int, Field(ge=1, le=MONTHS_MAX)] = 8
    seed: Annotated[int, Field(ge=0, le=SEED_MAX)] = 1
    currency: Currency = "MYR"
    weight_grams: Number = 50.0
    fineness: Number = 999.0
    trade_fraction: Number = 0.80
    finds_cash_later: Number = 0.50
    renews_without_cash: Number = 0.50
    keeping_cost_per_100_per_month: Number = 0.0
    opportunity_per_year: Number = 0.0
    prices: PricePathsIn = PricePathsIn()
    sarf: SarfStructureIn = SarfStructureIn()
    pledge: PledgeStructureIn = PledgeStructureIn()
    customers: Annotated[list[CustomerGroupIn], Field(max_length=100)] | None = None
    grid_buy_fractions: list[Number] | None = None
    grid_cap_fractions: list[Number] | None = None
    grid_loan_margins: list[Number] | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def parameters(self) -> SimulationParameters:
        """What to simulate. Refuses VALIDATION_ERROR an unknown currency, an unreadable history."""
        asset_of(self.currency)
        prices, standard = self.prices.prices(self.model), SimulationParameters()
        found = paths_found(prices, self.months)
        groups = tuple(CustomerGroup(**group.model_dump()) for group in self.customers or ())
        return SimulationParameters(
            paths=self.paths or found or PATHS_DEFAULT,
            months=self.months,
            seed=self.seed,
            currency=self.currency,
            weight_grams=self.weight_grams,
            fineness=self.fineness,
            trade_fraction=self.trade_fraction,
            finds_cash_later=self.finds_cash_later,
            renews_without_cash=self.renews_without_cash,
            keeping_cost_per_100_per_month=self.keeping_cost_per_100_per_month,
            opportunity_per_year=self.opportunity_per_year,
            prices=prices,
            sarf=SarfStructure(**self.sarf.model_dump()),
            pledge=PledgeStructure(**self.pledge.model_dump()),
            customers=groups if self.customers is not None else DEFAULT_CUSTOMERS,
            grid_buy_fractions=_side(self.grid_buy_fractions, standard.grid_buy_fractions),
            grid_cap_fractions=_side(self.grid_cap_fractions, standard.grid_cap_fractions),
            grid_loan_margins=_side(self.grid_loan_margins, standard.grid_loan_margins),
        )


class SimulationFilters(PageQuery):
    model: PriceModel | None = None
    external_id: ExternalId | None = None
    created_from: Annotated[AwareDatetime | None, Field(alias="created_at.gte")] = None
    created_before: Annotated[AwareDatetime | None, Field(alias="created_at.lt")] = None


class SimulationHeadingOut(Output):
    """How a simulation was made, without what came of it."""

    id: str
    type: Literal["sarf_simulation"]
    external_id: str | None
    model: PriceModel
    paths: int
    months: int
    seed: int
    engine_version: str
    metadata: dict[str, str]
    created_at: datetime
    created_by: str


class SimulationOut(SimulationHeadingOut):
    """A simulation. Its figures are floats for thinking with: none of them is in the books."""

    parameters: SimulationParametersOut
    results: SimulationResultsOut


class SimulationList(ListOutput):
    data: list[SimulationHeadingOut]


def heading_out(heading: SimulationHeading) -> dict[str, Any]:
    """A simulation without its results, as the API writes it."""
    return SimulationHeadingOut(
        id=heading.simulation_id,
        type="sarf_simulation",
        external_id=heading.external_id,
        model=heading.model,
        paths=heading.paths,
        months=heading.months,
        seed=heading.seed,
        engine_version=heading.engine_version,
        metadata=dict(heading.metadata),
        created_at=heading.created_at,
        created_by=heading.created_by,
    ).model_dump()


def simulation_out(kept: KeptSimulation) -> dict[str, Any]:
    """A simulation as the API writes it."""
    simulation = kept.simulation
    return SimulationOut(
        **heading_out(heading_of(kept)),
        parameters=SimulationParametersOut.model_validate(asdict(simulation.parameters)),
        results=SimulationResultsOut.model_validate(asdict(simulation.result)),
    ).model_dump()


def _side(given: list[float] | None, standard: tuple[float, ...]) -> tuple[float, ...]:
    return standard if given is None else tuple(given)
