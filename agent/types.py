"""The values the interviewer thinks in: questions, answers, evaluations, and the interview with its pure steps.

Everything here is frozen; a step returns a new value and touches nothing. Scores run from 0 to 10, times are aware
datetimes that the caller passes in, texts are the person's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from operator import attrgetter
from typing import Any

from agent.calls import StepDown, Usage
from agent.code_report import CodeReport
from agent.messages import Attachment as Attachment  # noqa: PLC0414 - both belong to this vocabulary
from agent.messages import Message as Message  # noqa: PLC0414
from agent.messages import text_of


class Difficulty(StrEnum):
    """How much a question asks of the person."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


class Verdict(StrEnum):
    """What the person said about one key point."""

    HIT = "hit"
    PARTIAL = "partial"
    MISS = "miss"
    WRONG = "wrong"


class State(StrEnum):
    """How far an evaluation can be trusted; there is no fourth state and no default number."""

    SCORED = "scored"
    PROVISIONAL = "provisional"
    NOT_SCORED = "not scored"


class Reason(StrEnum):
    """Why a turn was not scored, or why its score was capped; the wording lives with the coach."""

    EMPTY = "empty"
    NO_PROSE = "no prose"
    OTHER_LANGUAGE = "other language"
    QUESTION_COPIED = "question copied"
    KEYWORD_DUMP = "keyword dump"
    NEGATED = "negated"
    TOO_SHORT = "too short"
    UNSEEN = "unseen"
    JUDGE_FAILED = "judge failed"


@dataclass(frozen=True, slots=True)
class KeyPoint:
    """One thing a good answer says, with the ways people say it and the ways they get it wrong."""

    id: str
    name: str
    weight: float
    phrasings: tuple[str, ...]
    mistakes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A further question, and the ids of the key points it asks for."""

    text: str
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One call of a solution. `expected` stays on the host; `category` is what a person may read when it fails."""

    id: str
    args: tuple[Any, ...]
    expected: Any
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    comparator: str = "exact"
    visibility: str = "hidden"
    category: str = ""


@dataclass(frozen=True, slots=True)
class WrongSolution:
    """A solution that must fail, and for what: a category of cases, or `too slow`."""

    name: str
    fails: str
    source: str


@dataclass(frozen=True, slots=True)
class CodeTask:
    """What an algorithm question needs so that an answer can be run."""

    entry: str
    signature: str
    cases: tuple[Case, ...]
    solution: str
    size_generator: str = ""
    brute_force: str = ""
    wrong_solutions: tuple[WrongSolution, ...] = ()
    checker: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and all that is needed to judge an answer to it. `minutes` is the expected time.

    `written_by` is the model that wrote it, empty for a question that people wrote.
    """

    id: str
    kind: str
    difficulty: Difficulty
    topics: tuple[str, ...]
    title: str
    minutes: int
    body: str
    key_points: tuple[KeyPoint, ...]
    hints: tuple[str, ...]
    follow_ups: tuple[FollowUp, ...]
    reference: str
    code: CodeTask | None = None
    variants: tuple[str, ...] = ()
    written_by: str = ""

    def point(self, point_id: str) -> KeyPoint:
        """Return the key point with this id; raises KeyError when there is none."""
        for point in self.key_points:
            if point.id == point_id:
                return point
        raise KeyError(point_id)


@dataclass(frozen=True, slots=True)
class PointVerdict:
    """The verdict on one key point, with the person's own words for it; a miss has no quote."""

    point: str
    verdict: Verdict
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The outcome of a turn. Scores are 0 to 10, and None unless the state allows a number.

    `usage` has one entry per model that was called, `step_downs` the models that failed before this judge, in order.
    `raw` is the judging model's reply as it came; it is what later calls replay, and nobody reads it.
    """

    state: State
    judge: str
    verdicts: tuple[PointVerdict, ...] = ()
    correctness: float | None = None
    clarity: float | None = None
    depth: float | None = None
    feedback: str = ""
    follow_up: FollowUp | None = None
    reasons: tuple[Reason, ...] = ()
    code: CodeReport | None = None
    usage: tuple[Usage, ...] = ()
    step_downs: tuple[StepDown, ...] = ()
    raw: str = ""


class Again(StrEnum):
    """Why a turn is judged once more.

    ADDENDA: what came late counts now. RESCORE: a model may be back, tried by ourselves; ASKED: because the owner
    wanted it. DISPUTE: the owner disagrees.
    """

    ADDENDA = "addenda"
    RESCORE = "rescore"
    ASKED = "asked"
    DISPUTE = "dispute"


@dataclass(frozen=True, slots=True)
class Turn:
    """One submitted answer and what came of it.

    `points` are the key points asked for; `addenda` came too late; `again` says that it waits for another evaluation,
    `argument` what its owner says against the last one, `rescores` how often a better judge was sought since, `rating`
    how they rated it when they submitted it (solid, fair, gaps, or nothing).
    """

    number: int
    points: tuple[str, ...]
    messages: tuple[Message, ...]
    submitted_at: datetime
    follow_up: FollowUp | None = None
    addenda: tuple[Message, ...] = ()
    evaluations: tuple[Evaluation, ...] = ()
    again: Again | None = None
    argument: str = ""
    rescores: int = 0
    rating: str = ""

    @property
    def evaluation(self) -> Evaluation | None:
        """The evaluation that counts: the latest."""
        return self.evaluations[-1] if self.evaluations else None

    @property
    def answer(self) -> str:
        """The submitted text, one message after the other."""
        return "\n\n".join(text_of(message) for message in self.messages)

    @property
    def pictures(self) -> int:
        """How many pictures came with the answer, seen or not."""
        return sum(bool(file.picture) for message in self.messages for file in message.files)


@dataclass(frozen=True, slots=True)
class Dispute:
    """The owner's objection to a missed point, with the words of their own answer that they point at."""

    point: str
    quote: str


