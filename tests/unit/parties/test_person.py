"""What may be said of a person, and of an organisation."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sanduq.kit.errors import ValidationFailed
from sanduq.parties.model import Gender, PartyKind, check_person

TODAY = date(2024, 1, 15)


def refusal(kind: PartyKind, birth_on: date | None, gender: Gender | None = None) -> object:
    with pytest.raises(ValidationFailed) as refused:
        check_person(kind, birth_on=birth_on, gender=gender, today=TODAY)
    return refused.value.details[0]["code"]


def test_nobody_is_born_tomorrow() -> None:
    assert refusal(PartyKind.PERSON, TODAY + timedelta(days=1)) == "in_the_future"
    check_person(PartyKind.PERSON, birth_on=TODAY, gender=None, today=TODAY)


def test_a_birth_more_than_a_life_ago_is_a_slip_of_the_pen() -> None:
    assert refusal(PartyKind.PERSON, date(1893, 12, 31)) == "too_long_ago"
    check_person(PartyKind.PERSON, birth_on=date(1894, 1, 1), gender=None, today=TODAY)


def test_an_organisation_has_neither_birth_nor_gender() -> None:
    assert refusal(PartyKind.ORGANISATION, date(1990, 1, 1)) == "not_a_person"
    assert refusal(PartyKind.ORGANISATION, None, Gender.FEMALE) == "not_a_person"
    check_person(PartyKind.ORGANISATION, birth_on=None, gender=None, today=TODAY)
