"""`Settings`: everything that can be set, read from the environment and `.env` and nowhere else."""

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, DotEnvSettingsSource, NoDecode, SettingsConfigDict

from nodes.errors import ConfigurationError
from nodes.models.settings import ModelSettings

PREFIX: Final = "AMRIKYY_"
SHORTEST_SECRET: Final = 32  # bytes; https://www.rfc-editor.org/rfc/rfc7518#section-3.2


def _split(value: Any) -> Any:
    """Read a list as it is written in an environment: separated by commas."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _wrong(message: str, **context: Any) -> PydanticCustomError:
    return PydanticCustomError("setting", message, context or None)


def _existing(path: Path) -> Path:
    if not path.exists():
        raise _wrong("There is no file or folder '{path}'.", path=str(path))
    return path


def _database(url: SecretStr) -> SecretStr:
    value = url.get_secret_value()
    scheme, _, rest = value.partition("://")
    is_file = scheme == "sqlite" and rest.startswith("/") and len(rest) > 1
    is_server = scheme in {"postgresql", "postgres"} and bool(urlsplit(value).hostname)
    # A PostgreSQL address may leave its host to `?host=…`, as a socket does.
    is_socket = scheme in {"postgresql", "postgres"} and "host=" in rest
    if not (value == "memory:" or is_file or is_server or is_socket):
        raise _wrong(
            "It should be sqlite:///FILE, postgresql://USER:PASSWORD@HOST/DATABASE or memory:."
        )
    return url


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise _wrong("It should be an address such as https://example.com.")
    return url


def _origin(origin: str) -> str:
    parts = urlsplit(_web_address(origin))
    if origin != f"{parts.scheme}://{parts.netloc}":
        raise _wrong(
            "'{origin}' is no web origin: write scheme, host and port only, such as "
            "https://example.com.",
            origin=origin,
        )
    return origin


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value().encode()) < SHORTEST_SECRET:
        raise _wrong(
            "It is too short: a secret has 32 bytes at least. "
            "Make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    return secret


WebAddress = Annotated[str, AfterValidator(_web_address)]
Paths = Annotated[tuple[Annotated[Path, AfterValidator(_existing)], ...], BeforeValidator(_split)]
Origins = Annotated[tuple[Annotated[str, AfterValidator(_origin)], ...], BeforeValidator(_split)]
Keys = Annotated[tuple[SecretStr, ...], BeforeValidator(_split)]


def is_loopback(host: str) -> bool:
    """Say whether only this machine reaches what listens on `host`."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _database_by_default(values: Mapping[str, Any]) -> SecretStr:
    return SecretStr(f"sqlite:///{values['data_dir'] / 'amrikyy.db'}")


