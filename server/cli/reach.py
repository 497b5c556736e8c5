"""Whether Gemini can be reached: its model is asked about, which costs nothing."""

from http import HTTPStatus
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from nodes.models import ModelSettings

GEMINI: Final = "https://generativelanguage.googleapis.com"
WITHIN: Final = 5.0  # s


def reach_gemini(models: ModelSettings) -> str | None:
    """Return what is wrong, and how to mend it; None where all is well."""
    name = models.default.partition(":")[2]
    base = (models.gemini_base_url or GEMINI).rstrip("/")
    key = models.google_api_key.get_secret_value() if models.google_api_key else ""
    request = Request(  # noqa: S310  settings allow http and https only
        f"{base}/v1beta/models/{quote(name)}", headers={"x-goog-api-key": key}
    )
    try:
        with urlopen(request, timeout=WITHIN):  # noqa: S310
            return None
    except HTTPError as error:
        return _refusal(error.code, name, base)
    except (URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        return (
            f"{base} cannot be reached: {reason}. Look at the network, a proxy, or "
            "AMRIKYY_GEMINI_BASE_URL; AMRIKYY_MODEL=offline needs none."
        )


def _refusal(status: int, name: str, base: str) -> str:
    if status == HTTPStatus.NOT_FOUND:
        return f"{base} has no model {name!r}. Set AMRIKYY_MODEL to one it has."
    if status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return f"{base} does not take the key ({status}). Set GOOGLE_API_KEY to a valid one."
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return (
            f"{base} wants fewer calls ({status}): the key's quota is used up. Wait, or raise it."
        )
    return f"{base} answered with status {status}. Try again later."
