from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gliofront.alignment.longitudinal import (
    BRAIN,
    RIGID,
    LongitudinalAlignment,
    align_visits,
)
from gliofront.alignment.longitudinal_settings import PRESETS, LongitudinalSettings
from gliofront.alignment.two_stage_search import Visit
from gliofront.foundation.errors import InputRefused
from gliofront.phantom.patient import VirtualPatient, make_patient
from gliofront.phantom.settings import PhantomSettings

QUICK = LongitudinalSettings(working_mm=4.0, iterations=(30, 20))


def before_surgery(patient: VirtualPatient) -> Visit:
    tumour = patient.tumour.mask("enhancing", "necrosis")
    nothing = np.zeros_like(tumour)
    return Visit({"T1C": patient.scans["T1C"]}, patient.brain.mask("brain"), tumour, nothing)


def at_follow_up(patient: VirtualPatient) -> Visit:
    after = patient.follow_up
    assert after is not None
    regions = (labels.data > 0 for labels in (after.brain, after.enhancing, after.cavity))
    return Visit({"T1C": after.scan}, *regions)


@pytest.fixture(scope="module")
def patient() -> VirtualPatient:
    return make_patient(1, 1, PhantomSettings(resolution_mm=4.0), sites="ABC", raw=True)


@pytest.fixture(scope="module")
def aligned(patient: VirtualPatient) -> LongitudinalAlignment:
    return align_visits(before_surgery(patient), at_follow_up(patient), QUICK)


def landmark_error(patient: VirtualPatient, found: LongitudinalAlignment) -> float:
    assert patient.follow_up is not None
    before, after = np.moveaxis(patient.follow_up.landmarks, 1, 0)
    return float(np.linalg.norm(found.visits.to_follow_up(before) - after, axis=1).mean())


def test_tissue_is_found_again(patient: VirtualPatient, aligned: LongitudinalAlignment) -> None:
    assert patient.follow_up is not None
    before, after = np.moveaxis(patient.follow_up.landmarks, 1, 0)
    assert np.linalg.norm(before - after, axis=1).mean() > 8
    assert landmark_error(patient, aligned) < 2.0


def test_nothing_folds_and_the_way_back_is_the_way(aligned: LongitudinalAlignment) -> None:
    assert aligned.folded == 0
    assert aligned.smallest_jacobian > 0
    assert aligned.inverse_mm < 1.0


def test_what_won_is_said_and_why(aligned: LongitudinalAlignment) -> None:
    assert aligned.chosen in aligned.scores
    assert {RIGID, BRAIN} <= set(aligned.scores)
    assert all(0 <= s.likeness <= 1 and 0 <= s.overlap <= 1 for s in aligned.scores.values())


def test_the_same_scans_give_the_same_bytes(
    patient: VirtualPatient, aligned: LongitudinalAlignment
) -> None:
    again = align_visits(before_surgery(patient), at_follow_up(patient), QUICK)
    assert again.visits.pull.data.tobytes() == aligned.visits.pull.data.tobytes()
    assert again.visits.push.data.tobytes() == aligned.visits.push.data.tobytes()
    assert again.scores == aligned.scores


def test_without_cavity_and_enhancement_the_brain_alone_is_aligned(
    patient: VirtualPatient,
) -> None:
    after = at_follow_up(patient)
    nothing = np.zeros_like(after.brain)
    bare = replace(after, enhancing=nothing, cavity=nothing)
    found = align_visits(before_surgery(patient), bare, QUICK)
    assert set(found.scores) == {RIGID, BRAIN}
    assert landmark_error(patient, found) < 2.5


def test_a_scan_that_did_not_change_stays_where_it_is(patient: VirtualPatient) -> None:
    before = before_surgery(patient)
    found = align_visits(before, before, QUICK)
    places = before.grid.to_world(np.argwhere(before.brain))
    assert np.linalg.norm(found.visits.to_follow_up(places) - places, axis=1).max() < 1.0


def test_no_tumour_is_refused(patient: VirtualPatient) -> None:
    before = before_surgery(patient)
    empty = replace(before, enhancing=np.zeros_like(before.brain))
    with pytest.raises(InputRefused, match="tumour before surgery"):
        align_visits(empty, at_follow_up(patient), QUICK)


def test_presets_are_from_quick_to_fine() -> None:
    assert list(PRESETS) == ["fast", "default", "fine"]
    assert PRESETS["fine"].working_mm < PRESETS["fast"].working_mm
    assert sum(PRESETS["fast"].iterations) <= sum(PRESETS["default"].iterations)
