"""Commands that tell which protocols there are, and what one asks for."""

from __future__ import annotations

import json
import textwrap
from dataclasses import asdict

import click

_WIDTH = 80
_INDENT = 12


@click.group(invoke_without_command=True)
@click.pass_context
def protocols(ctx: click.Context) -> None:
    """List the training protocols, or show one; your own are TOML files, which win over these."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(listing)


@protocols.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: every field.")
def listing(as_json: bool = False) -> None:
    """List every protocol in a line each."""
    from imu_tempo.protocols import protocols as every
    from imu_tempo.protocols import protocols_folder

    found = every()
    if as_json:
        click.echo(json.dumps({name: asdict(p) for name, p in found.items()}, indent=2, ensure_ascii=False))
        return
    width = max(map(len, found))
    for name, p in sorted(found.items(), key=lambda item: item[1].clinician):
        load = f"{p.load_pct} %" if p.load_pct else "body"
        done = f"{p.sets} x {p.reps}"
        mark = "  [clinician]" if p.clinician else ""
        click.echo(f"{name:<{width}}  {p.tempo:<8}  {done:<10}  {load:<9}  {p.title}{mark}")
    click.echo(f"\nShow one: imu-tempo protocols show NAME. Your own: {protocols_folder()}/*.toml")


@protocols.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: every field.")
def show(name: str, as_json: bool) -> None:
    """Show what a protocol asks for, and where it is from."""
    from imu_tempo.protocols import protocol
    from imu_tempo.protocols.words import facts

    found = protocol(name)
    if as_json:
        click.echo(json.dumps(asdict(found), indent=2, ensure_ascii=False))
        return
    click.echo(f"{found.title} ({found.name})")
    for word, text in facts(found):
        lines = textwrap.wrap(text, _WIDTH - _INDENT, break_on_hyphens=False, break_long_words=False)
        click.echo(f"{word:>{_INDENT - 2}}  {lines[0]}")
        for line in lines[1:]:
            click.echo(f"{'':{_INDENT}}{line}")


COMMANDS = (protocols,)
