"""What is said about files that come with an answer."""

from __future__ import annotations

from collections.abc import Mapping

from agent.files import FileProblem

PROBLEMS: Mapping[FileProblem, str] = {
    FileProblem.EMPTY: "it is empty",
    FileProblem.TEXT_TOO_LARGE: "it is larger than 100 KB, the most I read of a text",
    FileProblem.TOO_LARGE: "it is larger than 5 MB",
    FileProblem.PICTURE_TOO_LARGE: "it is larger than 3.7 MB, the most that models take; a smaller copy works",
    FileProblem.PICTURE_TOO_WIDE: "it has more than 8000 pixels on one side; a smaller copy works",
    FileProblem.PICTURE_BROKEN: "it begins like a picture and is not a whole one",
    FileProblem.UNREADABLE: "it is neither text in UTF-8 nor a PNG, JPEG, GIF or WebP picture",
}
TOO_MANY_FILES = "only the first ten files of a message are read"
TOO_MANY_PICTURES = "this interview has as many pictures as a model takes; describe this one in words"
NOT_FETCHED = "it could not be fetched, though I tried several times; send it again, or paste its text"
UNSEEN_LOCALLY = "the local judge cannot see pictures; say in words what it shows"
UNSEEN_BY_MODEL = "the model that judges here is not shown pictures; say in words what it shows"
NAMELESS = "file"

# The playground.

NO_NAME = "that is no name for a picture"
TOO_MANY_WAITING = "too many pictures wait to be sent; send those first"
GONE = "There is no such picture, or it is kept no longer."
NOT_ARRIVED = "it did not arrive whole; attach it again"
NO_PICTURE = "not a PNG, JPEG, GIF or WebP picture that can be read"
