"""The outside: the command line, the HTTP API, storage and what is told to operators."""

__all__: list[str] = []
