"""What a pledge's clauses may not say, and how a good one says the same thing."""

from __future__ import annotations

import pytest

from sanduq.rahnu.clause_words import Sin, faulty_words

FAULTY = [
    (Sin.FORFEITURE, "pledge becomes ours on default"),
    (
        Sin.FORFEITURE,
        "If the debt is not paid, the pledge becomes the property of the institution.",
    ),
    (Sin.FORFEITURE, "If unpaid within a month, ownership passes to the creditor."),
    (Sin.FORFEITURE, "If it is not paid, the pledge becomes ours on default."),
    (Sin.FORFEITURE, "If the pledge is not redeemed it becomes ours."),
    (Sin.FORFEITURE, "The pledge, if the debt is not paid, becomes ours."),
    (Sin.FORFEITURE, "Jika barang tidak ditebus ia menjadi milik kami."),
    (Sin.FORFEITURE, "Le gage, si la dette n'est pas payée, devient notre propriété."),
    (Sin.FORFEITURE, "The gold shall be forfeited after six months."),
    (Sin.FORFEITURE, "The bank may keep the items in full settlement of the debt."),
    (Sin.FORFEITURE, "Jika hutang tidak dibayar, barang gadaian menjadi milik kami."),
    (Sin.FORFEITURE, "Emas itu akan dilucuthak: barang gadaian terlucut hak."),
    (Sin.FORFEITURE, "Si la dette n'est pas payée, le gage devient la propriété de l'institution."),
    (Sin.FORFEITURE, "À défaut, le bien nous appartiendra."),
    (Sin.FORFEITURE, "إذا لم يُسدَّد الدين يصبح الرهن ملكاً للمرتهن"),
    (Sin.REHYPOTHECATION, "The institution may lend or lease the gold with a duty to return it."),
    (Sin.REHYPOTHECATION, "The creditor may re-pledge the items."),
    (Sin.REHYPOTHECATION, "Institusi boleh menyewakan barang gadaian."),
    (Sin.REHYPOTHECATION, "Le créancier peut prêter ou louer l'or."),
    (Sin.REHYPOTHECATION, "يجوز للمؤسسة رهن الذهب لدى الغير"),
    (Sin.SALE_BEFORE_DUE, "The bank may sell the pledge at any time."),
    (Sin.SALE_BEFORE_DUE, "The institution may sell the gold upon a margin call."),
    (Sin.SALE_BEFORE_DUE, "Bank boleh menjual emas pada bila-bila masa."),
    (Sin.SALE_BEFORE_DUE, "Le créancier peut vendre le gage avant l’échéance."),
    (Sin.SALE_BEFORE_DUE, "يجوز للدائن بيع الرهن قبل حلول الأجل"),
    (Sin.USE, "The institution may wear the jewellery."),
    (Sin.USE, "Kami boleh menggunakan barang gadaian."),
    (Sin.USE, "Le créancier peut utiliser le gage."),
    (Sin.USE, "يجوز للمرتهن استعمال الرهن"),
    (Sin.USE_FOR_NOTHING, "We may use the gold free of charge."),
    (Sin.USE_FOR_NOTHING, "Kami boleh memakai barang itu secara percuma."),
    (Sin.USE_FOR_NOTHING, "Le créancier peut utiliser le gage gratuitement."),
    (Sin.USE_FOR_NOTHING, "للمرتهن استعمال الرهن مجاناً"),
]
GOOD = [
    "The pledge never becomes the property of the institution.",
    "No forfeiture: the pledge shall not be forfeited.",
    "If the debt falls due and stays unpaid, the pledgee sells the pledge at the market price as"
    " the pledgor's agent, takes what is owed, and pays the rest to the pledgor.",
    "The institution may not sell, re-pledge, lend or lease the gold before the debt is due.",
    "The gold is delivered to us for safe-keeping and remains the property of the owner.",
    "The sold item becomes the property of the highest bidder.",
    "The pledge shall not, under any circumstance, become ours.",
    "It is forbidden for the institution to lend the gold.",
    "We use approved scales to weigh the gold.",
    "Barang gadaian tidak akan menjadi milik institusi.",
    "Institusi tidak boleh menyewakan barang gadaian.",
    "Le gage ne devient jamais la propriété du créancier.",
    "Le créancier ne peut ni prêter ni louer le bien.",
    "لا يصبح الرهن ملكاً للمؤسسة",
    "لا يجوز للمرتهن تأجير الذهب للغير",
    "Pemilikan barang gadaian kekal pada penggadai. Barang disimpan sebagai amanah dan tidak"
    " digunakan.",
]


@pytest.mark.parametrize(("sin", "text"), FAULTY)
def test_a_clause_that_gives_the_creditor_too_much_is_found(sin, text):
    """RHN-15, RHN-16, RHN-21: in the four languages contracts are written in."""
    found = list(faulty_words(text))
    assert sin in {each.sin for each in found}
    assert all(each.words for each in found)


@pytest.mark.parametrize("text", GOOD)
def test_a_clause_that_denies_it_passes(text):
    assert list(faulty_words(text)) == []


@pytest.mark.parametrize("case", [str.upper, str.title, "  {}  ".format])
def test_letters_and_spaces_hide_nothing(case):
    assert [each.sin for each in faulty_words(case("pledge becomes  ours"))] == [Sin.FORFEITURE]
