"""A chat model that needs no network and no weights: it works only on the text it is given."""

from nodes.models.offline.model import OfflineChatModel

__all__ = ["OfflineChatModel"]
