"""Answers as people type them, in words of their own, to questions of the bank: the better one scores higher."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from agent import bank, local
from agent.types import State


@dataclass(frozen=True)
class Typed:
    """Three people's answers to one question."""

    question: str
    good: str
    half: str
    bad: str


ANSWERS = (
    Typed(
        "settled-vote",
        "Two passes. First count all the ballots in a dictionary and see who wins at the end; if there's a tie at the"
        " top or nobody voted I return -1.\nThen I go through the ballots again keeping running counts. I only need to"
        " know whether the winner is strictly ahead of everyone else at each moment, so I keep the max count among the"
        " other options. Counts never go down so that max only increases, no heap needed. Every time the winner isn't"
        " strictly ahead I remember that position; the answer is the last bad position plus 1.\nIt's O(n) time, memory"
        " is the number of different options.",
        "I would count votes with a Counter to know the winner. Then loop again and check after every ballot if the"
        " winner is ahead, and return the first index where he leads.",
        "I would sort the ballots alphabetically and then use binary search to find the winner.",
    ),
    Typed(
        "staffed-hours",
        "I'd turn every shift into two events: +1 at start and -1 at end, sort by time and sweep with a counter of"
        " people on duty. All events of the same minute have to be applied together before I look at the counter,"
        " because ends are exclusive and otherwise a handover would split a stretch. When the counter goes from below"
        " needed to at least needed I open a stretch, when it drops below I close it. Sorting is n log n, the sweep is"
        " linear. If needed is larger than the number of shifts the result is empty.",
        "Sort the start and end times and go through them with a counter, plus one for a start and minus one for an"
        " end. Whenever counter >= needed add the interval.",
        "Make an array for each minute of the week and count how many people are there.",
    ),
    Typed(
        "first-request-is-slow",
        "A new connection pays the TCP three-way handshake, that's one round trip = 90 ms, and then TLS 1.3 needs"
        " another round trip, 90ms. Together the 180. Then the request itself 90+20. To get rid of it keep the"
        " connections open and reuse them: keep-alive with a connection pool / one Session in the client, a few"
        " connections in parallel. If it idles longer than the server's timeout it must reconnect, so keep them warm.",
        "It's the handshake. On a new connection TCP and TLS must be set up first. I'd use keep alive.",
        "DNS takes that long. I'd cache the DNS answer and buy a faster server.",
    ),
    Typed(
        "page-forty-thousand",
        "While the client pages, new quakes get inserted at the front so everything shifts by some rows and the last"
        " ones of a page slide onto the next page. The slow one: OFFSET 2,000,000 has to walk through and throw away"
        " two million index entries before it returns 50. Better is keyset/cursor pagination: the client sends the time"
        " and id of the last row it saw, and the query is WHERE (time, id) < (?, ?) ORDER BY time DESC, id DESC LIMIT"
        " 50, with an index on both. The id breaks ties of the same millisecond.",
        "Offset is slow because the database has to count all the rows before. New rows push old ones to the next"
        " page. I'd use a cursor.",
        "The index is missing or the table is too large, so I'd add more memory and shard the table. Also cache page"
        " 40,000.",
    ),
    Typed(
        "space-that-rm-did-not-free",
        "rm only removes the name; some process, probably the daemon that writes the log, still has the file open so"
        " the inode and its blocks stay until the last descriptor is closed. du walks the directory tree so it doesn't"
        " see it, df asks the file system for used blocks. Proof: lsof +L1 or lsof | grep deleted shows the process and"
        " the 60GB. Then restart that service or make it reopen the log (HUP), or truncate through /proc/PID/fd/N.",
        "A process still holds the file open. Find it with lsof and restart it.",
        "The trash bin is full, so empty it. Or the disk has errors and needs fsck.",
    ),
    Typed(
        "already-seen-a-billion",
        "A Bloom filter. A bit array with k hash functions; adding a link sets k bits, asking looks whether all k are"
        " set. If any is 0 it's certainly new; if all are 1 it was probably seen. There are no false negatives so a"
        " link which was fetched is always recognised, that's the never. False positives mean that we skip a new link,"
        " up to 1%. For 1% we need about 9.6 bits per element, so 1e9 × 9.6 bits = 1.2 GB, 7 hashes.",
        "I'd use a Bloom filter because it needs few bits per link. It may have false positives but no false negatives."
        " About 10 bits per link.",
        "I'd store all the links in a hash set, or in Redis, and compress them.",
    ),
    Typed(
        "pothole-photos",
        "600*80 = 48,000 pictures a day, 4 MB each, so ~190 GB per day; if most come in two hours that's about 6-7 per"
        " second and 25 MB/s.\nThe phone asks our API for a presigned URL and uploads directly to object storage, in"
        " chunks (multipart) so after a drop it resumes with the missing chunk. The app keeps the picture locally until"
        " the server has confirmed it. Each picture gets a UUID on the phone, so a retry doesn't produce a duplicate.\n"
        "When the upload completes, an event goes to a queue and workers make the thumbnails; they're idempotent."
        " Metadata like road section, time, position in Postgres with an index on the section and time, the grid makes"
        " one query.\nLifecycle rules move the originals after 30 days to cold archive storage; previews stay in the"
        " hot tier. Object lock so that nothing's deleted within 10 years.",
        "About 48000 pictures a day and 200GB. I'd upload pictures to S3 with a presigned URL, and a lambda makes the"
        " thumbnail. Postgres has the metadata. After 30 days move them to Glacier.",
        "The phone sends an email with the picture to the office. They save them on a shared drive and sort them in"
        " folders.",
    ),
    Typed(
        "change-that-did-harm",
        "Two years ago I deployed a change to our caching layer on a Friday afternoon. The cache key lacked the tenant"
        " id, so for about twenty five minutes customers saw the dashboards of other companies. It was my code and I"
        " had pushed to merge without waiting for the second reviewer because the sprint was ending.\nSupport pinged us"
        " after 10 minutes. First I turned off the feature flag and flushed Redis, and told the incident channel what"
        " I'd done. Then we looked through the access logs to find out who had seen whose data: 38 accounts, and we"
        " called each customer the same evening.\nOn Monday I wrote the postmortem, without blaming anybody. We added a"
        " test that every cache key contains a tenant, and merges to that repo now need two approvals. It hasn't"
        " happened again since. What I learned is that I hurry at the end of sprints, so I don't deploy on Fridays.",
        "I once broke the login with a deployment. I rolled it back after an hour and we added a test later.",
        "I have never broken anything, I always test my changes very carefully before they go out.",
    ),
)


@pytest.mark.parametrize("typed", ANSWERS, ids=lambda typed: typed.question)
def test_the_better_answer_scores_higher(typed: Typed) -> None:
    question = bank.load().get(typed.question)
    points = tuple(point.id for point in question.key_points)
    good, half, bad = (local.judge(question, points, answer) for answer in (typed.good, typed.half, typed.bad))
    assert good.state is half.state is bad.state is State.SCORED
    assert good.correctness is not None
    assert half.correctness is not None
    assert bad.correctness is not None
    assert good.correctness >= 5
    assert good.correctness > half.correctness >= bad.correctness
    assert bad.correctness <= 2
    assert good.depth is not None
    assert half.depth is not None
    assert good.depth > half.depth
