"""`amrikyy doctor`: what works, what does not, and how to mend it; no call that costs."""

import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nodes.errors import AmrikyyError, ConfigurationError
from server.cli.terminal import clean, write

if TYPE_CHECKING:
    from server.settings import Settings

VERSIONS: Final = ("amrikyy", "langgraph", "langchain-core", "pydantic")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    is_well: bool
    message: str

    def __str__(self) -> str:
        return clean(f"{'✓' if self.is_well else '✗'} {self.subject}: {self.message}")


def _well(subject: str, message: str) -> Finding:
    return Finding(subject=subject, is_well=True, message=message)


def _broken(subject: str, message: str) -> Finding:
    return Finding(subject=subject, is_well=False, message=message)


def doctor() -> None:
    """Check settings, catalog, model, tracing, data directory and database."""
    findings = list(_findings())
    write("\n".join(map(str, findings)))
    if not all(finding.is_well for finding in findings):
        sys.exit(1)


def _findings() -> Iterator[Finding]:
    from server.settings import Settings

    yield _versions()
    try:
        settings = Settings.load()
    except ConfigurationError as error:
        for line in str(error).splitlines():
            yield _broken("settings", line)
        return
    yield _well("settings", f"read from {_sources()}.")
    yield _catalog(settings)
    yield _model(settings)
    yield _tracing(settings)
    yield _data_dir(settings)
    yield _database(settings)
    yield _access(settings)


def _sources() -> str:
    return "the environment and `.env`" if Path(".env").is_file() else "the environment"


def _versions() -> Finding:
    python = f"Python {platform.python_version()}"
    return _well(
        "versions",
        ", ".join([*(f"{name} {_version(name)}" for name in VERSIONS), python]),
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"


def _catalog(settings: "Settings") -> Finding:
    from graphs.catalog import Catalog

    try:
        catalog = Catalog.load(settings.catalog, models=settings.models)
    except AmrikyyError as error:
        return _broken("catalog", str(error))
    count = f"{len(catalog.agents)} agents, {len(catalog.workflows)} workflows."
    return _well("catalog", count)


def _model(settings: "Settings") -> Finding:
    from nodes.models import Models

    models = settings.models
    name = models.default
    try:
        Models(models).check(name)
    except AmrikyyError as error:
        return _broken("model", str(error))
    if name == "offline":
        return _well(
            "model",
            "offline: answers are cut from your own text. For a real one set GOOGLE_API_KEY or "
            "AMRIKYY_MODEL.",
        )
    if not name.startswith("google_genai:"):
        return _well("model", f"{name}; its package is there, it was not asked.")
    if models.google_api_key is None:
        return _broken("model", f"{name} needs a key. Set GOOGLE_API_KEY.")
    from server.cli.reach import reach_gemini

    trouble = reach_gemini(models)
    if trouble is not None:
        return _broken("model", trouble)
    return _well("model", f"{name} is there and takes the key.")


def _tracing(settings: "Settings") -> Finding:
    if not settings.langsmith_tracing:
        return _well("tracing", "off. LANGSMITH_TRACING=true turns it on.")
    if settings.langsmith_api_key is None and settings.langsmith_endpoint is None:
        return _broken("tracing", "on, but without a key. Set LANGSMITH_API_KEY.")
    return _well("tracing", f"on, to the project {settings.langsmith_project!r}.")


def _data_dir(settings: "Settings") -> Finding:
    folder = settings.data_dir.absolute()
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return _well("data directory", f"{settings.data_dir} can be written.")
    return _broken(
        "data directory",
        f"{settings.data_dir} cannot be written. Set AMRIKYY_DATA_DIR to a folder of yours.",
    )


def _database(settings: "Settings") -> Finding:
    url = settings.database_url.get_secret_value()
    if url == "memory:":
        return _well("database", "in memory: runs are forgotten at the end.")
    scheme, _, rest = url.partition("://")
    if scheme != "sqlite":
        place = rest.rpartition("@")[2].partition("?")[0]
        return _well("database", f"PostgreSQL at {place}; it was not asked.")
    file = Path(rest[1:])
    nearest = next(path for path in (file.absolute(), *file.absolute().parents) if path.exists())
    if (nearest.is_dir() or nearest == file.absolute()) and os.access(nearest, os.W_OK):
        return _well("database", f"the SQLite file {file}.")
    return _broken("database", f"{file} cannot be written. Set AMRIKYY_DATABASE_URL.")


def _access(settings: "Settings") -> Finding:
    if settings.auth == "none":
        return _well("access", f"anybody on this machine, at {settings.host}.")
    if settings.api_keys or settings.jwt_secret or settings.jwt_jwks_url:
        return _well("access", "with a key or a token.")
    return _broken(
        "access",
        "AMRIKYY_AUTH is 'required', and nobody has a key. Set AMRIKYY_API_KEYS, "
        "AMRIKYY_JWT_SECRET or AMRIKYY_JWT_JWKS_URL.",
    )
