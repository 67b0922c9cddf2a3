"""Who may fetch a pledge (ARN-12), also when its owner died (RHN-35)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sanduq.rahnu.contracts.life.people.model import (
    Agent,
    AgentScope,
    Capacity,
    Death,
    Deceased,
    Entitlement,
    claimant,
    ticket_after,
)

NOW = datetime(2024, 1, 15, 10, 30, tzinfo=UTC)
TODAY = NOW.date()
PLEDGOR, OWNER, AGENT, SON, WIFE = "cpty_p", "cpty_o", "cpty_a", "cpty_s", "cpty_w"
DEATH = Death(
    "dth_1", "rhn_1", Deceased.PLEDGOR, PLEDGOR, TODAY, (SON, WIFE), "paper", NOW, "user_maker"
)


def agent(**changes):
    return Agent(
        **{
            "agent_id": "agt_1", "contract_id": "rhn_1", "party_id": AGENT,
            "scopes": (AgentScope.REDEEM,), "valid_until_on": None, "document_reference": "deed",
            "is_by_heirs": False, "created_at": NOW, "created_by": "user_maker",
            "revoked_at": None, "revoked_by": None, "revoke_reason": None, **changes,
        }
    )  # fmt: skip


def entitled(*agents, owners=(PLEDGOR,), death=None):
    return Entitlement(PLEDGOR, frozenset(owners), agents, death)


@pytest.mark.parametrize(
    ("who", "given", "capacity"),
    [
        (PLEDGOR, entitled(), Capacity.OWNER),
        (OWNER, entitled(owners=(OWNER,)), Capacity.OWNER),
        (AGENT, entitled(agent()), Capacity.AGENT),
        (AGENT, entitled(agent(valid_until_on=TODAY)), Capacity.AGENT),
        (AGENT, entitled(agent(is_by_heirs=True), death=DEATH), Capacity.AGENT),
    ],
)
def test_the_owner_and_his_proven_agent_may_fetch(who, given, capacity) -> None:
    found = claimant(who, given, TODAY)
    assert found is not None
    assert found.capacity is capacity
    assert found.is_owner is (capacity is Capacity.OWNER)
    assert found.is_owner or found.proof == "deed"


@pytest.mark.parametrize(
    ("who", "given"),
    [
        ("cpty_stranger", entitled(agent())),
        (OWNER, entitled(owners=(OWNER, PLEDGOR))),
        (AGENT, entitled(agent(scopes=(AgentScope.PLEDGE,)))),
        (AGENT, entitled(agent(valid_until_on=date(2024, 1, 14)))),
        (AGENT, entitled(agent(revoked_at=NOW))),
        (AGENT, entitled(agent(), death=DEATH)),
        (PLEDGOR, entitled(death=DEATH)),
        (SON, entitled(death=DEATH)),
    ],
)
def test_nobody_else_may(who, given) -> None:
    assert claimant(who, given, TODAY) is None


def test_heirs_come_together() -> None:
    found = claimant(SON, entitled(death=DEATH), TODAY, present_ids=[WIFE])
    assert found is not None
    assert (found.capacity, found.proof) == (Capacity.HEIRS, "paper")


def test_a_ticket_issued_anew_says_for_which_loss() -> None:
    assert ticket_after("MAIN-2024-000001", 1) == "MAIN-2024-000001-R1"
    assert ticket_after("MAIN-2024-000001-R1", 2) == "MAIN-2024-000001-R2"
