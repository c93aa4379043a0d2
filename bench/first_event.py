"""Starts a function as Lambda does and hands it one event.

Run as a script, isolated and with nothing but the standard library:
`python -I -S -B first_event.py LAYERS FUNCTION EVENT`; a colon stands between layers. Its last line on stderr
says when the interpreter was ready, the handler imported (its clients made) and the event answered, on the
machine's monotonic clock, how much of that was processor time, and which modules were loaded by then.
"""

import time

READY, READY_CPU = time.monotonic(), time.process_time()

import json  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
from typing import Any  # noqa: E402


class Context:
    """A Lambda context."""

    aws_request_id = "request-1"
    function_name = "function"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:ap-southeast-1:123456789012:function:function"

    def get_remaining_time_in_millis(self) -> int:
        return 80_000


def main(layers: str, function: str, event: str) -> None:
    sys.path[:0] = [function, *layers.split(":")]
    with open(event) as file:
        first_event = json.load(file)
    app: Any = __import__("app")
    imported = time.monotonic()
    answer = app.handler(first_event, Context())
    answered = time.monotonic()
    moments = {"ready": READY, "imported": imported, "answered": answered}
    cpu, status = time.process_time() - READY_CPU, answer.get("statusCode", 200)
    others = {"cpu": cpu, "status": status, "modules": list(sys.modules)}
    print("\n" + json.dumps(moments | others), file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
