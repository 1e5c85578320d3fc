"""Small seeded heads with known tissue, tumour and vessels, for the tests of the regions."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from gliofront.image.grid import Grid
from gliofront.image.volume import Volume

SEMI_AXES = np.array([62.0, 78.0, 60.0])
T1_LEVELS = {"csf": 20.0, "grey": 75.0, "white": 100.0}
FLAIR_LEVELS = {"csf": 10.0, "grey": 75.0, "white": 62.0}


@dataclass(frozen=True)
class Head:
    """A head: images, and the truth they were made from, all on one grid."""

    grid: Grid
    t1: Volume
    t1c: Volume
    flair: Volume
    brain: np.ndarray
    csf: np.ndarray
    white: np.ndarray
    enhancing: np.ndarray
    necrosis: np.ndarray
    oedema: np.ndarray
    tumour_centre: np.ndarray
    normal: np.ndarray

    @property
    def tumour(self):
        return self.enhancing | self.necrosis


def turn(yaw_deg=0.0, roll_deg=0.0):
    """Return the rotation about the vertical, then the frontal axis."""
    a, b = np.radians([yaw_deg, roll_deg])
    yaw = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    roll = np.array([[np.cos(b), 0, -np.sin(b)], [0, 1, 0], [np.sin(b), 0, np.cos(b)]])
    return yaw @ roll


def head(
    *,
    side=1,
    tumour=True,
    vessels=True,
    spacing=(2.0, 2.0, 2.0),
    rotation=None,
    shift=(0.0, 0.0, 0.0),
    noise=3.0,
    seed=0,
):
    """Make a head; side +1 puts the tumour on the patient's right, -1 on the left."""
    spacing = np.array(spacing, dtype=float)
    shape = tuple(int(n) for n in np.ceil(2 * (SEMI_AXES + 14) / spacing))
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = -(np.array(shape) - 1) / 2 * spacing
    grid = Grid(affine, shape)
    rotation = np.eye(3) if rotation is None else rotation
    world = grid.to_world(np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), -1))
    points = (world - np.array(shift)) @ rotation
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    radius = np.sqrt(((points / SEMI_AXES) ** 2).sum(-1))
    brain = radius <= 1
    sulci = brain & (radius > 0.9) & (np.cos(0.35 * y) * np.cos(0.3 * z) > 0.6)
    ventricles = ((np.abs(x) - 12) / 7) ** 2 + ((y + 5) / 28) ** 2 + ((z - 8) / 9) ** 2 <= 1
    csf = brain & (sulci | ventricles | ((np.abs(x) < 2) & (radius > 0.75)))
    white = brain & ~csf & (radius < 0.84)
    white &= ~((np.abs(np.abs(x) - 26) < 7) & (np.abs(y) < 14) & (np.abs(z + 5) < 9))
    tissue = {"csf": csf, "white": white, "grey": brain & ~csf & ~white}
    t1, flair = np.zeros(shape), np.zeros(shape)
    for name, mask in tissue.items():
        t1[mask], flair[mask] = T1_LEVELS[name], FLAIR_LEVELS[name]
    t1c = t1 * 1.05
    if vessels:
        bright = brain & (radius > 0.965) & (z > -30)
        bright |= brain & (np.abs(x) < 3) & (radius > 0.92) & (z > 0)
        plexus = ((np.abs(x) - 12) / 3) ** 2 + ((y + 22) / 5) ** 2 + ((z - 8) / 4) ** 2 <= 1
        vessel = (np.abs(x) - 30) ** 2 + (z + 25) ** 2 <= 2.2**2
        t1c[bright | plexus | (vessel & (np.abs(y) < 50))] = 260.0
    centre = np.array([side * 36.0, -12.0, 18.0])
    away = np.linalg.norm(points - centre, axis=-1)
    none = np.zeros(shape, dtype=bool)
    necrosis = (away <= 9) & brain if tumour else none
    enhancing = (away <= 15) & brain & ~necrosis if tumour else none
    oedema = (away <= 25) & brain & ~csf & ~enhancing & ~necrosis if tumour else none
    t1[oedema], t1c[oedema], flair[oedema] = 72.0, 74.0, 120.0
    t1[necrosis], t1c[necrosis], flair[necrosis] = 45.0, 48.0, 70.0
    t1[enhancing], t1c[enhancing], flair[enhancing] = 85.0, 190.0, 105.0
    rng = np.random.default_rng(seed)

    def image(values, name):
        soft = ndimage.gaussian_filter(values, 0.8 / spacing)
        noisy = soft + rng.normal(0, noise, shape)
        return Volume(grid, np.where(brain, noisy, 0.0), name, "arbitrary")

    return Head(
        grid,
        image(t1, "T1"),
        image(t1c, "T1C"),
        image(flair, "FLAIR"),
        brain,
        csf & ~enhancing & ~necrosis,
        white & ~oedema & ~enhancing & ~necrosis,
        enhancing,
        necrosis,
        oedema,
        rotation @ centre + np.array(shift),
        rotation[:, 0],
    )


def dice(a, b):
    """Return the Dice overlap of two masks."""
    return 2 * np.count_nonzero(a & b) / (np.count_nonzero(a) + np.count_nonzero(b))
