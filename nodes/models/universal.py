"""`Universal`: any other `provider:model` that LangChain knows, by its `init_chat_model`."""

import importlib
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from nodes.errors import ConfigurationError
from nodes.models.provider import Ask, Bound, Provider

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

# The providers of langchain 1.4 and their packages, so that a name is checked without importing it.
PACKAGES: Final = {
    "anthropic": "langchain_anthropic",
    "anthropic_bedrock": "langchain_aws",
    "azure_ai": "langchain_azure_ai",
    "azure_openai": "langchain_openai",
    "baseten": "langchain_baseten",
    "bedrock": "langchain_aws",
    "bedrock_converse": "langchain_aws",
    "bedrock_mantle_anthropic": "langchain_aws",
    "bedrock_mantle_openai": "langchain_aws",
    "cohere": "langchain_cohere",
    "deepseek": "langchain_deepseek",
    "fireworks": "langchain_fireworks",
    "google_anthropic_vertex": "langchain_google_vertexai",
    "google_vertexai": "langchain_google_vertexai",
    "groq": "langchain_groq",
    "huggingface": "langchain_huggingface",
    "ibm": "langchain_ibm",
    "langsmith": "langchain_openai",
    "litellm": "langchain_litellm",
    "meta": "langchain_meta",
    "mistralai": "langchain_mistralai",
    "nvidia": "langchain_nvidia_ai_endpoints",
    "ollama": "langchain_ollama",
    "openai": "langchain_openai",
    "openrouter": "langchain_openrouter",
    "perplexity": "langchain_perplexity",
    "together": "langchain_together",
    "upstage": "langchain_upstage",
    "xai": "langchain_xai",
}
EXTRAS: Final = frozenset({"anthropic", "ollama", "openai"})


class Universal(Provider):
    """A provider whose package of LangChain is installed beside us."""

    def __init__(self, name: str) -> None:
        super().__init__(name, f"{name.upper()}_API_KEY")

    def check(self, model: str) -> None:
        super().check(model)
        package = PACKAGES[self.name]
        if all(find_spec(needed) for needed in ("langchain", package)):
            return
        wanted = (
            f'"amrikyy[{self.name}]"'
            if self.name in EXTRAS
            else f"langchain {package.replace('_', '-')}"
        )
        raise ConfigurationError(
            f"The model '{self.name}:{model}' needs a package that is not installed. "
            f"Run: pip install {wanted}"
        )

    def build(self, model: str, temperature: float | None) -> "BaseChatModel":
        init = importlib.import_module("langchain.chat_models").init_chat_model
        options = {} if temperature is None else {"temperature": temperature}
        chat: BaseChatModel = init(model, model_provider=self.name, max_retries=0, **options)
        return chat

    def limit(self, tokens: int) -> dict[str, Any]:
        return {"max_tokens": tokens}

    def json_mode(self, chat: "BaseChatModel", schema: Mapping[str, Any]) -> dict[str, Any] | None:
        known = self.name == "ollama" or (chat.profile or {}).get("structured_output")
        if not known or schema.get("type") != "object":  # OpenAI takes nothing but objects
            return None
        described = {"name": "answer", "schema": dict(schema)}
        return {"response_format": {"type": "json_schema", "json_schema": described}}

    def bind(self, chat: "BaseChatModel", ask: Ask) -> Bound:
        if self.name == "ollama" and ask.max_output is not None:  # no keyword of a call
            chat = chat.model_copy(update={"num_predict": ask.max_output})
            ask = replace(ask, max_output=None)
        if self.name == "anthropic" and ask.tool_choice == "none" and ask.schema is None:
            ask = replace(ask, tool_choice={"type": "none"})  # else taken for a tool's name
        return super().bind(chat, ask)
