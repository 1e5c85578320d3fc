"""Settings of the voxel classifier."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from gliofront.foundation.settings import Settings

# What candidates are compared on, and so cannot differ in.
_SAME_FOR_ALL = {
    "candidates",
    "voxels_per_patient",
    "most_doubt",
    "inner_folds",
    "seed",
    # These bear on no order of voxels, by which candidates are scored.
    "recalibration",
    "threads",
}
Units = Annotated[int, Field(ge=1, le=1000)]


class LearningSettings(Settings):
    """A classifier on a sample of voxels of each patient; written into the model file."""

    kind: Literal["boosted", "network", "logistic", "mixture", "ensemble", "unet"] = Field(
        default="boosted",
        description="Boosted trees; the paper's network; logistic regression on ranks within the "
        "patient; distance and texture mixed; the mean of all four; or a 3-D U-Net (extra deep).",
    )
    recalibration: Literal["none", "logistic", "isotonic", "venn-abers"] = Field(
        default="logistic",
        description="How probabilities are mended by training patients held out in turn.",
    )
    hidden: tuple[Units, ...] = Field(
        default=(10,), min_length=1, max_length=20, description="Units of each layer: network."
    )
    epochs: int = Field(default=1000, ge=1, le=100_000, description="Most epochs: network.")
    stopping: Literal["patients", "voxels"] = Field(
        default="patients",
        description="What the network sets aside to tell when to stop: whole patients, or, as the "
        "paper did, voxels of the patients that teach.",
    )
    penalty: float = Field(
        default=1.0, gt=0, le=1e6, description="L2 penalty on the coefficients: logistic."
    )
    trees: int = Field(default=200, ge=1, le=5000, description="Number of trees.")
    leaves: int = Field(default=15, ge=2, le=255, description="Most leaves of a tree.")
    learning_rate: float = Field(default=0.05, gt=0, le=1, description="Shrinkage of each tree.")
    min_voxels_in_leaf: int = Field(
        default=100, ge=1, le=100_000, description="Fewest sampled voxels in a leaf."
    )
    l2: float = Field(default=1.0, ge=0, le=1000, description="L2 penalty on the leaf values.")
    feature_share: float = Field(
        default=0.5, gt=0, le=1, description="Share of the columns that each tree may use."
    )
    voxel_share: float = Field(
        default=0.7, gt=0, le=1, description="Share of the sampled voxels that each tree sees."
    )
    unet_steps: int = Field(
        default=1000, ge=1, le=100_000, description="Steps of the training, two patches each: unet."
    )
    unet_patch: int = Field(
        default=32,
        ge=8,
        le=128,
        multiple_of=4,
        description="Most voxels of a patch along an axis; smaller regions take less: unet.",
    )
    unet_width: int = Field(
        default=12,
        ge=4,
        le=64,
        multiple_of=4,
        description="Channels of the finest of three levels; each coarser one has twice as many: "
        "unet.",
    )
    candidates: tuple[dict[str, Any], ...] = Field(
        default=(),
        max_length=50,
        description="Settings of learning that differ from these, a table each; inner folds of the "
        "training patients choose the best by AUROC within patients. None: nothing is chosen.",
    )
    voxels_per_patient: int = Field(
        default=8000, ge=10, le=1_000_000, description="Most voxels sampled of each patient."
    )
    most_doubt: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="Voxels whose label more than this share of the repeats of the follow-up's "
        "alignment contradict do not teach; they are scored like the others.",
    )
    map_dropout: float = Field(
        default=0.3,
        ge=0,
        le=0.9,
        description="Share of training voxels that lose random maps, so that one may be missing.",
    )
    with_distance: bool = Field(
        default=True,
        description="Whether the distance to the enhancing tumour is a column of the model.",
    )
    inner_folds: int = Field(
        default=3, ge=2, le=20, description="Patient-grouped folds that choose the threshold."
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of all that is random.")
    threads: int = Field(
        default=1, ge=1, le=256, description="Threads of one fit; folds may run beside each other."
    )

    @model_validator(mode="after")
    def _candidates_are_settings(self) -> Self:
        for number, candidate in enumerate(self.candidates):
            if same := sorted(_SAME_FOR_ALL & set(candidate)):
                raise ValueError(f"candidates share {', '.join(same)}: set it in [learning] itself")
            self.candidate(number)
        return self

    def candidate(self, number: int) -> Self:
        """Return the settings of a candidate, which has no candidates of its own."""
        whole = self.model_dump() | dict(self.candidates[number]) | {"candidates": ()}
        return type(self).model_validate(whole)
