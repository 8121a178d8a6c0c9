"""`/api/docs/`: the endpoints as a page of their own, read from the OpenAPI schema."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from drf_spectacular.generators import SchemaGenerator

from spotifyweb.dashboards.api.parameters import FILTERS

Schema = Mapping[str, Any]
FILTER_NAMES = frozenset(FILTERS)
DEEPEST = 4  # objects within objects that are listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A parameter, or a field of a body, with how deep it lies in others."""

    name: str
    type: str
    text: str = ""
    is_required: bool = False
    depth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    method: str
    path: str
    tag: str
    summary: str
    text: str
    has_filters: bool
    parameters: list[Field]
    body: list[Field]
    answers: dict[str, str]  # what the status codes mean
    fields: list[Field]

    @property
    def link(self) -> str:
        """The address where a browser can open it as it is, else empty."""
        needs = any(parameter.is_required for parameter in self.parameters)
        return "" if self.method != "GET" or needs else self.path


@login_required
@require_GET
def docs(request: HttpRequest) -> HttpResponse:
    """Show what a script may ask, and what it is answered."""
    groups = groupby(endpoints(), lambda endpoint: endpoint.tag)
    statistics = _schema()["paths"]["/api/v1/stats/overview"]["get"]
    context = {
        "groups": [(tag, list(group)) for tag, group in groups],
        "filters": _parameters(statistics, is_filter=True),
    }
    return render(request, "dashboards/api_docs.html", context)


@lru_cache(maxsize=1)
def _schema() -> Schema:
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    schema: Schema = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return schema


@lru_cache(maxsize=1)
def endpoints() -> list[Endpoint]:
    """Return all endpoints by tag and path."""
    schema = _schema()
    found = [_endpoint(*operation, schema) for operation in _operations(schema)]
    return sorted(found, key=lambda each: (each.tag != "stats", each.tag, each.path))


def _operations(schema: Schema) -> Iterator[tuple[str, str, Schema]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def _endpoint(path: str, method: str, operation: Schema, schema: Schema) -> Endpoint:
    text = operation.get("description", "")
    answers = operation["responses"]
    success: Schema = next((answers[status] for status in answers if status.startswith("2")), {})
    return Endpoint(
        method=method,
        path=path,
        tag=operation["tags"][0],
        summary=operation.get("summary") or text.partition("\n")[0],
        text=text if operation.get("summary") else "",
        has_filters=any(each["name"] in FILTER_NAMES for each in operation.get("parameters", ())),
        parameters=_parameters(operation),
        body=list(_content_fields(operation.get("requestBody", {}), schema)),
        answers={status: answer.get("description", "") for status, answer in answers.items()},
        fields=list(_content_fields(success, schema)),
    )


def _parameters(operation: Schema, *, is_filter: bool = False) -> list[Field]:
    return [
        Field(
            name=each["name"],
            type=_type(each["schema"]),
            text=each.get("description", ""),
            is_required=each.get("required", False),
        )
        for each in operation.get("parameters", ())
        if (each["name"] in FILTER_NAMES) is is_filter
    ]


def _content_fields(part: Schema, schema: Schema) -> Iterator[Field]:
    content = next(iter(part.get("content", {}).values()), None)
    return _fields(content["schema"], schema) if content else iter(())


def _fields(node: Schema, schema: Schema, depth: int = 0) -> Iterator[Field]:
    """Yield the fields of an object, each before those within it."""
    node = _resolve(node.get("items", node), schema)
    for name, child in node.get("properties", {}).items() if depth < DEEPEST else ():
        inner = _resolve(child, schema)
        yield Field(
            name=name,
            type=_type(inner | child, schema),
            text=child.get("description", ""),
            is_required=name in node.get("required", ()),
            depth=depth,
        )
        yield from _fields(inner, schema, depth + 1)


def _resolve(node: Schema, schema: Schema) -> dict[str, Any]:
    """Return what a reference means."""
    for reference in [node, *node.get("allOf", ()), *node.get("oneOf", ())]:
        if "$ref" in reference:
            name = reference["$ref"].rpartition("/")[2]
            return dict(schema["components"]["schemas"][name])
    return dict(node)


def _type(node: Schema, schema: Schema | None = None) -> str:
    """Return the type in words: `integer`, `date`, `day | week`, `list of objects`."""
    if node.get("type") == "array":
        items = _resolve(node["items"], schema) if schema else node["items"]
        return f"list of {_type(items, schema)}s"
    if "enum" in node:
        return " | ".join(str(value) for value in node["enum"])
    words = node.get("format") or node.get("type", "any")
    return f"{words} or null" if node.get("nullable") else str(words)
