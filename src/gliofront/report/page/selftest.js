// With #selftest in its address the page moves its own controls and writes what failed, as JSON,
// into the attribute data-selftest of the document; an empty list is success.

function slidTo(id, value) {
  byId(id).value = String(value);
  byId(id).dispatchEvent(new Event("input"));
}

function pressed(viewer, plane, key) {
  viewer.canvases[plane].dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
}

function pixels(canvas) {
  return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.join();
}

// Each check returns whether it holds; the crosshair starts where the page starts.
const CHECKS = {
  "the right arrow moves one voxel to the patient's left": (viewer) => {
    pressed(viewer, 0, "ArrowRight");
    return viewer.state.voxel[0] === viewer.view.start[0] - 1;
  },
  "page up moves one slice up": (viewer) => {
    pressed(viewer, 0, "PageUp");
    return viewer.state.voxel[2] === viewer.view.start[2] + 1;
  },
  "the wheel moves one slice back": (viewer) => {
    viewer.canvases[0].dispatchEvent(new WheelEvent("wheel", { deltaY: 100, cancelable: true }));
    return viewer.state.voxel[2] === viewer.view.start[2];
  },
  "a click in the upper left corner is right front": (viewer) => {
    const box = viewer.canvases[0].getBoundingClientRect();
    const at = { clientX: box.left + 0.5, clientY: box.top + 0.5 };
    viewer.moveTo(viewer.voxelUnder(viewer.canvases[0], viewer.view.planes[0], at));
    const { shape } = viewer.view;
    return viewer.state.voxel[0] === shape[0] - 1 && viewer.state.voxel[1] === shape[1] - 1;
  },
  "home returns": (viewer) => {
    pressed(viewer, 1, "Home");
    return viewer.state.voxel.join() === viewer.view.start.join();
  },
  "opacity changes the picture": (viewer) => {
    const before = pixels(viewer.canvases[0]);
    slidTo("opacity", 1);
    return !viewer.view.probability || pixels(viewer.canvases[0]) !== before;
  },
  "the threshold changes the picture": (viewer) => {
    const before = pixels(viewer.canvases[0]);
    if (viewer.view.probability) slidTo("threshold", viewer.view.probability.high);
    return !viewer.view.probability || pixels(viewer.canvases[0]) !== before;
  },
  "another image changes the picture": (viewer) => {
    const before = pixels(viewer.canvases[0]);
    byId("underlay").selectedIndex = viewer.view.underlays.length - 1;
    byId("underlay").dispatchEvent(new Event("change"));
    return viewer.view.underlays.length === 1 || pixels(viewer.canvases[0]) !== before;
  },
  "a line can be hidden": (viewer) => {
    const before = pixels(viewer.canvases[0]);
    byId("legend").querySelector("input").click();
    return pixels(viewer.canvases[0]) !== before;
  },
};

function reportSelfTest(viewer) {
  const failed = Object.keys(CHECKS).filter((name) => !CHECKS[name](viewer));
  document.documentElement.dataset.selftest = JSON.stringify(failed);
}
