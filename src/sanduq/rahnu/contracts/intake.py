"""Taking a pledge in: its parties, terms, things and debt are found and fit together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sanduq.access import service as access
from sanduq.assets.items import service as items_service
from sanduq.assets.items.model import Item, ItemKind, NewItem
from sanduq.assets.model import Metal
from sanduq.assets.valuations import service as valuations
from sanduq.custody.kya import service as kya
from sanduq.funds.pools import service as pools
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.kit.money import Asset
from sanduq.parties import service as parties
from sanduq.rahnu.contracts import debts, store
from sanduq.rahnu.contracts.charges import require_policy
from sanduq.rahnu.contracts.debts import SecuredDebt
from sanduq.rahnu.contracts.errors import (
    CurrencyDiffers,
    ItemPledgedAlready,
    NoFeePolicy,
    TermTooLong,
)
from sanduq.rahnu.contracts.model import (
    ContractItem,
    ItemStatus,
    NewContract,
    StatedAsset,
)
from sanduq.rahnu.fees.model import FeePolicy
from sanduq.rahnu.templates import service as templates
from sanduq.rahnu.templates.model import Template

METALS = {"gold": Metal.GOLD, "silver": Metal.SILVER}


@dataclass(frozen=True, slots=True)
class Basis:
    """What a new pledge stands on, read once."""

    template: Template
    policy: FeePolicy
    branch_id: str
    borrower_id: str
    term_months: int
    debt: SecuredDebt | None


def admit(uow: UnitOfWork, new: NewContract) -> Basis:
    """What the pledge stands on.

    Refuses in this order: NOT_FOUND (template, pledgor, pledgee, borrower, branch, pool,
    debt),
    CONFLICT a template or fee policy nothing is taken under, LIMIT_EXCEEDED a term above the
    template's, VALIDATION_ERROR two debts at once or a debt in another currency.
    """
    template = templates.template_for(uow, new.template_id, new.asset)
    if template.terms.fee_policy_id is None:
        raise NoFeePolicy
    policy = require_policy(uow, template.terms.fee_policy_id, new.asset)
    borrower_id = new.loan.borrower_id if new.loan and new.loan.borrower_id else new.pledgor_id
    pledgor = parties.load_parties(uow, {new.pledgor_id, new.pledgee_id, borrower_id})[
        new.pledgor_id
    ]
    if new.branch_id and not access.known_branches(uow, [new.branch_id]):
        raise NotFound(f"there is no branch {new.branch_id}")
    if new.loan is not None and new.loan.pool_id is not None:
        pools.get_pool(uow, new.loan.pool_id)
    term_months = new.term_months or template.terms.term_months_max
    if term_months > template.terms.term_months_max:
        raise TermTooLong(
            f"{template.name} allows {template.terms.term_months_max} months; this asks for"
            f" {term_months}"
        )
    named = [one for one in (new.debt_id, new.outside_debt, new.loan) if one is not None]
    if len(named) > 1:
        raise ValidationFailed.field(
            "secured_obligation_id", "two_obligations",
            "name the debt by its id, or an outside one, or ask for a loan: one of the three",
        )  # fmt: skip
    debt = _debt(uow, new)
    if debt is not None and debt.debtor_id is not None:
        borrower_id = debt.debtor_id
    branch_id = new.branch_id or pledgor.branch_id or access.default_branch(uow)
    return Basis(template, policy, branch_id, borrower_id, term_months, debt)


def _debt(uow: UnitOfWork, new: NewContract) -> SecuredDebt | None:
    if new.debt_id is None:
        return None
    found = debts.find(uow, new.debt_id)
    if found.asset != new.asset:
        raise CurrencyDiffers.field(
            "currency", "currency_differs",
            f"{new.debt_id} is in {found.asset.code}, the pledge in {new.asset.code}; a pledge"
            " is valued in the currency of its debt",
        )  # fmt: skip
    return found


def things(
    uow: UnitOfWork,
    contract_id: str,
    owner_id: str,
    stated: Sequence[StatedAsset],
    asset: Asset,
    *,
    first_number: int = 1,
) -> tuple[ContractItem, ...]:
    """The things offered, each a registered item: known ones are found, new ones registered.

    Refuses NOT_FOUND an item, CONFLICT one that is pledged or held already (`ITEM_ALREADY_PLEDGED`
    names where), VALIDATION_ERROR a thing that is neither valued nor given a value, another
    currency than its valuation, and whatever the register of items refuses.
    """
    fresh = [_new_item(one, owner_id) for one in stated if one.item_id is None]
    registered = iter(items_service.register_items(uow, fresh) if fresh else ())
    known = items_service.load_items(uow, [one.item_id for one in stated if one.item_id])
    found: list[tuple[StatedAsset, Item]] = []
    for place, one in enumerate(stated):
        if one.item_id is not None and one.item_id not in known:
            raise NotFound(f"there is no item {one.item_id} (pledged_assets.{place}.item_id)")
        found.append((one, known[one.item_id] if one.item_id else next(registered)))
    ids = [item.item_id for _, item in found]
    if len(set(ids)) < len(ids):
        raise ValidationFailed.field("pledged_assets", "repeated", "an item is named twice")
    refuse_pledged(uow, contract_id, [item for _, item in found])
    valued = valuations.newest_confirmed(uow, ids)
    made = []
    for number, (one, item) in enumerate(found, start=first_number):
        valuation = valued.get(item.item_id)
        if valuation is not None and valuation.value.asset != asset:
            valuation = None
        stated_minor = one.value_minor
        if stated_minor is None and valuation is None:
            raise ValidationFailed.field(
                "appraised_value", "missing",
                f"{one.description or item.item_id} has no confirmed valuation in {asset.code};"
                " state its appraised_value or have it valued",
            )  # fmt: skip
        value = valuation.value.amount_minor if valuation is not None else stated_minor
        assert value is not None
        made.append(
            ContractItem(
                item, number, ItemStatus.PROPOSED, one.type,
                value if stated_minor is None else stated_minor,
                None if valuation is None else valuation.valuation_id, value, uow.now, None,
            )
        )  # fmt: skip
    return tuple(made)


def refuse_pledged(uow: UnitOfWork, contract_id: str, offered: Sequence[Item]) -> None:
    """Refuses CONFLICT things that another pledge or deposit holds, under this name or another."""
    ids = [item.item_id for item in offered]
    taken = store.pledged_elsewhere(uow, contract_id, ids)
    if taken:
        item_id, other = next(iter(taken.items()))
        raise ItemPledgedAlready(f"{item_id} is pledged under {other}; it must be released first")
    for twin in kya.twins(uow, offered):
        if twin.subject_id != contract_id:
            raise ItemPledgedAlready(
                f"{twin.item_id} looks like {twin.twin_item_id}, which is held under"
                f" {twin.subject_id} (same {twin.matched_on}); look at both before going on"
            )


def _new_item(stated: StatedAsset, owner_id: str) -> NewItem:
    return NewItem(
        owner_id=owner_id,
        kind=ItemKind(stated.kind),
        metal=METALS.get(stated.type, Metal.NONE),
        description=stated.description,
        gross_weight_mg=stated.weight_mg,
        stone_weight_mg=stated.stone_weight_mg,
        other_weight_mg=stated.other_weight_mg,
        fineness_bp=stated.fineness_bp,
        marks=stated.marks,
        serial=stated.serial,
    )
