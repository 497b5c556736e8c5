"""What the environment says about models."""

import pytest

from nodes.models import ModelSettings


@pytest.mark.parametrize(
    ("environ", "default", "key"),
    [
        ({}, "offline", None),
        ({"GOOGLE_API_KEY": "", "GEMINI_API_KEY": "  "}, "offline", None),
        ({"GOOGLE_API_KEY": "a"}, "google_genai:gemini-2.5-flash", "a"),
        ({"GEMINI_API_KEY": "b"}, "google_genai:gemini-2.5-flash", "b"),
        ({"GOOGLE_API_KEY": "a", "GEMINI_API_KEY": "b"}, "google_genai:gemini-2.5-flash", "a"),
        ({"AMRIKYY_MODEL": "openai:gpt-4o", "GOOGLE_API_KEY": "a"}, "openai:gpt-4o", "a"),
        ({"AMRIKYY_MODEL": "offline", "GOOGLE_API_KEY": "a"}, "offline", "a"),
    ],
)
def test_the_default_model_is_the_one_named_else_gemini_with_a_key_else_offline(
    environ: dict[str, str], default: str, key: str | None
):
    settings = ModelSettings.from_environment(environ)

    assert settings.default == default
    assert (settings.google_api_key and settings.google_api_key.get_secret_value()) == key


def test_geminis_address_may_be_another():
    settings = ModelSettings.from_environment({"AMRIKYY_GEMINI_BASE_URL": "http://proxy"})

    assert settings.gemini_base_url == "http://proxy"


def test_a_key_is_not_shown():
    assert "secret-key" not in repr(
        ModelSettings.from_environment({"GOOGLE_API_KEY": "secret-key"})
    )
