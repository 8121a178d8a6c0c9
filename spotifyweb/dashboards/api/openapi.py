"""OpenAPI entries in an operation's own words, with the permission that a token needs."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_doc

from spotifyweb.accounts.api_tokens import required_scope


class OperationSchema(AutoSchema):
    """The entry of one method; the docstring of its view would stand at every method alike."""

    def get_description(self) -> str:  # type: ignore[override]
        """Return the docstring of the method, empty without one."""
        return str(get_doc(getattr(self.view, self.method.lower(), None)))

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Return the entry, whose description ends with the permission."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        scope = required_scope(self.method, self.view)
        if operation and scope:
            needs = f"A token needs the permission {scope}."
            operation["description"] = f"{operation.get('description', '')} {needs}".strip()
        return operation
