"""`ModelSettings`: what the model layer has to be told, and how it is read from an environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from pydantic import SecretStr

OFFLINE: Final = "offline"
GEMINI: Final = "google_genai:gemini-2.5-flash"


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What agents that name no model use, the key for Gemini, and limits on calls."""

    default: str = OFFLINE
    google_api_key: SecretStr | None = None
    gemini_base_url: str | None = None
    concurrency: int = 64  # calls of one model under way at once
    timeout: float = 120.0  # s for one call with its retries; waiting for our own limits is free

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Read what is set in `environ`; an empty value counts as not set."""

        def value(name: str) -> str | None:
            return environ.get(name, "").strip() or None

        key = value("GOOGLE_API_KEY") or value("GEMINI_API_KEY")
        return cls(
            default=value("AMRIKYY_MODEL") or (GEMINI if key else OFFLINE),
            google_api_key=SecretStr(key) if key else None,
            gemini_base_url=value("AMRIKYY_GEMINI_BASE_URL"),
        )
