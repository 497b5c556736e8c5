"""Models as agents use them; a provider's client is imported when it is first called."""

from nodes.models.model import Model
from nodes.models.prices import price_of
from nodes.models.registry import PROVIDERS, Models
from nodes.models.settings import ModelSettings

__all__ = ["PROVIDERS", "Model", "ModelSettings", "Models", "price_of"]
