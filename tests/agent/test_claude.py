"""One call to a model: what is sent, what is shown meanwhile, and what becomes of each way to fail."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.calls import StepReason
from agent.claude import Access, CallFailed, Claude, Written
from agent.keeping import Keep
from agent.prompts import Prompt
from agent.replies import Judgement
from tests.fakes.claude import (
    Act,
    ClaudeServer,
    Then,
    fails,
    garbage,
    hangs_up,
    judgement,
    overloaded,
    rate_limited,
    refuses,
    runs_out,
    says,
)

ROOT = Path(__file__).parents[2]
MODEL = "claude-sonnet-5-5"
ASK = Prompt(
    rules="Judge. " * 400,
    question="Merge calendars. " * 20,
    ask='{"candidate_answer": "x"}',
    keep=Keep.HOUR,
    keep_ask=Keep.MINUTES,
)


@pytest.fixture
async def claude(server: ClaudeServer) -> AsyncIterator[Claude]:
    client = Claude(Access("secret-key", server.address, (MODEL,)))
    yield client
    await client.close()


class Listener:
    """Keeps what it is shown."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def __call__(self, text: str) -> None:
        self.texts.append(text)


async def write(claude: Claude, listener: Listener | None = None) -> Written:
    return await claude.write(MODEL, ASK, Judgement, listener or Listener())


async def failure(claude: Claude, listener: Listener | None = None) -> CallFailed:
    with pytest.raises(CallFailed) as failed:
        await write(claude, listener)
    return failed.value


async def test_a_reply_is_shown_as_it_grows_and_given_whole(server: ClaudeServer, claude: Claude) -> None:
    server.will(says(judgement(), piece=10))
    listener = Listener()
    written = await write(claude, listener)
    assert written.text == judgement()
    assert listener.texts[-1] == judgement()
    assert len(listener.texts) > 5
    assert all(after.startswith(before) for before, after in zip(listener.texts, listener.texts[1:], strict=False))


async def test_what_the_server_counted_is_told(server: ClaudeServer, claude: Claude) -> None:
    server.will(says(judgement()), says(judgement()))
    first, second = (await write(claude)).usage, (await write(claude)).usage
    assert (first.cache_read, first.tokens_in) == (0, 0)
    assert first.cache_written_hour > first.cache_written > 0
    assert second.cache_read == first.cache_written_hour + first.cache_written
    assert (second.cache_written, second.cache_written_hour) == (0, 0)
    assert first.tokens_out == second.tokens_out > 20
    assert first.model == MODEL


def kept(request: dict[str, Any]) -> list[bool]:
    """What a request marks to be kept: rules, question, conversation."""
    return ["cache_control" in block for block in (*request["system"], *request["messages"][-1]["content"][-1:])]


async def test_rules_are_kept_once_a_second_interview_uses_them(server: ClaudeServer, claude: Claude) -> None:
    server.always = says(judgement())
    alone, other = (replace(ASK, question=question, keep=None, keep_ask=None) for question in ("One?", "Another?"))
    for ask in (alone, alone, other, other, alone):
        await claude.write(MODEL, ask, Judgement, Listener())
    assert [kept(request) for request in server.requests] == [
        [False, False, False],
        [False, False, False],
        [True, False, False],
        [True, False, False],
        [True, False, False],
    ]
    assert [usage["cache_read_input_tokens"] > 0 for usage in server.usages] == [False, False, False, True, True]


async def test_a_long_interview_keeps_its_question_from_the_start(server: ClaudeServer, claude: Claude) -> None:
    server.always = says(judgement())
    await write(claude)
    await claude.write(MODEL, replace(ASK, question="Short?", keep=None, keep_ask=None), Judgement, Listener())
    assert [kept(request) for request in server.requests] == [[True, True, True], [True, False, False]]
    assert server.usages[1]["cache_read_input_tokens"] > 512


async def test_rules_of_other_models_and_kinds_are_kept_apart(server: ClaudeServer, claude: Claude) -> None:
    server.always = says(judgement())
    alone = replace(ASK, keep=None, keep_ask=None)
    await claude.write(MODEL, alone, Judgement, Listener())
    await claude.write("claude-haiku-5-5", replace(alone, question="Other?"), Judgement, Listener())
    await claude.write(MODEL, replace(alone, rules="Other. " * 400, question="Other?"), Judgement, Listener())
    assert not any(any(kept(request)) for request in server.requests)


async def test_letters_of_all_kinds_come_through(server: ClaudeServer, claude: Claude) -> None:
    text = judgement(feedback='“Größe” \\ "n" 😀\n\tO(n²) 排序')
    server.will(says(text, piece=1))
    assert (await write(claude)).text == text


