"""The choices under our messages: each carries the interview and the round that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.kinds import Kind
from agent.types import Card, Difficulty, Interview, Turn, Verdict
from bot.ports import Choice, Field, Form
from bot.wording import controls, exports, forms, home, labels, plan, progress
from storage.accounts import Preferences
from storage.addresses import Place
from storage.interviews import Record


def mark(interview: Interview, *more: object) -> str:
    """The value of a button: interview, round (answers and skips so far), and what else it needs."""
    return "/".join([interview.id, str(interview.round + len(interview.skipped)), *map(str, more)])


def read_mark(value: str) -> tuple[str, str, list[str]]:
    """Take a button's value apart: the interview's id, the round, the rest; missing parts are empty."""
    interview, _, rest = value.partition("/")
    number, _, more = rest.partition("/")
    return interview, number, more.split("/") if more else []


def under_question(interview: Interview, *, hints_free: bool, reads: bool = True) -> tuple[Choice, ...]:
    """Hint, Skip and Finish; before them a form to answer by, where what is written cannot be read."""
    return (
        *(() if reads else (_answer(interview),)),
        *hint(interview, free=hints_free),
        Choice(labels.SKIP, "skip", mark(interview), word="skip"),
        Choice(labels.FINISH, "finish", mark(interview), word="finish"),
    )


def _answer(interview: Interview) -> Choice:
    text = Field("text", forms.ANSWER_TEXT, "text")
    code = (Field("code", forms.ANSWER_CODE, "text", required=False),) if interview.question.code else ()
    form = Form(interview.question.title, (text, *code), forms.SUBMIT_ANSWER)
    return Choice(forms.ANSWER, "answer", mark(interview), style="primary", form=form)


def under_draft(
    interview: Interview, *, hints_free: bool, quiet: bool, runs: bool, rates: bool = False
) -> tuple[Choice, ...]:
    """Submit first, then what else one may do. `rates`: submitting says what one thinks of the answer."""
    keep = (Choice(labels.KEEP_WRITING, "keep", mark(interview)),) if quiet else ()
    submit = Choice(labels.SUBMIT, "submit", mark(interview), style="primary", word="submit")
    run = (Choice(labels.RUN, "run", mark(interview), word="run"),) if runs else ()
    ways = [
        Choice(label, "submit", mark(interview, rating), style="primary") for rating, label in progress.RATED.items()
    ]
    return (*(ways if rates else [submit]), *run, *keep, *under_question(interview, hints_free=hints_free))


def hint(interview: Interview, *, free: bool) -> tuple[Choice, ...]:
    """The next hint with its price, if there is one."""
    if interview.hints >= len(interview.question.hints):
        return ()
    label = controls.hint_label(interview.hints, free)
    return (Choice(label, "hint", mark(interview, interview.hints), word="hint"),)


def take_hint(interview: Interview) -> tuple[Choice, ...]:
    """The next hint, its price being said beside the button."""
    return (Choice(labels.TAKE_IT, "hint", mark(interview, interview.hints)),)


def skip_sure(interview: Interview) -> tuple[Choice, ...]:
    """Skip in spite of a draft, or go on."""
    return (
        Choice(labels.SKIP_ANYWAY, "skip", mark(interview, "sure"), style="danger"),
        Choice(labels.KEEP_WRITING, "keep", mark(interview)),
    )


def stop_sure(interview: Interview) -> tuple[Choice, ...]:
    """What is to become of the draft."""
    return (
        Choice(labels.SUBMIT_AND_FINISH, "finish", mark(interview), style="primary"),
        Choice(labels.THROW_AWAY, "discard", mark(interview), style="danger"),
        Choice(labels.KEEP_WRITING, "keep", mark(interview)),
    )


def open_one(interview: Interview) -> tuple[Choice, ...]:
    """Go on with the open interview, or finish it."""
    return (
        Choice(labels.RESUME, "resume", interview.id, style="primary"),
        Choice(labels.FINISH, "finish", interview.id),
    )


def resume(interview: Interview) -> tuple[Choice, ...]:
    """Take up an interview that rests."""
    return (Choice(labels.RESUME, "resume", interview.id, style="primary"),)


def judge_again(interview: Interview) -> tuple[Choice, ...]:
    """Judge the last answer once more, with what came late."""
    return (Choice(labels.JUDGE_AGAIN, "rejudge", f"{interview.id}/{interview.round}"),)


def rescore(interview: Interview, turn: Turn) -> tuple[Choice, ...]:
    """Let a model judge what a stand-in judged."""
    return (Choice(labels.RESCORE, "rescore", f"{interview.id}/{turn.number}"),)


def privacy() -> tuple[Choice, ...]:
    """What is kept."""
    return (Choice(labels.PRIVACY, "privacy"),)


def starts() -> tuple[Choice, ...]:
    """Start buttons."""
    levels = {
        Difficulty.EASY: labels.EASY,
        Difficulty.MEDIUM: labels.MEDIUM,
        Difficulty.HARD: labels.HARD,
    }
    return (
        *(Choice(label, "start", difficulty.value) for difficulty, label in levels.items()),
        Choice(labels.HELP, "help"),
    )


def meant(words: str, near: str) -> tuple[Choice, ...]:
    """Start with the word that was probably meant."""
    return (Choice(near, "start", words, style="primary"),)


def instead(kind: str, wishes: Sequence[str]) -> tuple[Choice, ...]:
    """Start with one of these wishes, for this kind if it was named."""
    return tuple(Choice(wish, "start", f"{wish} {kind}".strip()) for wish in wishes)


def under_card(record: Record, card: Card) -> tuple[Choice, ...]:
    """What one can do with a card."""
    interview = record.interview
    choices = [
        Choice(labels.RETRY, "retry", interview.id, style="primary", word="retry"),
        Choice(labels.MODEL_ANSWER, "reference", interview.id, word="model answer"),
        Choice(labels.MORE, "more", interview.id, word="more like this"),
    ]
    if card.correctness is not None:
        choices.insert(2, Choice(labels.SHARE, "share", interview.id, form=_share(record.origin), word="share"))
        missed = tuple(
            (verdict.point, interview.question.point(verdict.point).name)
            for verdict in card.verdicts
            if verdict.verdict in (Verdict.MISS, Verdict.WRONG)
            and verdict.point not in {dispute.point for dispute in card.disputes}
        )
        if missed:
            words = labels.DISAGREE_QUOTE if card.judge == "local" else labels.DISAGREE_ARGUMENT
            form = Form(
                labels.DISAGREE_TITLE,
                (
                    Field("point", labels.DISAGREE_POINT, "choice", options=missed),
                    Field("quote", words, "text"),
                ),
                labels.DISAGREE_TITLE,
            )
            choices.insert(3, Choice(labels.DISAGREE, "disagree", interview.id, form=form, word="i disagree"))
    return tuple(choices)


def _share(origin: Place) -> Form:
    return Form(
        labels.SHARE_TITLE,
        (Field("where", labels.SHARE_WHERE, "place", origin.channel),),
        labels.SHARE,
    )


def post_share(interview: Interview, where: str) -> tuple[Choice, ...]:
    """Post the previewed card, or not."""
    return (
        Choice(labels.POST_IT, "share post", f"{interview.id}/0/{where}", style="primary"),
        Choice(labels.CANCEL, "cancel"),
    )


def history() -> tuple[Choice, ...]:
    """The past interviews, each with its card."""
    return (Choice(home.HISTORY, "history", "0"),)


def under_history(records: Sequence[Record], offset: int, page: int) -> tuple[Choice, ...]:
    """Open one of these, or see older ones."""
    rows = tuple(
        Choice(f"{labels.OPEN} {number}", "past", record.interview.id)
        for number, record in enumerate(records, offset + 1)
    )
    return (*rows, Choice(labels.OLDER, "history", str(offset + page))) if len(records) == page else rows


def under_past(interview: Interview) -> tuple[Choice, ...]:
    """Delete one past interview."""
    return (Choice(labels.DELETE, "delete", interview.id, style="danger"),)


def delete_sure(interview: Interview) -> tuple[Choice, ...]:
    """Delete it, or not."""
    return (
        Choice(labels.DELETE_YES, "delete", f"{interview.id}/0/sure", style="danger"),
        Choice(labels.CANCEL, "cancel"),
    )


def under_me(preferences: Preferences, kinds: Mapping[str, Kind]) -> tuple[Choice, ...]:
    """Settings, privacy, one's data as a file, and the end of it all."""
    form = Form(
        labels.SETTINGS_TITLE,
        (
            Field(
                "kind",
                labels.SETTINGS_KIND,
                "choice",
                preferences.kind or "algorithm",
                tuple((kind.name, kind.title) for kind in kinds.values()),
            ),
            Field(
                "difficulty",
                labels.SETTINGS_DIFFICULTY,
                "choice",
                preferences.difficulty or "medium",
                tuple((difficulty.value, difficulty.value) for difficulty in Difficulty),
            ),
            Field("quiet", labels.SETTINGS_QUIET, "line", str(preferences.quiet_seconds)),
            Field(
                "numbers",
                labels.SETTINGS_NUMBERS,
                "choice",
                preferences.numbers,
                (("turn", labels.NUMBERS_EACH_TURN), ("card", labels.NUMBERS_ON_CARD)),
            ),
            Field(
                "rating",
                progress.SETTING,
                "choice",
                "yes" if preferences.self_rating else "no",
                (("no", progress.SETTING_OFF), ("yes", progress.SETTING_ON)),
            ),
        ),
        labels.SETTINGS,
    )
    return (
        Choice(labels.SETTINGS, "settings", form=form),
        Choice(labels.PRIVACY, "privacy"),
        Choice(exports.LABEL, "export"),
        Choice(labels.DELETE_ALL, "forget", style="danger"),
    )


def end_plan() -> Choice:
    """End the countdown."""
    return Choice(plan.END, "plan words", "off")


def forget_sure() -> tuple[Choice, ...]:
    """Delete everything, or not."""
    return (
        Choice(labels.DELETE_ALL_YES, "forget", "sure", style="danger"),
        Choice(labels.CANCEL, "cancel"),
    )
