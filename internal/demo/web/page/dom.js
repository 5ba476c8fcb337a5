// Nodes, not HTML: whatever a bot or a person writes stays text.

/** h makes an element. Keys of attrs are attributes; "on…" are listeners; null and false leave one out. */
export function h(tag, attrs, ...children) {
  const el = document.createElement(tag);
  for (const [key, value] of Object.entries(attrs ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) el.addEventListener(key.slice(2), value);
    else el.setAttribute(key, value === true ? "" : value);
  }
  el.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return el;
}

const paths = {
  back: "M15 5l-7 7 7 7",
  send: "M4 12l16-8-5 16-4-6-7-2zM11 14l4-4",
  pin: "M9 4h6l-1 6 3 3H7l3-3-1-6zM12 13v7",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l2 2H4l2-2zM10 20a2 2 0 0 0 4 0",
  mute: "M6 16V11a6 6 0 0 1 9-5M18 11v5M4 18h14M4 4l16 16",
  lock: "M7 11h10v8H7zM9 11V8a3 3 0 0 1 6 0v3",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  close: "M6 6l12 12M18 6L6 18",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2",
  moon: "M20 14.5A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.5z",
  reply: "M10 8V4l-7 7 7 7v-4c5 0 8 1 11 5-1-7-5-11-11-11z",
  down: "M12 5v14M6 13l6 6 6-6",
  check: "M4 12l5 5L20 6",
  chevron: "M6 9l6 6 6-6",
};

/** icon is a small line drawing. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon icon-" + name);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", paths[name]);
  svg.append(path);
  return svg;
}

/** keep fills parent only when what is shown changed, so that focus, hover and scrolling survive. */
export function keep(parent, value, build) {
  const now = JSON.stringify(value);
  if (parent.kept === now) return false;
  const focused = parent.contains(document.activeElement) ? document.activeElement.dataset.testid : null;
  parent.kept = now;
  parent.replaceChildren(...[build()].flat().filter(Boolean));
  if (focused) parent.querySelector(`[data-testid="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  return true;
}

export const clock = (unix) => new Date(unix * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
