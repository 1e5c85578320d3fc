"""``gliofront align``: a follow-up scan onto the scan before surgery."""

from __future__ import annotations

from gliofront.cli.align_options import (
    BrainPost,
    BrainPre,
    CavityPost,
    FlairPost,
    FlairPre,
    LesionPost,
    LesionPre,
    Orientation,
    PointsConvention,
    PointsPost,
    PointsPre,
    Post,
    Pre,
    Preset,
    SchemePost,
    SchemePre,
    T1Post,
    T1Pre,
    T2Post,
    T2Pre,
)
from gliofront.cli.options import Out, Quiet, Seed


def align(
    pre: Pre,
    post: Post,
    out: Out,
    lesion_pre: LesionPre = None,
    lesion_post: LesionPost = None,
    cavity_post: CavityPost = None,
    scheme_pre: SchemePre = None,
    scheme_post: SchemePost = None,
    brain_pre: BrainPre = None,
    brain_post: BrainPost = None,
    t1_pre: T1Pre = None,
    t2_pre: T2Pre = None,
    flair_pre: FlairPre = None,
    t1_post: T1Post = None,
    t2_post: T2Post = None,
    flair_post: FlairPost = None,
    points_pre: PointsPre = None,
    points_post: PointsPost = None,
    points_convention: PointsConvention = "ras",
    preset: Preset = "default",
    seed: Seed = 0,
    orientation: Orientation = None,
    quiet: Quiet = False,
) -> int:
    """Align a follow-up scan to the scan before surgery, and show what has progressed.

    Example: gliofront align pre_t1c.nii.gz post_t1c.nii.gz OUT --lesion-pre tumour.nii.gz
    """
    from gliofront.cli.align_run import align_and_show
    from gliofront.workflow.align.request import AlignRequest, VisitFiles, checked_convention
    from gliofront.workflow.align.settings import preset_settings

    before = VisitFiles(
        "pre",
        pre,
        {"T1": t1_pre, "T2": t2_pre, "FLAIR": flair_pre},
        brain=brain_pre,
        lesion=lesion_pre,
        scheme=scheme_pre,
        points=points_pre,
    )
    after = VisitFiles(
        "post",
        post,
        {"T1": t1_post, "T2": t2_post, "FLAIR": flair_post},
        brain=brain_post,
        lesion=lesion_post,
        cavity=cavity_post,
        scheme=scheme_post,
        points=points_post,
    )
    request = AlignRequest(
        before,
        after,
        out,
        preset_settings(preset, seed),
        checked_convention(points_convention),
        orientation,
    )
    return align_and_show(request, quiet=quiet)
