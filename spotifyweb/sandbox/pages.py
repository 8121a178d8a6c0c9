"""The sandbox's own pages, each with a visible banner that it is an imitation."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from starlette.responses import Response

from spotifyweb.sandbox import responses

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    keep_trailing_newline=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, *, status: int = 200, **context: object) -> Response:
    """Render a page from its template; every value is escaped."""
    page = TEMPLATES.get_template(template).render(context)
    return responses.as_text(page, status=status, content_type=responses.HTML)


def minutes(ms: int) -> str:
    """Format milliseconds as minutes and seconds, 3:07."""
    return f"{ms // 60_000}:{ms // 1000 % 60:02}"


TEMPLATES.filters["minutes"] = minutes
