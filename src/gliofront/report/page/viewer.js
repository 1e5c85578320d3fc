// The viewer: what it shows (state), its controls, and what moves the crosshair.

const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SLICE_KEYS = { PageUp: 1, PageDown: -1 };
const BIG_STEP = 10;

function byId(id) {
  return document.getElementById(id);
}

async function readVolumes(view) {
  const text = (id) => byId(id).textContent.trim();
  return {
    underlays: [await greyVolume(text(view.underlays[0].data))],
    probability: view.probability && (await greyVolume(text(view.probability.data))),
    labels: await bitVolume(text(view.labels)),
  };
}

// The other images are unpacked once the first is on the screen.
async function readOthers(view, volumes, redraw) {
  for (const image of view.underlays.slice(1)) {
    volumes.underlays.push(await greyVolume(byId(image.data).textContent.trim()));
  }
  redraw();
}

function firstState(view) {
  return {
    voxel: [...view.start],
    underlay: 0,
    threshold: 0,
    opacity: 0.5,
    shown: view.regions.map(() => true),
  };
}

class Viewer {
  constructor(view, volumes) {
    this.view = view;
    this.volumes = volumes;
    this.state = firstState(view);
    this.canvases = view.planes.map((plane) => byId(`plane-${plane.name}`));
    view.planes.forEach((plane, n) => this.connect(this.canvases[n], plane));
    // A millimetre is as long in each plane.
    byId("planes").style.gridTemplateColumns = this.canvases.map((canvas) => `${canvas.width}fr`).join(" ");
    this.fillUnderlays();
    this.fillLegend();
    this.connectSliders();
    this.draw();
  }

  draw() {
    this.view.planes.forEach((plane, n) => {
      drawPlane(this.canvases[n], this.view, plane, this.state, this.volumes);
      const place = worldOf(this.view.affine, this.state.voxel)[plane.cut];
      byId(`place-${plane.name}`).textContent = `${plane.name}, ${"xyz"[plane.cut]} = ${place.toFixed(1)} mm`;
    });
    this.readOut();
  }

  moveTo(voxel) {
    this.state.voxel = voxel;
    this.draw();
  }

  // Millimetres, values and regions at the crosshair, in words.
  readOut() {
    const { view, volumes, state } = this;
    const [x, y, z] = worldOf(view.affine, state.voxel).map((mm) => mm.toFixed(1));
    const at = offsetOf(view.shape, state.voxel);
    byId("readout-place").textContent = `x (right) ${x}, y (front) ${y}, z (up) ${z} mm`;
    byId("readout-probability").textContent = view.probability
      ? valueText(volumes.probability[at], view.probability) : "no map of this patient";
    byId("readout-maps").textContent = volumes.underlays
      .map((codes, n) => `${view.underlays[n].name} ${valueText(codes[at], view.underlays[n])}`).join("; ");
    const inside = view.regions.filter((_, n) => volumes.labels[at] & (1 << n));
    byId("readout-regions").textContent = inside.map((region) => region.name).join("; ") || "none";
  }

  connect(canvas, plane) {
    sizeCanvas(canvas, this.view, plane);
    const follow = (event) => this.moveTo(this.voxelUnder(canvas, plane, event));
    canvas.addEventListener("pointerdown", (event) => {
      canvas.focus();
      canvas.setPointerCapture(event.pointerId);
      follow(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (canvas.hasPointerCapture(event.pointerId)) follow(event);
    });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.moveTo(movedAlong(plane.cut, -Math.sign(event.deltaY), this.view.shape, this.state.voxel));
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => this.onKey(event, plane));
  }

  voxelUnder(canvas, plane, event) {
    const box = canvas.getBoundingClientRect();
    const [columns, rows] = pictureSize(plane, this.view.shape);
    const cell = [
      Math.floor(((event.clientX - box.left) / box.width) * columns),
      Math.floor(((event.clientY - box.top) / box.height) * rows),
    ];
    return voxelOfCell(plane, this.view.shape, cell, this.state.voxel);
  }

  onKey(event, plane) {
    const { shape } = this.view;
    const steps = event.shiftKey ? BIG_STEP : 1;
    if (event.key in KEYS) {
      const cell = cellOfVoxel(plane, shape, this.state.voxel);
      const moved = cell.map((place, n) => place + steps * KEYS[event.key][n]);
      this.moveTo(voxelOfCell(plane, shape, moved, this.state.voxel));
    } else if (event.key in SLICE_KEYS) {
      this.moveTo(movedAlong(plane.cut, steps * SLICE_KEYS[event.key], shape, this.state.voxel));
    } else if (event.key === "Home") {
      this.moveTo([...this.view.start]);
    } else {
      return;
    }
    event.preventDefault();
  }

  fillUnderlays() {
    const choice = byId("underlay");
    this.view.underlays.forEach((image, n) => choice.add(new Option(image.name, String(n))));
    choice.addEventListener("change", () => {
      // One that is not unpacked yet is taken as soon as it is.
      if (Number(choice.value) < this.volumes.underlays.length) this.takeUnderlay();
    });
  }

  takeUnderlay() {
    this.state.underlay = Number(byId("underlay").value);
    this.draw();
  }

  fillLegend() {
    this.view.regions.forEach((region, n) => {
      const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: true });
      box.addEventListener("change", () => {
        this.state.shown[n] = box.checked;
        this.draw();
      });
      const sample = Object.assign(document.createElement("canvas"), { width: 40, height: 16 });
      drawSample(sample, region);
      const row = document.createElement("label");
      row.append(box, sample, `${region.name} (${region.pattern})`);
      byId("legend").append(row);
    });
  }

  connectSliders() {
    const { probability } = this.view;
    const slider = byId("threshold");
    if (!probability) {
      byId("overlay").hidden = true;
      return;
    }
    slider.max = String(probability.high);
    slider.step = String(probability.high / 254);
    drawScale(byId("scale"));
    byId("scale-high").textContent = probability.high.toPrecision(2);
    const follow = () => {
      this.state.threshold = Number(slider.value);
      this.state.opacity = Number(byId("opacity").value);
      byId("threshold-value").textContent = this.state.threshold.toFixed(3);
      byId("opacity-value").textContent = this.state.opacity.toFixed(2);
      this.draw();
    };
    slider.addEventListener("input", follow);
    byId("opacity").addEventListener("input", follow);
    follow();
  }
}

async function startViewer() {
  const told = byId("viewer-state");
  if (typeof DecompressionStream === "undefined") {
    told.textContent = "This browser cannot unpack the images: use one of 2023 or later.";
    return;
  }
  const view = JSON.parse(byId("view").textContent);
  const viewer = new Viewer(view, await readVolumes(view));
  told.hidden = true;
  byId("viewer").hidden = false;
  await readOthers(view, viewer.volumes, () => viewer.takeUnderlay());
  if (location.hash === "#selftest") reportSelfTest(viewer);
}
