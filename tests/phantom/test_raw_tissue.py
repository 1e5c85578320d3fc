"""What tissue is made of: tensors, blood, leakage, metabolites."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from raw_heads import head

from gliofront.phantom import tissue_metabolites
from gliofront.phantom.diffusion_signal import axial_tensor, fractional_anisotropy
from gliofront.phantom.tissue_maps import make_maps
from gliofront.phantom.tissue_metabolites import METABOLITES

# Medians over patients lie in what was published for the mean of patients, two deviations wide:
# Sinha et al., AJNR 23:520, 2002 (white matter, oedema, margin of the core, necrosis);
# Toh et al., AJNR 29:471, 2008 (FA of enhancing tumour); border of gliomas and contralateral white
# matter in AJNR 2006, PMC7977530 (FA); Law et al., Radiology 222:715, 2002 (rCBV around).
PUBLISHED = {
    "white": {"adc": (0.66e-3, 0.82e-3), "fa": (0.31, 0.63), "rcbv": (0.9, 1.1)},
    "oedema": {"adc": (0.77e-3, 2.05e-3), "fa": (0.07, 0.39), "rcbv": (0.3, 3.25)},
    "rim": {"adc": (0.72e-3, 1.64e-3), "fa": (0.09, 0.37), "rcbv": (1.5, 9.0)},
    "necrosis": {"adc": (1.02e-3, 2.63e-3), "fa": (0.03, 0.15), "rcbv": (0.0, 1.5)},
}


def full(tensor: np.ndarray) -> np.ndarray:
    rows = [[0, 3, 4], [3, 1, 5], [4, 5, 2]]
    return tensor[..., rows]


@given(
    st.floats(1e-4, 3e-3),
    st.floats(0, 1),
    st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1),
)
def test_a_tensor_has_the_mean_the_fa_and_the_axis_asked_for(
    mean: float, fa: float, axis: tuple[float, ...]
) -> None:
    unit = np.array(axis) / np.linalg.norm(axis)
    tensor = axial_tensor(np.array(mean), np.array(fa), unit)
    values, vectors = np.linalg.eigh(full(tensor))
    assert values.mean() == pytest.approx(mean)
    assert values.min() >= -1e-9
    assert fractional_anisotropy(tensor) == pytest.approx(fa, abs=1e-6)
    if fa > 0.01:
        assert abs(vectors[:, 2] @ unit) == pytest.approx(1, abs=1e-6)


def test_the_tensor_is_physical_and_its_mean_is_the_adc() -> None:
    maps, brain = head().maps, head().brain
    values = np.linalg.eigvalsh(full(maps.tensor[brain]))
    np.testing.assert_allclose(values.mean(-1), maps.adc[brain], rtol=1e-9)
    assert values.min() > 0
    strong = brain & (fractional_anisotropy(maps.tensor) > 0.4)
    _, vectors = np.linalg.eigh(full(maps.tensor[strong]))
    along = np.einsum("vi,vi->v", vectors[..., 2], head().fibres.direction[strong])
    assert strong.sum() > 500
    assert np.abs(along).min() > 0.999


@pytest.mark.parametrize("tissue", list(PUBLISHED))
def test_medians_lie_in_published_ranges(tissue: str) -> None:
    values: dict[str, list[float]] = {"adc": [], "fa": [], "rcbv": []}
    for seed in range(4, 8):
        maps, where = head(seed=seed).maps, head(seed=seed).tissues()[tissue]
        fa = fractional_anisotropy(maps.tensor)
        for name, map_ in (("adc", maps.adc), ("fa", fa), ("rcbv", maps.rcbv)):
            values[name].append(float(np.median(map_[where])))
    for name, (low, high) in PUBLISHED[tissue].items():
        assert low < np.median(values[name]) < high, (name, values[name])


def test_cells_take_anisotropy_and_naa_away_and_bring_choline_and_leakage() -> None:
    whole = head()
    tumour = whole.tumour
    bare = replace(tumour, density=np.where(tumour.core, tumour.density, 0))
    dry = np.zeros_like(whole.vasogenic)
    with_cells, without = (
        make_maps(np.random.default_rng(2), whole.anatomy, t, dry, whole.fibres)
        for t in (tumour, bare)
    )
    # Nearer to the enhancing edge the tumour's own anisotropy shows.
    some = (tumour.density > 0.2) & (tumour.density < tumour.kinetics.visible - 0.2)
    where = ~tumour.core & some & (whole.anatomy.fluid < 0.02) & whole.brain
    fa = [fractional_anisotropy(m.tensor)[where] for m in (with_cells, without)]
    assert (fa[0] <= fa[1] + 1e-12).all()
    assert 0.5 < np.median(fa[0] / fa[1]) < 0.95
    assert (with_cells.metabolites["tNAA"] < without.metabolites["tNAA"])[where].all()
    assert (with_cells.metabolites["tCho"] > without.metabolites["tCho"])[where].all()
    assert (with_cells.ktrans[where] > 0).all()
    assert np.abs(without.ktrans[where]).max() < with_cells.ktrans[tumour.core].max() / 10


def test_tumour_leaks_and_necrosis_holds_lipids() -> None:
    whole, tissues = head(), head().tissues()
    per_minute = 60 * np.median(whole.maps.ktrans[tissues["rim"]])
    assert 0.03 < per_minute < 0.15
    assert whole.maps.ktrans[tissues["white"]].max() < 1e-4 / 60
    lipids, naa = whole.maps.metabolites["Lip"], whole.maps.metabolites["tNAA"]
    assert np.median(lipids[tissues["necrosis"]]) > 2 * np.median(lipids[tissues["rim"]])
    assert lipids[tissues["white"]].max() < 1e-3
    assert np.median(naa[tissues["necrosis"]]) < 0.1 * np.median(naa[tissues["white"]])


def test_blood_is_in_proportion_and_arteries_are_full_of_it() -> None:
    maps, brain = head().maps, head().brain
    np.testing.assert_allclose(maps.cbv[brain], 0.027 * maps.rcbv[brain])
    assert (maps.cbv[~brain] == 0).all()
    assert 0 < maps.cbv.max() < 0.3
    assert np.count_nonzero(maps.arteries > 0.3) > 20
    assert maps.arteries.max() <= 0.8
    mirrored = head().anatomy.template[maps.arteries > 0.3]
    assert (mirrored[:, 0] < -10).any()
    assert (mirrored[:, 0] > 10).any()


def test_every_tissue_has_every_metabolite_and_a_source() -> None:
    rows = [v for v in vars(tissue_metabolites).values() if hasattr(v, "amounts")]
    assert len(rows) == 6
    for row in rows:
        assert set(row.amounts) == set(METABOLITES)
        assert min(row.amounts.values()) >= 0
        assert len(row.source) > 30


def test_without_fibres_diffusion_is_even() -> None:
    whole = head()
    maps = make_maps(np.random.default_rng(2), whole.anatomy, whole.tumour, whole.vasogenic)
    assert np.allclose(maps.tensor[..., 3:], 0)
    np.testing.assert_array_equal(maps.tensor[..., 0], maps.adc)
