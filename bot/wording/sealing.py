"""What is said about the key that answers are encrypted with."""

from __future__ import annotations

MAKE_A_KEY = "python3 -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"
NOT_SET = "not set; answers are stored unencrypted"
DOCTOR_MEND = "Give TALKPRO_SECRET_KEY the key that was used before; see docs/operations.md."
CHANGED = (
    "Something in the database was encrypted with another key, or changed by somebody else. `talkpro doctor` looks."
)


def bad_key(number: int, count: int) -> str:
    """What was given is no key."""
    which = "this" if count == 1 else f"key {number} of {count}"
    return (
        f"{which} is not a key. A key is 32 random bytes in url-safe base64, 44 characters that end in =; several"
        f" are separated by commas, the newest first. This makes one: {MAKE_A_KEY}"
    )


def key_missing(count: int, *, given: bool) -> str:
    """The database was sealed with keys that are not there."""
    what = "a key" if count == 1 else f"{count} keys"
    if not given:
        return (
            f"The answers in this database are encrypted with {what}, and TALKPRO_SECRET_KEY is not set. Nothing was"
            " changed and nothing is lost: set it to what it was before."
        )
    return (
        f"The answers in this database are encrypted with {what} that TALKPRO_SECRET_KEY does not have. Nothing was"
        " changed and nothing is lost: add the earlier key behind a comma, as in NEW,OLD. Once `talkpro db seal` has"
        " run, the new one alone is enough."
    )


def works(count: int) -> str:
    """The keys open what is stored."""
    if count == 1:
        return "set; answers are stored encrypted"
    return f"{count} keys; answers are stored encrypted with the first. `talkpro db seal` makes the others dispensable"


def sealed(count: int) -> str:
    """Everything is sealed with the first key."""
    rows = "1 row" if count == 1 else f"{count} rows"
    return f"{rows} encrypted with the first key; no other key is needed any more."


NOTHING_TO_SEAL_WITH = (
    f"TALKPRO_SECRET_KEY is not set, so there is nothing to encrypt with. This makes one: {MAKE_A_KEY}"
)
