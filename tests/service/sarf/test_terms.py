"""Terms of the facility: linted, approved by another under the board's answers (SCF-01, GEN-01)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from sanduq.access.errors import MakerMayNotApprove, NoAuthority
from sanduq.events import service as outbox
from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import Conflict, ValidationFailed
from sanduq.kit.money import currency
from sanduq.kit.pages import PageRequest
from sanduq.sarf.rules import RULES_BY_ACTION
from sanduq.sarf.terms import service
from sanduq.sarf.terms.checks import check_terms
from sanduq.sarf.terms.errors import (
    NoDefaultTerms,
    TermsChanged,
    TermsExternalIdTaken,
    TermsStateRefuses,
    UnknownTerms,
)
from sanduq.sarf.terms.model import FacilityTerms, TermsStatus
from sanduq.sarf.terms.schemas import SarfTermsIn, SarfTermsPatch
from sanduq.sarf.terms.wording import standard_wordings
from sanduq.shariah import service as shariah
from sanduq.shariah.errors import ShariahViolation
from tests.make.sarf_terms import HOUSE, a_ruling, active_terms, sarf_terms, the_house, words

USD, EUR = currency("USD"), currency("EUR")


@pytest.fixture(autouse=True)
def house(work):
    return the_house(work)


@pytest.fixture
def ruling(work):
    return a_ruling(work)


def drawn(work, user="user_maker", settings=None, **changes):
    sent = sarf_terms(settings={"institution_party_id": HOUSE, **(settings or {})}, **changes)
    with work(user) as uow:
        return service.create(uow, SarfTermsIn(**sent).command())


def approved(work, **changes):
    terms = drawn(work, **changes)
    with work("user_shariah") as uow:
        return service.approve(uow, terms.terms_id)


def changed(work, terms, user="user_maker", **changes):
    with work(user) as uow:
        return service.change(uow, terms.terms_id, SarfTermsPatch(**changes).revise)


def refusals(work, **changes):
    """What the rules refuse of a draft: code and the words found."""
    with pytest.raises(ShariahViolation) as refused:
        drawn(work, **changes)
    return {
        (each["code"], each["observed"])
        for each in refused.value.details
        if each["severity"] != "warn"
    }


def faults(work, **changes):
    with pytest.raises(ValidationFailed) as refused:
        drawn(work, **changes)
    return {(each["field"], each["code"]) for each in refused.value.details}


def test_terms_read_back_as_they_were_drawn_up(work, ruling):
    terms = drawn(
        work,
        settings={"buy_fraction": "0.72", "closes_months": 9, "possession_kinds": [
            "gold_in_hand", "cash"]},
        wordings=[words("ms"), words("en")],
        resolution_id=ruling,
        external_id="counter",
        metadata={"branch": "main"},
    )  # fmt: skip
    assert terms.settings == FacilityTerms(
        institution_party_id=HOUSE,
        buy_bp=7_200,
        closes_months=9,
        possession_kinds=("gold_in_hand", "cash"),
    )
    assert [each.language for each in terms.wordings] == ["ms", "en"]
    assert (terms.wording("ms").language, terms.wording("ar").language) == ("ms", "ms")
    with work() as uow:
        assert service.get(uow, terms.terms_id) == terms
        assert service.load(uow, [terms.terms_id, "sft_x"]) == {terms.terms_id: terms}
        assert service.load(uow, []) == {}


def test_terms_without_words_take_those_of_the_house_and_they_pass_every_rule(work):
    terms = drawn(work)
    assert terms.wordings == standard_wordings()
    assert [each.language for each in terms.wordings] == ["en", "ms", "ar", "fr"]
    with work() as uow:
        stored = shariah.list_evaluations(uow, PageRequest(), subject_id=terms.terms_id).items
    assert [len(each.findings) for each in stored] == [0] * len(RULES_BY_ACTION["save_terms"])


def test_another_user_approves_terms_under_the_boards_resolution(work, ruling):
    terms = approved(work, resolution_id=ruling)
    assert (terms.status, terms.approved_by) == (TermsStatus.ACTIVE, "user_shariah")
    assert terms.is_as_approved
    with work() as uow:
        assert service.is_live(uow, terms)
        assert service.terms_for(uow, terms.terms_id, USD) == terms
        board = service.board_questions(uow, terms)
    assert board.answers == {"wafa", "inah", "gharar"}
    assert board.approved == board.current == terms.terms_hash


def test_whoever_drew_up_or_changed_terms_or_lacks_authority_may_not_approve_them(work, ruling):
    terms = drawn(work, user="user_shariah", resolution_id=ruling)
    with work("user_shariah") as uow, pytest.raises(MakerMayNotApprove):
        service.approve(uow, terms.terms_id)
    terms = drawn(work, resolution_id=ruling)
    changed(work, terms, user="user_shariah", name="Another name")
    with work("user_shariah") as uow, pytest.raises(MakerMayNotApprove):
        service.approve(uow, terms.terms_id)

    with work("user_finance") as uow, pytest.raises(NoAuthority):
        service.approve(uow, terms.terms_id)


def test_without_a_resolution_nothing_is_approved_and_the_refusal_names_the_step(work):
    terms = drawn(work)
    with work("user_shariah") as uow, pytest.raises(TermsStateRefuses) as refused:
        service.approve(uow, terms.terms_id)
    (detail,) = refused.value.details
    assert (detail["field"], detail["message"]) == ("resolution_id", "GEN-01")
    with work() as uow:
        assert service.board_questions(uow, terms).resolution is None
        assert not service.is_live(uow, replace(terms, status=TermsStatus.ACTIVE))


@pytest.mark.parametrize("missing", ["wafa", "inah", "gharar"])
def test_scf_01_a_board_that_left_a_question_open_lets_nothing_be_approved(work, missing):
    answers = sorted({"wafa", "inah", "gharar"} - {missing})
    terms = drawn(work, resolution_id=a_ruling(work, answers=answers))
    with work("user_shariah") as uow, pytest.raises(ShariahViolation) as refused:
        service.approve(uow, terms.terms_id)
    codes = {each["rule_id"]: each["code"] for each in refused.value.details}
    assert codes["SCF-01"] == "SCF_SSB_QUESTIONS_OPEN"
    assert missing in str(refused.value.details)
    with work() as uow:
        assert service.get(uow, terms.terms_id).status is TermsStatus.DRAFT


@pytest.mark.parametrize(
    ("scope", "changes", "rule"),
    [
        (["GEN-01"], {}, "SCF-01"),
        (["SCF-01"], {}, "GEN-01"),
        ([], {"valid_from": "2023-01-01", "valid_to": "2024-01-15"}, "GEN-01"),
        ([], {"valid_from": "2023-01-01", "valid_to": "2024-01-15"}, "SCF-01"),
    ],
)
def test_gen_01_and_scf_01_a_resolution_over_or_about_else_approves_nothing(
    work, scope, changes, rule
):
    terms = drawn(work, resolution_id=a_ruling(work, *scope, **changes))
    with work("user_shariah") as uow, pytest.raises(ShariahViolation) as refused:
        service.approve(uow, terms.terms_id)
    assert rule in [each["rule_id"] for each in refused.value.details]


def test_terms_live_no_longer_than_their_resolution_and_their_own_words(work):
    terms = active_terms(work, ruling=a_ruling(work, valid_to="2024-02-01"))
    with work() as uow:
        tampered = replace(terms, settings=replace(terms.settings, buy_bp=6_500))
        assert not service.is_live(uow, tampered)
        reworded = replace(terms, wordings=terms.wordings[:1])
        assert not service.is_live(uow, reworded)
        assert not service.is_live(uow, replace(terms, status=TermsStatus.RETIRED))
        uow.clock = FixedClock(uow.now + timedelta(days=17))
        assert not service.is_live(uow, terms)


def test_changed_terms_ask_for_approval_again(work, ruling):
    terms = drawn(work, resolution_id=ruling)
    after = changed(work, terms, wordings=[words("fr")])
    assert after.terms_hash != terms.terms_hash
    assert (after.version, [each.language for each in after.wordings]) == (2, ["fr"])
    with work("user_shariah") as uow:
        assert service.approve(uow, terms.terms_id).approved_hash == after.terms_hash


def test_approved_words_are_never_changed_for_facilities_stand_under_them(work, ruling):
    terms = approved(work, resolution_id=ruling)
    with work() as uow, pytest.raises(TermsStateRefuses) as refused:
        service.change(uow, terms.terms_id, SarfTermsPatch(name="x").revise)
    assert refused.value.facts["allowed"] == ["open", "retire"]


def test_a_change_is_based_on_what_was_read(work, ruling):
    terms = drawn(work, resolution_id=ruling)
    with work() as uow, pytest.raises(TermsChanged):
        service.change(uow, terms.terms_id, SarfTermsPatch(name="x").revise, if_match='"v9"')
    assert changed(work, terms, name=terms.name) == terms  # nothing to change


def test_one_set_of_terms_is_the_default_of_its_currency(work, ruling):
    with work() as uow, pytest.raises(NoDefaultTerms):
        service.terms_for(uow, None, USD)
    first = approved(work, resolution_id=ruling, is_default=True)
    other = approved(work, resolution_id=ruling, is_default=True, currency="EUR")
    second = approved(work, resolution_id=ruling, is_default=True)
    with work() as uow:
        assert service.terms_for(uow, None, USD) == second
        assert service.terms_for(uow, None, EUR) == other
        former = service.get(uow, first.terms_id)
        assert not former.is_default
        assert service.is_live(uow, former)  # no longer the default, still in force
        with pytest.raises(ValidationFailed):
            service.terms_for(uow, other.terms_id, USD)


def test_retired_terms_open_no_facility(work, ruling):
    terms = approved(work, resolution_id=ruling, is_default=True)
    with work() as uow:
        assert service.retire(uow, terms.terms_id).status is TermsStatus.RETIRED
    with work() as uow:
        for call in (service.retire, service.approve):
            with pytest.raises(TermsStateRefuses):
                call(uow, terms.terms_id)
        with pytest.raises(TermsStateRefuses):
            service.terms_for(uow, terms.terms_id, USD)
        with pytest.raises(NoDefaultTerms):
            service.terms_for(uow, None, USD)


@pytest.mark.parametrize(
    ("language", "clause", "found"),
    [
        ("en", "After six months the customer shall repurchase the gold.", "repurchase"),
        ("ms", "Pelanggan akan menebus emas itu.", "menebus"),
        ("fr", "Le client pourra racheter l'or.", "racheter"),
        ("ar", "وله استرداد الذهب بعد ستة أشهر.", "استرداد"),
    ],
)
def test_scf_03_the_first_contract_speaks_of_no_second_one_in_any_language(
    work, language, clause, found
):
    standard = words(language)["contract_1"]
    wording = words(language, contract_1=f"{standard}\n{clause}")
    refused = refusals(work, wordings=[wording])
    assert ("SCF_CONTRACT2_STIPULATED", found) in refused


def test_wad_01_and_scf_09_a_promise_that_binds_the_customer_is_refused(work):
    bound = words()["promise"] + "\nThe customer shall purchase the gold on the last day."
    codes = {code for code, _ in refusals(work, wordings=[words(promise=bound)])}
    assert {"WAD_BINDS_PROMISEE", "SCF_CUSTOMER_BOUND"} <= codes


def test_a_notice_of_the_window_that_speaks_of_debt_is_refused(work):
    notice = "From $window_opens to $window_closes you must pay, or the loan is overdue."
    found = refusals(work, wordings=[words(window_notice=notice)])
    assert {"loan", "overdue"} <= {words for _, words in found}


def test_scf_06_and_wad_07_a_formula_that_reads_the_first_price_or_time_is_refused(work):
    formula = "contract_1_price * (1 + 0.01 * elapsed_months)"
    codes = {code for code, _ in refusals(work, settings={"price_formula": formula})}
    assert {"SCF_PRICE_FORMULA", "WAD_FORMULA"} <= codes


def test_srf_15_jewellery_is_goods_only_under_a_ruling_in_force(work):
    settings = {"is_jewellery_gold": False}
    assert {code for code, _ in refusals(work, settings=settings)} == {"JEWELLERY_EXEMPTION"}
    a_ruling(work, "SRF-15", answers=[])
    assert not drawn(work, settings=settings).settings.is_jewellery_gold


def test_srf_19_gold_bought_at_less_than_seven_tenths_needs_the_board(work):
    settings = {"buy_fraction": "0.6999"}
    assert {code for code, _ in refusals(work, settings=settings)} == {"GHABN_FAHISH"}
    a_ruling(work, "SRF-19", answers=[])
    assert drawn(work, settings=settings).settings.buy_bp == 6_999


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"buy_fraction": "0.4999"}, "buy_fraction"),
        ({"buy_fraction": "1.1"}, "buy_fraction"),
        ({"buy_fraction": "0.70001"}, "buy_fraction"),
        ({"cap_fraction": 0}, "cap_fraction"),
        ({"cap_fraction": "1.0001"}, "cap_fraction"),
        ({"gap_months_min": 0}, "gap_months_min"),
        ({"opens_months": 5}, "opens_months"),
        ({"closes_months": 5}, "closes_months"),
        ({"closes_months": 37}, "closes_months"),
        ({"pre_offer_wait_hours": 0}, "pre_offer_wait_hours"),
        ({"quote_valid_hours": 24}, "quote_valid_hours"),
        ({"session_minutes_max": 1_441}, "session_minutes_max"),
        ({"independent_quote_above": "0.31"}, "review_discount_above"),
        ({"take_up_limit": "1.5"}, "take_up_limit"),
        ({"possession_kinds": []}, "possession_kinds"),
        ({"possession_kinds": ["cash"]}, "possession_kinds"),
        ({"possession_kinds": ["cash", "gold_in_hand", "cash"]}, "possession_kinds"),
        ({"price_formula": "market_price **"}, "price_formula"),
        ({"price_formula": "market_price * moon"}, "price_formula"),
        ({"institution_party_id": "cpty_nobody"}, "institution_party_id"),
        ({"institution_party_id": "itm_1"}, "institution_party_id"),
    ],
)
def test_settings_out_of_bounds_are_refused_by_field(work, settings, field):
    assert f"settings.{field}" in {name for name, _ in faults(work, settings=settings)}


def test_the_widest_settings_are_taken(work):
    widest = {
        "buy_fraction": 1, "cap_fraction": 1, "gap_months_min": 1, "opens_months": 1,
        "closes_months": 36, "pre_offer_wait_hours": 1, "quote_valid_hours": 2,
    }  # fmt: skip
    assert drawn(work, settings=widest).settings.closes_months == 36


def test_one_language_is_written_once(work):
    assert ("wordings.1.language", "repeated") in faults(work, wordings=[words(), words()])


def test_an_external_id_is_taken_once(work):
    drawn(work, external_id="counter")
    with pytest.raises(TermsExternalIdTaken):
        drawn(work, external_id="counter")


def test_unknown_terms_or_resolution_are_refused(work):
    with work() as uow:
        for call in (service.get, service.approve, service.retire):
            with pytest.raises(UnknownTerms):
                call(uow, "sft_unknown")
    assert faults(work, resolution_id="res_unknown") == {("resolution_id", "unknown_resolution")}


def test_every_step_is_told_to_the_outside(work, ruling):
    terms = approved(work, resolution_id=ruling)
    with work() as uow:
        service.retire(uow, terms.terms_id)
    with work() as uow:
        told = outbox.list_events(
            uow, type_name=None, subject_id=terms.terms_id, request=PageRequest()
        ).items
    assert [each.type for each in told][::-1] == [
        "sarf.terms.created",
        "sarf.terms.approved",
        "sarf.terms.retired",
    ]


def test_the_database_holds_no_active_terms_but_as_approved(work, owner_url, ruling):
    terms = approved(work, resolution_id=ruling)
    with psycopg.connect(owner_url) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(
            "update sarf.terms set terms_hash = '\\x00' where terms_id = %s", (terms.terms_id,)
        )


def test_words_changed_behind_the_reviewers_back_are_found_by_the_proof(work, owner_url, ruling):
    terms = approved(work, resolution_id=ruling)
    drawn(work, resolution_id=ruling)  # a draft may change as it likes
    with work() as uow:
        assert list(check_terms(uow)) == []
    with psycopg.connect(owner_url) as connection:
        connection.execute(
            "update sarf.terms set settings = replace(settings::text, '7500', '7600')::json"
            " where terms_id = %s",
            (terms.terms_id,),
        )
    with work() as uow:
        (finding,) = check_terms(uow)
        assert not service.is_live(uow, service.get(uow, terms.terms_id))
    assert terms.terms_id in finding


def test_refused_terms_stay_a_draft_that_may_be_changed(work, ruling):
    terms = drawn(work, resolution_id=ruling)
    with work("user_shariah") as uow:
        service.refuse(uow, terms.terms_id, reason="say what the customer bears")
    with work("user_shariah") as uow, pytest.raises(Conflict):
        service.approve(uow, terms.terms_id)
    again = changed(work, terms, name="Spot gold, said plainly")
    with work("user_shariah") as uow:
        assert service.approve(uow, again.terms_id).status is TermsStatus.ACTIVE
