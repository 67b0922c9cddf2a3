"""Branches, staff, groups and their members, as they came over the first year."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from sanduq import demo
from sanduq.access import service as access
from sanduq.demo_world.names import Region
from sanduq.demo_world.telling import Story
from sanduq.demo_world.world import (
    BEGINS_ON,
    BRANCHES,
    OFFICERS,
    USD,
    Branch,
    Member,
    Village,
    World,
    usd,
)
from sanduq.kit.db import UnitOfWork
from sanduq.ledger.capital import add_capital
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.groups.members import service as members
from sanduq.microfinance.groups.members.model import Role
from sanduq.microfinance.groups.members.service import NewMember
from sanduq.microfinance.groups.model import GroupType, NewGroup
from sanduq.obligations.schedule import Frequency
from sanduq.parties import service as parties
from sanduq.parties.model import Document, Gender, NewParty, NewVerification, PartyKind

DOCUMENTED_GROUP = "grp_village_003"
MEMBERS, JOINED_LATER = 7, 5
FIRST_NUMBER, VILLAGES = 4, 59
DAYS_BETWEEN = 5
CAPITAL_MINOR = 150_000_00
WOMEN_SHARE = 0.82
CONTRIBUTION_UNITS = 2
OFFICES = (Role.CHAIR, Role.TREASURER, Role.SECRETARY)

SUPPLIERS = {
    "cpty_supplier_machines": "Sinar Machines and Sons",
    "cpty_supplier_motors": "Atelier Moto du Fleuve",
    "cpty_supplier_tools": "Al-Amal Tools",
    "cpty_mill": "Valley Mill",
    "cpty_clinic": "Hill Clinic",
    "cpty_village_school": "Village School",
}


def open_house(world: World) -> None:
    """Branches with their managers and their capital, suppliers, and the plan of the groups."""
    with world.teller.acting() as uow:
        for branch in BRANCHES[1:]:
            access.create_branch(uow, name=branch.name, branch_id=branch.branch_id)
            access.create_user(
                uow,
                name=OFFICERS[branch.manager_id],
                roles=["branch_manager", "field_officer"],
                branch_id=branch.branch_id,
                user_id=branch.manager_id,
            )
        for branch in BRANCHES:
            add_capital(uow, usd(CAPITAL_MINOR), branch.branch_id, memo="founders' capital")
        parties.create_parties(
            uow,
            [
                NewParty(PartyKind.ORGANISATION, name, party_id)
                for party_id, name in SUPPLIERS.items()
            ],
        )
    for village in _planned(world.teller.dice):
        world.villages.append(village)
        world.diary.begin(village.formed_on, _formed(world, village))
    world.diary.begin(date(2024, 1, 8), _joined_later(world))


def _planned(dice: random.Random) -> Iterator[Village]:
    number = 0
    for place in range(VILLAGES):
        branch = BRANCHES[place % len(BRANCHES)]
        crowd = []
        for _ in range(MEMBERS):
            number += 1
            crowd.append(_member(dice, number, branch.region))
        group_number = FIRST_NUMBER + place
        titles, spots = branch.region.groups, branch.region.places
        turn = place // len(BRANCHES)
        name = f"{titles[turn % len(titles)]}, {spots[(turn + turn // len(titles)) % len(spots)]}"
        formed_on = BEGINS_ON + timedelta(days=4 + DAYS_BETWEEN * place)
        yield Village(f"grp_village_{group_number:03}", name, branch, formed_on, tuple(crowd))


def _member(dice: random.Random, number: int, region: Region) -> Member:
    gender = Gender.FEMALE if dice.random() < WOMEN_SHARE else Gender.MALE
    key = "F" if gender is Gender.FEMALE else "M"
    return Member(f"cpty_member_{number:03}", f"{key}-{number:03}", region.name(dice, gender))


def _formed(world: World, village: Village) -> Story:
    """A group comes together: its people are entered, seen with their papers, and set to work."""
    with world.teller.acting(village.branch.manager_id) as uow:
        enter(uow, world.teller.dice, village.members, village.branch)
        is_bank = village.members[0].party_id.endswith("5")
        group = NewGroup(
            group_id=village.group_id,
            external_id=village.group_id.replace("grp_village_", "G-"),
            name=village.name,
            type=GroupType.VILLAGE_BANK if is_bank else GroupType.SOLIDARITY,
            branch_id=village.branch.branch_id,
            facilitator_id=village.branch.manager_id,
            contribution=CONTRIBUTION_UNITS,
            contribution_frequency=Frequency.MONTHLY,
            asset=USD,
        )
        groups.form_group(uow, group)
        seats = (*OFFICES, *(Role.MEMBER for _ in range(MEMBERS - len(OFFICES))))
        roster = [
            NewMember(one.party_id, seat) for one, seat in zip(village.members, seats, strict=True)
        ]
        members.add_members(uow, village.group_id, roster)
        groups.activate(uow, village.group_id)
    yield from ()


def enter(uow: UnitOfWork, dice: random.Random, people: Sequence[Member], branch: Branch) -> None:
    """Enters people with their papers; the last of them has shown where she lives, too."""
    parties.create_parties(
        uow,
        [
            NewParty(
                PartyKind.PERSON,
                one.name,
                one.party_id,
                external_id=one.external_id,
                birth_on=date(dice.randint(1960, 2001), dice.randint(1, 12), dice.randint(1, 28)),
                gender=Gender.FEMALE if one.external_id.startswith("F") else Gender.MALE,
                phone=f"{branch.region.phone}{one.party_id[-3:]}",
                address=dice.choice(branch.region.places),
                language=branch.region.language,
                branch_id=branch.branch_id,
            )
            for one in people
        ],
    )
    identity = [Document("national_id", f"NID-{one.party_id[-3:]}") for one in people]
    home = Document("proof_of_address", "seen at home by the field officer")
    papers = [
        NewVerification(one.party_id, [shown, home] if one is people[-1] else [shown])
        for one, shown in zip(people, identity, strict=True)
    ]
    parties.record_verifications(uow, papers)


def _joined_later(world: World) -> Story:
    """More women join the documented group, which was two people strong."""
    branch, dice = BRANCHES[0], world.teller.dice
    first = VILLAGES * MEMBERS + 1
    people = [_member(dice, first + place, branch.region) for place in range(JOINED_LATER)]
    with world.teller.acting(demo.MAKER) as uow:
        enter(uow, dice, people, branch)
        members.add_members(uow, DOCUMENTED_GROUP, [NewMember(one.party_id) for one in people])
    yield from ()
