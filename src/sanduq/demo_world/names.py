"""Plausible names of the three regions the institution works in."""

from __future__ import annotations

import random
from dataclasses import dataclass

from sanduq.parties.model import Gender, Language


@dataclass(frozen=True, slots=True)
class Region:
    """What people of a region are called, and how a person's name is put together."""

    language: Language
    women: tuple[str, ...]
    men: tuple[str, ...]
    families: tuple[str, ...]
    of_woman: str
    of_man: str
    phone: str
    groups: tuple[str, ...]
    places: tuple[str, ...]

    def name(self, dice: random.Random, gender: Gender) -> str:
        """A person's name."""
        is_woman = gender is Gender.FEMALE
        first = dice.choice(self.women if is_woman else self.men)
        return first + (self.of_woman if is_woman else self.of_man) + dice.choice(self.families)


MALAY = Region(
    Language.MALAY,
    ("Siti Aminah", "Nurul Huda", "Fatimah", "Zainab", "Noraini", "Rohani", "Salmah", "Hasnah",
     "Khadijah", "Norhayati", "Rosnah", "Azizah", "Maimunah", "Faridah", "Halimah", "Suraya"),
    ("Ahmad", "Ismail", "Zulkifli", "Rahman", "Hafiz", "Razak", "Azman", "Yusof"),
    ("Abdullah", "Hassan", "Osman", "Ibrahim", "Salleh", "Mat Isa", "Yaacob", "Harun", "Talib",
     "Omar", "Jusoh", "Daud", "Ramli", "Said"),
    " binti ", " bin ", "+6010555",
    ("Sri Melati", "Seri Cempaka", "Usaha Ibu", "Kampung Baru Weavers", "Anggerik", "Teratai",
     "Kuih Kak Long", "Padi Emas", "Ikan Bilis", "Nur Kasih", "Bunga Raya", "Tenun Warisan"),
    ("Kampung Sungai Lama", "Kampung Bukit Kecil", "Kampung Pasir Putih", "Kampung Tanjung"),
)  # fmt: skip
ARABIC = Region(
    Language.ARABIC,
    ("Mariem", "Salma", "Houda", "Nadia", "Rim", "Leila", "Amel", "Sonia", "Zohra", "Wafa",
     "Emna", "Samia", "Khadija", "Latifa", "Hayet", "Mounira"),
    ("Karim", "Mourad", "Habib", "Ridha", "Slim", "Tarek", "Nabil", "Fethi"),
    ("Ben Salah", "Trabelsi", "Gharbi", "Haddad", "Jaziri", "Ben Youssef", "Khelifi", "Mansouri",
     "Ayari", "Bouazizi", "Mejri", "Chebbi", "Dridi", "Hamdi"),
    " ", " ", "+21620555",
    ("Al-Zaytuna", "Yasmine Cooperative", "Women of the Spring", "Al-Baraka", "Potters of the Hill",
     "Al-Amana", "Nour", "Olive Press", "Al-Wafa", "Beekeepers", "Rahma", "Carpet Makers"),
    ("Ain Draham", "Testour", "Djebba", "Sidi Amor"),
)  # fmt: skip
WEST_AFRICAN = Region(
    Language.FRENCH,
    ("Aminata", "Fatoumata", "Mariama", "Awa", "Kadiatou", "Ramatou", "Hawa", "Bintou", "Oumou",
     "Salimata", "Djeneba", "Adama", "Rokia", "Nana", "Hadiza", "Assétou"),
    ("Moussa", "Ibrahima", "Seydou", "Boubacar", "Issa", "Mamadou", "Abdoulaye", "Souleymane"),
    ("Diallo", "Traoré", "Keïta", "Coulibaly", "Sow", "Barry", "Ouédraogo", "Cissé", "Touré",
     "Konaté", "Sidibé", "Maïga", "Dembélé", "Ba"),
    " ", " ", "+22360555",
    ("Benkadi", "Sabougnouma", "Karité du Fleuve", "Jigiya", "Femmes du Marché", "Sinignesigi",
     "Riz de la Vallée", "Teinturières", "Nietaa", "Demeso", "Maraîchères", "Yiriwaso"),
    ("Ségou", "Markala", "Sansanding", "Dioro"),
)  # fmt: skip
