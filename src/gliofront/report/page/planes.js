// Geometry of the three planes. A voxel is [i, j, k], its axes nearest to right, front and up; a
// cell is [column, row] of a picture, row 0 at the top. A plane tells the axis that it cuts, the
// axis that runs across, and whether that is flipped; the third axis runs upwards.

function upAxis(plane) {
  return 3 - plane.cut - plane.across;
}

function pictureSize(plane, shape) {
  return [shape[plane.across], shape[upAxis(plane)]];
}

function clamped(value, size) {
  return Math.min(Math.max(value, 0), size - 1);
}

function cellOfVoxel(plane, shape, voxel) {
  const [columns, rows] = pictureSize(plane, shape);
  const across = voxel[plane.across];
  return [plane.flip ? columns - 1 - across : across, rows - 1 - voxel[upAxis(plane)]];
}

// The voxel at a cell, in the slice that `voxel` lies in; cells outside are drawn to the edge.
function voxelOfCell(plane, shape, cell, voxel) {
  const [columns, rows] = pictureSize(plane, shape);
  const column = clamped(cell[0], columns);
  const found = [...voxel];
  found[plane.across] = plane.flip ? columns - 1 - column : column;
  found[upAxis(plane)] = rows - 1 - clamped(cell[1], rows);
  return found;
}

function movedAlong(axis, steps, shape, voxel) {
  const found = [...voxel];
  found[axis] = clamped(voxel[axis] + steps, shape[axis]);
  return found;
}

function offsetOf(shape, voxel) {
  return voxel[0] + shape[0] * (voxel[1] + shape[1] * voxel[2]);
}

// RAS+ millimetres of a voxel's centre.
function worldOf(affine, voxel) {
  return [0, 1, 2].map((row) =>
    affine[row][3] + voxel.reduce((sum, index, axis) => sum + affine[row][axis] * index, 0));
}

// One slice of a volume as a picture, row by row from the top, from left to right.
function sliceOf(volume, plane, shape, index) {
  const [columns, rows] = pictureSize(plane, shape);
  const strides = [1, shape[0], shape[0] * shape[1]];
  const across = strides[plane.across] * (plane.flip ? -1 : 1);
  const down = -strides[upAxis(plane)];
  const voxel = [0, 0, 0];
  voxel[plane.cut] = index;
  const first = offsetOf(shape, voxelOfCell(plane, shape, [0, 0], voxel));
  const flat = new volume.constructor(columns * rows);
  for (let row = 0; row < rows; row += 1) {
    const start = first + row * down;
    for (let column = 0; column < columns; column += 1) {
      flat[row * columns + column] = volume[start + column * across];
    }
  }
  return flat;
}

// Every second place is drawn of a dotted line, two of four of a dashed one: by place, not by
// length, so that a pattern stays where it is when the line is traced piece by piece.
const PATTERNS = {
  solid: () => true,
  dashed: (column, row) => (column + row) % 4 < 2,
  dotted: (column, row) => (column + row) % 2 === 0,
};

// The edges between cells inside and outside a region: [column, row, column, row] of their ends.
function outlineOf(bits, columns, rows, bit, pattern) {
  const inside = (column, row) =>
    column >= 0 && row >= 0 && column < columns && row < rows && (bits[row * columns + column] & bit) !== 0;
  const drawn = PATTERNS[pattern];
  const edges = [];
  for (let row = 0; row <= rows; row += 1) {
    for (let column = 0; column <= columns; column += 1) {
      if (!drawn(column, row)) continue;
      const here = inside(column, row);
      if (here !== inside(column, row - 1)) edges.push([column, row, column + 1, row]);
      if (here !== inside(column - 1, row)) edges.push([column, row, column, row + 1]);
    }
  }
  return edges;
}
