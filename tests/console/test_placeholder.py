"""The start page: four languages, both directions, and nothing fetched from elsewhere."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from sanduq.console import routes
from sanduq.console.texts import LANGUAGES, TEXTS, chosen


class Page(HTMLParser):
    """The page's elements and the addresses it refers to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: Counter[str] = Counter()
        self.attributes: dict[str, dict[str, str | None]] = {}
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.elements[tag] += 1
        self.attributes.setdefault(tag, named)
        assert "style" not in named
        assert not any(name.startswith("on") for name in named)
        if tag == "a":
            self.links.append(str(named["href"]))
        self.loads += [str(named[name]) for name in ("src", "href") if name in named and tag != "a"]


@pytest.fixture(scope="module")
def pages() -> TestClient:
    app = FastAPI()
    routes.mount(app)
    return TestClient(app)


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_the_page_is_whole_in_every_language(pages: TestClient, code: str) -> None:
    answer = pages.get(f"/?lang={code}")
    page = Page(answer.text)
    assert answer.status_code == 200
    assert answer.headers["content-language"] == code
    assert page.attributes["html"]["lang"] == code
    assert page.attributes["html"]["dir"] == ("rtl" if code == "ar" else "ltr")
    assert [page.elements[tag] for tag in ("header", "nav", "main", "footer", "h1")] == [1] * 5
    assert {"/docs", "/healthz", "/metrics", "#content"} <= set(page.links)
    assert page.attributes["main"]["id"] == "content"
    assert "curl http://testserver/v1/institutions" in answer.text


def test_the_page_loads_nothing_from_elsewhere_and_runs_no_script(pages: TestClient) -> None:
    answer = pages.get("/")
    page = Page(answer.text)
    assert page.elements["script"] == page.elements["style"] == 0
    assert page.loads == ["data:,", "/console/static/console.css"]
    assert pages.get("/console/static/console.css").status_code == 200
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_every_language_has_every_text() -> None:
    assert set(TEXTS) == set(LANGUAGES)
    for words in TEXTS.values():
        assert words.keys() == TEXTS["en"].keys()
        assert all(words.values())


@pytest.mark.parametrize(
    ("asked", "accepted", "code"),
    [
        (None, None, "en"),
        (None, "ar-TN,fr;q=0.8", "ar"),
        (None, "de;q=1.0, en;q=0.2, ms-MY;q=0.7", "ms"),
        (None, "ar;q=0, fr;q=0.1", "fr"),
        (None, "de", "en"),
        (None, ";;;q=x,,", "en"),
        (None, "ar;q=nan, fr;q=Infinity, ms;q=-1", "en"),
        ("fr", "ar", "fr"),
        ("<script>", "ar", "ar"),
    ],
)
def test_the_language_asked_for_comes_before_the_one_accepted(
    asked: str | None, accepted: str | None, code: str
) -> None:
    assert chosen(asked, accepted).code == code


def test_text_stands_out_from_its_ground(pages: TestClient) -> None:
    css = pages.get("/console/static/console.css").text
    for scheme in re.findall(r"--ground: #.*?}", css, flags=re.DOTALL):
        colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", scheme))
        for ground in ("ground", "code"):
            for ink in ("text", "link"):
                assert contrast(colours[ink], colours[ground]) >= 7


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, as WCAG 2.2 defines it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
