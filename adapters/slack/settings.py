"""The settings of the Slack adapter."""

from __future__ import annotations

from typing import Annotated

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def _named(name: str) -> AliasChoices:
    return AliasChoices(name)


class SlackSettings(BaseSettings):
    """Socket Mode wants a bot token and an app token, HTTP a signing secret and a bot token or the client's pair."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", env_ignore_empty=True, populate_by_name=True, hide_input_in_errors=True
    )

    bot_token: Annotated[SecretStr | None, Field(validation_alias=_named("SLACK_BOT_TOKEN"))] = None
    app_token: Annotated[SecretStr | None, Field(validation_alias=_named("SLACK_APP_TOKEN"))] = None
    signing_secret: Annotated[SecretStr | None, Field(validation_alias=_named("SLACK_SIGNING_SECRET"))] = None
    client_id: Annotated[str, Field(validation_alias=_named("SLACK_CLIENT_ID"))] = ""
    client_secret: Annotated[SecretStr | None, Field(validation_alias=_named("SLACK_CLIENT_SECRET"))] = None
    api_url: Annotated[str, Field(validation_alias=_named("SLACK_API_URL"))] = "https://slack.com/api/"

    @property
    def anything(self) -> bool:
        """Whether somebody began to set Slack up."""
        return bool(self.bot_token or self.app_token or self.signing_secret or self.client_id or self.client_secret)

    @property
    def by_socket(self) -> bool:
        """Whether events come by Socket Mode."""
        return self.bot_token is not None and self.app_token is not None

    @property
    def by_http(self) -> bool:
        """Whether events come by signed requests."""
        return self.signing_secret is not None and (self.bot_token is not None or self.many)

    @property
    def many(self) -> bool:
        """Whether workspaces install the app by a browser."""
        return bool(self.client_id and self.client_secret is not None)


def secret(value: SecretStr | None) -> str:
    """What is in there, empty where nothing is."""
    return value.get_secret_value() if value is not None else ""
