"""What the app may do in a workspace and which events it hears of; each with the one thing that needs it."""

from __future__ import annotations

from collections.abc import Mapping

SCOPES: Mapping[str, str] = {
    "chat:write": "say questions, feedback and cards, and write them while you watch",
    "commands": "hear /interview",
    "im:history": "read what you answer in the direct messages with the app",
    "im:write": "open the direct messages in which a private interview is held",
    "channels:history": "read what you answer in a public interview's thread, where the app was invited",
    "groups:history": "the same in a private channel, where the app was invited",
    "files:read": "read the text files and images that you attach to an answer",
    "files:write": "send you the file with your data, when you press Export",
    "users:read": "know your name and time zone, and who looks after the workspace, its questions and its budget",
    "assistant:write": "be listed as an agent, with suggested first words",
}
EVENTS: Mapping[str, str] = {
    "agent_session_stopped": "Stop was pressed while feedback is written",
    "app_home_opened": "the home tab is to be shown, or suggested first words",
    "app_rate_limited": "Slack holds events back",
    "app_uninstalled": "the workspace's texts and token are deleted",
    "message.channels": "answers in public interviews",
    "message.groups": "answers in public interviews of private channels",
    "message.im": "answers in private interviews",
    "tokens_revoked": "the workspace's texts and token are deleted",
}