FAILURES = {
    "429": (rate_limited(), StepReason.RATE_LIMITED),
    "529": (overloaded(), StepReason.OVERLOADED),
    "500": (fails(500, "api_error"), StepReason.SERVER_FAULT),
    "502 of a proxy": (fails(502, ""), StepReason.SERVER_FAULT),
    "504": (fails(504, "timeout_error"), StepReason.TIMED_OUT),
    "400": (fails(400, "invalid_request_error"), StepReason.REJECTED),
    "404": (fails(404, "not_found_error"), StepReason.REJECTED),
    "413": (fails(413, "request_too_large"), StepReason.REJECTED),
    "401": (fails(401, "authentication_error"), StepReason.NOT_ALLOWED),
    "402": (fails(402, "billing_error"), StepReason.NOT_ALLOWED),
    "403": (fails(403, "permission_error"), StepReason.NOT_ALLOWED),
    "hung up": (hangs_up(), StepReason.UNREACHABLE),
    "error inside": (says('{"feedback": "You', then=Then.ERROR, type="overloaded_error"), StepReason.OVERLOADED),
    "fault inside": (says('{"feedback": "You', then=Then.ERROR, type="api_error"), StepReason.SERVER_FAULT),
    "limit inside": (says("{", then=Then.ERROR, type="rate_limit_error"), StepReason.RATE_LIMITED),
    "cut": (says('{"feedback": "You', then=Then.CUT), StepReason.CUT_OFF),
    "no stop": (says(judgement(), then=Then.NO_STOP), StepReason.CUT_OFF),
    "garbage inside": (says('{"feedback": "You', then=Then.GARBAGE), StepReason.UNREADABLE),
    "html": (garbage("<html>welcome</html>"), StepReason.UNREADABLE),
    "empty body": (garbage(""), StepReason.UNREADABLE),
    "event of another kind": (
        garbage('event: message_stop\ndata: {"type": "message_stop"}\n\n'),
        StepReason.UNREADABLE,
    ),
    "delta of nothing": (
        garbage('event: content_block_delta\ndata: {"type": "content_block_delta", "index": 0}\n\n'),
        StepReason.UNREADABLE,
    ),
    "event that is a list": (garbage("event: message_start\ndata: [1]\n\n"), StepReason.UNREADABLE),
    "nothing but a word": (
        garbage(
            'event: message_start\ndata: {"type":"message_start","message":{"id":"m","type":"message","role":'
            '"assistant","model":"m","content":[],"usage":{"input_tokens":1,"output_tokens":1}}}\n\n'
            'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":'
            '{"type":"text_delta","text":"x"}}\n\n'
        ),
        StepReason.CUT_OFF,
    ),
    "refusal": (refuses(), StepReason.REFUSED),
    "refusal half-way": (refuses('{"feedback": "You'), StepReason.REFUSED),
    "max_tokens": (runs_out('{"feedback": "You'), StepReason.TOO_LONG),
    "context full": (says("{", stop="model_context_window_exceeded"), StepReason.TOO_LONG),
    "a tool": (says("{", stop="tool_use"), StepReason.UNREADABLE),
    "nothing said": (says(""), StepReason.UNREADABLE),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_each_failure_has_its_reason_and_is_not_repeated(server: ClaudeServer, claude: Claude, name: str) -> None:
    act, reason = FAILURES[name]
    server.will(act, says(judgement()))
    assert (await failure(claude)).reason is reason
    assert len(server.requests) == 1
    assert (await write(claude)).text == judgement()


async def test_silence_between_two_words_ends_a_call(server: ClaudeServer) -> None:
    claude = Claude(Access("key", server.address, (MODEL,), silence=0.2))
    server.will(says('{"feedback": "You', then=Then.SILENCE))
    listener = Listener()
    assert (await failure(claude, listener)).reason is StepReason.TIMED_OUT
    assert listener.texts[-1] == '{"feedback": "You'
    await claude.close()


async def test_a_server_that_only_drips_ends_too(server: ClaudeServer) -> None:
    claude = Claude(Access("key", server.address, (MODEL,), whole=0.4))
    server.will(says(judgement(feedback="a" * 4000), pace=0.05, piece=2))
    assert (await failure(claude)).reason is StepReason.TIMED_OUT
    await server.left.wait()
    await claude.close()


async def test_what_came_before_the_cut_was_shown_and_is_counted(server: ClaudeServer, claude: Claude) -> None:
    server.will(says('{"feedback": "You', then=Then.CUT))
    listener = Listener()
    failed = await failure(claude, listener)
    assert "".join(listener.texts[-1:]).startswith('{"feedback"')
    assert failed.usage is not None
    assert failed.usage.cache_written_hour > 0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, None), ("0.5", 0.5), ("7", 7.0), ("-1", None), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("soon", None)],
)
async def test_the_servers_wish_to_wait_is_told(
    server: ClaudeServer, claude: Claude, header: str | None, seconds: float | None
) -> None:
    server.will(rate_limited(header))
    assert (await failure(claude)).retry_after == seconds


