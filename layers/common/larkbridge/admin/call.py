"""One authenticated request to the admin API, as its routes see it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from larkbridge.errors import InvalidCredentialError, NotFoundError
from larkbridge.store.api_keys import ApiKey
from larkbridge.web import read_fields, read_request

MAX_ID_LENGTH = 300
"""Characters, of up to 4 bytes each: a key may have 2,048 bytes."""


@dataclass(frozen=True, slots=True)
class Call:
    """API Gateway's event and whose key came with it."""

    event: Mapping[str, Any]
    key: ApiKey

    @property
    def query(self) -> Mapping[str, str]:
        """The query's parameters."""
        return self.event.get("queryStringParameters") or {}

    @property
    def owner(self) -> str:
        """Who the key was made for; raises InvalidCredentialError when that is nobody."""
        if not self.key.owner:
            raise InvalidCredentialError("the API key has no owner: make one with an owner")
        return self.key.owner

    def path(self, name: str) -> str:
        """Return an id in the path, decoded; raises NotFoundError for what nothing can be stored under."""
        value = unquote(self.event["pathParameters"][name])
        if not 0 < len(value) <= MAX_ID_LENGTH:
            raise NotFoundError(f"there is no such {name}")
        return value

    def fields(self) -> dict[str, Any]:
        """Return the body's fields; raises what `web.read_fields` does."""
        return read_fields(read_request(self.event))


type Routes = Mapping[str, Callable[[Call], dict[str, Any]]]
"""What answers each route, by its key in API Gateway; the status is 200."""
