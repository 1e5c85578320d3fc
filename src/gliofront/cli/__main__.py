"""Run the command line by ``python -m gliofront.cli``."""

from gliofront.cli.main import run

run()
