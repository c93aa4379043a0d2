"""What each function really does over all its paths, to compare with what the template lets it do."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from sandbox.faults import Fault
from sandbox.local_tables import lark_tables
from sandbox.routing import Router
from sandbox.transport import RouterTransport
from tests.support.aws import TABLES
from tests.support.calls import WatchedTransport
from tests.support.functions import Function, environment, functions, loaded, references
from tests.support.memory_dynamo.aws import SETTINGS, memory_account
from tests.support.memory_s3 import MemoryS3
from tests.support.memory_sqs import CHAT_QUEUE_ARN
from tests.support.recorder import Recorder
from tests.support.webhooks import LARK_APP_ID, ZALO_APP_ID
from tests.support.world import SANDBOX_ORIGIN, WEBHOOK_URL, Context, World

REDIRECT_URI = "https://api.test/oauth/callback"

type Event = dict[str, Any]


@dataclass(frozen=True)
class Observed:
    """One function's record, and what the template's references gave where it ran."""

    record: Recorder
    refs: Mapping[str, str]

    @property
    def permissions(self) -> set[tuple[str, str]]:
        """The IAM actions that it needed, each with the resource's ARN."""
        arns = {
            self.refs[name]: self.refs[f"{name}.Arn"]
            for name in (*TABLES.values(), "FilesBucket", "ChatQueue")
        }
        return {(action, _arn(one, arns)) for call in self.record.calls for action, one in _parts(*call)}


def _parts(action: str, parameters: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what IAM checks of a call: of a transaction each of its writes, of a batch each of its tables.

    S3 says that there is no such object only to whom may list the bucket.
    """
    if action == "s3:CopyObject":
        bucket, _, source = parameters["CopySource"].partition("/")
        yield from _parts("s3:GetObject", {"Bucket": bucket, "Key": source})
        yield "s3:PutObject", parameters
        return
    if action == "s3:GetObject" and parameters["Key"].startswith("pending/"):
        yield "s3:ListBucket", {"Bucket": parameters["Bucket"]}
    if not parameters.keys() & {"TransactItems", "RequestItems"}:
        yield action, parameters
    for item in parameters.get("TransactItems", []):
        ((kind, write),) = item.items()
        yield f"dynamodb:{kind}Item", write
    for table in parameters.get("RequestItems", []):
        yield action, {"TableName": table}


def _arn(parameters: Mapping[str, Any], arns: Mapping[str, str]) -> str:
    for name in ("SecretId", "QueueUrl"):
        if name in parameters:
            return arns.get(parameters[name], parameters[name])
    if "Bucket" in parameters:
        folder = f"/{parameters['Key'].partition('/')[0]}/*" if "Key" in parameters else ""
        return f"{arns[parameters['Bucket']]}{folder}"
    index = f"/index/{parameters['IndexName']}" if "IndexName" in parameters else ""
    return arns[parameters["TableName"]] + index


@cache
def observed(folder: str) -> Observed:
    """Deploy everything anew and run one function down every path it has."""
    from tests.support.walks import walk_of  # which needs `Stage`

    function = functions()[folder]
    with memory_account() as account:
        world = World(SETTINGS)
        refs = references(
            SETTINGS,
            LarkFormWebhookUrl=WEBHOOK_URL,
            LarkAppId=LARK_APP_ID,
            LarkTables=lark_tables(),
            ZaloAppId=ZALO_APP_ID,
            LocalOrigin=SANDBOX_ORIGIN,
            LarkDomain=SANDBOX_ORIGIN,
            LarkAccountsDomain=SANDBOX_ORIGIN,
            LarkOauthRedirectUri=REDIRECT_URI,
            MorningChatId="oc_staff",
        )
        refs |= {f"{table}.Arn": f"arn:aws:dynamodb:::table/{refs[table]}" for table in TABLES.values()}
        refs["ChatQueue.Arn"] = CHAT_QUEUE_ARN
        refs["FilesBucket.Arn"] = f"arn:aws:s3:::{refs['FilesBucket']}"
        stage = Stage(function, world, refs, account.s3)
        walk_of(folder)(stage)
        return Observed(stage.record, refs)


class Stage:
    """A function in a process of its own, in a world that has everything else."""

    def __init__(self, function: Function, world: World, refs: Mapping[str, str], s3: MemoryS3) -> None:
        self.samples = function.samples()
        self.world = world
        self.s3 = s3
        self.record = Recorder()
        self.network = WatchedTransport(RouterTransport(Router(world.simulators.routes())))
        self._function = function
        self._variables = environment(function, refs)

    @contextmanager
    def started(self, *, tables: str | None = None, **variables: str) -> Iterator[None]:
        """Run the function's process, with some settings and a table registry of its own."""
        process = loaded(
            self._function,
            self._variables | variables,
            clock=self.world.clock,
            transport=self.network,
            tables=tables,
        )
        with self.record.recording():
            self._handler = process.__enter__()
        try:
            yield
        finally:
            process.__exit__(None, None, None)

    def invoke(self, event: Event, seconds: float = 80) -> Event:
        """Hand the function an event, two seconds after the one before, and so many seconds for it."""
        self.world.clock.advance(seconds=2)
        with self.record.recording():
            return self._handler(event, Context("invocation", remaining_ms=round(seconds * 1000)))

    @contextmanager
    def lark(self, fault: Fault) -> Iterator[None]:
        """Let the Lark workflow misbehave for a while."""
        self.world.lark.faults.set(fault)
        yield
        self.world.lark.faults.clear()
