"""Charts can be read by eye and by ear, from the right in Arabic, and fetch nothing."""

from __future__ import annotations

from decimal import Decimal
from xml.etree import ElementTree

import pytest

from sanduq.microfinance.programs.impact.charts import (
    WIDTH,
    Bar,
    ChartLanguage,
    ProgressBar,
    cells_chart,
    change_chart,
    progress_chart,
)

SVG = "{http://www.w3.org/2000/svg}"
WOMEN = ProgressBar("Female borrowers", Decimal(40), Decimal(76), Decimal(100), Decimal("0.6"))


def drawn(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


def bars(root: ElementTree.Element) -> list[tuple[int, int]]:
    """Left edge and width of each filled bar: after the sheet, every second box is one."""
    boxes = root.findall(f"{SVG}rect")[1:]
    return [(int(box.get("x", "0")), int(box.get("width", "0"))) for box in boxes[1::2]]


def test_progress_is_drawn_to_scale_and_written_beside_its_bar():
    root = drawn(progress_chart("Women of the river", [WOMEN], ChartLanguage.ENGLISH))
    assert bars(root) == [(210, 180)]  # three fifths of a track of 300
    texts = [each.text for each in root.findall(f"{SVG}text")]
    assert "76 (60.00%)" in texts
    assert "from 40 to 100" in texts


def test_a_chart_has_a_title_and_a_description_for_who_hears_it_read():
    root = drawn(progress_chart("Women of the river", [WOMEN], ChartLanguage.ENGLISH))
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert title.text == "Women of the river"
    assert "Female borrowers: 76 (60.00%)" in (description.text or "")
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"


def test_in_arabic_a_chart_is_drawn_from_the_right():
    left = drawn(progress_chart("t", [WOMEN], ChartLanguage.ENGLISH))
    right = drawn(progress_chart("t", [WOMEN], ChartLanguage.ARABIC))
    assert (left.get("direction"), right.get("direction")) == ("ltr", "rtl")
    ((start, width),), ((mirrored, same),) = bars(left), bars(right)
    assert (width, mirrored) == (same, WIDTH - start - width)


@pytest.mark.parametrize("language", ChartLanguage)
def test_a_chart_has_no_script_and_no_address(language):
    name = '<script>alert("x")</script>'
    text = progress_chart(name, [WOMEN], language)
    text += change_chart(name, Decimal(10), Decimal(40), 5, language)
    text += cells_chart(name, "gender", [Bar(name, Decimal(3), 7)], language)
    assert "<script" not in text
    assert "href" not in text
    assert "url(" not in text
    assert text.count("http") == text.count('xmlns="http://www.w3.org/2000/svg"') == 3


def test_progress_beyond_the_ends_stays_on_the_sheet():
    far = ProgressBar("far", Decimal(0), Decimal(9), Decimal(1), Decimal(9))
    back = ProgressBar("back", Decimal(0), Decimal(-9), Decimal(1), Decimal(-9))
    root = drawn(progress_chart("t", [far, back], ChartLanguage.ENGLISH))
    assert [width for _, width in bars(root)] == [300, 0]


def test_before_and_after_share_one_scale():
    root = drawn(change_chart("Income", Decimal(10), Decimal(40), 5, ChartLanguage.ENGLISH))
    assert [width for _, width in bars(root)] == [75, 300]


def test_a_hidden_part_is_named_hidden_and_not_drawn():
    found = cells_chart(
        "Jobs", "gender", [Bar("female", Decimal(12), 20), Bar("male", None, None, True)],
        ChartLanguage.ENGLISH,
    )  # fmt: skip
    root = drawn(found)
    assert [width for _, width in bars(root)] == [300, 0]
    assert "hidden: few people" in [each.text for each in root.findall(f"{SVG}text")]
    assert "male: hidden: few people" in found


def test_a_program_without_targets_is_an_empty_chart():
    assert bars(drawn(progress_chart("t", [], ChartLanguage.FRENCH))) == []
