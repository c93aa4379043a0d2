"""Records what code does to its surroundings: variables read, AWS calls made, metrics written."""

import io
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from botocore import signers, xform_name
from botocore.client import BaseClient

type Metric = tuple[str, str, frozenset[tuple[str, str]]]


@dataclass
class Recorder:
    """Everything that happened while `recording`.

    `reads` maps a variable to the packages that read it; `calls` are (IAM action, parameters), those included
    that a signed form or link lets somebody else make.
    """

    reads: dict[str, set[str]] = field(default_factory=dict)
    calls: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    output: io.StringIO = field(default_factory=io.StringIO)

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record whatever this process does until the block ends."""
        environ, read = type(os.environ), type(os.environ).__getitem__
        call = vars(BaseClient)["_make_api_call"]

        def recorded_read(variables: os._Environ[str], name: str) -> str:
            self.reads.setdefault(name, set()).add(_calling_package())
            return read(variables, name)

        def recorded_call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
            service = client.meta.service_model.signing_name
            self.calls.append((f"{service}:{operation}", parameters))
            return call(client, operation, parameters)

        def recorded_form(client: BaseClient, **parameters: Any) -> Any:
            self.calls.append(("s3:PutObject", parameters))
            return sign_form(client, **parameters)

        def recorded_link(client: BaseClient, method: str, **more: Any) -> Any:
            operations = client.meta.service_model.operation_names
            (operation,) = (one for one in operations if xform_name(one) == method)
            self.calls.append((f"s3:{operation}", more["Params"]))
            return sign_link(client, method, **more)

        sign_form, sign_link = signers.generate_presigned_post, signers.generate_presigned_url
        with (
            patch.object(signers, "generate_presigned_post", recorded_form),
            patch.object(signers, "generate_presigned_url", recorded_link),
            patch.object(environ, "__getitem__", recorded_read),
            patch.object(BaseClient, "_make_api_call", recorded_call),
            redirect_stdout(self.output),
        ):
            yield

    def read_by(self, *packages: str) -> set[str]:
        """Return the variables that one of these packages read."""
        return {name for name, readers in self.reads.items() if readers & {*packages}}

    def metrics(self) -> set[Metric]:
        """Return the metrics written, as (namespace, name, dimensions), in CloudWatch's embedded format."""
        documents = [json.loads(line) for line in self.output.getvalue().splitlines()]
        return {
            (directive["Namespace"], metric["Name"], frozenset((name, document[name]) for name in dimensions))
            for document in documents
            for directive in document.get("_aws", {}).get("CloudWatchMetrics", [])
            for dimensions in directive["Dimensions"]
            for metric in directive["Metrics"]
        }


def _calling_package() -> str:
    """Return the package that looked a variable up, "" when somebody copied the whole environment."""
    frame = sys._getframe(2)
    while frame.f_back and frame.f_globals["__name__"] in ("os", "collections.abc"):
        if frame.f_code.co_name not in ("get", "getenv", "__contains__"):
            return ""
        frame = frame.f_back
    return frame.f_globals["__name__"].partition(".")[0]
