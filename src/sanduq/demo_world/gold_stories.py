"""Gold sold to the house: one case at each step, before, in and after the window of its promise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time

from sanduq.assets.items.model import ItemKind
from sanduq.demo_world.auction_stories import DEALER
from sanduq.demo_world.counter import Brought, Counter
from sanduq.demo_world.gold_house import GoldHouse
from sanduq.demo_world.telling import Story
from sanduq.kit.days import ONE_DAY
from sanduq.parties.model import Gender

CHAIN = Brought("Necklace, 22 carat", 18_400, 9_160, marks="916")
BANGLE = Brought("Bangle, 21 carat", 15_600, 8_750, marks="875")
BRACELET = Brought("Bracelet, 22 carat", 24_000, 9_160, marks="916")
COIN = Brought("Gold coin, quarter ounce", 7_800, 9_160, ItemKind.COIN, marks="916")
EARRINGS = Brought("Pair of earrings, 18 carat", 5_200, 7_500, marks="750")
BAR = Brought("Bar of 10 g, stamped 999.9", 10_000, 9_999, ItemKind.BAR, marks="999.9")

SELLERS = (
    ("cpty_seller_01", "Halimah binti Talib", "brn_main", Gender.FEMALE),
    ("cpty_seller_02", "Azman bin Harun", "brn_main", Gender.MALE),
    ("cpty_seller_03", "Leila Ben Youssef", "brn_hill", Gender.FEMALE),
    ("cpty_seller_04", "Rosnah binti Daud", "brn_main", Gender.FEMALE),
    ("cpty_seller_05", "Faridah binti Omar", "brn_main", Gender.FEMALE),
    ("cpty_seller_06", "Salimata Keïta", "brn_river", Gender.FEMALE),
    ("cpty_seller_07", "Nabil Jaziri", "brn_hill", Gender.MALE),
    ("cpty_seller_08", "Oumou Dembélé", "brn_river", Gender.FEMALE),
    ("cpty_seller_09", "Khadijah binti Said", "brn_main", Gender.FEMALE),
    ("cpty_seller_10", "Hafiz bin Ramli", "brn_main", Gender.MALE),
)
CLOSED, LAPSED, BOUGHT, PART, WINDOW, FALLEN, BEFORE, UNWOUND, SOLD, READY = (
    seller[0] for seller in SELLERS
)
# On these ends of months the promises are measured on a board of the day: the price had fallen,
# and it was back.
MEASURED_ON = (date(2023, 9, 30), date(2023, 10, 31))
AFTERNOON = time(15)


def begin(counter: Counter) -> None:
    """Puts the stories into the diary, and those who sell on the books."""
    house = GoldHouse(counter)
    for seller in SELLERS:
        counter.welcome(*seller)
    diary = counter.world.diary
    diary.begin(date(2023, 2, 6), _lapsed_and_resold(house))
    diary.begin(date(2023, 5, 30), _bought_back(house))
    diary.begin(date(2023, 11, 13), _unwound(house))
    diary.begin(date(2024, 1, 13), _ready(house))
    plain: Sequence[tuple[date, str, str, list[Brought], str | None]] = (
        (date(2023, 5, 8), "lapsed", LAPSED, [BANGLE, EARRINGS], None),
        (date(2023, 6, 19), "window", WINDOW, [CHAIN], None),
        (date(2023, 9, 11), "fallen", FALLEN, [BRACELET], "fr"),
        (date(2023, 10, 17), "before", BEFORE, [BANGLE, COIN], "ar"),
        (date(2024, 1, 3), "sold", SOLD, [BAR], None),
    )
    for day, name, seller_id, brought, language in plain:
        diary.begin(day, _sold(house, f"demo-sarf-{name}", seller_id, brought, language))
    for day in MEASURED_ON:
        diary.begin(day, _priced(counter))


def _sold(
    house: GoldHouse, external_id: str, seller_id: str, brought: list[Brought],
    language: str | None,
) -> Story:  # fmt: skip
    """Sold for good; under the promise nobody has bought so far."""
    yield from house.selling(external_id, seller_id, brought, language)


def _priced(counter: Counter) -> Story:
    """A board on the last day of a month: the end of that day measures every promise on it."""
    counter.hang()
    yield from ()


def _lapsed_and_resold(house: GoldHouse) -> Story:
    """Nobody came in the window; the bracelet went to a goldsmith, the coin to another customer.

    She had sold three pieces herself, and was content with a coin.
    """
    closed = yield from house.selling("demo-sarf-closed", CLOSED, [BRACELET, COIN])
    yield date(2023, 6, 6)
    part = yield from house.selling("demo-sarf-part", PART, [CHAIN, BANGLE, EARRINGS], "ms")
    coin, bracelet = house.by_weight(closed.item_ids)
    yield date(2023, 11, 14)
    house.resell("demo-sarf-resale", DEALER, [bracelet])
    yield date(2024, 1, 10)
    house.buy_back(part, [coin])


def _bought_back(house: GoldHouse) -> Story:
    """She sold two pieces in need, and bought them when her harvest was sold."""
    facility = yield from house.selling("demo-sarf-bought", BOUGHT, [CHAIN, COIN])
    yield date(2024, 1, 9)
    house.buy_back(facility, facility.item_ids)


def _unwound(house: GoldHouse) -> Story:
    """The till could not pay by the evening: the night undid the sitting, the gold went home."""
    quote = house.quote(UNWOUND, [CHAIN])
    yield date(2023, 11, 15)
    session = house.begin_sale(house.open("demo-sarf-unwound", quote))
    house.counter.world.diary.begin(house.today + ONE_DAY, house.night())
    yield house.today + ONE_DAY
    house.give_back(session.session_id)


def _ready(house: GoldHouse) -> Story:
    """Told and thought over, valued on the afternoon before: the sitting can be opened."""
    quote = house.quote(READY, [CHAIN, COIN])
    yield date(2024, 1, 14)
    house.counter.world.teller.go_to(house.today, AFTERNOON)
    house.open("demo-sarf-ready", quote)
