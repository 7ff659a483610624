"""What the playground says, and the finished example beside its start buttons."""

from __future__ import annotations

from bot.ports import Bar

FILE_TOO_LARGE = "larger than 100 KB"

FILE_NOT_TEXT = "not a text file"

MESSAGE_GONE = "that message is no longer there"

NOBODY_TO_TELL = "there is nobody to tell it to"

OTHER_HOST = "This server answers to another host name."

NO_SUCH_FILE = "There is no such file."

FOREIGN_FORM = "This form belongs to another page."

PASSWORD_TOO_LONG = "That is too long for a password."  # noqa: S105 - a sentence, not a password

FOREIGN_PAGE = "This connection comes from another page."

PAGE_FIRST = "Load the page first."

NOT_READY = "Not ready yet."

PLAYGROUND = "playground"

EXAMPLE_QUESTION = """\
**Merge calendars** · algorithm, medium · about 15 min
Two people keep their meetings as `[start, end]` pairs. Return the times at which at least one of them is busy."""

EXAMPLE_THOUGHT = "I'd put both lists together, sort by start, then sweep once."

EXAMPLE_CODE = """\
```python
def busy(a, b):
    out = []
    for start, end in sorted(a + b):
        if out and start <= out[-1][1]:
            out[-1][1] = max(out[-1][1], end)
        else:
            out.append([start, end])
    return out
```"""

EXAMPLE_CARD = """\
**Merge calendars** · medium · by the local judge
**Points heard 4 of 6** “sort by start, then sweep”
**Missed** empty calendars
14 min · 1 hint"""

EXAMPLE_TITLE = "Merge calendars"

EXAMPLE_BARS = (
    Bar("Correctness", 7.0, "≈ 7 solid"),
    Bar("Clarity", 6.0, "≈ 6 fair estimate"),
    Bar("Depth", 5.0, "≈ 5 gaps estimate"),
)


DOWNLOAD_GONE = "There is no such file, or it is kept no longer: press Export again."


def download(name: str) -> str:
    """Stands on the button that downloads a file."""
    return f"Download {name}"


def playground_at(address: str, *, password: bool) -> str:
    """Where the playground is, and who may come in."""
    return f"{address}, {'with the password' if password else 'from this machine only'}"
