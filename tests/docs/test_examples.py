"""What the pages say can be typed does run, and the commands that they name take those options."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
import pytest

from imu_tempo.cli.main import cli
from tests.docs.pages import PAGES, ROOT, blocks

TESTED_ELSEWHERE = {"write-a-driver.md"}
"""Pages whose code has tests of its own, because it needs more than itself."""
WITH_PYTHON = [
    page
    for page in PAGES
    if page.name not in TESTED_ELSEWHERE and any(b.language == "python" for b in blocks(page))
]
COMMANDS = [
    (f"{page.name}:{block.line + number}", line.split("#")[0].split("|")[0].strip())
    for page in PAGES
    for block in blocks(page)
    if block.language in ("", "bash", "console", "sh")
    for number, line in enumerate(block.text.splitlines())
    if line.strip().removeprefix("$ ").startswith("imu-tempo ")
]


@pytest.mark.parametrize("page", WITH_PYTHON, ids=lambda page: page.name)
def test_the_python_of_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "recordings").symlink_to(ROOT / "recordings")
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__page__"}
    for block in blocks(page):
        if block.language == "python":
            # Blank lines in front, so that a failure names the page's own line.
            code = compile("\n" * (block.line - 1) + block.text, str(page), "exec")
            exec(code, namespace)


def test_there_are_pages_with_python_and_with_commands() -> None:
    assert {"README.md", "index.md", "scientists-guide.md"} <= {page.name for page in WITH_PYTHON}
    assert len(COMMANDS) > 20


@pytest.mark.parametrize(("where", "line"), COMMANDS, ids=[where for where, _ in COMMANDS])
def test_a_command_of_a_page_has_that_name_and_those_options(where: str, line: str) -> None:
    line = line.removeprefix("$ ").removeprefix("imu-tempo ")
    # "history, trend" names several commands.
    for words in map(shlex.split, line.split(", ") if "-" not in line else [line]):
        _parse(cli, words, click.Context(cli, info_name="imu-tempo"), where)


def _parse(command: click.Command, words: list[str], context: click.Context, where: str) -> None:
    """Follow groups down to the command, and let its parser look for options and arguments."""
    if isinstance(command, click.Group) and not context.parent and words[0].startswith("-"):
        return
    try:
        if not isinstance(command, click.Group) and "NAME" not in words and "DEVICE" not in words:
            command.make_context(context.info_name, list(words))  # values and missing arguments as well
            return
        _, rest, _ = command.make_parser(context).parse_args(list(words))
    except click.UsageError as error:
        pytest.fail(f"{where}: {error.format_message()}")
    if isinstance(command, click.Group) and rest:
        found = command.get_command(context, rest[0])
        if found is None and command.name == "relabel":
            found = command.get_command(context, rest[1]) if len(rest) > 1 else command
            rest = rest[1:]
        assert found is not None, f"{where}: imu-tempo has no command {rest[0]!r}"
        _parse(found, rest[1:], click.Context(found, parent=context, info_name=rest[0]), where)
