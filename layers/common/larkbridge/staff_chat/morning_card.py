"""The morning's report as a card in the staff's chat, one a day."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from larkbridge.clock import HO_CHI_MINH, Clock
from larkbridge.observability import logger
from larkbridge.staff_chat import staff_chat_texts as texts
from larkbridge.staff_chat.morning_report import Counted, Report, Stores, report
from larkbridge.store.chat_queue import OUR_ACTION, PLACE_CHAT, PLACE_IN_GROUP
from larkbridge.store.submissions import FormType
from larkbridge.targets.lark_card import card_to_chat
from larkbridge.targets.target import Origin


@dataclass(frozen=True, slots=True)
class Told:
    """What one run did: whether it has stored the card of the day, which there was not yet."""

    stored: bool


class MorningCard:
    """Stores the card of a day, once however often it is asked to.

    Parameters
    ----------
    sources
        Those that events come from.
    form_names
        What parents and staff call each form, in the order of the card.
    chat_id
        Without it nothing is counted or stored.
    """

    def __init__(
        self,
        stores: Stores,
        sources: Collection[str],
        form_names: Mapping[FormType, str],
        chat_id: str,
        clock: Clock,
    ) -> None:
        self._stores = stores
        self._sources = sources
        self._form_names = form_names
        self._chat_id = chat_id
        self._clock = clock

    def run(self) -> Told:
        """Count and store; costs what `report` does and one request."""
        if not self._chat_id:
            return Told(stored=False)
        now = self._clock.now()
        found = report(self._stores, self._sources, now)
        today = str(now.astimezone(HO_CHI_MINH).date())
        origin = Origin(("morning", today), f"morning#{today}", now)
        title = texts.MORNING_TITLE.format(day=_day(found))
        colour = texts.TROUBLE_COLOUR if _needs_a_person(found) else texts.QUIET_COLOUR
        words = "\n".join(self._lines(found))
        card = card_to_chat(self._chat_id, title, words, colour, origin, self._buttons())
        stored = self._stores.deliveries.add(card) is None
        logger.info("morning told", stored=stored)
        return Told(stored)

    def _buttons(self) -> dict[str, dict[str, Any]]:
        """Return the buttons, each of which says a command of the agent's: it asks who presses, on a card."""
        asked_here = {PLACE_CHAT: self._chat_id, PLACE_IN_GROUP: True, "toast": texts.PRESSED}
        said = {texts.RETRY_BUTTON: texts.RETRY_SAID, texts.SYNC_BUTTON: texts.SYNC_SAID}
        return {label: {OUR_ACTION: words, **asked_here} for label, words in said.items()}

    def _lines(self, found: Report) -> Iterator[str]:
        """Yield what stands on the card; what there is none of is left out."""
        yield texts.FORMS.format(day=_day(found), count=_sum([*found.forms.values()]).words)
        for form, name in self._form_names.items():
            if (counted := found.forms[form]).number:
                yield texts.OF_FORM.format(form=name, count=counted.words)
        named = [
            (texts.SUBMISSIONS_DEAD, found.submissions.dead),
            (texts.SUBMISSIONS_WAITING, found.submissions.waiting),
            (texts.DELIVERIES_DEAD, found.deliveries.dead),
            (texts.DELIVERIES_WAITING, found.deliveries.waiting),
            (texts.EVENTS_DEAD, found.events.dead),
            (texts.EVENTS_WAITING, found.events.waiting),
            (texts.HELD, found.held),
            (texts.HELD_ENDING, found.held_ending),
            (texts.GRANTS_ENDING, found.grants_ending),
        ]
        told = [words.format(count=counted.words) for words, counted in named if counted.number]
        yield ""
        yield from told or [texts.ALL_WELL]


def _needs_a_person(found: Report) -> bool:
    dead = (one.dead.number for one in (found.submissions, found.events, found.deliveries))
    return any((*dead, found.held.number, found.grants_ending.number))


def _day(found: Report) -> str:
    return f"{found.day.day}/{found.day.month}"


def _sum(counts: Collection[Counted]) -> Counted:
    return Counted(sum(one.number for one in counts), any(one.or_more for one in counts))