async def test_nobody_there(server: ClaudeServer) -> None:
    claude = Claude(Access("key", "http://127.0.0.1:9", (MODEL,)))
    assert (await failure(claude)).reason is StepReason.UNREACHABLE
    await claude.close()


@pytest.mark.parametrize("address", ["nonsense", "http://[", "ftp://127.0.0.1"])
async def test_an_address_that_is_none(address: str) -> None:
    claude = Claude(Access("key", address, (MODEL,)))
    await claude.open()
    assert (await failure(claude)).reason is StepReason.UNREACHABLE
    await claude.close()


async def test_a_call_that_nobody_waits_for_any_more_is_hung_up(server: ClaudeServer, claude: Claude) -> None:
    server.will(says('{"feedback": "You', then=Then.SILENCE))
    begun = asyncio.Event()

    async def seen(text: str) -> None:
        begun.set()

    call = asyncio.create_task(claude.write(MODEL, ASK, Judgement, seen))
    await begun.wait()
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert call.cancelled()
    await server.left.wait()


@pytest.mark.parametrize("error", [RuntimeError, TimeoutError, ValueError])
async def test_a_fault_of_the_listener_is_not_the_models(
    server: ClaudeServer, claude: Claude, error: type[Exception]
) -> None:
    server.will(says(judgement()))

    async def seen(text: str) -> None:
        raise error("the chat is gone")

    with pytest.raises(error, match="the chat is gone"):
        await claude.write(MODEL, ASK, Judgement, seen)


async def test_sixty_replies_at_once_keep_apart(server: ClaudeServer, claude: Claude) -> None:
    server.always = Act(
        text=lambda request: judgement(feedback=request["messages"][-1]["content"][0]["text"]), pace=0.001
    )

    async def one(number: int) -> None:
        ask = Prompt(ASK.rules, ASK.question, f'{{"candidate_answer": "answer {number}"}}', keep=Keep.HOUR)
        written = await claude.write(MODEL, ask, Judgement, Listener())
        assert f"answer {number}" in Judgement.model_validate_json(written.text).feedback

    async with asyncio.TaskGroup() as group:
        for number in range(60):
            group.create_task(one(number))
    assert len(server.requests) == 60


async def test_the_schema_is_sent_without_what_nobody_reads(server: ClaudeServer, claude: Claude) -> None:
    server.will(says(judgement()))
    await write(claude)
    schema = server.requests[0]["output_config"]["format"]["schema"]
    assert next(iter(schema["properties"])) == "feedback"
    assert schema["$defs"]["Point"]["properties"]["verdict"] == {"enum": ["hit", "partial", "miss", "wrong"]}
    assert "title" not in json.dumps(schema)
    assert "description" not in json.dumps(schema)


async def test_the_key_travels_in_a_header_and_is_not_shown(server: ClaudeServer, claude: Claude) -> None:
    server.will(says(judgement()))
    await write(claude)
    assert "secret-key" in server.headers[0]["Authorization"]
    assert "secret-key" not in repr(claude.access)


async def test_a_server_of_ones_own_needs_no_key(server: ClaudeServer) -> None:
    claude = Claude(Access("", server.address, (MODEL,)))
    server.will(says(judgement()))
    assert (await write(claude)).text == judgement()
    await claude.close()


async def test_opening_twice_makes_one_client_and_closing_an_unopened_one_does_nothing(server: ClaudeServer) -> None:
    claude = Claude(Access("key", server.address, (MODEL,)))
    await claude.close()
    await asyncio.gather(claude.open(), claude.open())
    server.will(says(judgement()), says(judgement()))
    await asyncio.gather(write(claude), write(claude))
    await claude.close()


async def test_one_who_gives_up_waiting_leaves_the_opening_to_the_others(server: ClaudeServer) -> None:
    claude = Claude(Access("key", server.address, (MODEL,)))
    server.will(says(judgement()))
    impatient = asyncio.create_task(claude.open())
    patient = asyncio.create_task(write(claude))
    await asyncio.sleep(0)
    impatient.cancel()
    assert (await patient).text == judgement()
    await claude.close()


def test_the_library_is_not_imported_before_it_is_needed() -> None:
    script = """
import asyncio, sys
from agent.claude import Access
from agent.interviewer import Interviewer
interviewer = Interviewer(Access("key"))
assert not {"anthropic", "httpx2"} & set(sys.modules), "imported at once"

async def main():
    opening = asyncio.create_task(interviewer.open())
    turns = 0
    while not opening.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert "anthropic" in sys.modules
    print("turns" if turns > 3 else "the loop stood still")
    await interviewer.close()

asyncio.run(main())
"""
    found = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "turns"
