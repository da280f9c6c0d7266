// SPDX-License-Identifier: Apache-2.0
// Parts of the cart's picture (x, y, width, height as parts of its sides), and where the page shows them. Pure.
//
// The stage is looked at through a wish { scale, x, y }: the point (u, v) of an unzoomed stage is seen at
// (x + scale × u, y + scale × v). The picture lies in the stage as `object-fit: contain` lays it: its frame.

export const WHOLE = { x: 0, y: 0, width: 1, height: 1 };
export const MOST = 8;

const SLACK = 1e-4;
const MORE = 1.06;

/** Where a picture of `video` { width, height } lies in a stage of `size`. */
export function frame(video, size) {
  if (!(video.width > 0 && video.height > 0)) return { x: 0, y: 0, ...size };
  const scale = Math.min(size.width / video.width, size.height / video.height);
  const [width, height] = [video.width * scale, video.height * scale];
  return { x: (size.width - width) / 2, y: (size.height - height) / 2, width, height };
}

/** The part of the picture that is seen, as high as it is wide and no smaller than may be asked for. */
export function seen({ scale, x, y }, laid, size) {
  if (scale <= 1) return WHOLE;
  const span = (length, shift, start, side) => {
    const from = (-shift / scale - start) / side;
    const within = (value) => Math.min(1, Math.max(0, value));
    return [within(from), within(from + length / scale / side)];
  };
  const [left, right] = span(size.width, x, laid.x, laid.width);
  const [top, bottom] = span(size.height, y, laid.y, laid.height);
  const width = Math.min(1, Math.max(right - left, bottom - top, 1 / MOST));
  const place = (from, to) => Math.min(1 - width, Math.max(0, (from + to - width) / 2));
  return { x: place(left, right), y: place(top, bottom), width, height: width };
}

/** The wish that shows a part as large as the whole was. */
export function showing(part, laid) {
  if (part.width >= 1) return { scale: 1, x: 0, y: 0 };
  const scale = Math.min(MOST, 1 / part.width, 1 / part.height);
  const at = (start, length, from, side) => start + length / 2 - scale * (start + (from.start + from.length / 2) * side);
  return {
    scale,
    x: at(laid.x, laid.width, { start: part.x, length: part.width }, laid.width),
    y: at(laid.y, laid.height, { start: part.y, length: part.height }, laid.height),
  };
}

/** What is left to do, by CSS, to a picture that has only `part`, so that it is seen where the wish wants it. */
export function residual({ scale, x, y }, part, laid) {
  const [across, down] = [scale * part.width, scale * part.height];
  return {
    x: x + scale * (laid.x + part.x * laid.width) - across * laid.x,
    y: y + scale * (laid.y + part.y * laid.height) - down * laid.y,
    across,
    down,
  };
}

/** Whether `part` has all of `wanted`. */
export function holds(part, wanted) {
  const has = (from, length, start, side) => from <= start + SLACK && from + length >= start + side - SLACK;
  return has(part.x, part.width, wanted.x, wanted.width) && has(part.y, part.height, wanted.y, wanted.height);
}

/** Whether it has all of it and not much more: nothing better need be asked for. */
export function suits(part, wanted) {
  return holds(part, wanted) && part.width <= wanted.width * MORE;
}
