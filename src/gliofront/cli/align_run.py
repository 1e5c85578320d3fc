"""What ``gliofront align`` shows while it runs and when it ends."""

from __future__ import annotations

from gliofront.alignment.longitudinal import chosen_text
from gliofront.cli.console import show_end, show_findings, track
from gliofront.cli.inputs import refuse_overlap
from gliofront.foundation.errors import EXIT_DONE
from gliofront.workflow.align.carried import CarriedPoints
from gliofront.workflow.align.pair import STEPS, AlignedPair, align_pair
from gliofront.workflow.align.request import AlignRequest


def align_and_show(request: AlignRequest, *, quiet: bool) -> int:
    """Align two visits with a progress bar, show what was made, and return the exit code."""
    refuse_overlap([str(path) for path in request.sources.values()], request.out)
    with track({"steps": len(STEPS)}, quiet=quiet) as (stepped,):
        made = align_pair(request, stepped)
    show_findings({"align": made.result.findings}, notes=True)
    show_end(_closing_lines(made, request))
    return EXIT_DONE


def _closing_lines(made: AlignedPair, request: AlignRequest) -> list[str]:
    result = made.result
    volumes = result.volumes_ml()
    lines = [
        chosen_text(result.found.chosen),
        f"tumour before surgery {volumes['LesionBefore']:.1f} mL, "
        f"cavity {volumes['CavityAtFollowUp']:.1f} mL, progression {volumes['Progression']:.1f} mL",
    ]
    if result.points is not None:
        lines += _point_lines(result.points)
    picture = request.out / "flicker.png"
    return [*lines, f"picture: {picture}", f"{len(made.files)} files in {request.out}"]


def _point_lines(points: CarriedPoints) -> list[str]:
    errors = ", ".join(f"{stage} {v.mean():.2f}" for stage, v in points.errors_mm.items())
    return [f"mean error of {len(points.expected)} points, mm: {errors}"] if errors else []
