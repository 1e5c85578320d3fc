// One plane drawn on its canvas: image, lines, crosshair, letters.

const LETTER_COLOUR = "#ffd54f";
const LETTER_PIXELS = 18;
const CROSS_GAP = 8;
const LONGEST_SIDE = 560;
const SCALE_BAR_MM = 20;

// Pixels a millimetre, the same in all planes.
function zoomOf(view) {
  return LONGEST_SIDE / Math.max(...view.shape.map((size, axis) => size * view.spacing[axis]));
}

// Pixels of a cell across and down.
function cellPixels(view, plane) {
  const zoom = zoomOf(view);
  return [view.spacing[plane.across] * zoom, view.spacing[upAxis(plane)] * zoom];
}

function sizeCanvas(canvas, view, plane) {
  const [columns, rows] = pictureSize(plane, view.shape);
  const [wide, high] = cellPixels(view, plane);
  canvas.width = Math.round(columns * wide);
  canvas.height = Math.round(rows * high);
}

function drawPlane(canvas, view, plane, state, volumes) {
  const context = canvas.getContext("2d");
  drawImage(context, view, plane, state, volumes);
  drawLines(context, view, plane, state, volumes.labels);
  drawCross(context, view, plane, state.voxel);
  drawLetters(context, plane);
  drawScaleBar(context, zoomOf(view));
}

function drawImage(context, view, plane, state, volumes) {
  const [columns, rows] = pictureSize(plane, view.shape);
  const index = state.voxel[plane.cut];
  const grey = sliceOf(volumes.underlays[state.underlay], plane, view.shape, index);
  const overlay = view.probability && sliceOf(volumes.probability, plane, view.shape, index);
  const lowest = view.probability ? codeOfThreshold(state.threshold, view.probability) : 0;
  const small = document.createElement("canvas");
  [small.width, small.height] = [columns, rows];
  const picture = new ImageData(painted(grey, overlay, lowest, state.opacity), columns, rows);
  small.getContext("2d").putImageData(picture, 0, 0);
  // Voxels stay squares: smoothing would show more than was measured.
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, context.canvas.width, context.canvas.height);
}

function drawLines(context, view, plane, state, labels) {
  const [columns, rows] = pictureSize(plane, view.shape);
  const [wide, high] = cellPixels(view, plane);
  const bits = sliceOf(labels, plane, view.shape, state.voxel[plane.cut]);
  view.regions.forEach((region, place) => {
    if (!state.shown[place]) return;
    context.strokeStyle = region.colour;
    context.lineWidth = region.width;
    context.beginPath();
    for (const [x, y, toX, toY] of outlineOf(bits, columns, rows, 1 << place, region.pattern)) {
      context.moveTo(x * wide, y * high);
      context.lineTo(toX * wide, toY * high);
    }
    context.stroke();
  });
}

function drawCross(context, view, plane, voxel) {
  const cell = cellOfVoxel(plane, view.shape, voxel);
  const [wide, high] = cellPixels(view, plane);
  const [x, y] = [(cell[0] + 0.5) * wide, (cell[1] + 0.5) * high];
  const { width, height } = context.canvas;
  context.strokeStyle = LETTER_COLOUR;
  context.lineWidth = 1;
  context.beginPath();
  for (const [fromX, fromY, toX, toY] of [
    [0, y, x - CROSS_GAP, y], [x + CROSS_GAP, y, width, y],
    [x, 0, x, y - CROSS_GAP], [x, y + CROSS_GAP, x, height],
  ]) {
    context.moveTo(fromX, fromY);
    context.lineTo(toX, toY);
  }
  context.stroke();
}

// Sides of the patient: left, right, top and bottom of the picture.
function drawLetters(context, plane) {
  const { width, height } = context.canvas;
  const inset = LETTER_PIXELS * 0.8;
  const spots = [[inset, height / 2], [width - inset, height / 2], [width / 2, inset], [width / 2, height - inset]];
  context.font = `bold ${LETTER_PIXELS}px sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.strokeStyle = "black";
  context.lineWidth = 4;
  context.fillStyle = LETTER_COLOUR;
  plane.letters.forEach((letter, n) => {
    context.strokeText(letter, ...spots[n]);
    context.fillText(letter, ...spots[n]);
  });
}

function drawScaleBar(context, zoom) {
  const [x, y] = [10, context.canvas.height - 12];
  context.strokeStyle = "white";
  context.lineWidth = 3;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + SCALE_BAR_MM * zoom, y);
  context.stroke();
  context.font = "13px sans-serif";
  context.fillStyle = "white";
  context.fillText("2 cm", x + (SCALE_BAR_MM * zoom) / 2, y - 10);
}

// The sample of a region's line that stands in the legend.
function drawSample(canvas, region) {
  const context = canvas.getContext("2d");
  context.strokeStyle = region.colour;
  context.lineWidth = region.width;
  context.beginPath();
  for (let n = 0; n < 10; n += 1) {
    if (!PATTERNS[region.pattern](n, 0)) continue;
    context.moveTo(4 * n, 8);
    context.lineTo(4 * n + 4, 8);
  }
  context.stroke();
}

// The colours of the probability, low on the left.
function drawScale(canvas) {
  const context = canvas.getContext("2d");
  for (let x = 0; x < canvas.width; x += 1) {
    context.fillStyle = `rgb(${heat(x / (canvas.width - 1)).join(",")})`;
    context.fillRect(x, 0, 1, canvas.height);
  }
}
