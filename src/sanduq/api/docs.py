"""The documentation page: served from this process, with no request to anywhere else."""

from __future__ import annotations

from importlib import resources

from fastapi import FastAPI, Request, Response
from starlette.staticfiles import StaticFiles

from sanduq.api import error_codes
from sanduq.kit.json import dumps

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sanduq API</title>
<link rel="icon" href="/docs/assets/favicon.png">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<div id="contract"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""

_START = """window.ui = SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#contract", deepLinking: true,
  validatorUrl: null, persistAuthorization: false, tryItOutEnabled: true,
});
"""

_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)


def mount(app: FastAPI) -> None:
    """Adds /docs, its assets and /openapi.json to the application."""
    assets = resources.files("fastapi_offline").joinpath("static")
    app.mount("/docs/assets", StaticFiles(directory=str(assets)), name="docs-assets")

    @app.get("/docs", include_in_schema=False)
    def page() -> Response:
        return Response(_PAGE, media_type="text/html", headers={"Content-Security-Policy": _POLICY})

    @app.get("/docs/errors", include_in_schema=False)
    def errors() -> Response:
        return Response(
            error_codes.page(),
            media_type="text/html",
            headers={"Content-Security-Policy": _POLICY},
        )

    @app.get("/docs/start.js", include_in_schema=False)
    def start() -> Response:
        return Response(_START, media_type="text/javascript")

    @app.get("/openapi.json", include_in_schema=False)
    def contract(request: Request) -> Response:
        return Response(dumps(request.app.openapi()), media_type="application/json")
