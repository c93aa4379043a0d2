"""Every tool, put together from what it reads."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from larkbridge.agent.pending.agreed_change import Change
from larkbridge.agent.pending.question_cards import Asking
from larkbridge.agent.tools.as_person import Vault
from larkbridge.agent.tools.calendar_asking import CalendarAsking
from larkbridge.agent.tools.calendar_changes import CalendarChanges
from larkbridge.agent.tools.calendar_tools import CalendarReading
from larkbridge.agent.tools.case_asking import CaseAsking
from larkbridge.agent.tools.centre_deliveries import Deliveries
from larkbridge.agent.tools.centre_submissions import Forms
from larkbridge.agent.tools.parent_cases import CaseChanges, Cases
from larkbridge.agent.tools.people_tools import PeopleFinding
from larkbridge.agent.tools.submission_asking import SubmissionAsking
from larkbridge.agent.tools.submission_changes import FormMoves, SubmissionChanges
from larkbridge.agent.tools.table_rows import OpenTables
from larkbridge.agent.tools.table_states import TableStates
from larkbridge.agent.tools.task_asking import TaskAsking
from larkbridge.agent.tools.task_changes import TaskChanges
from larkbridge.agent.tools.task_tools import TaskReading
from larkbridge.agent.tools.time_tools import TIME_TOOLS
from larkbridge.agent.tools.tool import Tool
from larkbridge.clock import Clock
from larkbridge.lark.client import LarkClient
from larkbridge.store.audit_entries import AuditStore
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.mirror_rows import MirrorRowStore
from larkbridge.store.source_rows import SourceRowStore
from larkbridge.store.submissions import SubmissionStore
from larkbridge.store.sync_progress import SyncStateStore
from larkbridge.sync.config.registered import Registered
from larkbridge.sync.overview import Overview


class CentreData(NamedTuple):
    """Where the centre's own data is; whoever is asked for it is noted in `audit`."""

    submissions: SubmissionStore
    deliveries: DeliveryStore
    tables: Registered
    mirror_rows: MirrorRowStore
    source_rows: SourceRowStore
    sync_states: SyncStateStore
    audit: AuditStore


def centre_tools(data: CentreData, staff_chats: Collection[str], clock: Clock) -> tuple[Tool, ...]:
    """Return the tools that read the centre's own data.

    Parameters
    ----------
    staff_chats
        AGENT_STAFF_CHATS: the chats whose members may all read what is found.
    """
    overview = Overview(data.sync_states, data.mirror_rows, data.source_rows, clock)
    return (
        *Forms(data.submissions, data.audit).tools(staff_chats),
        *Deliveries(data.deliveries).tools(staff_chats),
        *TableStates(data.tables, overview).tools(staff_chats),
        *OpenTables(data.tables, data.mirror_rows, data.sync_states, data.audit, clock).tools(staff_chats),
    )


def person_tools(lark: LarkClient, vault: Vault, clock: Clock) -> tuple[Tool, ...]:
    """Return the tools that read what is the asker's own in Lark, and find their colleagues."""
    return (
        *CalendarReading(lark, vault).tools(),
        *TaskReading(lark, vault, clock).tools(),
        *PeopleFinding(lark, vault).tools(),
    )


def writing_tools(
    lark: LarkClient,
    vault: Vault,
    submissions: SubmissionStore,
    cases: Cases,
    asking: Asking,
    staff_chats: Collection[str],
    clock: Clock,
) -> tuple[Tool, ...]:
    """Return every tool that changes something, which all ask first."""
    tools = (
        *CalendarAsking(lark, vault, asking).tools(),
        *TaskAsking(lark, vault, clock, asking).tools(),
        *SubmissionAsking(submissions, asking).tools(staff_chats),
        *CaseAsking(lark, submissions, cases, asking).tools(staff_chats),
    )
    return tuple(tool._replace(asks=True) for tool in tools)


def all_changes(
    lark: LarkClient, vault: Vault, moves: FormMoves, cases: CaseChanges, clock: Clock
) -> Mapping[str, Change]:
    """Return what the writing tools do once somebody has agreed, by their names."""
    return {
        **CalendarChanges(lark, vault).changes(),
        **TaskChanges(lark, vault, clock).changes(),
        **SubmissionChanges(moves).changes(),
        **cases.changes(),
    }


def reading_tools(
    lark: LarkClient, vault: Vault, data: CentreData, staff_chats: Collection[str], clock: Clock
) -> tuple[Tool, ...]:
    """Return every tool that changes nothing, always in the same order: a prompt begins with them."""
    return (*TIME_TOOLS, *person_tools(lark, vault, clock), *centre_tools(data, staff_chats, clock))
