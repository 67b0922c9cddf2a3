"""What no paper of a facility may say, found in four languages however it is written."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.kit.plain_words import plain_words
from sanduq.sarf.clause_words import TextKind, faulty
from sanduq.sarf.terms.wording import standard_wordings

SECOND_CONTRACT = (
    "repurchase", "re-purchase", "redeem", "redemption", "buy back", "buy-back", "buyback",
    "bought it back", "buy the gold back", "return", "returned", "reacquire", "sell it back",
    "take the gold back", "buy the gold again", "promises to sell", "undertakes to sell",
    "an option to buy", "the right to purchase", "wa'd", "bay' al-wafa'", "second contract",
    "contract 2",
    "tebus", "menebus", "ditebus", "penebusan", "beli balik", "belian semula", "membeli semula",
    "pembelian balik", "jual balik", "pulangkan", "dikembalikan", "ambil balik", "kontrak kedua",
    "berjanji untuk menjual", "hak untuk membeli",
    "racheter", "rachat", "rachète", "réméré", "restituer", "retour", "reprendre", "reprise",
    "revente", "revendre", "rendu", "promesse de vente", "promesse unilatérale de vente",
    "s'engage à vendre", "droit d'acheter", "second contrat", "deuxième contrat",
    "إعادة الشراء", "إعادة شراء", "يعيد شراء", "استرداد", "يسترد", "استرجاع", "يسترجع", "استعادة",
    "إرجاع", "بيع الوفاء", "بيع العهدة", "وعد بالبيع", "يعد البائع بالشراء", "شراء الذهب ثانية",
    "العقد الثاني", "فك الرهن",
)  # fmt: skip
DEBT = (
    "repay", "repayment", "due", "overdue", "over-due", "redeem", "penalty", "penalties", "arrears",
    "instalment", "installments", "debt", "loan", "you owe", "in default", "outstanding",
    "interest", "late fee", "maturity", "margin call", "top-up", "you must pay",
    "bayar balik", "bayaran balik", "hutang", "berhutang", "tertunggak", "tunggakan", "penalti",
    "denda", "tebus", "ansuran", "pinjaman", "faedah", "tarikh matang", "anda perlu membayar",
    "rembourser", "remboursement", "dette", "débiteur", "impayé", "échéance", "pénalité",
    "arriérés", "prêt", "emprunt", "intérêts", "somme due", "en retard", "mise en demeure",
    "mensualité", "vous devez",
    "سداد", "التسديد", "الدين", "مديونية", "مستحق", "استحقاق", "متأخر", "غرامة", "القسط", "أقساط",
    "قرض", "القرض", "فك الرهن", "استرداد", "فائدة", "فوائد",
)  # fmt: skip
FIRST_CONTRACT = (
    "first contract", "earlier sale", "original price", "original purchase price", "contract 1",
    "the price paid before", "repurchase", "kontrak pertama", "harga asal", "harga belian asal",
    "belian semula", "premier contrat", "prix d'origine", "prix initial", "réméré",
    "العقد الأول", "الثمن الأول", "السعر الأصلي", "إعادة الشراء",
)  # fmt: skip
BINDING = (
    "The customer shall buy the gold.", "You must buy.", "The customer promises to buy 50 g.",
    "The seller is obliged to purchase it.", "The promisee agrees to redeem it.",
    "The customer may not refuse and must buy.", "This binds the customer to buy.",
    "Both parties promise to exchange.", "This is a mutual promise.",
    "Pelanggan mesti membeli emas.", "Pelanggan berjanji akan membelinya dan membeli emas.",
    "Penjual wajib menebus emas.", "Kedua-dua pihak berjanji.",
    "Le client doit acheter l'or.", "Le client s'engage à racheter.", "Vous êtes tenu d'acheter.",
    "Le vendeur promet d'acheter.", "Les deux parties s'engagent.",
    "يلتزم العميل بالشراء", "العميل ملزم بشراء الذهب", "يتعهد المشتري بشراء الذهب",
    "يتواعد الطرفان",
)  # fmt: skip
FREE = (
    "The customer is not bound to buy.", "The customer may buy, if he likes.",
    "The customer does not promise to buy.", "You are never obliged to purchase anything.",
    "Nothing binds the customer to buy.", "The institution promises to sell to the customer.",
    "Pelanggan tidak wajib membeli.", "Pelanggan boleh membeli jika mahu.",
    "Le client n'est pas tenu d'acheter.", "Le client ne s'engage pas à acheter.",
    "لا يلتزم العميل بالشراء", "العميل غير ملزم بالشراء",
)  # fmt: skip
NO_DEBT = (
    "There is no debt and no penalty.", "You owe nothing.", "This is not a loan.",
    "Nothing is due.", "Without any penalty.", "Tiada hutang dan tiada penalti.",
    "Ini bukan pinjaman.", "Aucune dette, aucune pénalité.", "Ce n'est pas un prêt.",
    "لا يوجد دين عليك", "بدون غرامة",
)  # fmt: skip
STILL_DEBT = (
    "If there is no repayment, the gold is sold.", "Unless nothing is due, come.",
    "Jika tiada bayaran balik, emas dijual.", "S'il n'y a aucune dette, venez.",
    "Do not forget the loan.", "No later than the due date.",
)  # fmt: skip

MARKS = ["\u0301", "\u0300", "\u0308", "\u0327"]  # acute, grave, diaeresis, cedilla
TASHKIL = ["\u064e", "\u064f", "\u0650", "\u0651", "\u0652", "\u0640"]  # vowels, tatweel
HIDDEN = ["\u00ad", "\u200b", "\u200e", "\u200f", "\u2060"]


@st.composite
def disguised(draw, phrases):
    """One of the phrases in any case, with marks and hidden characters between its letters."""
    phrase = draw(st.sampled_from(phrases))
    written = []
    for letter in phrase:
        written.append(draw(st.sampled_from([letter.lower(), letter.upper()])))
        if letter.isalpha():
            is_arabic = "ARABIC" in unicodedata.name(letter)
            written += draw(
                st.lists(st.sampled_from((TASHKIL if is_arabic else MARKS) + HIDDEN), max_size=2)
            )
    return "".join(written)


@pytest.mark.parametrize("phrase", SECOND_CONTRACT)
def test_the_first_contract_speaks_of_no_second_not_even_to_deny_it(phrase):
    assert faulty(phrase, TextKind.CONTRACT_1)
    assert faulty(f"There is no {phrase} here. Tiada {phrase}; aucun {phrase}; لا {phrase}.",
                  TextKind.CONTRACT_1)  # fmt: skip


@given(disguised(SECOND_CONTRACT))
def test_every_word_of_a_second_contract_is_found_in_any_case_and_under_any_marks(text):
    assert faulty(f"x {text} x", TextKind.CONTRACT_1)


@pytest.mark.parametrize("phrase", DEBT)
def test_nobody_is_spoken_to_as_a_debtor(phrase):
    assert faulty(phrase, TextKind.MESSAGE)
    assert faulty(f"Dear customer, {phrase} today.", TextKind.CONTRACT_2)


@given(disguised(DEBT))
def test_every_word_of_debt_is_found_in_any_case_and_under_any_marks(text):
    assert faulty(f"x {text} x", TextKind.MESSAGE)


@pytest.mark.parametrize("phrase", FIRST_CONTRACT)
def test_the_second_contract_speaks_of_no_first(phrase):
    assert faulty(phrase, TextKind.CONTRACT_2)


@given(disguised(FIRST_CONTRACT))
def test_every_word_of_the_first_contract_is_found_in_any_case_and_under_any_marks(text):
    assert faulty(f"x {text} x", TextKind.CONTRACT_2)


@pytest.mark.parametrize("text", BINDING)
def test_a_promise_binds_nobody_but_who_makes_it(text):
    assert faulty(text, TextKind.PROMISE)


@given(disguised(BINDING))
def test_words_that_bind_are_found_in_any_case_and_under_any_marks(text):
    assert faulty(text, TextKind.PROMISE)


@pytest.mark.parametrize("text", FREE)
def test_a_promise_may_say_that_the_customer_is_free(text):
    assert faulty(text, TextKind.PROMISE) == []


@pytest.mark.parametrize("text", NO_DEBT)
def test_a_message_may_say_that_there_is_no_debt(text):
    assert faulty(text, TextKind.MESSAGE) == []


@pytest.mark.parametrize("text", STILL_DEBT)
def test_a_condition_or_a_loose_denial_excuses_no_word_of_debt(text):
    assert faulty(text, TextKind.MESSAGE)


@pytest.mark.parametrize(
    "name", ["نور الدين", "علاء الدين", "وفاء", "صلاح الدِّين", "Wafa", "Nuruddin"]
)
def test_a_customers_name_is_no_word_of_debt(name):
    for kind in TextKind:
        assert faulty(f"{name}, 50 g", kind) == []
    assert faulty("عليك الدين", TextKind.MESSAGE)


def test_one_place_is_told_once_with_its_language():
    (found,) = faulty("The seller may REDEEM it.", TextKind.CONTRACT_1)
    assert (found.language, found.words) == ("en", "redeem")


@pytest.mark.parametrize("wording", standard_wordings(), ids=lambda each: each.language)
def test_the_papers_of_the_house_hold_none_of_it(wording):
    assert faulty(wording.contract_1, TextKind.CONTRACT_1) == []
    assert faulty(wording.contract_1, TextKind.MESSAGE) == []
    assert faulty(wording.promise, TextKind.PROMISE) == []
    assert faulty(wording.contract_2, TextKind.CONTRACT_2) == []
    assert faulty(wording.window_notice, TextKind.MESSAGE) == []
    assert faulty(wording.window_notice, TextKind.PROMISE) == []


@given(st.text(max_size=80))
def test_a_text_made_plain_stays_as_it_is(text):
    assert plain_words(plain_words(text)) == plain_words(text)


@given(st.text(max_size=80), st.sampled_from(TextKind))
def test_no_text_is_too_strange_to_be_read(text, kind):
    assert isinstance(faulty(text, kind), list)


def test_long_texts_are_read_in_no_time():
    """A paper of 50,000 characters that nearly fits every pattern."""
    for kind in TextKind:
        faulty("the customer shall the seller must " * 1_500, kind)
