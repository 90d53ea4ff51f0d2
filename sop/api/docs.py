"""The schema as a page that needs no script: every operation with its parameters and a line on what it does."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator

VERBS = ("get", "post", "put", "patch", "delete")


def docs(request: HttpRequest) -> HttpResponse:
    schema: Mapping[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    groups: dict[str, list[dict[str, Any]]] = {}
    for operation in operations(schema):
        groups.setdefault(operation["path"].split("/")[3], []).append(operation)
    return render(request, "sop/api_docs.html", {"groups": sorted(groups.items()), "info": schema["info"]})


def operations(schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for path, item in schema["paths"].items():
        for verb in VERBS:
            if verb in item and path.startswith("/api/v1/"):
                yield operation_of(path, verb, item[verb], schema)


def operation_of(path: str, verb: str, operation: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return {
        "path": path,
        "verb": verb.upper(),
        "about": operation.get("description", ""),
        "parameters": [each for each in operation.get("parameters", []) if each["in"] == "query"],
        "fields": list(fields_of(content, schema)) if content else [],
    }


def fields_of(content: Mapping[str, Any], schema: Mapping[str, Any], inside: str = "") -> Iterator[dict[str, Any]]:
    """The fields of a body; those of a list's items are named `records[].quantity`."""
    content = _resolved(content, schema)
    if content.get("type") == "array":
        content = _resolved(content["items"], schema)
    for name, field in content.get("properties", {}).items():
        field = _resolved(field, schema)
        yield {
            "name": inside + name,
            "type": field.get("type") or " or ".join(field.get("enum", [])),
            "required": name in content.get("required", []),
            "about": field.get("description", ""),
        }
        if field.get("type") == "array":
            yield from fields_of(field, schema, f"{inside}{name}[].")


def _resolved(content: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = content.get("$ref")
    return schema["components"]["schemas"][reference.rsplit("/", 1)[-1]] if reference else content
