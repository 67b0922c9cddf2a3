"""Terms of the sarf facility, as the API takes them and as an institution has them approved."""

from __future__ import annotations

from typing import Any

from sanduq.kit.money import Asset, currency
from sanduq.parties import service as parties
from sanduq.parties.errors import PartyUnknown
from sanduq.parties.model import NewParty, PartyKind
from sanduq.sarf.terms import service
from sanduq.sarf.terms.model import FacilityTerms, NewTerms, Terms
from sanduq.sarf.terms.wording import standard_wordings
from sanduq.shariah import service as shariah
from sanduq.shariah.schemas import ResolutionIn
from tests.make.offers import a_resolution

HOUSE = "cpty_house"
ANSWERS = ["wafa", "inah", "gharar"]
USD = currency("USD")


def a_sarf_ruling(*scope: str, **changes: Any) -> dict[str, Any]:
    """A ruling made for demonstration that answers what is asked of a facility."""
    wanted = {"answers": ANSWERS, "is_demonstration": True, "title": "Gold bought and sold spot"}
    return a_resolution(*(scope or ("GEN-01", "SCF-01")), **wanted | changes)


def sarf_terms(**changes: Any) -> dict[str, Any]:
    """Gold bought at 70%, promised at no more than 75% from the sixth to the eighth month."""
    return {
        "name": "Spot gold with an undertaking",
        "currency": "USD",
        "settings": {"institution_party_id": HOUSE},
        **changes,
    }


def words(language: str = "en", **papers: str) -> dict[str, str]:
    """The house's own words in one language, with other ones on the papers named."""
    standard = next(each for each in standard_wordings() if each.language == language)
    return {
        "language": language,
        "contract_1": standard.contract_1,
        "promise": standard.promise,
        "contract_2": standard.contract_2,
        "window_notice": standard.window_notice,
        **papers,
    }


def the_house(work: Any) -> str:
    """The institution as a party; made, with the KYC tiers, when it is not there yet."""
    with work("user_maker") as uow:
        try:
            parties.get_party(uow, HOUSE)
        except PartyUnknown:
            parties.install_tiers(uow, [USD])
            new = NewParty(PartyKind.ORGANISATION, "The house", HOUSE)
            parties.create_parties(uow, [new])
    return HOUSE


def a_ruling(work: Any, *scope: str, **changes: Any) -> str:
    """A ruling on record; by default one that lets terms be approved."""
    with work("user_shariah") as uow:
        command = ResolutionIn(**a_sarf_ruling(*scope, **changes)).command()
        return shariah.create_resolution(uow, command).resolution_id


def active_terms(
    work: Any, *, asset: Asset = USD, ruling: str | None = None, **settings: Any
) -> Terms:
    """Default terms of the currency, drawn up by one user and approved by the reviewer."""
    new = NewTerms(
        name="Spot gold with an undertaking",
        asset=asset,
        settings=FacilityTerms(**{"institution_party_id": the_house(work), **settings}),
        wordings=standard_wordings(),
        resolution_id=ruling or a_ruling(work),
        is_default=True,
        external_id=None,
        metadata={},
    )
    with work("user_maker") as uow:
        drawn = service.create(uow, new)
    with work("user_shariah") as uow:
        return service.approve(uow, drawn.terms_id)
