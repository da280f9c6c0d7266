// SPDX-License-Identifier: Apache-2.0
// Put into the page before its own scripts: reads the number burned into each picture when it is shown (glass.py, stamps.py).
(() => {
  const now = () => performance.timeOrigin + performance.now();
  const shown = [];
  window.__stamps = shown;
  const canvas = new OffscreenCanvas(128, 8);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const read = (video) => {
    const scale = video.videoWidth / 1280;
    context.drawImage(video, 0, 0, 512 * scale, 32 * scale, 0, 0, 128, 8);
    const { data } = context.getImageData(0, 0, 128, 8);
    const bits = Array.from({ length: 16 }, (_, place) => Number(data[4 * (4 * 128 + place * 8 + 4)] > 128));
    if (!bits.slice(0, 8).every((bit, place) => bit !== bits[place + 8])) return null; // no stamp, or not readable
    return bits.slice(0, 8).reduce((number, bit) => number * 2 + bit, 0);
  };
  const watched = new WeakSet();
  const follow = (video) => {
    watched.add(video);
    const step = (_at, facts) => {
      const at = Math.max(now(), performance.timeOrigin + facts.expectedDisplayTime);
      const number = read(video);
      if (number !== null) shown.push([at, number, `${facts.width}x${facts.height}`]);
      video.requestVideoFrameCallback(step);
    };
    video.requestVideoFrameCallback(step);
  };
  setInterval(() => {
    for (const video of document.querySelectorAll("video")) {
      if (video.srcObject && !watched.has(video) && !video.classList.contains("mirror")) follow(video);
    }
  }, 50);
})();
