"""`amrikyy schema`: the JSON Schema of workflow files."""

from server.cli.terminal import write_json


def schema() -> None:
    """Print the JSON Schema of workflow files, for your editor."""
    from graphs.schema import file_schema

    write_json(file_schema(), indent=2)
