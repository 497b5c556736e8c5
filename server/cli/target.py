"""FILE or NAME: the workflow that a command is about."""

from dataclasses import dataclass
from pathlib import Path

from graphs.catalog import Catalog
from graphs.spec import Workflow
from nodes.errors import InvalidInputError, NotFoundError, close_matches
from nodes.models.settings import ModelSettings
from server.settings import Settings

ENDINGS = frozenset({".yaml", ".yml", ".json"})


@dataclass(frozen=True, slots=True)
class Target:
    """A workflow, its name, and the catalog with what it refers to."""

    catalog: Catalog
    workflow: Workflow
    name: str


def find(
    target: str, workflow: str | None, settings: Settings, models: ModelSettings | None = None
) -> Target:
    """Find a workflow by its file or its name.

    Raises `SpecError` for a file with faults, `NotFoundError` and `InvalidInputError` else.
    """
    catalog = Catalog.load(settings.catalog, models=models or settings.models)
    path = Path(target)
    if path.is_file() or path.suffix in ENDINGS or len(path.parts) > 1:
        name = _choose(list(catalog.add_path(path).workflows), workflow, target)
    elif workflow not in (None, target):
        raise InvalidInputError("`--workflow` chooses one of a file; this is a name already.")
    else:
        name = target
    try:
        return Target(catalog, catalog.find(name), name)
    except NotFoundError as error:
        hint = "A file is written with its ending, such as trip.yaml."
        raise InvalidInputError(f"{error} {hint}") from error


def _choose(names: list[str], wanted: str | None, file: str) -> str:
    if wanted is not None:
        if wanted not in names:
            hint = close_matches(wanted, names)
            raise InvalidInputError(f"{file} has no workflow {wanted!r}. {hint}")
        return wanted
    if len(names) == 1:
        return names[0]
    if not names:
        raise InvalidInputError(f"{file} has no workflow. Name a file with `workflows`.")
    raise InvalidInputError(
        f"{file} has several workflows: {', '.join(names)}. Choose one: --workflow {names[0]}"
    )
