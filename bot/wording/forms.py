"""Answering by a form, where what people write does not reach us."""

ANSWER = "Answer"
SUBMIT_ANSWER = "Submit"
ANSWER_TEXT = "Your answer, as you would say it aloud"
ANSWER_CODE = "Code, if there is any"
