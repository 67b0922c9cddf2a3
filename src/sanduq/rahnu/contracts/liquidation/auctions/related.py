"""Who may not buy a pledge: staff, valuers, and whoever stands near them (rule RHN-25)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.kit.db import UnitOfWork
from sanduq.kit.pages import Page, PageRequest
from sanduq.parties import service as parties
from sanduq.rahnu.contracts.liquidation.auctions import store_related
from sanduq.rahnu.contracts.liquidation.auctions.errors import RelatedPartyUnknown
from sanduq.rahnu.contracts.liquidation.auctions.model import RelatedParty, Relation
from sanduq.shariah import service as shariah
from sanduq.shariah.model import Evaluation, Finding
from sanduq.shariah.rulebook import found

RUN = "auction.run"


def record(
    uow: UnitOfWork,
    party_id: str,
    relation: Relation,
    *,
    user_id: str | None = None,
    note: str | None = None,
) -> RelatedParty:
    """Puts a party on the register. Refuses NOT_FOUND, FORBIDDEN, CONFLICT one that is on it."""
    access.require_authority(uow, RUN, None)
    parties.get_party(uow, party_id)
    made = RelatedParty(party_id, relation, user_id, note, uow.now, uow.actor.user_id, None, None)
    store_related.insert(uow, made)
    audit.record(uow, [Deed("related_party.record", party_id, note, {"relation": str(relation)})])
    return made


def end(uow: UnitOfWork, party_id: str, reason: str) -> RelatedParty:
    """Says that the relation ended today. Refuses NOT_FOUND, FORBIDDEN."""
    access.require_authority(uow, RUN, None)
    if not store_related.end(uow, party_id):
        raise RelatedPartyUnknown
    audit.record(uow, [Deed("related_party.end", party_id, reason)])
    return store_related.load(uow, [party_id])[party_id]


def list_related(
    uow: UnitOfWork, request: PageRequest, *, relation: Relation | None = None
) -> Page[RelatedParty]:
    """The register, newest first."""
    filters: Mapping[str, str] = {} if relation is None else {"relation": str(relation)}
    return store_related.search(uow, filters, request)


def related(uow: UnitOfWork, party_ids: Collection[str], pledgee_id: str | None = None) -> set[str]:
    """Those of the parties that stand on the creditor's side today, the creditor among them."""
    found = store_related.load(uow, party_ids) if party_ids else {}
    near = {party_id for party_id, one in found.items() if one.is_related_on(uow.today)}
    return near | ({pledgee_id} & set(party_ids) if pledgee_id is not None else set())


def refuse_related(uow: UnitOfWork, subject_id: str, party_id: str) -> None:
    """Asks, before there is a lot to bid on, whether a party may bid at all.

    Refuses SHARIAH_VIOLATION one who stands on the creditor's side (RHN-25).
    """
    findings: tuple[Finding, ...] = ()
    if related(uow, [party_id]):
        message = "the creditor, its staff and its valuers do not buy, nor through others"
        findings = (found("RHN-25", "bidder_id", message, observed=party_id),)
    shariah.enforce(findings)
    shariah.store_evaluations(
        uow, subject_id, "admit_bidder", [Evaluation("RHN-25", findings)], {"party_id": party_id}
    )
