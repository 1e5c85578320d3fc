"""``gliofront features``: voxel-wise radiomics of an image, or of prepared patients."""

from __future__ import annotations

from gliofront.cli.feature_options import (
    Aggregation,
    Binning,
    Definitions,
    Image,
    Inside,
    Levels,
    Maps,
    Mask,
    Output,
    Prepared,
    Radius,
    Range,
    Threads,
)
from gliofront.cli.options import Quiet, SettingsFile
from gliofront.cli.running import Force, Scheduler, Slurm, WorkerMemory, Workers, how_to_run


def features(
    out: Prepared = None,
    image: Image = None,
    mask: Mask = None,
    output: Output = None,
    inside: Inside = None,
    maps: Maps = None,
    settings: SettingsFile = None,
    radius: Radius = None,
    levels: Levels = None,
    binning: Binning = None,
    limits: Range = None,
    aggregation: Aggregation = None,
    definitions: Definitions = None,
    threads: Threads = None,
    workers: Workers = None,
    worker_memory: WorkerMemory = None,
    scheduler: Scheduler = None,
    slurm: Slurm = None,
    force: Force = None,
    quiet: Quiet = False,
) -> int:
    """Compute 42 radiomic features around every voxel of an image, or of prepared patients.

    Any image: gliofront features --image t1c.nii.gz --mask brain.nii.gz -o DIR --binning number

    Prepared patients, anew: gliofront features OUT --settings my.toml
    """
    from gliofront.cli.feature_options import refuse_given
    from gliofront.cli.feature_runs import features_of_image, features_of_patients
    from gliofront.foundation.errors import UsageRefused

    if (out is None) == (image is None):
        problem = "give one of both: a folder of prepared patients, or --image"
        raise UsageRefused("features", problem, "see gliofront features --help")
    options = {
        "radius": radius,
        "levels": levels,
        "binning": binning,
        "range": limits,
        "aggregation": aggregation,
        "definitions": definitions,
    }
    if out is not None:
        of_image = {"--mask": mask, "--output": output, "--inside": inside, "--maps": maps}
        refuse_given(of_image, "it belongs to --image, not to prepared patients")
        reason = "each map of a patient has its own range: [texture.ranges] of --settings"
        refuse_given({"--range": limits}, reason)
        refuse_given({"--threads": threads}, "patients run side by side: --workers")
        how = how_to_run(workers, worker_memory, scheduler, slurm, force, quiet=quiet)
        return features_of_patients(out, settings, options, how, quiet=quiet)
    of_patients: dict[str, object] = {"--workers": workers, "--worker-memory": worker_memory}
    of_patients |= {"--scheduler": scheduler, "--slurm": slurm, "--force": force or None}
    refuse_given(of_patients, "it belongs to prepared patients, not to --image")
    if image is None or mask is None or output is None:
        missing = "--mask" if mask is None else "--output"
        raise UsageRefused(missing, "it is missing", "--image needs --mask and -o DIR")
    return features_of_image(
        image,
        mask,
        output,
        settings,
        options,
        inside=inside,
        maps=maps,
        threads=threads or 1,
        quiet=quiet,
    )
