"""Lists reach the database as what they are, whatever their texts hold."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Work

TEXT = st.text(
    alphabet=st.one_of(
        st.sampled_from('",\\{}\x01 NULL\n'),
        st.characters(exclude_characters="\x00", codec="utf-8"),
    ),
    max_size=12,
)
QUICK = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@QUICK
@given(st.lists(st.one_of(st.none(), TEXT), max_size=8))
def test_texts_arrive_unchanged(work: Work, texts: list[str | None]) -> None:
    with work() as uow:
        row = uow.one("select %s::text[]", texts)
    assert row == (texts,)


@QUICK
@given(st.lists(st.integers(min_value=-(2**63), max_value=2**63 - 1), max_size=8))
def test_numbers_arrive_unchanged(work: Work, numbers: list[int]) -> None:
    with work() as uow:
        assert uow.one("select %s::bigint[]", numbers) == (numbers,)


@QUICK
@given(st.lists(st.one_of(st.none(), st.dates()), max_size=8))
def test_days_arrive_unchanged(work: Work, days: list[date | None]) -> None:
    with work() as uow:
        assert uow.one("select %s::date[]", days) == (days,)


def test_a_text_with_nul_is_refused_by_the_driver(work: Work) -> None:
    with pytest.raises(Exception, match="NUL"), work() as uow:
        uow.one("select %s::text[]", ["a\x00b"])
