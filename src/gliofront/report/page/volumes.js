// Volumes as they lie in the page: base64 text of gzip bytes, x fastest, then y, then z.

function bytesOfBase64(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let n = 0; n < bytes.length; n += 1) bytes[n] = binary.charCodeAt(n);
  return bytes;
}

async function unzipped(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function greyVolume(text) {
  return unzipped(bytesOfBase64(text));
}

// Sixteen yes-or-no regions a voxel, low byte first.
async function bitVolume(text) {
  const bytes = await greyVolume(text);
  return Uint16Array.from({ length: bytes.length / 2 }, (_, n) => bytes[2 * n] + 256 * bytes[2 * n + 1]);
}

// A grey volume holds codes: 0 is undefined, 1 to 255 go from `low` to `high` in equal steps.
function valueOfCode(code, scale) {
  return code === 0 ? NaN : scale.low + ((code - 1) / 254) * (scale.high - scale.low);
}

// The first and the last code also hold everything beyond them.
function valueText(code, scale) {
  if (code === 0) return "undefined";
  const bound = code === 1 ? "\u2264 " : code === 255 ? "\u2265 " : "";
  return `${bound}${Number(valueOfCode(code, scale).toPrecision(3))} ${scale.unit}`.trim();
}
