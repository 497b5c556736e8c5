import os

import pytest
from pydantic import SecretStr

from nodes.errors import ConfigurationError
from server.settings import Settings, is_for_people, is_loopback, variable

SECRET = "s3cret-that-nobody-may-see"


@pytest.fixture(autouse=True)
def empty_environment(tmp_path, monkeypatch):
    """Start in an empty folder, with none of the settings of who runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(variable(name), raising=False)


@pytest.fixture
def given(monkeypatch):
    def give(**settings):
        for name, value in settings.items():
            monkeypatch.setenv(name, value)

    return give


def fault(**settings):
    with pytest.raises(ConfigurationError) as caught:
        Settings.load()
    return str(caught.value)


def test_defaults_are_those_of_a_laptop():
    settings = Settings.load()

    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert settings.auth == "none"
    assert settings.models.default == "offline"
    assert settings.database_url.get_secret_value() == "sqlite:///.amrikyy/amrikyy.db"
    assert settings.rate_limit == "60/minute"


def test_settings_are_read_from_the_environment_and_the_file_beside_it(given, tmp_path):
    (tmp_path / ".env").write_text("GOOGLE_API_KEY=key\nAMRIKYY_PORT=9000\nOTHER=1\n")
    given(AMRIKYY_PORT="9001", AMRIKYY_CATALOG=f"{tmp_path}, {tmp_path}")

    settings = Settings.load()

    assert settings.port == 9001
    assert settings.catalog == (tmp_path, tmp_path)
    assert settings.models.default == "google_genai:gemini-2.5-flash"
    assert settings.google_api_key == SecretStr("key")


def test_either_name_of_the_key_is_read(given):
    given(GEMINI_API_KEY="key", AMRIKYY_GEMINI_BASE_URL="http://localhost:1", AMRIKYY_MODEL="")

    models = Settings.load().models

    assert models.google_api_key == SecretStr("key")
    assert models.gemini_base_url == "http://localhost:1"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("AMRIKYY_PORT", "99999", "less than or equal to 65535"),
        ("AMRIKYY_PORT", "http", "valid integer"),
        ("AMRIKYY_WORKERS", "0", "greater than or equal to 1"),
        ("AMRIKYY_LOG_FORMAT", "xml", "'console' or 'json'"),
        ("AMRIKYY_CATALOG", "nowhere", "no file or folder 'nowhere'"),
        ("AMRIKYY_DATABASE_URL", "mysql://host/name", "sqlite:///FILE"),
        ("AMRIKYY_DATABASE_URL", "sqlite://", "sqlite:///FILE"),
        ("AMRIKYY_DATABASE_URL", "postgresql://", "postgresql://USER"),
        ("AMRIKYY_RATE_LIMIT", "fast", "60/minute"),
        ("AMRIKYY_JWT_SECRET", "short", "32 bytes"),
        ("AMRIKYY_JWT_JWKS_URL", "ftp://example.com", "https://example.com"),
        ("AMRIKYY_CORS_ORIGINS", "*", "https://example.com"),
        ("AMRIKYY_CORS_ORIGINS", "https://example.com/path", "scheme, host and port"),
        ("AMRIKYY_GEMINI_BASE_URL", "localhost", "https://example.com"),
        ("AMRIKYY_AUTH", "maybe", "'none' or 'required'"),
        ("AMRIKYY_MAX_BODY_BYTES", "1", "1024"),
        ("AMRIKYY_MAX_ACTIVE_RUNS", "-1", "greater"),
        ("LANGSMITH_TRACING", "maybe", "valid boolean"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(given, name, value, says):
    given(**{name: value})

    told = fault()

    assert told.startswith(f"{name} is ")
    assert says in told
    assert "\n" not in told


@pytest.mark.parametrize(
    "url", ["memory:", "sqlite:///a.db", "sqlite:////tmp/a.db", "postgresql://u:p@host/db"]
)
def test_addresses_of_databases(given, url):
    given(AMRIKYY_DATABASE_URL=url)

    assert Settings.load().database_url.get_secret_value() == url


def test_a_database_of_postgresql_may_be_reached_by_a_socket(given):
    given(AMRIKYY_DATABASE_URL="postgresql:///db?host=/run/postgresql")

    assert Settings.load().database_url


def test_the_default_database_is_in_the_data_directory(given):
    given(AMRIKYY_DATA_DIR="elsewhere")

    assert Settings.load().database_url.get_secret_value() == "sqlite:///elsewhere/amrikyy.db"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"])
def test_who_listens_on_a_loopback_address_needs_no_keys(given, host):
    given(AMRIKYY_HOST=host)

    assert Settings.load().auth == "none"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "example.com", "10.0.0.1"])  # noqa: S104
def test_anywhere_else_access_is_required(given, host):
    given(AMRIKYY_HOST=host)

    assert Settings.load().auth == "required"
    assert not is_loopback(host)


def test_no_access_control_is_refused_where_others_can_reach_it(given):
    given(AMRIKYY_HOST="0.0.0.0", AMRIKYY_AUTH="none")  # noqa: S104

    assert fault() == (
        "AMRIKYY_AUTH is wrong. 'none' is for a loopback AMRIKYY_HOST only, and that is '0.0.0.0'. "
        "Set AMRIKYY_AUTH=required, or AMRIKYY_HOST=127.0.0.1."
    )


def test_all_wrong_settings_are_told_and_nothing_that_follows_from_them(given):
    given(AMRIKYY_PORT="x", AMRIKYY_HOST="", AMRIKYY_WORKERS="0")

    assert [line.split()[0] for line in fault().splitlines()] == ["AMRIKYY_PORT", "AMRIKYY_WORKERS"]


def test_a_misspelt_setting_is_told(given, tmp_path):
    given(AMRIKYY_PROT="1", AMRIKYY_OF_SOMEBODY_ELSE="1")

    assert fault() == "Unknown setting AMRIKYY_PROT. Did you mean AMRIKYY_PORT?"


def test_a_misspelt_setting_in_the_file_is_told(tmp_path):
    (tmp_path / ".env").write_text("AMRIKYY_WORKRES=2\n")

    assert "Did you mean AMRIKYY_WORKERS?" in fault()


def test_a_file_that_is_no_text_is_told(tmp_path):
    (tmp_path / ".env").write_bytes(b"AMRIKYY_PORT=\xff\xfe")

    assert "`.env` is not UTF-8" in fault()


def test_no_secret_is_ever_printed(given):
    given(
        GOOGLE_API_KEY=SECRET,
        AMRIKYY_API_KEYS=f"{SECRET},{SECRET}",
        AMRIKYY_JWT_SECRET=SECRET * 2,
        AMRIKYY_DATABASE_URL=f"postgresql://user:{SECRET}@host/db",
        LANGSMITH_API_KEY=SECRET,
    )

    settings = Settings.load()

    assert SECRET not in f"{settings!r} {settings.model_dump_json()} {settings.models!r}"


@pytest.mark.parametrize("name", ["AMRIKYY_DATABASE_URL", "AMRIKYY_JWT_SECRET"])
def test_a_wrong_secret_is_not_printed_either(given, name):
    given(**{name: SECRET})

    assert SECRET not in fault()


@pytest.mark.parametrize("environ", [{"CI": "1"}, {"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_some_terminals_are_for_plain_text(environ):
    assert is_for_people({})
    assert not is_for_people(environ)


def test_what_the_file_holds_for_libraries_is_put_where_they_look(given, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "from the environment")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "")  # so that it is put back afterwards
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    (tmp_path / ".env").write_text(
        "OPENAI_API_KEY=from the file\nANTHROPIC_API_KEY=key\nAMRIKYY_PORT=1234\n"
    )

    assert Settings.load().port == 1234

    assert os.environ["OPENAI_API_KEY"] == "from the environment"
    assert os.environ["ANTHROPIC_API_KEY"] == "key"
    assert "AMRIKYY_PORT" not in os.environ
