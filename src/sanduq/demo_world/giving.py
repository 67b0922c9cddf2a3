"""Donors and what they gave: sadaqah, a pledge, zakat, and charity money that found its way."""

from __future__ import annotations

from datetime import date

from sanduq import demo
from sanduq.demo_world.products import rule
from sanduq.demo_world.telling import Story
from sanduq.demo_world.world import World, usd
from sanduq.funds.charity import service as charity
from sanduq.funds.charity.model import CharityUse, NewCharityPayment
from sanduq.funds.donations import service as donations
from sanduq.funds.donations.model import DonationType, NewDonation, ReceiveDonation
from sanduq.funds.pledges import service as pledges
from sanduq.funds.pledges.model import Frequency, NewPledge
from sanduq.funds.purposes import service as purposes
from sanduq.funds.purposes.model import FundUse, NewPurpose
from sanduq.funds.spending import service as spending
from sanduq.funds.spending.model import FundSource, Grant
from sanduq.funds.zakat import service as zakat
from sanduq.funds.zakat.model import (
    Asnaf,
    DebtEvidence,
    NewZakatPayment,
    NewZakatReceipt,
    Payee,
)
from sanduq.parties import service as parties
from sanduq.parties.model import Gender, NewParty, PartyKind

FOUNDATION, MERCHANT, TEACHER = "cpty_donor_foundation", "cpty_donor_merchant", "cpty_donor_teacher"
STUDENT, DEBTOR, WIDOW = "cpty_student", "cpty_zakat_debtor", "cpty_zakat_widow"

GIFTS = (
    (date(2022, 3, 2), FOUNDATION, 6_000_00, "debt_relief"),
    (date(2022, 4, 5), MERCHANT, 2_500_00, "qard"),
    (date(2022, 6, 20), TEACHER, 150_00, "general"),
    (date(2022, 9, 1), FOUNDATION, 1_800_00, "cost_subsidy"),
    (date(2022, 11, 15), MERCHANT, 900_00, "education"),
    (date(2023, 3, 27), FOUNDATION, 1_500_00, "debt_relief"),
    (date(2023, 4, 10), None, 400_00, "poor_relief"),
    (date(2023, 8, 8), TEACHER, 120_00, "orphans"),
    (date(2023, 10, 3), MERCHANT, 750_00, "looms"),
)
"""Day, donor (None: nobody knows), cents and purpose of the gifts that came one by one."""


def begin(world: World) -> None:
    """Enters donors and recipients and puts the stories into the diary."""
    with world.teller.acting() as uow:
        parties.create_parties(uow, _people())
        purposes.install_purposes(uow)
        looms = NewPurpose("looms", "Looms for weavers", frozenset({FundUse.GRANT}))
        purposes.create_purpose(uow, looms)
    for number, (day, donor_id, minor, category) in enumerate(GIFTS, start=1):
        world.diary.begin(day, _gift(world, number, donor_id, minor, category))
    world.diary.begin(date(2023, 5, 2), _pledged(world))
    world.diary.begin(date(2023, 9, 5), _schooling(world))
    world.diary.begin(date(2023, 3, 24), _zakat(world))
    world.diary.begin(date(2023, 12, 18), _charity(world))
    world.diary.begin(date(2024, 1, 9), _announced(world))


def _people() -> list[NewParty]:
    person = PartyKind.PERSON
    return [
        NewParty(PartyKind.ORGANISATION, "Rawdah Foundation", FOUNDATION),
        NewParty(person, "Hajji Omar Sissoko", MERCHANT, gender=Gender.MALE),
        NewParty(person, "Cikgu Ros binti Daud", TEACHER, gender=Gender.FEMALE),
        NewParty(person, "Inès Mejri", STUDENT, gender=Gender.FEMALE),
        NewParty(person, "Bakary Sidibé", DEBTOR, gender=Gender.MALE),
        NewParty(person, "Zaleha binti Jusoh", WIDOW, gender=Gender.FEMALE),
    ]


