"""The gliofront command: its commands, and what every error becomes."""

from __future__ import annotations

import sys
import tempfile
import traceback
from pathlib import Path

import typer
from typer.exceptions import TyperException

from gliofront import RESEARCH_ONLY, __version__
from gliofront.cli import (
    align,
    audit_claims,
    compare,
    demo,
    doctor,
    evaluate,
    features,
    phantom,
    predict,
    prepare,
    report,
    status,
    study,
    train,
    verify,
    view,
)
from gliofront.foundation.errors import (
    EXIT_FAULT,
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    GliofrontError,
)

app = typer.Typer(
    name="gliofront",
    help="Maps, voxel by voxel, where a glioblastoma will progress, from the MRI taken before "
    f"surgery.\n\n{RESEARCH_ONLY}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)
app.command("prepare")(prepare.prepare)
app.command("features")(features.features)
app.command("study")(study.study)
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.command("predict")(predict.predict)
app.command("compare")(compare.compare)
app.command("report")(report.report)
app.command("view")(view.view)
app.command("align")(align.align)
app.command("status")(status.status)
app.command("verify")(verify.verify)
app.command("phantom")(phantom.phantom)
app.command("audit-claims")(audit_claims.audit_claims)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gliofront {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Show the version."
    ),
) -> None:
    pass


def _report_fault() -> None:
    """Say in one line that the fault is ours, and leave the details in a log."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="gliofront-fault-", suffix=".log", delete=False, encoding="utf-8"
    ) as log:
        traceback.print_exc(file=log)
    error = sys.exc_info()[1]
    kind = type(error).__name__
    typer.echo(f"A fault of gliofront: {kind}: {error}. Details: {Path(log.name)}", err=True)


def run() -> None:
    """Run the command line; the exit code says how it ended."""
    sys.exit(exit_code(sys.argv[1:]))


def exit_code(arguments: list[str]) -> int:
    """Run the command line with these arguments and return its exit code.

    0 done; 2 wrong usage; 3 input refused; 4 some patients failed; 5 a fault of ours;
    130 interrupted.
    """
    command = typer.main.get_command(app)
    try:
        result = command.main(args=arguments, prog_name="gliofront", standalone_mode=False)
    except TyperException as error:
        typer.echo(f"{error.format_message()}\nHelp: gliofront [COMMAND] --help", err=True)
        return EXIT_USAGE
    except (typer.Abort, KeyboardInterrupt):
        result = EXIT_INTERRUPTED
    except GliofrontError as error:
        typer.echo(f"Refused. {error}", err=True)
        return error.exit_code
    except Exception:  # the last net: no traceback may reach the user
        _report_fault()
        return EXIT_FAULT
    # Typer itself turns an interrupt into its code, without a word.
    if result == EXIT_INTERRUPTED:
        typer.echo("Interrupted: what was finished stays; the same command goes on.", err=True)
    return int(result or 0)
