"""Verification on the real database: documents raise the tier, the tier bounds the exposure."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import psycopg
import pytest

from sanduq.kit.clock import FixedClock
from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Money, currency
from sanduq.kit.pages import PageRequest, read_cursor
from sanduq.parties import service
from sanduq.parties.errors import PartyUnknown, TierLimitExceeded
from sanduq.parties.model import (
    Document,
    NewParty,
    NewVerification,
    PartyKind,
    Tier,
    Verification,
    default_tiers,
)

Work = Callable[..., AbstractContextManager[UnitOfWork]]
USD = currency("USD")
IDENTITY = Document("national_id", "07123456")
ADDRESS = Document("proof_of_address", "STEG 2023-12")
INCOME = Document("income_proof", "Ledger of the shop")


@pytest.fixture(autouse=True)
def parties(work: Work) -> None:
    new = [NewParty(PartyKind.PERSON, one, party_id=f"cpty_{one}") for one in ("ali", "badr")]
    with work("user_maker") as uow:
        service.install_tiers(uow, [USD, currency("TND")])
        service.create_parties(uow, new)


def verified(work: Work, party_id: str, *documents: Document) -> Verification:
    with work("user_checker") as uow:
        return service.record_verifications(uow, [NewVerification(party_id, documents)])[0]


def tier_of(work: Work, party_id: str) -> str:
    with work("user_maker") as uow:
        return service.get_party(uow, party_id).kyc_tier


def dollars(amount: int) -> Money:
    return Money(amount * 100, USD)


class TestVerification:
    def test_documents_add_up_over_verifications(self, work: Work) -> None:
        assert verified(work, "cpty_ali", ADDRESS).tier == "basic"
        assert verified(work, "cpty_ali", IDENTITY).tier == "standard"
        assert verified(work, "cpty_ali", INCOME).tier == "full"
        assert tier_of(work, "cpty_ali") == "full"
        assert tier_of(work, "cpty_badr") == "basic"

    def test_documents_of_one_party_add_up_within_a_batch(self, work: Work) -> None:
        batch = [
            NewVerification("cpty_ali", [IDENTITY]),
            NewVerification("cpty_badr", [IDENTITY]),
            NewVerification("cpty_ali", [ADDRESS]),
        ]
        with work("user_checker") as uow:
            recorded = service.record_verifications(uow, batch)
        assert [one.tier for one in recorded] == ["simplified", "simplified", "standard"]
        assert tier_of(work, "cpty_ali") == "standard"

    def test_a_verification_is_told_to_the_outside_and_counts_the_version_up(
        self, work: Work
    ) -> None:
        verified(work, "cpty_ali", IDENTITY)
        with work("user_maker") as uow:
            told = uow.all(
                "select subject_id from events.event where type = 'kyc.verification.completed'"
            )
            assert service.get_party(uow, "cpty_ali").version == 2
        assert told == [("cpty_ali",)]

    def test_an_unknown_party_spoils_the_batch(self, work: Work) -> None:
        batch = [NewVerification(one, [IDENTITY]) for one in ("cpty_ali", "cpty_nobody")]
        with work("user_checker") as uow, pytest.raises(PartyUnknown):
            service.record_verifications(uow, batch)
        assert tier_of(work, "cpty_ali") == "basic"

    def test_a_recorded_verification_cannot_be_rewritten(self, work: Work) -> None:
        verified(work, "cpty_ali", IDENTITY)
        with (
            work("user_maker") as uow,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            uow.savepoint(),
        ):
            uow.execute("update parties.verification set tier = 'full'")

    @pytest.mark.parametrize("party_id", [None, "cpty_ali", "cpty_nobody"])
    def test_a_list_is_what_brute_force_finds(self, work: Work, party_id: str | None) -> None:
        recorded = [
            verified(work, one, IDENTITY) for one in ("cpty_ali", "cpty_badr", "cpty_ali") * 3
        ]
        expected = sorted(
            (one for one in recorded if party_id in (None, one.party_id)),
            key=lambda one: (one.created_at, one.verification_id),
            reverse=True,
        )
        found: list[Verification] = []
        request = PageRequest(limit=2)
        with work("user_maker") as uow:
            numbered = service.list_verifications(uow, party_id, PageRequest(limit=2, page=2))
            while True:
                page = service.list_verifications(uow, party_id, request)
                found += page.items
                if page.next_cursor is None:
                    break
                request = PageRequest(limit=2, cursor=read_cursor(page.next_cursor))
        assert found == expected
        assert numbered.total == len(expected)
        assert list(numbered.items) == expected[2:4]


class TestExpiry:
    def test_an_expired_document_carries_no_exposure_even_before_the_day_end(
        self, work: Work
    ) -> None:
        with work("user_maker") as uow:
            today, now = uow.today, uow.now
        passing = Document("national_id", "07123456", None, today + timedelta(days=10))
        verified(work, "cpty_ali", passing)
        with work("user_maker") as uow:
            assert service.get_party(uow, "cpty_ali").kyc_tier_through_on == passing.expires_on
            uow.clock = FixedClock(now + timedelta(days=10))
            service.check_exposure(uow, {"cpty_ali": dollars(3_000)})
            assert service.lower_lapsed_tiers(uow) == 0
            uow.clock = FixedClock(now + timedelta(days=11))
            with pytest.raises(TierLimitExceeded) as refused:
                service.check_exposure(uow, {"cpty_ali": dollars(3_000)})
        assert refused.value.details[0]["tier"] == "basic"

    def test_the_day_end_lowers_whose_document_expired_and_nobody_else(self, work: Work) -> None:
        with work("user_maker") as uow:
            today, now = uow.today, uow.now
        passing = Document("proof_of_address", "STEG", None, today + timedelta(days=1))
        verified(work, "cpty_ali", IDENTITY, passing)
        verified(work, "cpty_badr", IDENTITY)
        with work("user_maker") as uow:
            uow.clock = FixedClock(now + timedelta(days=2))
            assert service.lower_lapsed_tiers(uow) == 1
            assert service.lower_lapsed_tiers(uow) == 0
        assert tier_of(work, "cpty_ali") == "simplified"
        assert tier_of(work, "cpty_badr") == "simplified"


class TestExposure:
    def test_the_refusal_names_the_tier_that_would_allow_it_and_its_documents(
        self, work: Work
    ) -> None:
        # 10 000 USD is the limit of the third default tier, 500 USD that of the first.
        with work("user_maker") as uow, pytest.raises(TierLimitExceeded) as refused:
            service.check_exposure(uow, {"cpty_ali": dollars(10_000)})
        detail = refused.value.details[0]
        assert (refused.value.code, refused.value.status) == ("LIMIT_EXCEEDED", 422)
        assert (detail["field"], detail["code"]) == ("amount", "kyc_tier_limit")
        assert (detail["tier"], detail["limit"]) == ("basic", 500)
        assert detail["allowing_tier"] == "standard"
        assert detail["documents"] == ["national_id", "proof_of_address"]

    def test_only_documents_that_are_missing_are_asked_for(self, work: Work) -> None:
        verified(work, "cpty_ali", IDENTITY)
        with work("user_maker") as uow:
            refused = service.refused_exposures(
                uow, {"cpty_ali": dollars(3_001), "cpty_badr": dollars(500)}
            )
        assert set(refused) == {"cpty_ali"}
        assert refused["cpty_ali"].details[0]["missing_documents"] == ["proof_of_address"]

    def test_every_party_above_its_limit_has_its_line(self, work: Work) -> None:
        exposures = {"cpty_ali": dollars(501), "cpty_badr": dollars(50_001)}
        with work("user_maker") as uow, pytest.raises(TierLimitExceeded) as refused:
            service.check_exposure(uow, exposures)
        named = {one["party_id"]: one["allowing_tier"] for one in refused.value.details}
        assert named == {"cpty_ali": "simplified", "cpty_badr": None}

    def test_a_currency_without_a_limit_allows_nothing(self, work: Work) -> None:
        with work("user_maker") as uow, pytest.raises(TierLimitExceeded, match="no limit in EUR"):
            service.check_exposure(uow, {"cpty_ali": Money(1, currency("EUR"))})

    def test_an_unknown_party_is_not_found(self, work: Work) -> None:
        with work("user_maker") as uow, pytest.raises(PartyUnknown):
            service.check_exposure(uow, {"cpty_nobody": dollars(1)})


class TestTiers:
    def test_tiers_are_read_as_they_were_installed_and_installing_twice_changes_nothing(
        self, work: Work
    ) -> None:
        with work("user_maker") as uow:
            service.install_tiers(uow, [USD, currency("TND")])
            assert tuple(service.list_tiers(uow)) == default_tiers([USD, currency("TND")])

    def test_an_institution_may_set_its_own_limits(self, work: Work) -> None:
        basic, *others = default_tiers([USD])
        own = Tier(basic.tier, basic.rank, "No papers", (), {USD: dollars(100)})
        with work("user_maker") as uow:
            service.set_tiers(uow, [own, *others])
            with pytest.raises(TierLimitExceeded):
                service.check_exposure(uow, {"cpty_ali": dollars(101)})
