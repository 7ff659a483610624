"""The settings of the core, read from the environment and from `.env`; each adapter declares its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.wording import sealing
from storage.sealing import BadKey, Sealer


def _named(*names: str) -> AliasChoices:
    return AliasChoices(*names)


class Settings(BaseSettings):
    """What the core can be told. Names without our prefix are the ecosystem's own."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", env_ignore_empty=True, populate_by_name=True, hide_input_in_errors=True
    )

    database_url: Annotated[str, Field(validation_alias=_named("DATABASE_URL"))] = ""
    anthropic_api_key: Annotated[SecretStr | None, Field(validation_alias=_named("ANTHROPIC_API_KEY"))] = None
    anthropic_base_url: Annotated[str, Field(validation_alias=_named("ANTHROPIC_BASE_URL"))] = ""
    model: Annotated[str, Field(validation_alias=_named("TALKPRO_MODEL"), min_length=1)] = "claude-sonnet-5-5"
    small_model: Annotated[str, Field(validation_alias=_named("TALKPRO_SMALL_MODEL"))] = "claude-haiku-5-5"
    dialect: Annotated[Literal["auto", "claude", "generic"], Field(validation_alias=_named("TALKPRO_DIALECT"))] = "auto"
    budget_usd_per_day: Annotated[float, Field(validation_alias=_named("TALKPRO_BUDGET_USD_PER_DAY"), ge=0)] = 5
    redis_url: Annotated[str, Field(validation_alias=_named("REDIS_URL"))] = ""
    secret_key: Annotated[SecretStr | None, Field(validation_alias=_named("TALKPRO_SECRET_KEY"))] = None
    data: Annotated[Path, Field(validation_alias=_named("TALKPRO_DATA"))] = user_data_path("talkpro", appauthor=False)
    public_url: Annotated[str, Field(validation_alias=_named("TALKPRO_PUBLIC_URL"))] = ""
    web_password: Annotated[SecretStr | None, Field(validation_alias=_named("TALKPRO_WEB_PASSWORD"))] = None
    http_host: Annotated[str, Field(validation_alias=_named("TALKPRO_HTTP_HOST"))] = "127.0.0.1"
    http_port: Annotated[int, Field(validation_alias=_named("TALKPRO_HTTP_PORT"), ge=0, le=65535)] = 8080
    quiet_seconds: Annotated[int, Field(validation_alias=_named("TALKPRO_QUIET_SECONDS"), ge=0, le=3600)] = 0
    retention_days: Annotated[int, Field(validation_alias=_named("TALKPRO_RETENTION_DAYS"), ge=1, le=3650)] = 30
    runner: Annotated[Literal["jail", "http", "off"], Field(validation_alias=_named("TALKPRO_RUNNER"))] = "jail"
    runner_url: Annotated[str, Field(validation_alias=_named("TALKPRO_RUNNER_URL"))] = ""
    runner_dialect: Annotated[
        Literal["piston", "judge0", "snekbox"], Field(validation_alias=_named("TALKPRO_RUNNER_DIALECT"))
    ] = "piston"
    runner_token: Annotated[SecretStr | None, Field(validation_alias=_named("TALKPRO_RUNNER_TOKEN"))] = None
    lease_seconds: Annotated[float, Field(validation_alias=_named("TALKPRO_LEASE_SECONDS"), ge=1, le=600)] = 30
    log_level: Annotated[str, Field(validation_alias=_named("TALKPRO_LOG"))] = "info"

    @field_validator("secret_key")
    @classmethod
    def _secret_key_is_one(cls, keys: SecretStr | None) -> SecretStr | None:
        try:
            Sealer.of(keys.get_secret_value() if keys else "")
        except BadKey as bad:
            raise ValueError(sealing.bad_key(bad.number, bad.count)) from None
        return keys

    @field_validator("quiet_seconds")
    @classmethod
    def _quiet_is_off_or_long(cls, seconds: int) -> int:
        if 0 < seconds < 30:
            raise ValueError("must be 0 (only Submit submits) or 30 and more seconds")
        return seconds

    @field_validator("log_level")
    @classmethod
    def _log_level_is_known(cls, level: str) -> str:
        if level.lower() not in ("debug", "info", "warning", "error"):
            raise ValueError("must be debug, info, warning or error")
        return level.lower()

    @property
    def sealer(self) -> Sealer:
        """What encrypts answers at rest; without a key it does nothing."""
        return Sealer.of(self.secret_key.get_secret_value() if self.secret_key else "")

    @property
    def database(self) -> str:
        """The database address: the given one, else a SQLite file in the data folder."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data / 'talkpro.db'}"
