"""Products: approved by another, under a resolution, as they stand (GEN-01, QRD-05, QRD-13)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.access.errors import MakerMayNotApprove, NoAuthority
from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import Conflict, ValidationFailed
from sanduq.kit.money import Money, currency
from sanduq.kit.pages import PageRequest
from sanduq.microfinance.products import service
from sanduq.microfinance.products.errors import (
    AmountAboveProduct,
    ProductChanged,
    ProductExternalIdTaken,
    ProductStateRefuses,
    UnknownProduct,
)
from sanduq.microfinance.products.model import ProductStatus, term_faults
from sanduq.microfinance.products.schemas import ProductIn, ProductPatch
from sanduq.obligations.schedule import Frequency
from sanduq.parties import service as parties
from sanduq.shariah import service as shariah
from sanduq.shariah.errors import ShariahViolation
from sanduq.shariah.rules_general import rule_gen_01
from sanduq.shariah.schemas import ResolutionIn
from tests.make.offers import a_product, a_resolution
from tests.make.qard_facts import loan

USD = currency("USD")


@dataclass(frozen=True)
class Asked:
    instalments: int = 12
    frequency: str = "monthly"
    grace_months: int = 0


@pytest.fixture(autouse=True)
def tiers(work):
    with work() as uow:
        parties.install_tiers(uow, [USD])


@pytest.fixture
def ruling(work):
    return a_ruling(work, "GEN-01")


def a_ruling(work, *scope, **changes):
    with work("user_shariah") as uow:
        return shariah.create_resolution(
            uow, ResolutionIn(**a_resolution(*scope, **changes)).command()
        ).resolution_id


def drawn(work, user="user_maker", **changes):
    with work(user) as uow:
        return service.create_product(uow, ProductIn(**a_product(**changes)).command())


def approved(work, user="user_shariah", **changes):
    product = drawn(work, **changes)
    with work(user) as uow:
        return service.approve_product(uow, product.product_id)


def changed(work, product, user="user_maker", **changes):
    with work(user) as uow:
        return service.change_product(uow, product.product_id, ProductPatch(**changes).revise)


def rules_broken(refused):
    return [detail["rule_id"] for detail in refused.value.details]


def test_a_product_reads_back_as_it_was_drawn_up(work, ruling):
    product = drawn(
        work,
        resolution_id=ruling,
        schedule_anchor={"kind": "day_of_month", "number": 5},
        installment_multiple_of=5,
        external_id="traders",
        prerequisites=[{"kind": "training", "payee": "lender", "amount": 3, "cost": 3}],
        metadata={"segment": "market"},
    )
    with work() as uow:
        assert service.get_product(uow, product.product_id) == product
        assert service.load_products(uow, [product.product_id, "prd_unknown"]) == {
            product.product_id: product
        }
    assert (product.amount_min_minor, product.amount_max_minor) == (100_00, 5_000_00)
    assert product.multiple_of_minor == 500
    assert product.frequencies == (Frequency.WEEKLY, Frequency.MONTHLY)


def test_another_user_approves_a_product_under_its_resolution(work, ruling):
    product = approved(work, resolution_id=ruling)
    assert (product.status, product.approved_by) == (ProductStatus.ACTIVE, "user_shariah")
    assert product.is_as_approved
    with work() as uow:
        approval = service.template_approval(uow, product)
    assert approval.resolution.resolution_id == ruling
    assert rule_gen_01(loan(on=uow.today, approval=approval)) == []


def test_the_maker_of_a_product_may_not_approve_it(work, ruling):
    product = drawn(work, user="user_shariah", resolution_id=ruling)
    with work("user_shariah") as uow, pytest.raises(MakerMayNotApprove):
        service.approve_product(uow, product.product_id)


def test_whoever_changed_a_product_may_not_approve_it_and_neither_may_its_maker(work, ruling):
    product = drawn(work, resolution_id=ruling)
    changed(work, product, user="user_shariah", grace_months_max=0)
    for user in ("user_shariah", "user_maker"):
        with work(user) as uow, pytest.raises(MakerMayNotApprove):
            service.approve_product(uow, product.product_id)


def test_a_role_without_authority_may_not_approve_a_product(work, ruling):
    product = drawn(work, resolution_id=ruling)
    with work("user_finance") as uow, pytest.raises(NoAuthority):
        service.approve_product(uow, product.product_id)


def test_a_product_is_not_approved_under_a_resolution_that_is_over_or_speaks_of_else(work):
    expired = a_ruling(work, "GEN-01", valid_from="2023-01-01", valid_to="2024-01-15")
    for named in (expired, a_ruling(work, "QRD-06")):
        product = drawn(work, resolution_id=named)
        with work("user_shariah") as uow, pytest.raises(ShariahViolation) as refused:
            service.approve_product(uow, product.product_id)
        assert rules_broken(refused) == ["GEN-01"]
        with work() as uow:
            found = service.get_product(uow, product.product_id)
            assert found.status is ProductStatus.PENDING_APPROVAL


def test_a_resolution_that_ends_takes_its_product_with_it(work):
    product = approved(work, resolution_id=a_ruling(work, "GEN-01", valid_to="2024-02-01"))
    with work() as uow:
        approval = service.template_approval(uow, product)
        assert rule_gen_01(loan(on=uow.today, approval=approval)) == []
        uow.clock = FixedClock(uow.now + timedelta(days=17))  # 1 February
        (found,) = rule_gen_01(loan(on=uow.today, approval=approval))
    assert (found.code, found.observed) == ("SSB_APPROVAL_MISSING", "2024-02-01")


def test_a_template_altered_after_its_approval_is_no_longer_the_one_approved(
    work, ruling, owner_url
):
    product = approved(work, resolution_id=ruling)
    with psycopg.connect(owner_url) as owner:
        owner.execute("update microfinance.product set grace_months_max = grace_months_max + 1")
    with work() as uow:
        altered = service.get_product(uow, product.product_id)
        approval = service.template_approval(uow, altered)
        (found,) = rule_gen_01(loan(on=uow.today, approval=approval))
    assert not altered.is_as_approved
    assert found.field == "product.template_hash"
    assert found.limit == product.template_hash


def test_a_name_is_no_part_of_the_template(work, ruling):
    product = approved(work, resolution_id=ruling)
    assert replace(product, name="Another", metadata={"a": "b"}).is_as_approved
    assert not replace(product, amount_max_minor=product.amount_max_minor + 1).is_as_approved


def test_a_product_without_a_resolution_is_a_draft_until_it_names_one(work, ruling):
    product = drawn(work)
    assert product.status is ProductStatus.DRAFT
    with work("user_shariah") as uow, pytest.raises(ProductStateRefuses):
        service.approve_product(uow, product.product_id)
    product = changed(work, product, resolution_id=ruling)
    assert product.status is ProductStatus.PENDING_APPROVAL
    assert changed(work, product, resolution_id=None).status is ProductStatus.DRAFT


def test_only_what_is_sent_is_changed(work, ruling):
    product = drawn(work, resolution_id=ruling)
    after = changed(work, product, amount={"min": 50, "max": "75.50"}, fee_formula=None)
    assert after == replace(
        product, amount_min_minor=50_00, amount_max_minor=75_50, fee_formula=None, version=2
    )
    assert changed(work, after, grace_months_max=3) == after


def test_an_approved_product_is_not_changed(work, ruling):
    product = approved(work, resolution_id=ruling)
    with pytest.raises(ProductStateRefuses) as refused:
        changed(work, product, grace_months_max=0)
    assert refused.value.facts == {"state": "ACTIVE", "allowed": ["lend", "retire"]}


def test_a_change_based_on_an_old_version_is_refused(work):
    product = drawn(work)
    changed(work, product, grace_months_max=1)
    with work() as uow, pytest.raises(ProductChanged):
        service.change_product(
            uow,
            product.product_id,
            ProductPatch(grace_months_max=2).revise,
            if_match=product.etag,
        )


@pytest.mark.parametrize(
    ("formula", "is_lawful"),
    [
        ("direct_cost", True),
        ("min(direct_cost, 40)", True),
        (None, True),
        ("0.02*principal", False),
        ("direct_cost * months", False),
        ("a lambda", False),
    ],
)
def test_a_fee_formula_reads_neither_principal_nor_time(work, formula, is_lawful):
    if is_lawful:
        assert drawn(work, fee_formula=formula).fee_formula == formula
    else:
        with pytest.raises(ShariahViolation) as refused:
            drawn(work, fee_formula=formula)
        assert refused.value.details[0]["code"] == "QARD_FEE_RATE_BASED"


@pytest.mark.parametrize(
    ("wanted", "broken"),
    [
        ({"kind": "saving", "payee": "lender", "amount": 10}, {"QRD-13", "QRD-21"}),
        ({"kind": "other", "payee": "lender_usable_account", "amount": 10}, {"QRD-13", "QRD-21"}),
        ({"kind": "purchase", "payee": "lender", "amount": 10}, {"QRD-13", "GEN-05"}),
        ({"kind": "training", "payee": "lender", "amount": 10, "cost": "9.99"}, {"QRD-13"}),
        ({"kind": "training", "payee": "lender", "amount": 10, "cost": 10}, set()),
        ({"kind": "saving", "payee": "third_party", "amount": 10}, set()),
    ],
)
def test_no_prerequisite_of_a_loan_profits_the_lender(work, wanted, broken):
    if not broken:
        assert drawn(work, prerequisites=[wanted]).prerequisites[0].amount_minor == 1000
        return
    with pytest.raises(ShariahViolation) as refused:
        drawn(work, prerequisites=[wanted])
    assert set(rules_broken(refused)) == broken


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"type": "diminishing_musharakah"}, "type"),
        ({"amount": {"min": 200, "max": 100}}, "amount.max"),
        ({"amount": {"min": 0, "max": 100}}, "amount.min"),
        ({"installments": {"min": 5, "max": 4}}, "installments.max"),
        ({"schedule_anchor": {"kind": "weekday", "number": 7}}, "anchor"),
        ({"kyc_tier_min": "golden"}, "kyc_tier_min"),
        ({"resolution_id": "res_unknown"}, "resolution_id"),
        ({"currency": "XXX"}, "currency"),
    ],
)
def test_a_product_of_the_wrong_shape_is_refused_by_field(work, changes, field):
    with pytest.raises(ValidationFailed) as refused:
        drawn(work, **changes)
    assert refused.value.details[0]["field"] == field


def test_an_external_id_names_one_product(work):
    drawn(work, external_id="traders")
    with pytest.raises(ProductExternalIdTaken):
        drawn(work, external_id="traders")


def test_an_approved_default_takes_the_place_of_the_one_before(work, ruling):
    def default():
        with work() as uow:
            return service.default_product(uow, "qard_hasan", USD)

    waiting = drawn(work, resolution_id=ruling, is_default=True)
    assert default() is None
    first = approved(work, resolution_id=ruling, is_default=True)
    assert default() == first
    second = approved(work, resolution_id=ruling, is_default=True)
    assert default() == second
    with work() as uow:
        former = service.get_product(uow, first.product_id)
        assert (former.is_default, former.status) == (False, ProductStatus.ACTIVE)
        assert service.get_product(uow, waiting.product_id) == waiting
        service.retire_product(uow, second.product_id)
    assert default() is None


def test_a_retired_product_is_neither_approved_nor_lent_under_nor_retired_again(work, ruling):
    product = drawn(work, resolution_id=ruling)
    with work() as uow:
        product = service.retire_product(uow, product.product_id, reason="never offered")
        with pytest.raises(Conflict):
            service.require_offered(product, "qard_hasan", USD)
        with pytest.raises(Conflict):
            service.retire_product(uow, product.product_id)
    with work("user_shariah") as uow, pytest.raises(ProductStateRefuses):
        service.approve_product(uow, product.product_id)


def test_an_active_product_is_offered_in_its_type_and_currency(work, ruling):
    product = approved(work, resolution_id=ruling)
    service.require_offered(product, "qard_hasan", USD)
    for type_name, asset in (("salam_micro", USD), ("qard_hasan", currency("EUR"))):
        with pytest.raises(ValidationFailed):
            service.require_offered(product, type_name, asset)


def test_terms_are_offered_exactly_within_the_product(work):
    product = drawn(work)

    @given(
        st.integers(90_00, 5_100_00),
        st.builds(
            Asked,
            st.integers(0, 30),
            st.sampled_from(["weekly", "biweekly", "monthly"]),
            st.integers(0, 5),
        ),
    )
    def check(amount_minor, asked):
        faults = {fault["field"] for fault in term_faults(product, Money(amount_minor, USD), asked)}
        assert faults == {
            field
            for field, is_offered in {
                "amount": 100_00 <= amount_minor <= 5_000_00,
                "repayment_terms.installments": 1 <= asked.instalments <= 24,
                "repayment_terms.frequency": asked.frequency in ("weekly", "monthly"),
                "repayment_terms.grace_period_months": asked.grace_months <= 3,
            }.items()
            if not is_offered
        }

    check()


def test_an_amount_above_the_product_is_a_limit_and_everything_else_a_wrong_value(work):
    product = drawn(work)
    service.check_terms(product, Money(5_000_00, USD), Asked())
    with pytest.raises(AmountAboveProduct) as above:
        service.check_terms(product, Money(5_000_01, USD), Asked())
    assert (above.value.code, above.value.details[0]["limit"]) == ("LIMIT_EXCEEDED", "5000.00")
    with pytest.raises(ValidationFailed) as wrong:
        service.check_terms(product, Money(5_000_01, USD), Asked(frequency="biweekly"))
    assert [d["field"] for d in wrong.value.details] == ["repayment_terms.frequency"]
    with pytest.raises(ValidationFailed):
        service.check_terms(product, Money(99_99, USD), Asked())
    with pytest.raises(ValidationFailed):
        service.check_terms(product, Money(200_00, currency("EUR")), Asked())


def test_the_product_of_another_institution_does_not_exist_here(work):
    product = drawn(work)
    with work(institution="inst_other") as uow:
        assert service.load_products(uow, [product.product_id]) == {}
        for verb in (service.get_product, service.approve_product, service.retire_product):
            with pytest.raises(UnknownProduct):
                verb(uow, product.product_id)


def test_the_rules_run_on_a_product_are_written_down_at_each_step(work, ruling):
    product = approved(work, resolution_id=ruling)
    with work() as uow:
        page = shariah.list_evaluations(uow, PageRequest(limit=100), subject_id=product.product_id)
    by_action = {
        action: {e.rule_id for e in page.items if e.action == action}
        for action in ("product.create", "product.approve")
    }
    assert {"QRD-05", "QRD-13"} <= by_action["product.create"]
    assert by_action["product.approve"] == by_action["product.create"] | {"GEN-01"}
    assert all(e.has_passed for e in page.items)
