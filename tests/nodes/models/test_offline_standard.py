"""LangChain's standard suite for chat models; its async tests run under anyio like ours."""

from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from nodes.models.offline import OfflineChatModel


class TestUnit(ChatModelUnitTests):
    @property
    def chat_model_class(self) -> type[OfflineChatModel]:
        return OfflineChatModel

    @property
    def chat_model_params(self) -> dict[str, object]:
        return {}


class TestIntegration(ChatModelIntegrationTests):
    @property
    def chat_model_class(self) -> type[OfflineChatModel]:
        return OfflineChatModel

    @property
    def chat_model_params(self) -> dict[str, object]:
        return {}

    @property
    def model_override_value(self) -> str:
        return "offline-other"
