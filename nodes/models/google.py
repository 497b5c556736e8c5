"""`Google`: Gemini through langchain-google-genai, which is imported when a client is built."""

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from langchain_core.messages import AIMessage

from nodes.errors import BlockedPromptError, ModelAuthError, ModelError, ModelUnavailableError
from nodes.models import failures
from nodes.models.provider import Provider, output_limit, safety_stop
from nodes.models.settings import ModelSettings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

CONNECTIONS: Final = 1000  # the gate is narrower; httpx alone would stop at 100
KEY: Final = "GOOGLE_API_KEY (or GEMINI_API_KEY) to one from https://aistudio.google.com/apikey"

# https://ai.google.dev/api/generate-content#FinishReason
OBJECTED: Final = frozenset(
    {
        "BLOCKLIST",
        "IMAGE_SAFETY",
        "LANGUAGE",
        "PROHIBITED_CONTENT",
        "RECITATION",
        "SAFETY",
        "SPII",
    }
)
FAULTY: Final = frozenset({"MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL"})


class Google(Provider):
    """Gemini by its own API."""

    def __init__(self, name: str, settings: ModelSettings) -> None:
        super().__init__(name, KEY)
        self._settings = settings

    def build(self, model: str, temperature: float | None) -> "BaseChatModel":
        if self._settings.google_api_key is None:
            raise ModelAuthError(f"There is no key for '{self.name}:{model}'. Set {KEY}.")
        client = importlib.import_module("langchain_google_genai").ChatGoogleGenerativeAI
        limits = importlib.import_module("httpx").Limits(max_connections=CONNECTIONS)
        options = {} if temperature is None else {"temperature": temperature}
        chat: BaseChatModel = client(
            model=model,
            api_key=self._settings.google_api_key,
            base_url=self._settings.gemini_base_url,
            max_retries=1,  # attempts; 0 would be the client's own default of five
            client_args={"limits": limits},
            **options,
        )
        return chat

    def limit(self, tokens: int) -> dict[str, Any]:
        return {"max_output_tokens": tokens}

    def json_mode(self, chat: "BaseChatModel", schema: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002  the same for all models
        mode: dict[str, Any] = {"response_mime_type": "application/json"}
        return mode | ({"response_json_schema": dict(schema)} if schema else {})

    async def close(self, chat: Any) -> None:
        await chat.aclose()

    def inspect(self, message: AIMessage, name: str) -> None:
        metadata = message.response_metadata
        feedback = metadata.get("prompt_feedback") or {}
        if feedback.get("block_reason"):
            raise BlockedPromptError(
                f"{name!r} refused the prompt ({_word(feedback['block_reason'])!r}). "
                "Change what it is asked."
            )
        reason = _word(metadata.get("finish_reason", ""))
        if reason == "MAX_TOKENS":
            raise output_limit(name)
        if reason in OBJECTED:
            raise safety_stop(name, reason)
        if reason in FAULTY:
            raise ModelUnavailableError(
                f"{name!r} gave what cannot be read ({reason!r}). Try again, or simplify its tools."
            )

    def translate(self, error: Exception, name: str) -> ModelError:
        for each in failures.causes(error):
            if any(d.get("reason") == "API_KEY_INVALID" for d in failures.details_of(each)):
                return failures.refused_key(error, name, self.key)
        return super().translate(error, name)


def _word(reason: Any) -> str:
    """The bare name of a reason, which the client gives as a text or an enumeration's member."""
    return str(getattr(reason, "value", reason))
