"""What Discord needs to be told, read from the environment and from `.env`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

API_URL = "https://discord.com/api/v10"
GATEWAY_URL = "wss://gateway.discord.gg/"


class DiscordSettings(BaseSettings):
    """The bot's token, and where Discord is when it is not where it always is."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True, populate_by_name=True)

    token: Annotated[SecretStr | None, Field(validation_alias="DISCORD_TOKEN")] = None
    api_url: Annotated[str, Field(validation_alias="DISCORD_API_URL")] = API_URL
    gateway_url: Annotated[str, Field(validation_alias="DISCORD_GATEWAY_URL")] = GATEWAY_URL
