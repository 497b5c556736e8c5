"""`Offline`: the built-in model that needs no network, as a provider."""

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from nodes.errors import UnknownModelError
from nodes.models.provider import Provider
from nodes.models.settings import ModelSettings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


class Offline(Provider):
    """One model, which is free and always there."""

    mixes: ClassVar[bool] = True

    def __init__(self, name: str, settings: ModelSettings) -> None:  # noqa: ARG002  as all of them
        super().__init__(name, "nothing: it needs no key")

    def check(self, model: str) -> None:
        if model:
            raise UnknownModelError(
                f"Unknown model '{self.name}:{model}'. The built-in model is {self.name!r}."
            )

    def build(self, model: str, temperature: float | None) -> "BaseChatModel":  # noqa: ARG002  it has neither
        chat: BaseChatModel = importlib.import_module("nodes.models.offline").OfflineChatModel()
        return chat

    def limit(self, tokens: int) -> dict[str, Any]:
        return {"max_tokens": tokens}

    def json_mode(self, chat: "BaseChatModel", schema: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002  as the base has it
        return {"response_schema": dict(schema) or True}
