"""The sequences and maps that gliofront knows, with their units and BIDS suffixes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sequence:
    """A kind of image.

    Parameters
    ----------
    name : the name used in feature columns, settings and commands.
    unit : unit of the values as given; "arbitrary" images are put into NAWM units.
    folder : BIDS data type folder.
    entities : BIDS entities between session and suffix, as written.
    suffix : BIDS suffix.
    """

    name: str
    unit: str
    folder: str
    entities: str
    suffix: str

    @property
    def is_weighted(self) -> bool:
        """Whether the intensities are relative, so that only NAWM units mean something."""
        return self.unit == "arbitrary"


SEQUENCES: dict[str, Sequence] = {
    s.name: s
    for s in (
        Sequence("T1C", "arbitrary", "anat", "ce-gadolinium", "T1w"),
        Sequence("T1", "arbitrary", "anat", "", "T1w"),
        Sequence("T2", "arbitrary", "anat", "", "T2w"),
        Sequence("FLAIR", "arbitrary", "anat", "", "FLAIR"),
        Sequence("ADC", "mm2/s", "dwi", "param-ADC", "dwimap"),
        Sequence("FA", "ratio", "dwi", "param-FA", "dwimap"),
        Sequence("p", "mm2/s", "dwi", "param-p", "dwimap"),
        Sequence("q", "mm2/s", "dwi", "param-q", "dwimap"),
        Sequence("rCBV", "ratio", "perf", "desc-leakagecorrected", "cbv"),
    )
}
REFERENCE = "T1C"
