"""Which calendar is the asker's own: noted with their grant, so that it is asked for once."""

from collections.abc import Callable

from larkbridge.agent.tools.as_person import Vault, owner_of
from larkbridge.agent.tools.tool import Asker
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.calendar import Calendars
from larkbridge.lark.error_codes import CALENDAR_NOT_FOUND


def in_own_calendar[T](asker: Asker, vault: Vault, calendars: Calendars, act: Callable[[str], T]) -> T:
    """Do something in the person's own calendar, given its id.

    One request; the first time, and when the calendar is another one, a call of Lark's and a request more,
    and `act` is called again.
    """
    owner = owner_of(asker)
    grant = vault.grant(owner)
    if grant and grant.primary_calendar_id:
        try:
            return act(grant.primary_calendar_id)
        except LarkApiError as error:
            if error.outcome.reason != CALENDAR_NOT_FOUND:
                raise
    own = calendars.primary()
    vault.note_calendar(owner, own)
    return act(own)
