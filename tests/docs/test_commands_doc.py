"""The page of the commands names every command there is, with every option."""

import re

import pytest
import typer
from typer.main import get_command

from server.cli import COMMANDS
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_on_the_page(name):
    app = typer.Typer(add_completion=False)
    app.command(name)(COMMANDS[name])
    options = [word for each in get_command(app).params for word in each.opts if word[0] == "-"]

    told = set(re.findall(r"`(-[\w-]+)`", PAGE))

    assert f"`amrikyy {name}" in PAGE
    assert set(options) - told == set()
