"""What is changed behind the register's back is named by the check."""

from __future__ import annotations

import psycopg
import pytest

from sanduq.custody.register.checks import check_custody
from tests.make.custody import an_item, an_owner, handed_over, in_custody, ordered, vault


@pytest.fixture
def world(work):
    """One thing held, one handed over."""
    with work() as uow:
        an_owner(uow)
        vault(uow)
        held, gone = an_item(uow).item_id, an_item(uow).item_id
    in_custody(work, "rhn_one", [held])
    in_custody(work, "rhn_two", [gone])
    with work() as uow:
        order = ordered(uow, "rhn_two", [gone])
    handed_over(work, order)


@pytest.mark.parametrize(
    ("tampering", "word"),
    [
        ("update custody.holding set gross_weight_mg = gross_weight_mg + 1", "movements end at"),
        ("update custody.holding set position = 'owner:x', bag_id = null", "movements end at"),
        ("update custody.bag set sealed_weight_mg = 1 where status = 'IN_CUSTODY'", "weighs 1 mg"),
        ("update custody.bag set status = 'EMPTY'", "movements end at"),
        ("update custody.release_order set status = 'READY'", "not where the order's state says"),
        (
            "alter table custody.movement disable trigger all;"
            " delete from custody.movement where step = 1 and thing_id like 'itm%'",
            "does not begin where",
        ),
        (
            "alter table custody.movement disable trigger all;"
            " update custody.movement set weight_mg = weight_mg - 1, fine_weight_mg = 0"
            " where kind = 'handed_over'",
            "does not begin where",
        ),
    ],
)
def test_a_register_that_was_tampered_with_is_found_out(work, owner_url, world, tampering, word):
    with work() as uow:
        assert list(check_custody(uow)) == []
    with psycopg.connect(owner_url) as connection:
        for statement in tampering.split(";"):
            connection.execute(statement.encode())
    with work() as uow:
        assert any(word in fault for fault in check_custody(uow))