@dataclass(frozen=True, slots=True)
class Card:
    """The summary at the end. Numbers are None when no turn was scored; `before_hints` is correctness without hints.

    `summary` and `drill` (something to practise) are a model's, empty without one; `usage` and `step_downs` are theirs.
    """

    state: State
    judge: str
    correctness: float | None
    before_hints: float | None
    clarity: float | None
    depth: float | None
    verdicts: tuple[PointVerdict, ...]
    hints: int
    minutes: int
    next_step: str
    disputes: tuple[Dispute, ...] = ()
    summary: str = ""
    drill: str = ""
    usage: tuple[Usage, ...] = ()
    step_downs: tuple[StepDown, ...] = ()


class Phase(StrEnum):
    """What the interview waits for; derived from what is stored, never stored itself."""

    OPENING = "opening"
    ANSWERING = "answering"
    JUDGING = "judging"
    CLOSING = "closing"
    CLOSED = "closed"


HINT_PRICES = (0.0, 0.5, 1.0)
"""What the first, second and third hint take off the card's correctness, in points of ten."""

FOLLOW_UPS = {Difficulty.EASY: 1, Difficulty.MEDIUM: 1, Difficulty.HARD: 2}
"""The most follow-ups an interview of each difficulty asks."""


@dataclass(frozen=True, slots=True)
class Interview:
    """One account, one question with its follow-ups, from start to card.

    `opened_at` is when it was asked for, `asked_at` when the present question was put (None until its place is known),
    `follow_up` the present follow-up (None: the question itself), `touched_at` the owner's last sign of life, `ran_at`
    when the draft's code was run last, `bar_below` how many draft messages stand above the draft bar and `bar_moves`
    how often it moved in this answer.
    """

    id: str
    question: Question
    opened_at: datetime
    touched_at: datetime
    max_follow_ups: int
    timed: bool = False
    language: str = ""
    asked_at: datetime | None = None
    follow_up: FollowUp | None = None
    draft: tuple[Message, ...] = ()
    turns: tuple[Turn, ...] = ()
    hints: int = 0
    skipped: tuple[str, ...] = ()
    finishing: bool = False
    nudged: int = 0
    card: Card | None = None
    disputes: tuple[Dispute, ...] = ()
    closed_at: datetime | None = None
    retry_of: str = ""
    ran_at: datetime | None = None
    bar_moves: int = 0
    bar_below: int = 0

    @property
    def phase(self) -> Phase:
        """What comes next, told from the facts alone, so that any replica can go on."""
        if self.waiting_turn is not None:
            return Phase.JUDGING
        if self.closed_at is not None:
            return Phase.CLOSED
        if self.asked_at is None:
            return Phase.OPENING
        if self.finishing:
            return Phase.CLOSING
        return Phase.ANSWERING

    @property
    def waiting_turn(self) -> Turn | None:
        """The first turn that waits for its evaluation, or for another one."""
        return next((turn for turn in self.turns if not turn.evaluations or turn.again), None)

    @property
    def round(self) -> int:
        """How many answers were submitted before the present question; it names drafts and posts."""
        return len(self.turns)

    @property
    def points_asked(self) -> tuple[str, ...]:
        """The key points the present question asks for."""
        if self.follow_up is not None:
            return self.follow_up.points
        return tuple(point.id for point in self.question.key_points)

    @property
    def follow_ups_left(self) -> int:
        """How many follow-ups may still be asked."""
        asked = sum(turn.follow_up is not None for turn in self.turns)
        open_one = self.follow_up is not None and (not self.turns or self.turns[-1].follow_up != self.follow_up)
        return max(0, self.max_follow_ups - asked - open_one)

    @property
    def deadline(self) -> datetime | None:
        """When a timed answer is submitted by itself (before the minute of grace); a follow-up gets a third."""
        if not self.timed or self.asked_at is None:
            return None
        minutes = self.question.minutes if self.follow_up is None else max(3, round(self.question.minutes / 3))
        return self.asked_at + timedelta(minutes=minutes)

    def put(self, now: datetime) -> Interview:
        """The present question is now before the person."""
        return replace(self, asked_at=now, touched_at=now, nudged=0)

    def drafted(self, message: Message, now: datetime) -> Interview:
        """A message joined the draft where it was written; a message known already changes nothing."""
        if any(known.id == message.id for known in self.draft):
            return self
        draft = sorted((*self.draft, message), key=attrgetter("sent_at"))
        return replace(self, draft=tuple(draft), touched_at=now)

    def edited(self, message_id: str, text: str | None, now: datetime) -> Interview:
        """A message of the draft was changed, or deleted (text None); others are left as they were submitted."""
        draft = tuple(
            replace(message, text=text or "") if message.id == message_id else message
            for message in self.draft
            if not (message.id == message_id and text is None)
        )
        return self if draft == self.draft else replace(self, draft=draft, touched_at=now)

    @property
    def latest(self) -> tuple[Message, ...]:
        """The messages whose files may still have to be read: the draft, and the last turn with what came late."""
        last = self.turns[-1] if self.turns else None
        return self.draft if last is None else (*last.messages, *last.addenda, *self.draft)

    def file_read(self, message_id: str, number: int, file: Attachment) -> Interview:
        """A file was looked at; `number` counts from 1 within its message."""

        def read(message: Message) -> Message:
            if message.id != message_id:
                return message
            return replace(message, files=(*message.files[: number - 1], file, *message.files[number:]))

        draft = tuple(map(read, self.draft))
        if not self.turns:
            return replace(self, draft=draft)
        last = self.turns[-1]
        last = replace(last, messages=tuple(map(read, last.messages)), addenda=tuple(map(read, last.addenda)))
        return replace(self, draft=draft, turns=(*self.turns[:-1], last))

    def submitted(self, now: datetime, rating: str = "") -> Interview:
        """The draft became a turn, as its owner rates it; an empty draft changes nothing."""
        if not self.draft:
            return self
        turn = Turn(self.round + 1, self.points_asked, self.draft, now, self.follow_up, rating=rating)
        return replace(self, draft=(), turns=(*self.turns, turn), touched_at=now, bar_moves=0, bar_below=0)

    def added_late(self, message: Message, now: datetime) -> Interview:
        """A message came while the last turn was judged, or before the next question was shown."""
        last = self.turns[-1]
        if any(known.id == message.id for known in last.addenda):
            return self
        turn = replace(last, addenda=(*last.addenda, message))
        return replace(self, turns=(*self.turns[:-1], turn), touched_at=now)

    def asked_again(self) -> Interview:
        """The last turn is to be judged once more, its addenda being part of the answer now."""
        last = self.turns[-1]
        turn = replace(last, messages=(*last.messages, *last.addenda), addenda=(), again=Again.ADDENDA)
        return self._with_turn(turn)

    def rescored(self, number: int, why: Again) -> Interview:
        """A turn that only a stand-in judged is to be judged once more, of itself (RESCORE) or when ASKED."""
        turn = self.turns[number - 1]
        return self._with_turn(replace(turn, again=why, rescores=turn.rescores + (why is Again.RESCORE)))

    def disputed(self, number: int, argument: str) -> Interview:
        """A turn is to be judged a second time, independently; `argument` points into the answer."""
        return self._with_turn(replace(self.turns[number - 1], again=Again.DISPUTE, argument=argument))

    def _with_turn(self, turn: Turn) -> Interview:
        turns = tuple(turn if known.number == turn.number else known for known in self.turns)
        return replace(self, turns=turns)

    def judged(self, evaluation: Evaluation, now: datetime) -> Interview:
        """The turn that waited got its evaluation; the follow-up it asks is put, or the interview finishes."""
        turn = self.waiting_turn
        if turn is None:
            return self
        done = self._with_turn(replace(turn, evaluations=(*turn.evaluations, evaluation), again=None))
        if turn.again or self.finishing:
            return done
        if evaluation.follow_up is None or self.follow_ups_left == 0:
            return replace(done, finishing=True, follow_up=None)
        return replace(done, follow_up=evaluation.follow_up, asked_at=now, nudged=0)

    def left_as_judged(self) -> Interview:
        """The turn that waited for another evaluation keeps the one it has: no better judge was found."""
        turn = self.waiting_turn
        return self if turn is None else self._with_turn(replace(turn, again=None))

    def hinted(self, now: datetime) -> Interview:
        """One more hint was taken."""
        return replace(self, hints=min(self.hints + 1, len(self.question.hints)), touched_at=now)

    def replaced(self, question: Question, now: datetime) -> Interview:
        """The question was skipped for another, unscored."""
        return replace(
            self,
            question=question,
            skipped=(*self.skipped, self.question.id),
            draft=(),
            hints=0,
            asked_at=now,
            touched_at=now,
            nudged=0,
            max_follow_ups=FOLLOW_UPS[question.difficulty] if question.follow_ups else 0,
        )

    def finished(self, now: datetime) -> Interview:
        """The owner wants the card; an open draft is submitted first."""
        return replace(self.submitted(now), finishing=True, touched_at=now)

    def closed(self, card: Card | None, now: datetime) -> Interview:
        """The interview ended, with a card when anything was answered."""
        return replace(self, card=card, closed_at=now, draft=())

    def resumed(self, now: datetime) -> Interview:
        """An interview that was closed for its silence goes on where it stopped."""
        return replace(self, closed_at=None, card=None, finishing=False, asked_at=now, touched_at=now, nudged=0)
