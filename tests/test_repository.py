"""The repository keeps its own rules: layers, sizes, and documentation of what people rely on."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Collection, Iterator
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest
from pathspec import GitIgnoreSpec
from prometheus_client.metrics import MetricWrapperBase
from pydantic import AliasChoices, AliasPath
from pydantic_settings import BaseSettings, SettingsConfigDict

from nodes import errors, events

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    path for name in ("graphs", "nodes", "server") for path in (ROOT / name).rglob("*.py")
)
PACKAGES = [path for path in MODULES if path.name == "__init__.py"]
NEVER_WRITTEN = {
    "a path of one machine": r"(?<![\w./~-])/(?:home|root|Users|work)/|\b[A-Z]:\\Users|\bfile:/{2}",
    "a package registry": r"(?:py[p]i|pythonhosted|npmj[s])[.](?:org|com|python)"
    r"|--(?:extra-)?index-url|--find-link[s]",
    "a git address": r"\bgit(?:[+]|@\w)|\bssh:/{2}|https?://\S+[.]git\b",
}


def module_name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def written_files() -> Iterator[Path]:
    """Every file that git does not ignore, with or without git."""
    ignored = GitIgnoreSpec.from_lines([".git", *(ROOT / ".gitignore").read_text().splitlines()])
    for folder, subfolders, names in os.walk(ROOT):
        here = Path(folder).relative_to(ROOT)
        subfolders[:] = [name for name in subfolders if not ignored.match_file(f"{here / name}/")]
        yield from (ROOT / here / name for name in names if not ignored.match_file(here / name))


def if_there(module: str) -> list[object]:
    """Return what the module holds, and nothing while it has not been written."""
    if not (ROOT / f"{module.replace('.', '/')}.py").exists():
        return []
    return list(vars(import_module(module)).values())


def documented(page: str, when: Collection[str]) -> set[str]:
    """Return every word the page sets in backticks; `when` nothing is asked, it need not exist."""
    text = (ROOT / "docs" / "reference" / page).read_text() if when else ""
    return {word for span in re.findall(r"`([^`\n]+)`", text) for word in re.findall(r"\w+", span)}


def variables(
    name: str, alias: str | AliasPath | AliasChoices | None, config: SettingsConfigDict
) -> list[str]:
    """Return the environment variables a setting is read from."""
    match alias:
        case None:
            return [f"{config['env_prefix']}{name}".upper()]
        case AliasChoices(choices=choices):
            return [str(choice).upper() for choice in choices]
        case _:
            return [str(alias).upper()]


def test_imports_point_one_way():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_a_module_has_500_lines_at_most(path):
    assert len(path.read_text().splitlines()) <= 500


@pytest.mark.parametrize("path", PACKAGES, ids=module_name)
def test_a_package_says_in_order_what_it_offers(path):
    offers = [
        ast.literal_eval(statement.value or statement)
        for statement in ast.parse(path.read_text()).body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        and ast.unparse(statement).startswith("__all__")
    ]

    assert len(offers) == 1, "there is one list `__all__`"
    # CONSTANTS, then Classes, then functions: the order ruff's RUF022 keeps
    assert list(offers[0]) == sorted(
        offers[0], key=lambda name: (not name.isupper(), not name[0].isupper(), name)
    )


@pytest.mark.parametrize("kind", NEVER_WRITTEN)
def test_no_file_names_what_only_one_machine_has(kind):
    found = []
    for path in written_files():
        text = path.read_bytes().decode(errors="replace")
        found += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
            for number, line in enumerate(text.splitlines(), start=1)
            if re.search(NEVER_WRITTEN[kind], line)
        ]

    assert found == []


def test_ci_runs_the_test_command_of_the_readme():
    blocks = re.findall(r"^```\w*\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
    shown = {line.split(" #")[0].strip() for block in blocks for line in block.splitlines()}

    runs = (ROOT / ".ci" / "run").read_text().splitlines()[-1]

    assert runs == "make test"
    assert runs in shown


def test_every_setting_is_documented():
    names = {
        variable
        for settings in if_there("server.settings")
        if isinstance(settings, type) and issubclass(settings, BaseSettings)
        for name, field in settings.model_fields.items()
        for variable in variables(name, field.validation_alias, settings.model_config)
    }

    example = re.findall(r"^#?(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert names - set(example) == set()
    assert names - documented("settings.md", when=names) == set()


def test_every_error_code_is_documented():
    codes = {
        value.code
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.AmrikyyError)
    }

    assert codes - documented("errors.md", when=codes) == set()


def test_every_event_is_documented():
    names = {
        str(field.default)
        for event in get_args(events.Event)
        for field in fields(event)
        if field.name == "event"
    }

    assert len(names) == len(get_args(events.Event))
    assert names - documented("events.md", when=names) == set()


def test_every_metric_is_documented():
    names = {
        metric.name
        for value in if_there("server.metrics")
        if isinstance(value, MetricWrapperBase)
        for metric in value.describe()
    }

    known = documented("metrics.md", when=names)

    # a counter is written with the `_total` it is read with
    assert {name for name in names if not {name, f"{name}_total"} & known} == set()