class Settings(BaseSettings):
    """All settings; an empty one counts as not set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        validate_default=True,
    )

    catalog: Annotated[Paths, NoDecode] = ()
    """Files or folders of YAML, besides what ships."""
    model: str | None = None
    """The model of agents that name none."""
    google_api_key: SecretStr | None = Field(default=None, validation_alias="GOOGLE_API_KEY")
    """The key for Gemini."""
    gemini_api_key: SecretStr | None = Field(default=None, validation_alias="GEMINI_API_KEY")
    """The same, by its other name."""
    gemini_base_url: WebAddress | None = None
    """Another address that speaks Gemini's API."""
    data_dir: Path = Path(".amrikyy")
    """The data directory."""
    database_url: Annotated[SecretStr, AfterValidator(_database)] = Field(
        default_factory=_database_by_default
    )
    """Where runs, events and checkpoints are kept; it may hold a password."""
    log_format: Literal["console", "json"] = "console"
    """How logs look."""

    langsmith_tracing: bool = Field(default=False, validation_alias="LANGSMITH_TRACING")
    """Send traces to LangSmith."""
    langsmith_api_key: SecretStr | None = Field(default=None, validation_alias="LANGSMITH_API_KEY")
    """The key for LangSmith."""
    langsmith_project: str = Field(default="default", validation_alias="LANGSMITH_PROJECT")
    """The project the traces go to."""
    langsmith_endpoint: WebAddress | None = Field(
        default=None, validation_alias="LANGSMITH_ENDPOINT"
    )
    """The address of another installation of LangSmith."""

    host: str = Field(default="127.0.0.1", min_length=1)
    """The address to listen on."""
    port: int = Field(default=8000, ge=0, le=65_535)
    """The port to listen on; 0 takes a free one."""
    workers: int = Field(default=1, ge=1, le=256)
    """Server processes."""
    auth: Literal["none", "required"] = Field(
        default_factory=lambda values: "none" if is_loopback(values["host"]) else "required"
    )
    """Who may call."""
    api_keys: Annotated[Keys, NoDecode] = ()
    """Keys that are accepted."""
    jwt_secret: Annotated[SecretStr, AfterValidator(_long_enough)] | None = None
    """The secret that accepted JWTs are signed with."""
    jwt_jwks_url: WebAddress | None = None
    """Where the keys are that accepted JWTs are signed with."""
    jwt_audience: str | None = None
    """The audience a JWT must name."""
    jwt_issuer: str | None = None
    """The issuer a JWT must name."""
    rate_limit: str = "60/minute"
    """Runs and streams one caller may start."""
    cors_origins: Annotated[Origins, NoDecode] = ()
    """Web origins whose pages may call the API."""
    max_body_bytes: int = Field(default=4_194_304, ge=1024, le=1_073_741_824)
    """The largest request body that is accepted."""
    max_active_runs: int = Field(default=1000, ge=1, le=1_000_000)
    """Runs that may be active at once."""

    @field_validator("auth")
    @classmethod
    def _is_allowed_here(cls, auth: str, info: Any) -> str:
        host = info.data.get("host", "localhost")
        if auth == "none" and not is_loopback(host):
            raise _wrong(
                "'none' is for a loopback AMRIKYY_HOST only, and that is '{host}'. Set "
                "AMRIKYY_AUTH=required, or AMRIKYY_HOST=127.0.0.1.",
                host=host,
            )
        return auth

    @field_validator("rate_limit")
    @classmethod
    def _is_rate(cls, rate: str) -> str:
        if not re.fullmatch(r"[1-9]\d*/(second|minute|hour|day)", rate):
            raise _wrong("It should be a number a second, minute, hour or day, such as 60/minute.")
        return rate

    @classmethod
    def load(cls) -> Self:
        """Read the settings; raises `ConfigurationError` with one line for each wrong one."""
        try:
            settings = cls()
        except ValidationError as error:
            # What depends on a wrong setting is not wrong itself.
            lines = [
                _line(detail)
                for detail in error.errors(include_url=False, include_context=False)
                if detail["type"] != "default_factory_not_called"
            ]
            raise ConfigurationError("\n".join(dict.fromkeys(lines))) from None
        except UnicodeDecodeError as error:
            raise ConfigurationError(f"`.env` is not UTF-8 text: {error}.") from error
        cls._refuse_misspelt()
        cls._share_with_libraries()
        return settings

    @property
    def models(self) -> ModelSettings:
        """What the model layer has to be told."""
        key = self.google_api_key or self.gemini_api_key
        given = {
            "AMRIKYY_MODEL": self.model,
            "GOOGLE_API_KEY": key.get_secret_value() if key else None,
            "AMRIKYY_GEMINI_BASE_URL": self.gemini_base_url,
        }
        return ModelSettings.from_environment({name: it for name, it in given.items() if it})

    @classmethod
    def _share_with_libraries(cls) -> None:
        """Put what `.env` holds for others (LANGSMITH_*, OPENAI_API_KEY, …) where they look."""
        for name, value in dotenv_values(".env").items():
            if value and not name.upper().startswith(PREFIX):
                os.environ.setdefault(name, value)

    @classmethod
    def _refuse_misspelt(cls) -> None:
        known = {variable(name) for name in cls.model_fields}
        given = {name.upper() for name in os.environ} | {
            name.upper() for name in DotEnvSettingsSource(cls).env_vars
        }
        for name in sorted(given - known):
            close = get_close_matches(name, known, n=1, cutoff=0.85)
            if name.startswith(PREFIX) and close:
                raise ConfigurationError(f"Unknown setting {name}. Did you mean {close[0]}?")


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    alias = Settings.model_fields[name].validation_alias
    return str(alias) if alias else f"{PREFIX}{name}".upper()


def is_for_people(environ: Mapping[str, str] = os.environ) -> bool:
    """Say whether the environment allows for more than plain text in a terminal."""
    return not (environ.get("CI") or environ.get("NO_COLOR") or environ.get("TERM") == "dumb")


_SECRETS: Final = frozenset(
    variable(name)
    for name, field in Settings.model_fields.items()
    if "SecretStr" in repr(field.annotation)
)


def _line(detail: ErrorDetails) -> str:
    place = str(detail["loc"][0])
    name = variable(place) if place in Settings.model_fields else place.upper()
    message = detail["msg"].replace("Input should", "It should")
    if name in _SECRETS or detail["type"] == "setting":
        return f"{name} is wrong. {message}"
    sentence = message if message.endswith(".") else f"{message}."
    return f"{name} is {str(detail['input'])!r}. {sentence}"
