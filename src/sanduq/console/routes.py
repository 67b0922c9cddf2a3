"""The console's pages: rendered here, with nothing fetched from anywhere else."""

from __future__ import annotations

from importlib import metadata, resources

from fastapi import FastAPI, Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.staticfiles import StaticFiles

from sanduq.console.texts import LANGUAGES, TEXTS, chosen

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)

_pages = Environment(
    loader=PackageLoader("sanduq.console"), autoescape=True, undefined=StrictUndefined
)


def mount(app: FastAPI) -> None:
    """Adds the start page and its style sheet to the application."""
    static = resources.files("sanduq.console").joinpath("static")
    app.mount("/console/static", StaticFiles(directory=str(static)), name="console-static")
    app.add_api_route("/", home, methods=["GET"], include_in_schema=False, response_model=None)


def home(request: Request) -> Response:
    """What runs here, in the reader's language, and where to go next."""
    language = chosen(request.query_params.get("lang"), request.headers.get("accept-language"))
    page = _pages.get_template("home.html").render(
        language=language,
        languages=list(LANGUAGES.values()),
        text=TEXTS[language.code],
        address=str(request.base_url),
        version=metadata.version("sanduq"),
    )
    headers = {
        "Content-Security-Policy": POLICY,
        "Content-Language": language.code,
        "Vary": "Accept-Language",
    }
    return Response(page, media_type="text/html", headers=headers)