def _given(
    world: World,
    external_id: str,
    minor: int,
    category: str | None,
    donor_id: str | None,
    pledge_id: str | None = None,
) -> None:
    new = NewDonation(
        amount=usd(minor),
        donor_id=donor_id,
        type=DonationType.RECURRING if pledge_id else DonationType.ONE_TIME,
        category=category,
        is_anonymous=donor_id is None,
        pledge_id=pledge_id,
        external_id=external_id,
        metadata={},
    )
    with world.teller.acting() as uow:
        (donation,) = donations.create_donations(uow, [new])
        donations.receive_donations(uow, [ReceiveDonation(donation.donation_id)])


def _gift(world: World, number: int, donor_id: str | None, minor: int, category: str) -> Story:
    _given(world, f"demo-gift-{number}", minor, category, donor_id)
    yield from ()


def _announced(world: World) -> Story:
    """A gift that is announced and has not come."""
    new = NewDonation(
        amount=usd(300_00), donor_id=TEACHER, type=DonationType.ONE_TIME, category="water",
        external_id="demo-gift-announced", metadata={},
    )  # fmt: skip
    with world.teller.acting() as uow:
        donations.create_donations(uow, [new])
    yield from ()


def _pledged(world: World) -> Story:
    """Twenty-five a month for a year; one month nothing came, and nothing follows from it."""
    with world.teller.acting() as uow:
        pledge = pledges.create_pledge(
            uow,
            NewPledge(
                amount=usd(25_00), donor_id=TEACHER, frequency=Frequency.MONTHLY,
                duration_months=12, category="education", external_id="demo-pledge", metadata={},
            ),
        )  # fmt: skip
    for month in (5, 6, 7, 9, 10, 11, 12):
        yield date(2023, month, 4)
        _given(world, f"demo-pledged-{month}", 25_00, None, TEACHER, pledge.pledge_id)


def _schooling(world: World) -> Story:
    """A grant out of what was given for education."""
    with world.teller.acting() as uow:
        source = FundSource.read("sadaqah:education")
        spending.grant(uow, Grant(source, usd(240_00), STUDENT, None, "fees of the school year"))
    yield from ()


def _zakat(world: World) -> Story:
    """Zakat comes in Ramadan, and goes to a debtor and a widow within the year."""
    definition = rule(world, "Demonstration definition of the eight classes", "ZKT-01")
    with world.teller.acting() as uow:
        for number, (payer_id, minor) in enumerate(((MERCHANT, 1_200_00), (TEACHER, 180_00)), 1):
            new = NewZakatReceipt(
                amount=usd(minor), payer_id=payer_id, external_id=f"demo-zakat-in-{number}",
                metadata={},
            )  # fmt: skip
            zakat.receive(uow, new)
    yield date(2023, 5, 15)
    evidence = DebtEvidence(
        "debt to a hospital of 600.00", True, True, ("hospital bill", "visit of the field officer")
    )
    _zakat_paid(world, 1, definition, DEBTOR, Asnaf.GHARIMIN, 600_00, evidence)
    yield date(2023, 9, 18)
    _zakat_paid(world, 2, definition, WIDOW, Asnaf.MASAKIN, 350_00, None)


def _zakat_paid(
    world: World,
    number: int,
    definition: str,
    recipient_id: str,
    asnaf: Asnaf,
    minor: int,
    evidence: DebtEvidence | None,
) -> None:
    with world.teller.acting(demo.FINANCE) as uow:
        new = NewZakatPayment(
            amount=usd(minor), recipient_id=recipient_id, asnaf_code=str(asnaf),
            resolution_id=definition, payee=Payee.RECIPIENT, paid_to="into her or his own hand",
            evidence=evidence, external_id=f"demo-zakat-out-{number}", metadata={},
        )  # fmt: skip
        zakat.pay(uow, new)


def _charity(world: World) -> Story:
    """What a late buyer pledged goes to a clinic, once the reviewer has signed it off."""
    with world.teller.acting() as uow:
        payment = charity.request_payment(
            uow,
            NewCharityPayment(
                beneficiary_id="cpty_clinic", amount=usd(18_00), use=CharityUse.HEALTH,
                description="dressings for the clinic", is_staff_or_kin=False,
                external_id="demo-charity", metadata={},
            ),
        )  # fmt: skip
    yield date(2023, 12, 20)
    with world.teller.acting(demo.SHARIAH) as uow:
        charity.approve_payment(uow, payment.payment_id)
