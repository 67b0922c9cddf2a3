"""Parties on the real database: entering, changing, listing."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from sanduq.kit.clock import FixedClock
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import Forbidden, ValidationFailed
from sanduq.kit.money import currency
from sanduq.kit.pages import PageRequest, read_cursor
from sanduq.parties import service
from sanduq.parties.errors import ExternalIdTaken, PartyChanged, PartyIdTaken, PartyUnknown
from sanduq.parties.model import Gender, NewParty, Party, PartyFilters, PartyKind

Work = Callable[..., AbstractContextManager[UnitOfWork]]


@pytest.fixture(autouse=True)
def tiers(work: Work) -> None:
    for institution in ("inst_test", "inst_other"):
        with work("user_maker", institution) as uow:
            service.install_tiers(uow, [currency("USD")])


def a_person(name: str = "Amina Ben Salah", **facts: Any) -> NewParty:
    return NewParty(PartyKind.PERSON, name, **facts)


def entered(work: Work, *new: NewParty) -> list[Party]:
    with work("user_maker") as uow:
        return service.create_parties(uow, new)


class TestEntering:
    def test_a_party_starts_on_the_tier_that_asks_for_nothing(self, work: Work) -> None:
        (party,) = entered(work, a_person(gender=Gender.FEMALE, metadata={"loan_cycle": "1"}))
        with work("user_maker") as uow:
            assert service.get_party(uow, party.party_id) == party
        assert (party.kyc_tier, party.is_interdicted, party.version) == ("basic", False, 1)
        assert (party.branch_id, party.created_by) == ("brn_main", "user_maker")
        assert party.party_id.startswith("cpty_")

    def test_each_party_entered_is_told_to_the_outside_once(self, work: Work) -> None:
        new = [a_person(party_id="cpty_a"), a_person(party_id="cpty_b")]
        entered(work, *new)
        with work("user_maker") as uow:
            told = uow.all(
                "select subject_id from events.event where type = 'parties.party.created'"
            )
        assert sorted(told) == [("cpty_a",), ("cpty_b",)]

    @pytest.mark.parametrize(
        ("second", "refusal"),
        [
            ({"party_id": "cpty_a"}, PartyIdTaken),
            ({"party_id": "cpty_a", "external_id": "M-1"}, PartyIdTaken),
            ({"external_id": "M-1"}, ExternalIdTaken),
            ({"party_id": "cpty_c", "external_id": "M-1"}, ExternalIdTaken),
        ],
    )
    @pytest.mark.parametrize("is_same_batch", [True, False])
    def test_what_is_taken_is_refused_and_the_batch_leaves_nothing(
        self, work: Work, second: dict[str, str], refusal: type[Exception], is_same_batch: bool
    ) -> None:
        first = a_person(party_id="cpty_a", external_id="M-1")
        batch = [a_person(party_id="cpty_b"), a_person(**second)]
        if is_same_batch:
            batch.insert(0, first)
        else:
            entered(work, first)
        with work("user_maker") as uow:
            with pytest.raises(refusal):
                service.create_parties(uow, batch)
            left = service.list_parties(uow, PartyFilters(), PageRequest())
        assert [one.party_id for one in left.items] == ([] if is_same_batch else ["cpty_a"])

    def test_two_institutions_may_use_the_same_ids_and_never_see_each_other(
        self, work: Work
    ) -> None:
        entered(work, a_person(party_id="cpty_a", external_id="M-1"))
        with work("user_maker", "inst_other") as uow:
            with pytest.raises(PartyUnknown):
                service.get_party(uow, "cpty_a")
            service.create_parties(uow, [a_person("Other", party_id="cpty_a", external_id="M-1")])
        with work("user_maker") as uow:
            assert service.get_party(uow, "cpty_a").name == "Amina Ben Salah"

    @pytest.mark.parametrize(
        ("facts", "code"),
        [
            ({"party_id": "grp_village_003"}, "wrong_id"),
            ({"branch_id": "brn_nowhere"}, "unknown_branch"),
        ],
    )
    def test_a_wrong_id_or_branch_is_refused(
        self, work: Work, facts: dict[str, str], code: str
    ) -> None:
        with work("user_maker") as uow, pytest.raises(ValidationFailed) as refused:
            service.create_parties(uow, [a_person(**facts)])
        assert refused.value.details[0]["code"] == code

    def test_loading_names_every_party_that_does_not_exist(self, work: Work) -> None:
        entered(work, a_person(party_id="cpty_a"))
        with work("user_maker") as uow:
            assert set(service.load_parties(uow, ["cpty_a"])) == {"cpty_a"}
            with pytest.raises(PartyUnknown, match="cpty_x, cpty_y"):
                service.load_parties(uow, ["cpty_y", "cpty_a", "cpty_x"])


class TestChanging:
    def test_each_change_is_a_version_and_no_change_is_none(self, work: Work) -> None:
        (party,) = entered(work, a_person(phone="+216 71 000 000"))
        with work("user_maker") as uow:
            same = service.change_party(uow, party.party_id, {"name": party.name}, if_match=None)
            changed = service.change_party(
                uow, party.party_id, {"phone": None, "metadata": {"a": "b"}}, if_match='"v1"'
            )
            assert service.get_party(uow, party.party_id) == changed
        assert (same.etag, changed.etag) == ('"v1"', '"v2"')
        assert (changed.phone, changed.metadata) == (None, {"a": "b"})

    def test_a_change_based_on_an_older_version_is_refused(self, work: Work) -> None:
        (party,) = entered(work, a_person())
        with work("user_maker") as uow:
            service.change_party(uow, party.party_id, {"name": "B"}, if_match='"v1"')
            with pytest.raises(PartyChanged):
                service.change_party(uow, party.party_id, {"name": "C"}, if_match='"v1"')
            assert service.get_party(uow, party.party_id).name == "B"

    def test_an_external_id_of_another_is_refused_and_the_rest_of_the_work_stands(
        self, work: Work
    ) -> None:
        first, second = entered(work, a_person(external_id="M-1"), a_person(external_id="M-2"))
        with work("user_maker") as uow:
            with pytest.raises(ExternalIdTaken):
                service.change_party(uow, second.party_id, {"external_id": "M-1"}, if_match=None)
            service.change_party(uow, first.party_id, {"name": "B"}, if_match=None)
        with work("user_maker") as uow:
            found = service.load_parties(uow, [first.party_id, second.party_id])
        assert found[second.party_id].external_id == "M-2"
        assert found[first.party_id].name == "B"

    def test_only_who_may_verify_may_interdict(self, work: Work) -> None:
        (party,) = entered(work, a_person())
        change = {"is_interdicted": True}
        with work("user_finance") as uow, pytest.raises(Forbidden):
            service.change_party(uow, party.party_id, change, if_match=None)
        with work("user_checker") as uow:
            assert service.change_party(uow, party.party_id, change, if_match=None).is_interdicted

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"birth_on": "tomorrow"}, "in_the_future"),
            ({"branch_id": "brn_nowhere"}, "unknown_branch"),
        ],
    )
    def test_a_change_is_held_to_what_an_entry_is_held_to(
        self, work: Work, changes: dict[str, Any], code: str
    ) -> None:
        (party,) = entered(work, a_person())
        with work("user_maker") as uow:
            if "birth_on" in changes:
                changes = {"birth_on": uow.today + timedelta(days=1)}
            with pytest.raises(ValidationFailed) as refused:
                service.change_party(uow, party.party_id, changes, if_match=None)
        assert refused.value.details[0]["code"] == code


NAMES = ("Amina", "amal", "AMINE", "Am%", "Am_", "Am\\", "Khalid", "خديجة")


def a_population(work: Work, seed: int) -> list[Party]:
    """Sixty parties of both kinds and two tiers, several at the same instant."""
    rng = random.Random(seed)
    parties: list[Party] = []
    with work("user_maker") as uow:
        start = uow.now
        for number in range(60):
            uow.clock = FixedClock(start + timedelta(hours=rng.randrange(12)))
            new = NewParty(
                rng.choice(list(PartyKind)),
                f"{rng.choice(NAMES)} {number}",
                party_id=f"cpty_{number:03}",
                external_id=f"M-{number}" if number % 3 else None,
            )
            parties += service.create_parties(uow, [new])
    return parties


def passes(party: Party, filters: PartyFilters) -> bool:
    wanted = filters.name_prefix
    return (
        (filters.kind is None or party.kind is filters.kind)
        and (filters.kyc_tier is None or party.kyc_tier == filters.kyc_tier)
        and (filters.external_id is None or party.external_id == filters.external_id)
        and (wanted is None or party.name.lower().startswith(wanted.lower()))
        and (filters.created_from is None or party.created_at >= filters.created_from)
        and (filters.created_before is None or party.created_at < filters.created_before)
    )


def test_a_list_is_what_brute_force_finds_in_both_paginations(work: Work) -> None:
    seed = 20240115
    parties = a_population(work, seed)
    middle = sorted(party.created_at for party in parties)[30]
    cases = product(
        (None, PartyKind.PERSON),
        (None, "basic", "full"),
        (None, "M-1", "M-3", "M-nobody"),
        (None, "am", "Am%", "am_", "AM\\", "خد"),
        ((None, None), (middle, None), (None, middle)),
    )
    with work("user_maker") as uow:
        for kind, tier, external_id, name, (created_from, created_before) in cases:
            filters = PartyFilters(kind, tier, external_id, name, created_from, created_before)
            expected = sorted(
                (party for party in parties if passes(party, filters)),
                key=lambda party: (party.created_at, party.party_id),
                reverse=True,
            )
            assert by_cursor(uow, filters) == expected, (seed, filters)
            assert by_page(uow, filters, len(expected)) == expected, (seed, filters)


def by_cursor(uow: UnitOfWork, filters: PartyFilters) -> list[Party]:
    found: list[Party] = []
    request = PageRequest(limit=25)
    while True:
        page = service.list_parties(uow, filters, request)
        found += page.items
        if page.next_cursor is None:
            assert not page.has_more
            return found
        request = PageRequest(limit=25, cursor=read_cursor(page.next_cursor))


def by_page(uow: UnitOfWork, filters: PartyFilters, total: int) -> list[Party]:
    found: list[Party] = []
    for number in range(1, 20):
        page = service.list_parties(uow, filters, PageRequest(limit=25, page=number))
        assert page.total == total
        found += page.items
        if not page.has_more:
            break
    return found
