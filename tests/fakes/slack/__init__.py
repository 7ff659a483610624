"""Slack on loopback: its Web API, Socket Mode, signed deliveries, files, response URLs and OAuth, and its people."""

from tests.fakes.slack.faults import Fault
from tests.fakes.slack.person import SlackUser
from tests.fakes.slack.server import APP_TOKEN, CLIENT_ID, CLIENT_SECRET, SIGNING_SECRET, FakeSlack, fake_slack
from tests.fakes.slack.world import SlackError, Team

__all__ = [
    "APP_TOKEN",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "SIGNING_SECRET",
    "FakeSlack",
    "Fault",
    "SlackError",
    "SlackUser",
    "Team",
    "fake_slack",
]
