"""The pages in a browser on which somebody installs the app in their Slack workspace."""

from __future__ import annotations

TITLE = "TalkPro for Slack"
LEAD = (
    "Mock technical interviews where you already talk: one question, your answer, your code run, scores you can trust."
)
BUTTON = "Add to Slack"
AGAIN = "Start again"
ASKS = "It asks for no more than this:"
OPEN = "Open Slack"
PRIVATE = (
    "Interviews are private: nobody is shown who practises, what, or how well. Answers are kept encrypted, and are "
    "deleted when you remove the app."
)
BY_MODEL = "Answers are judged by a language model or by a simple local judge; both can be wrong, and say so."


def installed(workspace: str) -> str:
    """It worked."""
    return f"TalkPro is in {workspace}. Type /interview easy anywhere there to try it."


OLD_LINK = (
    "This link was used already, is older than ten minutes, or was opened in another browser. Nothing was changed."
)
DECLINED = "Nothing was installed, as you wished."
WHOLE_ENTERPRISE = (
    "TalkPro is installed in one workspace at a time, not in a whole enterprise. Please choose a single workspace."
)
NOT_SEALED = "set TALKPRO_SECRET_KEY; without it the tokens of workspaces would lie open in the database"


def refused(reason: str) -> str:
    """Slack did not go along."""
    return f"Slack refused with “{reason}”. Nothing was installed. Please try once more."
