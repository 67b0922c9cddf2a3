"""Parties, verifications and tiers over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from sanduq.access import service as access
from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import currency
from sanduq.parties import service

Work = Callable[..., AbstractContextManager[UnitOfWork]]
PARTIES = "/v1/parties"
VERIFICATIONS = "/v1/kyc/verifications"
AMINA = {
    "id": "cpty_borrower_001",
    "external_id": "M-0017",
    "kind": "person",
    "name": "أمينة  Ben Salah ",
    "birth_on": "1990-02-28",
    "gender": "female",
    "phone": "+216 71 000 000",
    "address": "12, rue de la Kasbah",
    "language": "fr",
    "metadata": {"loan_cycle": "1"},
}


@pytest.fixture(autouse=True)
def tiers(work: Work) -> None:
    for institution in ("inst_test", "inst_other"):
        with work("user_maker", institution) as uow:
            service.install_tiers(uow, [currency("USD")])


def codes(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


def test_a_party_is_answered_as_it_was_entered(client: TestClient) -> None:
    created = client.post(PARTIES, json=AMINA)
    assert created.status_code == 201, created.text
    expected = AMINA | {
        "name": "أمينة Ben Salah",
        "branch_id": "brn_main",
        "kyc_tier": "basic",
        "kyc_tier_through_on": None,
        "is_interdicted": False,
        "created_at": "2024-01-15T10:30:00Z",
        "created_by": "user_maker",
        "etag": '"v1"',
    }
    assert created.json() == expected
    read = client.get(f"{PARTIES}/cpty_borrower_001")
    assert (read.status_code, read.json()) == (200, expected)
    assert read.headers["ETag"] == '"v1"'


def test_an_organisation_needs_no_more_than_a_name(client: TestClient) -> None:
    created = client.post(PARTIES, json={"kind": "organisation", "name": "Weavers of Kairouan"})
    assert created.status_code == 201, created.text
    assert created.json()["id"].startswith("cpty_")
    assert created.json()["language"] == "en"


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"birth_on": "2024-01-16"}, ("birth_on", "in_the_future")),
        ({"birth_on": 0}, ("birth_on", "value_error")),
        ({"birth_on": "1990-02-30"}, ("birth_on", "date_from_datetime_parsing")),
        ({"kind": "organisation"}, ("birth_on", "not_a_person")),
        ({"kind": "company"}, ("kind", "enum")),
        ({"id": "grp_village_003"}, ("id", "wrong_id")),
        ({"id": "cpty_with space"}, ("id", "wrong_id")),
        ({"id": "cpty_nul\0"}, ("id", "wrong_id")),
        ({"name": "A\0B"}, ("name", "value_error")),
        ({"name": " \t "}, ("name", "value_error")),
        ({"external_id": "\0"}, ("external_id", "value_error")),
        ({"address": "\0"}, ("address", "value_error")),
        ({"metadata": {"a": "\0"}}, ("metadata", "value_error")),
        ({"phone": "٠١٢٣٤٥"}, ("phone", "string_pattern_mismatch")),
        ({"language": "de"}, ("language", "enum")),
        ({"branch_id": "brn_nowhere"}, ("branch_id", "unknown_branch")),
        ({"branch_id": "\0"}, ("branch_id", "value_error")),
        ({"kyc_tier": "full"}, ("kyc_tier", "unknown_field")),
        ({"is_interdicted": True}, ("is_interdicted", "unknown_field")),
        ({"extern_id": "M-1"}, ("extern_id", "unknown_field")),
    ],
)
def test_a_wrong_party_is_refused_and_nothing_is_kept(
    client: TestClient, wrong: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert codes(client.post(PARTIES, json=AMINA | wrong))[0] == expected
    assert client.get(PARTIES).json()["data"] == []


def test_an_unknown_field_is_refused_with_the_nearest_known_name(client: TestClient) -> None:
    refused = client.post(PARTIES, json=AMINA | {"extern_id": "M-1"})
    assert "did you mean external_id?" in refused.json()["errors"][0]["message"]


@pytest.mark.parametrize("second", [{}, {"id": "cpty_2"}, {"external_id": "M-2"}])
def test_an_id_is_given_once(client: TestClient, second: dict[str, str]) -> None:
    client.post(PARTIES, json=AMINA)
    refused = client.post(PARTIES, json=AMINA | second)
    assert (refused.status_code, refused.json()["code"]) == (409, "CONFLICT")
    assert len(client.get(PARTIES).json()["data"]) == 1


def test_a_repeated_key_enters_one_party(client: TestClient) -> None:
    body = {"kind": "person", "name": "Amina"}
    answers = [
        client.post(PARTIES, json=body, headers={"Idempotency-Key": "k-1"}) for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    assert len(client.get(PARTIES).json()["data"]) == 1


def test_a_party_of_another_institution_is_not_found(
    client: TestClient, other_client: TestClient
) -> None:
    client.post(PARTIES, json=AMINA)
    path = f"{PARTIES}/cpty_borrower_001"
    verification = {
        "party_id": "cpty_borrower_001",
        "documents": [{"kind": "national_id", "reference": "1"}],
    }
    assert other_client.get(path).status_code == 404
    assert other_client.patch(path, json={"name": "B"}).status_code == 404
    assert other_client.post(VERIFICATIONS, json=verification).status_code == 404
    assert other_client.get(PARTIES).json()["data"] == []


@pytest.mark.parametrize("party_id", ["grp_village_003", "cpty_%00", "cpty_", "x"])
def test_an_id_of_another_kind_is_refused_in_the_path(client: TestClient, party_id: str) -> None:
    assert codes(client.get(f"{PARTIES}/{party_id}")) == [("party_id", "wrong_id")]
    assert codes(client.patch(f"{PARTIES}/{party_id}", json={})) == [("party_id", "wrong_id")]


class TestChange:
    def test_only_what_is_sent_changes_and_null_empties(self, client: TestClient) -> None:
        before = client.post(PARTIES, json=AMINA).json()
        change: dict[str, Any] = {"phone": None, "name": "Amina B.", "metadata": {}}
        changed = client.patch(f"{PARTIES}/cpty_borrower_001", json=change)
        assert changed.status_code == 200, changed.text
        assert changed.json() == before | change | {"etag": '"v2"'}
        assert client.get(f"{PARTIES}/cpty_borrower_001").json() == changed.json()

    def test_if_match_keeps_two_editors_apart(self, client: TestClient) -> None:
        client.post(PARTIES, json=AMINA)
        path, headers = f"{PARTIES}/cpty_borrower_001", {"If-Match": '"v1"'}
        first = client.patch(path, json={"name": "First"}, headers=headers)
        second = client.patch(path, json={"name": "Second"}, headers=headers)
        assert first.status_code == 200, first.text
        assert (second.status_code, second.json()["code"]) == (409, "CONFLICT")
        assert client.get(path).json()["name"] == "First"

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"name": None}, "name"),
            ({"language": None}, "language"),
            ({"branch_id": None}, "branch_id"),
            ({"metadata": None}, "metadata"),
            ({"is_interdicted": "yes"}, "is_interdicted"),
            ({"is_interdicted": None}, "is_interdicted"),
            ({"kind": "organisation"}, "kind"),
            ({"kyc_tier": "full"}, "kyc_tier"),
            ({"birth_on": "2024-01-16"}, "birth_on"),
        ],
    )
    def test_what_may_not_change_or_be_emptied_is_refused(
        self, client: TestClient, change: dict[str, Any], field: str
    ) -> None:
        client.post(PARTIES, json=AMINA)
        refused = client.patch(f"{PARTIES}/cpty_borrower_001", json=change)
        assert codes(refused)[0][0] == field

    def test_interdiction_needs_the_right_to_verify(
        self, client: TestClient, checker_client: TestClient, work: Work
    ) -> None:
        client.post(PARTIES, json=AMINA)
        with work("user_maker") as uow:
            key, secret = access.create_key(
                uow, name="front desk", user_id="user_maker", scopes=["parties:write"]
            )
        with work("user_checker") as uow:
            access.approve_key(uow, key.key_id)
        path = f"{PARTIES}/cpty_borrower_001"
        change = {"is_interdicted": True}
        desk = {"Authorization": f"Bearer {secret}"}
        refused = client.patch(path, json=change, headers=desk)
        assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")
        assert client.patch(path, json={"name": "B"}, headers=desk).status_code == 200
        assert checker_client.patch(path, json=change).json()["is_interdicted"] is True


class TestVerification:
    def test_documents_raise_the_tier(self, client: TestClient) -> None:
        client.post(PARTIES, json=AMINA)
        documents = [
            {
                "kind": "national_id",
                "reference": "07123456",
                "issued_on": "2020-05-01",
                "expires_on": "2030-04-30",
            },
            {"kind": "proof_of_address", "reference": "STEG 2023-12"},
        ]
        body = {"party_id": "cpty_borrower_001", "documents": documents}
        recorded = client.post(VERIFICATIONS, json=body)
        assert recorded.status_code == 201, recorded.text
        answer = recorded.json()
        assert answer.pop("id").startswith("kyc_")
        unsaid = {"issued_on": None, "expires_on": None}
        assert answer == {
            "party_id": "cpty_borrower_001",
            "documents": [documents[0], documents[1] | unsaid],
            "tier": "standard",
            "verified_by": "user_maker",
            "created_at": "2024-01-15T10:30:00Z",
        }
        party = client.get(f"{PARTIES}/cpty_borrower_001").json()
        assert (party["kyc_tier"], party["kyc_tier_through_on"]) == ("standard", "2030-04-30")
        assert party["etag"] == '"v2"'
        listed = client.get(VERIFICATIONS, params={"party_id": "cpty_borrower_001"}).json()
        assert listed["data"] == [recorded.json()]

    @pytest.mark.parametrize(
        ("wrong", "expected"),
        [
            ({"tier": "full"}, ("tier", "unknown_field")),
            ({"party_id": "mfl_1"}, ("party_id", "wrong_id")),
            ({"documents": []}, ("documents", "too_short")),
            (
                {"documents": [{"kind": "library_card", "reference": "1"}]},
                ("documents.0.kind", "unknown_document"),
            ),
            (
                {"documents": [{"kind": "national_id", "reference": "\0"}]},
                ("documents.0.reference", "value_error"),
            ),
            (
                {
                    "documents": [
                        {"kind": "national_id", "reference": "1", "expires_on": "2024-01-14"}
                    ]
                },
                ("documents.0.expires_on", "document_expired"),
            ),
        ],
    )
    def test_a_wrong_verification_is_refused_and_raises_nothing(
        self, client: TestClient, wrong: dict[str, Any], expected: tuple[str, str]
    ) -> None:
        client.post(PARTIES, json=AMINA)
        body = {
            "party_id": "cpty_borrower_001",
            "documents": [{"kind": "national_id", "reference": "07123456"}],
        }
        assert codes(client.post(VERIFICATIONS, json=body | wrong))[0] == expected
        assert client.get(f"{PARTIES}/cpty_borrower_001").json()["kyc_tier"] == "basic"

    def test_the_tiers_say_what_they_ask_for_and_allow(self, client: TestClient) -> None:
        listed = client.get("/v1/kyc/tiers")
        assert listed.status_code == 200, listed.text
        assert [
            (one["tier"], one["required_documents"], one["limits"][0]["exposure"])
            for one in listed.json()["data"]
        ] == [
            ("basic", [], 500),
            ("simplified", ["national_id"], 3000),
            ("standard", ["national_id", "proof_of_address"], 10000),
            ("full", ["national_id", "proof_of_address", "income_proof"], 50000),
        ]


class TestList:
    def enter(self, client: TestClient, count: int) -> list[str]:
        for number in range(count):
            body = {"id": f"cpty_{number}", "kind": "person", "name": f"Amina {number}"}
            assert client.post(PARTIES, json=body).status_code == 201
        return [f"cpty_{number}" for number in reversed(range(count))]

    def test_both_paginations_walk_the_same_list(self, client: TestClient) -> None:
        expected = self.enter(client, 7)
        by_cursor: list[str] = []
        cursor = None
        while True:
            params = {"limit": 3} | ({"cursor": cursor} if cursor else {})
            page = client.get(PARTIES, params=params).json()
            by_cursor += [party["id"] for party in page["data"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        by_page: list[str] = []
        for number in (1, 2, 3):
            page = client.get(PARTIES, params={"page": number, "limit": 3}).json()
            by_page += [party["id"] for party in page["data"]]
            assert (page["pagination"]["total"], page["pagination"]["pages"]) == (7, 3)
        assert by_cursor == by_page == expected

    @pytest.mark.parametrize(
        ("params", "count"),
        [
            ({"created_at.gte": "2024-01-15T10:30:00Z"}, 2),
            ({"created_at.lt": "2024-01-15T10:30:00Z"}, 0),
            ({"created_at.gte": "2024-01-15T13:30:00+03:00"}, 2),
            ({"name": "amina 1"}, 1),
            ({"name": "amina%"}, 0),
            ({"kind": "organisation"}, 0),
            ({"kyc_tier": "basic"}, 2),
            ({"external_id": "M-1"}, 0),
        ],
    )
    def test_filters_narrow_the_list(
        self, client: TestClient, params: dict[str, str], count: int
    ) -> None:
        self.enter(client, 2)
        listed = client.get(PARTIES, params=params)
        assert listed.status_code == 200, listed.text
        assert len(listed.json()["data"]) == count

    @pytest.mark.parametrize(
        "params",
        [
            {"created_at.gte": "yesterday"},
            {"created_at.lt": "2024-01-15T10:30:00"},
            {"kind": "company"},
            {"name": "\0"},
            {"external_id": "\0"},
            {"kyc_tier": "\0"},
            {"cursor": "x"},
            {"limit": "101"},
            {"tier": "basic"},
        ],
    )
    def test_a_wrong_filter_is_refused(self, client: TestClient, params: dict[str, str]) -> None:
        assert len(codes(client.get(PARTIES, params=params))) == 1

    def test_without_a_key_nothing_is_told_about_the_request(self, client: TestClient) -> None:
        nobody = {"Authorization": ""}
        for params in ({}, {"cursor": "x"}, {"kind": "company"}):
            assert client.get(PARTIES, params=params, headers=nobody).status_code == 401
