"""What runs inside a graph: agents, models, tools, approvals, and what they say."""

__all__: list[str] = []
