"""One turn of a chat: in which order it is taken, shown, answered, said and done.

The queue hands over one turn of a group at a time and each again until it is over, so a turn may stop
anywhere and go on later. What is about to be said is stored first; each part of it has the same `uuid`
however often it is said, which Lark keeps for an hour.
"""

from dataclasses import replace
from datetime import timedelta

from larkbridge.agent.protocols import Answer, Excuse, MessageGoneError, Responder, Speaker
from larkbridge.clock import Clock, from_text
from larkbridge.lark.api_error import LarkApiError
from larkbridge.observability import count, logger
from larkbridge.store.chat_queue import ChatTurn, TurnKind
from larkbridge.store.conversations import ConversationStore, TakenTurn, TurnOverError
from larkbridge.work.outcome import Verdict

TOO_LATE = timedelta(minutes=15)
"""Lark sends a message again for 7 hours; what is older than this is never acted upon."""
WAITS = (1.0, 2.0, 4.0)
"""Seconds between tries of one part: Lark takes 5 messages a second for one person, and 5 for one group."""
_LONGEST_WAIT = 10.0


class Turns:
    """Answers turns.

    Guarantee: a message gets one answer at most, whatever events bring it and however often; one that was
    stopped or recalled hears nothing more from the next call on.
    """

    def __init__(
        self, conversations: ConversationStore, responder: Responder, speaker: Speaker, clock: Clock
    ) -> None:
        self._conversations = conversations
        self._responder = responder
        self._speaker = speaker
        self._clock = clock

    def answer(self, turn: ChatTurn) -> None:
        """Bring a turn to its end.

        Raises
        ------
        LarkApiError, AwsUnavailableError, TurnTakenError
            When it must be handed over again later.
        """
        self._run(turn, None)

    def give_up(self, turn: ChatTurn) -> None:
        """Apologise for a turn that was handed over in vain, after what of its answer was said.

        The sign goes before that, since an apology may be in vain too. Raises as `answer` does.
        """
        self._run(turn, Excuse.GIVEN_UP)

    def _run(self, turn: ChatTurn, excuse: Excuse | None) -> None:
        """Ask who is meant, then take the turn and end it; what is not for the bot costs no request."""
        ended = "not_meant"
        if self._responder.is_meant(turn):
            try:
                taken = self._conversations.take(turn, self._clock.now())
            except TurnOverError as over:
                ended = self._end(turn, over.begun, None, over.reason) if over.begun else over.reason
            else:
                ended = self._end(turn, taken, excuse or _lateness(turn, taken))
        logger.info("turn ended", eventId=turn.event_id, kind=turn.kind.value, ended=ended)

    def _end(self, turn: ChatTurn, taken: TakenTurn, excuse: Excuse | None, ended: str = "") -> str:
        """Go on with a turn until nothing more is to be said, and return how it ended.

        The sign goes in any case. One that nobody noted is shown again, and goes too. A welcome that was not
        said is not over: the person's next visit goes on with it.
        """
        sign = taken.sign
        try:
            sign = sign or self._speaker.first_sign(turn)
            if sign and excuse is Excuse.GIVEN_UP:
                self._speaker.remove_sign(turn, sign)
                sign = ""
            ended = ended or self._answered(turn, taken, excuse, sign)
        except (TurnOverError, MessageGoneError, LarkApiError) as error:
            ended = _end_by(error, turn)
        if sign:
            self._speaker.remove_sign(turn, sign)
        if turn.kind is not TurnKind.ENTERED or ended == "answered":
            self._conversations.finish(turn, taken, self._clock.now())
        return ended

    def _answered(self, turn: ChatTurn, taken: TakenTurn, excuse: Excuse | None, sign: str) -> str:
        """Find the answer, unless that has happened, store it before anything of it is said, and say it."""
        if taken.answer is None or excuse is Excuse.GIVEN_UP:
            answer = self._found(turn, excuse)
            if answer is None:
                return "nothing_to_say"
            taken = self._keep(turn, taken, answer, sign)
        return self._say(turn, taken)

    def _keep(self, turn: ChatTurn, taken: TakenTurn, answer: Answer, sign: str) -> TakenTurn:
        """Store what is said next, after the parts that were said."""
        return self._conversations.keep(turn, taken, answer._replace(first=taken.said)._asdict(), sign)

    def _found(self, turn: ChatTurn, excuse: Excuse | None) -> Answer | None:
        """Return the answer, an apology where Lark refuses for good what it needs."""
        if excuse:
            return self._responder.excuse(turn, excuse)
        try:
            return self._responder.respond(turn)
        except LarkApiError as error:
            _require_refusal(error, turn)
            return self._responder.excuse(turn, Excuse.GIVEN_UP)

    def _say(self, turn: ChatTurn, taken: TakenTurn) -> str:
        """Say what was not certainly said yet, and before each further part note those before it.

        In the place of a part that Lark refuses for good an apology is said, and nothing after it.
        """
        answer = Answer(**taken.answer or {})
        part, parts = taken.said, taken.said + 1
        while part < parts:
            if part > taken.said:
                self._conversations.note_said(turn, taken, part)
            try:
                parts = self._say_part(turn, taken, answer, part)
            except LarkApiError as error:
                _require_refusal(error, turn)
                return self._apologised(turn, replace(taken, said=part))
            part += 1
        return "answered"

    def _apologised(self, turn: ChatTurn, taken: TakenTurn) -> str:
        answer = self._responder.excuse(turn, Excuse.GIVEN_UP)
        if answer is not None:
            kept = self._keep(turn, taken, answer, taken.sign)
            self._say_part(turn, kept, Answer(**kept.answer or {}), kept.said)
        return "refused"

    def _say_part(self, turn: ChatTurn, taken: TakenTurn, answer: Answer, part: int) -> int:
        """Say one part, again after a moment when Lark did not take it: the queue's wait is a long one."""
        for wait in WAITS:
            try:
                return self._speaker.say(turn, answer, part)
            except LarkApiError as error:
                if error.outcome.verdict is Verdict.REJECT:
                    raise
                self._clock.sleep(min(error.outcome.retry_after or wait, _LONGEST_WAIT))
            self._conversations.note_said(turn, taken, part)
        return self._speaker.say(turn, answer, part)


def _end_by(error: TurnOverError | MessageGoneError | LarkApiError, turn: ChatTurn) -> str:
    """Return how an error ends a turn; raises the one that may not come again."""
    match error:
        case TurnOverError():
            return error.reason
        case MessageGoneError():
            return "gone"
    _require_refusal(error, turn)
    return "refused"


def _require_refusal(error: LarkApiError, turn: ChatTurn) -> None:
    """Log and count that Lark refuses something for good; raises the error when it does not."""
    if error.outcome.verdict is not Verdict.REJECT:
        raise error
    count("ChatAnswersRefused")
    logger.error("Lark refuses the answer", eventId=turn.event_id, reason=error.outcome.reason)


def _lateness(turn: ChatTurn, taken: TakenTurn) -> Excuse | None:
    """Judge by the first take; nothing follows from a welcome that could come too late."""
    if turn.kind is TurnKind.ENTERED:
        return None
    is_late = from_text(taken.taken_at) - from_text(turn.resumed_at or turn.sent_at) > TOO_LATE
    return Excuse.LATE if is_late else None
