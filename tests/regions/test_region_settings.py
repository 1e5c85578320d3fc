import pytest
from pydantic import ValidationError

from gliofront.regions.settings import OutlineSettings, RegionSettings


def test_defaults_are_the_papers_shells():
    assert RegionSettings().shell_edges_mm == (5.0, 10.0, 15.0, 20.0)


@pytest.mark.parametrize("bad", [{"high_z": 0.1}, {"edge_mm": -1}, {"unknown": 1}])
def test_bounds(bad):
    with pytest.raises(ValidationError):
        OutlineSettings(**bad)


def test_every_field_is_described():
    groups = [RegionSettings, *(f.annotation for f in RegionSettings.model_fields.values())]
    for group in groups:
        for field in getattr(group, "model_fields", {}).values():
            assert field.description
