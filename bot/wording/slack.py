"""What the Slack adapter says by itself: why it cannot speak somewhere, what shows while it thinks, and its doctor."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

INVITE = "I am not in that channel. Invite me there with `/invite @TalkPro`, then type the command again."
ARCHIVED = "that channel is archived"
THREAD_GONE = "that message is no longer there"
NO_DIRECT = "I cannot send you direct messages in this workspace"
NOT_INSTALLED = "TalkPro is not installed in this workspace any more; an owner can install it again"
REFUSED = "this workspace does not let me write there"
SLACK_BUSY = "Slack asks me to wait a little"
SLACK_SILENT = "Slack did not answer"
NO_FILE = "Slack did not give me the file"


FILES_NOT_TAKEN = (
    "This workspace does not let me send such a file. Whoever runs TalkPro can give it to you with "
    "`talkpro export` and your account's id, which `/interview me` shows."
)
FILES_NOT_ALLOWED_YET = (
    "I may not send files in this workspace yet, for I was installed before I knew how. An owner of the workspace "
    "can install TalkPro again, which adds the permission files:write; then press Export once more."
)


def missing_scope(scope: str) -> str:
    """Something we may not do in this workspace."""
    return f"TalkPro lacks the permission {scope} here; an owner can install it again"


THINKING = "is reading your answer…"
STATUSES = ("Reading your answer…", "Running your code…", "Looking for your points…")
CHART_SERIES = "0 to 10"
CANCEL = "Cancel"
PROMPTS_TITLE = "Practise an interview"

# The doctor.

BOT_TOKEN_KIND = "that is not a bot token"  # noqa: S105 - a sentence, not a token
BOT_TOKEN_MEND = "Copy the “Bot User OAuth Token” (xoxb-…) from OAuth & Permissions at api.slack.com/apps."  # noqa: S105
APP_TOKEN_KIND = "that is not an app-level token"  # noqa: S105 - a sentence, not a token
CONNECTIONS_MEND = (
    "Make one under Basic Information → App-Level Tokens with the scope connections:write (it begins with xapp-)."
)
SCOPES_MEND = "Paste `talkpro manifest` into App Manifest at api.slack.com/apps, save, and reinstall the app."
SOCKET_WORKS = "Slack gives us a connection"
SOCKET_MEND = (
    "Switch Socket Mode on in the app's settings, and make an app-level token with the scope connections:write."
)
MESSAGES_UNPROVEN = (
    "none came yet, so nobody knows whether they arrive. Start the coach and write “hello” to TalkPro under Apps in "
    "Slack: it answers with buttons, and this line changes. If it stays silent, paste `talkpro manifest` into App "
    "Manifest at api.slack.com/apps, save, and reinstall the app: that subscribes it to message.im"
)
TOO_SHORT = "too short to be one"
SIGNED_SET = "set; Slack's requests are taken at /slack/events"
SIGNED_MEND = "Copy the Signing Secret from Basic Information at api.slack.com/apps."
UNREACHABLE_MEND = "Check the network, the proxy and SLACK_API_URL."
OAUTH_HALF = "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET belong together, with SLACK_SIGNING_SECRET and TALKPRO_PUBLIC_URL"
OAUTH_MEND = "Set all four, or none of the two to serve one workspace with SLACK_BOT_TOKEN."
UNSEALED = "tokens of workspaces would lie in the database as they are"
UNSEALED_MEND = "Set TALKPRO_SECRET_KEY."
HALF_SET = "a token alone is not enough"
HALF_MEND = "Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP."


def in_workspace(team: str, bot: str) -> str:
    """Where a token belongs."""
    return f"{bot} in {team}"


def refused(error: str) -> str:
    """Slack refuses a token."""
    return f"Slack answers {error}"


def scopes_missing(scopes: Iterable[str]) -> str:
    """What the app may not do."""
    return f"missing: {', '.join(scopes)}"


def scopes_there(count: int) -> str:
    """All that is needed is there."""
    return f"all {count} that are needed"


def messages_arrive(at: datetime) -> str:
    """Direct messages reach us; this was noted then."""
    return f"they arrive; noted {at:%Y-%m-%d %H:%M} UTC"


def install_at(address: str) -> str:
    """Where a workspace installs the app."""
    return f"workspaces install at {address}"
