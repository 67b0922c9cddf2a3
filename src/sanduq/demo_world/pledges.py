"""Gold in pledge: one case at each step, and a week in which the price fell.

The counter that takes gold in pledge buys gold, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sanduq.demo_world import auction_stories, gold_stories, pledge_lives, vault_stories
from sanduq.demo_world.counter import Brought, Counter
from sanduq.demo_world.telling import Story
from sanduq.demo_world.world import World
from sanduq.parties.model import Gender
from sanduq.rahnu.contracts import review

CHAIN = Brought("Necklace, 22 carat", 18_400, 9_160, marks="916")
BANGLES = Brought("Two bangles, 21 carat", 31_250, 8_750, marks="875")
RING = Brought("Ring with stones, 18 carat", 6_300, 7_500, stone_weight_mg=1_100, marks="750")
COIN = Brought("Gold coin, quarter ounce", 7_800, 9_160, marks="916")

PLEDGORS = (
    ("cpty_pledgor_01", "Aminah binti Yusof", "brn_main", Gender.FEMALE),
    ("cpty_pledgor_02", "Rohani binti Ismail", "brn_main", Gender.FEMALE),
    ("cpty_pledgor_03", "Zainab Trabelsi", "brn_hill", Gender.FEMALE),
    ("cpty_pledgor_04", "Hedi Mansour", "brn_hill", Gender.MALE),
    ("cpty_pledgor_05", "Fatoumata Diarra", "brn_river", Gender.FEMALE),
    ("cpty_pledgor_06", "Moussa Traoré", "brn_river", Gender.MALE),
)


def begin(world: World) -> None:
    """Opens the counter and puts the stories into the diary."""
    counter = Counter(world)
    world.diary.begin(date(2023, 1, 16), _opens(counter))
    world.diary.begin(date(2024, 1, 12), _drafted(counter))
    world.diary.begin(date(2024, 1, 11), _reviewed(counter))
    regulars: Sequence[tuple[date, int, Brought, int]] = (
        (date(2023, 8, 14), 0, CHAIN, 500_00), (date(2023, 9, 4), 1, BANGLES, 900_00),
        (date(2023, 10, 23), 2, CHAIN, 600_00), (date(2023, 11, 6), 3, RING, 120_00),
        (date(2023, 11, 20), 4, COIN, 250_00), (date(2023, 12, 11), 5, BANGLES, 1_100_00),
    )  # fmt: skip
    for number, (day, who, what, loan_minor) in enumerate(regulars, start=1):
        world.diary.begin(day, _taken(counter, f"demo-pledge-{number}", who, what, loan_minor))


def _opens(counter: Counter) -> Story:
    counter.open()
    for pledgor in PLEDGORS:
        counter.welcome(*pledgor)
    pledge_lives.begin(counter)
    vault_stories.begin(counter)
    auction_stories.begin(counter)
    gold_stories.begin(counter)
    yield from ()


def _taken(counter: Counter, external_id: str, who: int, what: Brought, loan_minor: int) -> Story:
    counter.pledge(external_id, PLEDGORS[who][0], [what], loan_minor)
    yield from ()


def _drafted(counter: Counter) -> Story:
    """Valued, and not yet decided on."""
    counter.draft("demo-pledge-draft", PLEDGORS[0][0], [RING], 100_00)
    yield from ()


def _reviewed(counter: Counter) -> Story:
    """Sent to a person for review, and waiting."""
    contract = counter.draft("demo-pledge-review", PLEDGORS[2][0], [COIN], 200_00)
    with counter.world.teller.acting() as uow:
        review.submit(uow, contract.contract_id, is_by_person=True)
    yield from ()
