"""What the public read API offers, described from the very description that programs read."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.pages import Page
from procurement.desk.api import KEPT_SECONDS, PAGE_SIZE, api


class Description(Page):
    """Every address of the API, its parameters and the fields of its answers."""

    public = True
    template_name = "desk/api.html"
    page_title = _("API de lecture")
    page_lead = _("Le catalogue et les appels, tels que le site les montre. Sans clé, en lecture seule.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The operations in words."""
        schema = api.get_openapi_schema(path_prefix=reverse("api:api-root"))
        return super().get_context_data(
            operations=list(_operations(schema)),
            schema_url=reverse("api:openapi-json"),
            page_size=PAGE_SIZE,
            kept_seconds=KEPT_SECONDS,
            **kwargs,
        )


def _operations(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for address, methods in schema["paths"].items():
        for operation in methods.values():
            answer = operation["responses"][200]["content"]["application/json"]["schema"]
            yield {
                "address": address,
                "summary": operation["summary"],
                "parameters": [
                    (one["name"], one.get("description") or one["schema"].get("description", ""), one["required"])
                    for one in operation.get("parameters", [])
                ],
                "fields": list(_fields(schema, answer)),
            }


def _fields(schema: dict[str, Any], answer: dict[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """(path of the field, what it is) of an answer, those of its lists included."""
    answer = answer.get("items", answer)
    name = answer.get("$ref", "").rpartition("/")[2]
    for key, field in schema["components"]["schemas"].get(name, {}).get("properties", {}).items():
        yield f"{before}{key}", field.get("description", "")
        if "$ref" in field.get("items", {}):
            yield from _fields(schema, field, f"{before}{key}[].")
