"""Founding an institution: the only rows written outside a unit of work, by the owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sanduq.access.model import SCOPES, hash_secret, hint_of
from sanduq.kit.clock import SystemClock, local_date
from sanduq.kit.db import Connection
from sanduq.kit.errors import Conflict
from sanduq.kit.ids import new_id
from sanduq.kit.money import MINOR_MAX, currency

DECISIONS = (
    "loan.approve", "loan.disburse", "loan.reschedule", "repayment.reverse", "product.approve",
    "cost_study.approve_finance", "cost_study.approve_shariah", "api_key.create", "user.create",
    "capital.add", "period.close", "loan.import", "loan.assess", "loan.default", "loan.write_off",
    "loan.forgive", "loan.rebate", "loan.charge", "trade.step", "fee.true_up", "cost.record",
    "endowment.approve", "fund.distribute", "fund.spend", "charity.spend", "zakat.pay",
    "pool.approve", "program.approve", "group.close", "common_fund.pay", "guarantee.call",
    "till.settle", "price_board.approve", "valuation.record", "valuation.confirm",
    "valuation_policy.set", "custody.move", "custody.release", "stocktake.sign", "takaful.record",
    "custody_cost.approve_finance", "custody_cost.approve_shariah", "fee_policy.approve",
    "pledge_template.approve", "pledge.review", "pledge.execute", "pledge.release",
    "pledge.change", "pledge.terminate", "pledge.loss", "pledge.liquidate", "auction.run",
    "auction.award", "surplus.pay", "surplus.transfer", "sarf_terms.approve", "sarf.session",
    "sarf.promise", "sarf.price_lower", "sarf.resale", "sarf.void", "sarf.revalue",
    "sarf.loss",
)  # fmt: skip

# What each role may do: its scopes, and the decisions it may take with the limit in US cents
# (or their like) per decision; None is no limit.
ROLES: Mapping[str, tuple[str, frozenset[str], Mapping[str, int | None]]] = {
    "field_officer": (
        "Field officer",
        frozenset(
            {"microfinance:write", "parties:write", "kyc:write", "ledger:read", "events:read",
             "access:read", "shariah:read", "shariah-governance:read"}
        ),
        {"loan.disburse": 500_000_00, "repayment.reverse": 1_000_00, "loan.reschedule": None,
         "loan.assess": None, "trade.step": 500_000_00, "guarantee.call": None},
    ),
    "branch_manager": (
        "Branch manager",
        frozenset(
            {"microfinance:write", "parties:write", "kyc:write", "ledger:read", "events:read",
             "access:write", "shariah:read", "shariah-governance:read", "reports:read",
             "rahnu:write", "gold:write", "custody:write", "sarf:write"}
        ),
        {"loan.approve": 1_000_000_00, "loan.disburse": 1_000_000_00, "repayment.reverse": None,
         "loan.reschedule": None, "loan.import": None, "loan.assess": None, "loan.default": None,
         "loan.write_off": 100_000_00, "loan.forgive": 100_000_00, "loan.rebate": None,
         "loan.charge": None, "trade.step": None, "group.close": None, "common_fund.pay": None,
         "guarantee.call": None, "program.approve": None, "till.settle": 1_000_00,
         "price_board.approve": None, "valuation_policy.set": None, "takaful.record": None,
         "pledge.execute": 1_000_000_00, "pledge.release": None, "pledge.change": None,
         "pledge.terminate": None, "pledge.loss": None, "pledge.liquidate": 1_000_000_00,
         "auction.award": None, "surplus.pay": None, "stocktake.sign": None,
         "custody.release": None, "sarf.session": 1_000_000_00, "sarf.promise": None,
         "sarf.price_lower": None, "sarf.resale": None, "sarf.void": None,
         "sarf.revalue": None, "sarf.loss": None},
    ),
    "pawn_clerk": (
        "Counter clerk",
        frozenset(
            {"rahnu:write", "gold:write", "custody:read", "parties:write", "kyc:write",
             "ledger:read", "events:read", "shariah:read"}
        ),
        {"pledge.execute": 500_000_00, "pledge.release": None, "pledge.change": None},
    ),
    "valuer": (
        "Valuer",
        frozenset({"gold:write", "rahnu:read", "custody:read", "parties:read", "events:read"}),
        {"valuation.record": None, "valuation.confirm": None},
    ),
    "vault_keeper": (
        "Vault keeper",
        frozenset({"custody:write", "gold:read", "rahnu:read", "parties:read", "events:read"}),
        {"custody.move": None, "custody.release": None, "stocktake.sign": None},
    ),
    "auction_officer": (
        "Auction officer",
        frozenset(
            {"rahnu:write", "gold:read", "custody:read", "parties:write", "kyc:write",
             "events:read"}
        ),
        {"auction.run": None},
    ),
    "gold_dealer": (
        "Gold dealer",
        frozenset(
            {"sarf:write", "gold:write", "custody:read", "parties:write", "kyc:write",
             "ledger:read", "events:read", "shariah:read"}
        ),
        {"sarf.session": 500_000_00, "sarf.promise": 500_000_00},
    ),
    "finance_officer": (
        "Finance officer",
        frozenset(
            {"ledger:write", "microfinance:write", "funds:write", "waqf:write", "sadaqah:write",
             "rahnu:write", "gold:write", "custody:write", "sarf:write", "reports:read",
             "events:read"}
        ),
        {"cost_study.approve_finance": None, "capital.add": None, "period.close": None,
         "fee.true_up": None, "cost.record": None, "pool.approve": None, "fund.distribute": None,
         "fund.spend": None, "zakat.pay": None, "loan.write_off": None,
         "till.settle": None, "price_board.approve": None, "takaful.record": None,
         "custody_cost.approve_finance": None, "pledge.liquidate": None, "surplus.pay": None,
         "surplus.transfer": None, "stocktake.sign": None, "sarf.resale": None,
         "sarf.void": None, "sarf.revalue": None, "sarf.loss": None},
    ),
    "fund_manager": (
        "Fund manager",
        frozenset(
            {"waqf:write", "sadaqah:write", "funds:write", "parties:write", "ledger:read",
             "microfinance:read", "reports:read", "events:read"}
        ),
        {"fund.distribute": 500_000_00, "fund.spend": 500_000_00, "zakat.pay": 500_000_00,
         "loan.forgive": None},
    ),
    "impact_officer": (
        "Impact officer",
        frozenset({"microfinance:write", "parties:read", "reports:read", "events:read"}),
        {"program.approve": None},
    ),
    "shariah_reviewer": (
        "Shariah reviewer",
        frozenset(
            {"shariah:write", "shariah-governance:write", "microfinance:write", "waqf:write",
             "sadaqah:read", "funds:write", "rahnu:write", "gold:read", "custody:read",
             "sarf:write"}
        ),
        {"cost_study.approve_shariah": None, "product.approve": None, "endowment.approve": None,
         "charity.spend": None, "custody_cost.approve_shariah": None, "fee_policy.approve": None,
         "pledge_template.approve": None, "pledge.review": None, "surplus.transfer": None,
         "sarf_terms.approve": None},
    ),
    "administrator": (
        "Administrator",
        SCOPES,
        {"api_key.create": None, "user.create": None, "loan.import": None},
    ),
}  # fmt: skip

PROHIBITED_PURPOSES = (
    "alcohol", "conventional_insurance", "gambling", "interest_finance", "pork", "pornography",
    "tobacco", "weapons_trade",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewInstitution:
    """What is asked of whoever founds one. `clock_frozen_at` makes it a sandbox."""

    institution_id: int
    id: str
    name: str
    currency: str
    time_zone: str = "UTC"
    shariah_profile: str = "AAOIFI"
    is_live: bool = False
    clock_frozen_at: datetime | None = None
    weekend: tuple[int, ...] = ()
    holidays: tuple[date, ...] = ()
    branch_id: str = "brn_main"
    branch_name: str = "Main branch"
    rate_limit_per_minute: int = 6000
    roles: Mapping[str, tuple[str, frozenset[str], Mapping[str, int | None]]] = field(
        default_factory=lambda: ROLES
    )


def found_institution(connection: Connection, new: NewInstitution) -> None:
    """Writes the institution, its first branch and its roles. Runs as the owner of the tables.

    Refuses CONFLICT an id that is taken, `AmountError` an unknown currency.
    """
    currency(new.currency)
    now = new.clock_frozen_at or SystemClock().now()
    taken = connection.execute(
        "select 1 from access.institution where id = %s or institution_id = %s",
        (new.id, new.institution_id),
    ).fetchone()
    if taken is not None:
        raise Conflict(f"the institution {new.id} exists already")
    connection.execute(
        "insert into access.institution values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        (
            new.institution_id, new.id, new.name, new.is_live, new.time_zone, new.currency,
            new.shariah_profile, list(new.weekend), list(new.holidays),
            list(PROHIBITED_PURPOSES), 18, new.rate_limit_per_minute, new.clock_frozen_at,
            local_date(now, new.time_zone) - timedelta(days=1), now,
        ),
    )  # fmt: skip
    connection.execute(
        "insert into access.branch values (%s, %s, %s, true, %s)",
        (new.institution_id, new.branch_id, new.branch_name, now),
    )
    for role, (name, scopes, decisions) in new.roles.items():
        connection.execute(
            "insert into access.role values (%s, %s, %s, %s)",
            (new.institution_id, role, name, sorted(scopes)),
        )
        for decision, limit in decisions.items():
            connection.execute(
                "insert into access.role_limit values (%s, %s, %s, '*', %s)",
                (new.institution_id, role, decision, MINOR_MAX if limit is None else limit),
            )


def add_user(
    connection: Connection, institution_id: int, user_id: str, name: str, roles: Sequence[str]
) -> None:
    """Adds one of the first users, before there is anyone to approve others."""
    connection.execute(
        "insert into access.staff_user"
        " (institution_id, user_id, name, roles, is_active, created_at)"
        " select %s, %s, %s, %s, true, created_at from access.institution"
        " where institution_id = %s",
        (institution_id, user_id, name, list(roles), institution_id),
    )


def add_key(
    connection: Connection, institution_id: int, user_id: str, secret: str, scopes: Sequence[str]
) -> None:
    """Adds one of the first keys, active at once."""
    connection.execute(
        "insert into access.api_key (institution_id, key_id, name, hint, key_hash, user_id, scopes,"
        " status, created_at, created_by)"
        " select %s, %s, 'first key', %s, %s, %s, %s, 'ACTIVE', created_at, %s"
        " from access.institution where institution_id = %s",
        (
            institution_id, new_id("key"), hint_of(secret), hash_secret(secret), user_id,
            list(scopes), user_id, institution_id,
        ),
    )  # fmt: skip
