// SPDX-License-Identifier: Apache-2.0
// Small words for the document: find, make, stamp, announce.

const SVG = "http://www.w3.org/2000/svg";

/** The element with this id. */
export function find(id) {
  return document.getElementById(id);
}

/** A new element. `properties` are set as properties, `data` as data attributes, `aria` as attributes. */
export function make(tag, { data = {}, attributes = {}, ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  Object.assign(element.dataset, data);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** An icon of index.html; the words beside it say the same. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** Change an icon already there. */
export function setIcon(element, name) {
  element.querySelector("use").setAttribute("href", `#icon-${name}`);
}

/** Set text only when it differs, so that nothing is repainted or read aloud again. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Write in `data-painted` when (milliseconds since 1970) the frame that shows the element was drawn. */
export function stampPainted(element) {
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      element.dataset.painted = String(performance.timeOrigin + performance.now());
      port1.close();
    };
    port2.postMessage(null);
  });
}

/** Say a line to a screen reader, without disturbing what is being read. */
export function announce(line) {
  find("announcer").textContent = line;
}

let toastTimer = 0;

/** Show one line for a few seconds. */
export function toast(line) {
  const element = find("toast");
  element.textContent = line;
  element.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { element.hidden = true; }, 5000);
}

/** An identifier nobody else makes (crypto.randomUUID needs a secure context, this does not). */
export function uniqueId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The two gestures of a form: `submit` without navigation. */
export function onSubmit(form, action) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    action();
  });
}
