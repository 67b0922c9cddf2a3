"""What documents allow, and how much a tier carries."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Money, currency
from sanduq.parties.model import (
    Document,
    Tier,
    check_documents,
    check_tiers,
    default_tiers,
    held_on,
    standing_on,
    tier_allowing,
    tier_for,
)

USD = currency("USD")
TND = currency("TND")
TODAY = date(2024, 1, 15)
TIERS = default_tiers()
KINDS = ("national_id", "proof_of_address", "income_proof")

kinds = st.sets(st.sampled_from(KINDS))
days = st.dates(date(2023, 6, 1), date(2024, 12, 31))
documents = st.lists(
    st.builds(
        Document,
        st.sampled_from(KINDS),
        st.just("A-1"),
        st.none(),
        st.one_of(st.none(), days),
    ),
    max_size=8,
)


def a_tier(name: str, rank: int, *required: str, usd: int = 100) -> Tier:
    return Tier(name, rank, name.title(), required, {USD: Money(usd, USD)})


class TestTierFor:
    @given(kinds, kinds)
    def test_a_further_document_never_lowers_the_tier(
        self, held: set[str], further: set[str]
    ) -> None:
        assert tier_for(held | further, TIERS).rank >= tier_for(held, TIERS).rank

    @given(kinds)
    def test_the_tier_asks_for_nothing_that_is_not_held_and_no_higher_one_does_so(
        self, held: set[str]
    ) -> None:
        tier = tier_for(held, TIERS)
        assert held.issuperset(tier.required_documents)
        higher = [other for other in TIERS if other.rank > tier.rank]
        assert all(not held.issuperset(other.required_documents) for other in higher)

    @pytest.mark.parametrize(
        ("held", "expected"),
        [
            ((), "basic"),
            (("proof_of_address",), "basic"),
            (("national_id",), "simplified"),
            (("national_id", "income_proof"), "simplified"),
            (("national_id", "proof_of_address"), "standard"),
            (KINDS, "full"),
        ],
    )
    def test_each_default_tier_is_open_to_its_papers(
        self, held: tuple[str, ...], expected: str
    ) -> None:
        assert tier_for(held, TIERS).tier == expected

    def test_rank_decides_and_not_the_order_in_which_tiers_stand(self) -> None:
        assert tier_for(KINDS, reversed(TIERS)).tier == "full"

    def test_without_a_tier_for_nobodys_papers_there_is_no_answer(self) -> None:
        with pytest.raises(ValueError, match="no tier"):
            tier_for((), [a_tier("simplified", 1, "national_id")])


class TestTierAllowing:
    @given(st.integers(0, 6_000_000))
    def test_the_lowest_tier_that_carries_the_exposure_is_named(self, minor: int) -> None:
        allowing = tier_allowing(Money(minor, USD), TIERS)
        carrying = [tier for tier in TIERS if minor <= tier.limits[USD].amount_minor]
        assert allowing == (carrying[0] if carrying else None)

    @pytest.mark.parametrize(
        ("dollars", "expected"),
        [(500, "basic"), (3_000, "simplified"), (10_000, "standard"), (50_000, "full")],
    )
    def test_a_limit_may_be_reached_and_not_passed(self, dollars: int, expected: str) -> None:
        at_limit = tier_allowing(Money(dollars * 100, USD), TIERS)
        above = tier_allowing(Money(dollars * 100 + 1, USD), TIERS)
        assert at_limit is not None
        assert at_limit.tier == expected
        assert above != at_limit

    def test_nothing_is_allowed_in_a_currency_without_a_limit(self) -> None:
        assert tier_allowing(Money(1, currency("EUR")), TIERS) is None


class TestHeldDocuments:
    @given(documents, days)
    def test_a_document_is_held_through_its_last_day_and_not_after(
        self, seen: list[Document], day: date
    ) -> None:
        held = held_on(seen, day)
        for kind in KINDS:
            ends = [one.expires_on for one in seen if one.kind == kind]
            valid = [end for end in ends if end is None or end >= day]
            assert (kind in held) == bool(valid)
            if valid:
                dated = [end for end in valid if end is not None]
                assert held[kind] == (max(dated) if len(dated) == len(valid) else None)

    @given(documents, days)
    def test_a_standing_holds_through_its_last_day_and_falls_on_the_next(
        self, seen: list[Document], day: date
    ) -> None:
        standing = standing_on(seen, TIERS, day)
        if standing.through_on is None:
            later = standing_on(seen, TIERS, day + timedelta(days=5_000))
            assert later.tier.rank == standing.tier.rank
        else:
            last = standing_on(seen, TIERS, standing.through_on)
            after = standing_on(seen, TIERS, standing.through_on + timedelta(days=1))
            assert last.tier == standing.tier
            assert after.tier.rank < standing.tier.rank


class TestDocumentsRefused:
    @pytest.mark.parametrize(
        ("document", "code"),
        [
            (Document("library_card", "1"), "unknown_document"),
            (Document("national_id", "1", TODAY + timedelta(days=1)), "in_the_future"),
            (Document("national_id", "1", None, TODAY - timedelta(days=1)), "document_expired"),
            (
                Document("national_id", "1", TODAY, TODAY - timedelta(days=1)),
                "expires_before_issue",
            ),
        ],
    )
    def test_a_paper_that_proves_nothing_is_refused(self, document: Document, code: str) -> None:
        good = Document("national_id", "1", TODAY, TODAY)
        with pytest.raises(ValidationFailed) as refused:
            check_documents([good, document], TIERS, TODAY)
        assert refused.value.details[0]["code"] == code
        assert str(refused.value.details[0]["field"]).startswith("documents.1.")


class TestTiersRefused:
    def test_the_default_tiers_agree_with_each_other(self) -> None:
        check_tiers(TIERS)

    @pytest.mark.parametrize(
        ("tiers", "code"),
        [
            ([], "no_first_tier"),
            ([a_tier("simplified", 0, "national_id")], "no_first_tier"),
            ([a_tier("basic", 0), a_tier("basic", 1, "national_id")], "tier_twice"),
            ([a_tier("basic", 0), a_tier("full", 0, "national_id")], "tier_twice"),
            ([a_tier("basic", 0), a_tier("full", 1, "national_id", usd=99)], "limit_falls"),
        ],
    )
    def test_tiers_that_contradict_each_other_are_refused(
        self, tiers: list[Tier], code: str
    ) -> None:
        with pytest.raises(ValidationFailed) as refused:
            check_tiers(tiers)
        assert refused.value.details[0]["code"] == code

    def test_default_limits_are_in_the_minor_units_of_their_currency(self) -> None:
        # The dinar has three decimals: 9 000 TND are nine million millimes.
        assert [tier.limits[TND].amount_minor for tier in default_tiers([TND])] == [
            1_500_000,
            9_000_000,
            30_000_000,
            150_000_000,
        ]

    def test_a_currency_we_have_no_limits_for_gets_tiers_without_limits(self) -> None:
        tiers = default_tiers([currency("EUR"), USD])
        assert [set(tier.limits) for tier in tiers] == [{USD}] * 4
