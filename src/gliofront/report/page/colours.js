// Colours of the probability: lightness rises all the way, so that it reads without colour vision.
const HEAT = [
  [0, 0, 4], [31, 12, 72], [85, 15, 109], [136, 34, 106], [186, 54, 85],
  [227, 89, 51], [249, 140, 10], [249, 201, 50], [252, 255, 164],
];

// The colour of a share of 0 to 1 of the scale.
function heat(share) {
  const place = clamped(share * (HEAT.length - 1), HEAT.length);
  const low = Math.floor(place);
  const high = Math.min(low + 1, HEAT.length - 1);
  return HEAT[low].map((part, n) => Math.round(part + (place - low) * (HEAT[high][n] - part)));
}

// The code of the overlay from which on it is drawn; 0 (undefined) never is.
function codeOfThreshold(threshold, scale) {
  const span = scale.high - scale.low;
  return Math.max(1, Math.ceil(1 + (254 * (threshold - scale.low)) / span - 1e-6));
}

// Grey and, over it, the overlay as RGBA bytes.
function painted(grey, overlay, lowest, opacity) {
  const rgba = new Uint8ClampedArray(4 * grey.length);
  for (let n = 0; n < grey.length; n += 1) {
    const drawn = overlay !== null && overlay[n] >= lowest;
    const colour = drawn ? heat((overlay[n] - 1) / 254) : [0, 0, 0];
    for (let part = 0; part < 3; part += 1) {
      rgba[4 * n + part] = drawn ? (1 - opacity) * grey[n] + opacity * colour[part] : grey[n];
    }
    rgba[4 * n + 3] = 255;
  }
  return rgba;
}
