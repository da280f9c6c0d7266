// SPDX-License-Identifier: Apache-2.0
// A live outline of a sound: the last six seconds, the loudest and the softest of each column, right to left.

const SECONDS = 6;
const FAINTEST = 0.01;

/** Draws what `analyser` (AnalyserNode) hears on `canvas`, from `start` to `stop`. */
export class Wave {
  #canvas;
  #columns;
  #analyser = null;
  #room = null;
  #seen = 0;
  #open = { low: 0, high: 0, samples: 0 };
  #frame = 0;

  /** How many columns were drawn since the start. */
  drawn = 0;

  constructor(canvas) {
    this.#canvas = canvas;
    this.#columns = new Array(canvas.width).fill(null);
  }

  start(analyser) {
    this.stop();
    this.#analyser = analyser;
    this.#room = new Float32Array(analyser.fftSize);
    this.#seen = analyser.context.currentTime;
    this.#columns.fill(null);
    this.#next();
  }

  stop() {
    cancelAnimationFrame(this.#frame);
    this.#analyser = null;
  }

  #next() {
    this.#frame = requestAnimationFrame(() => {
      if (this.#analyser === null) return;
      this.#take();
      this.#draw();
      this.#next();
    });
  }

  #take() {
    const { currentTime, sampleRate } = this.#analyser.context;
    const fresh = Math.min(this.#room.length, Math.round((currentTime - this.#seen) * sampleRate));
    this.#seen = currentTime;
    this.#analyser.getFloatTimeDomainData(this.#room);
    const width = (SECONDS * sampleRate) / this.#columns.length;
    for (const sample of this.#room.subarray(this.#room.length - fresh)) {
      this.#open.low = Math.min(this.#open.low, sample);
      this.#open.high = Math.max(this.#open.high, sample);
      this.#open.samples += 1;
      if (this.#open.samples >= width) {
        this.#columns.shift();
        this.#columns.push(this.#open);
        this.#open = { low: 0, high: 0, samples: this.#open.samples - width };
        this.drawn += 1;
      }
    }
  }

  #draw() {
    const { width, height } = this.#canvas;
    const pen = this.#canvas.getContext("2d");
    const middle = height / 2;
    const loudest = Math.max(FAINTEST, ...this.#columns.map((each) => (each ? Math.max(each.high, -each.low) : 0)));
    pen.clearRect(0, 0, width, height);
    pen.fillStyle = getComputedStyle(this.#canvas).color;
    this.#columns.forEach((each, x) => {
      if (each === null) return;
      const top = middle - (each.high / loudest) * (middle - 2);
      const bottom = middle - (each.low / loudest) * (middle - 2);
      pen.fillRect(x, top - 0.5, 1, bottom - top + 1);
    });
  }
}
