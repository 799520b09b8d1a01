// The page of the module graph: draws what the extension sends, and says what was clicked.

import Panzoom from "@panzoom/panzoom";
import type { Graph, GraphNode, Place } from "../protocol";
import { curve, layout, neighbour, type Box, type Drawing } from "../views/layout";

declare function acquireVsCodeApi(): { postMessage(message: FromGraph): void; getState(): unknown; setState(state: unknown): void };

/** What the page says. */
export type FromGraph = { type: "ready" } | { type: "host"; host: string } | { type: "open"; place: Place };
/** What the page is told: the hosts to choose from, the one that is shown (all: empty), and its graph. */
export interface ToGraph {
  type: "graph";
  hosts: string[];
  host: string;
  graph: Graph;
}

const vscode = acquireVsCodeApi();
const find = <T extends Element>(selector: string) => document.querySelector<T>(selector)!;
const [stage, picture, scene, hosts, filter, count] = [
  find<HTMLElement>("#stage"), find<SVGSVGElement>("#picture"), find<SVGGElement>("#scene"), find<HTMLSelectElement>("#host"),
  find<HTMLInputElement>("#filter"), find<HTMLElement>("#count"),
];
let drawing: Drawing = { width: 1, height: 1, boxes: [], lines: [] };
let shown: string | undefined;

const panzoom = Panzoom(scene, {
  canvas: true, cursor: "grab", maxScale: 4, minScale: 0.05, step: 0.25,
});
stage.addEventListener("wheel", (event) => panzoom.zoomWithWheel(event), { passive: false });
find("#in").addEventListener("click", () => panzoom.zoomIn());
find("#out").addEventListener("click", () => panzoom.zoomOut());
find("#fit").addEventListener("click", () => fit());
hosts.addEventListener("change", () => vscode.postMessage({ type: "host", host: hosts.value }));
filter.addEventListener("input", () => applyFilter());
window.addEventListener("message", ({ data }: MessageEvent<ToGraph>) => {
  if (data.type !== "graph") return;
  // All hosts of a large repository take seconds: that is said before nothing else can be.
  count.textContent = `Drawing ${data.graph.nodes.length} boxes …`;
  setTimeout(() => show(data), 20);
});

function show(message: ToGraph): void {
  hosts.replaceChildren(...["", ...message.hosts].map((host) => {
    const option = document.createElement("option");
    option.value = host;
    option.textContent = host === "" ? "All hosts" : host;
    option.selected = host === message.host;
    return option;
  }));
  drawing = layout(message.graph);
  draw();
  applyFilter();
  // What somebody moved to stays in sight when the same host is drawn again.
  if (shown !== message.host) fit();
  shown = message.host;
}

function element(name: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

function draw(): void {
  const focused = document.activeElement?.getAttribute("data-id");
  const lines = drawing.lines.map(({ from, to, points }) =>
    element("path", { class: "line", "data-from": from, "data-to": to, d: curve(points), "marker-end": "url(#arrow)" }));
  scene.replaceChildren(...lines, ...drawing.boxes.map(boxOf));
  if (focused) find<SVGElement>(`[data-id="${focused}"]`)?.focus();
}

function boxOf(box: Box): SVGElement {
  const group = element("g", {
    class: `box ${box.kind}`, "data-id": box.id, tabindex: 0, role: "link",
    "aria-label": `${box.kind} ${box.label}`, transform: `translate(${box.x - box.width / 2} ${box.y - box.height / 2})`,
  });
  const title = element("title", {});
  title.textContent = box.label;
  const text = element("text", { x: 11, y: 17 });
  text.textContent = box.text;
  group.append(title, element("rect", { width: box.width, height: box.height, rx: 4 }), text);
  // A picture that is dragged by a box is moved, and the box not opened.
  let pressed: { x: number; y: number } | undefined;
  group.addEventListener("pointerdown", ({ clientX, clientY }) => (pressed = { x: clientX, y: clientY }));
  group.addEventListener("pointerup", ({ clientX, clientY, button }) => {
    if (button === 0 && pressed && Math.hypot(clientX - pressed.x, clientY - pressed.y) < 4) open(box);
  });
  group.addEventListener("pointerenter", () => light(box.id));
  group.addEventListener("pointerleave", () => light(undefined));
  group.addEventListener("focus", () => light(box.id));
  group.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      open(box);
    } else {
      const next = neighbour(drawing, box.id, event.key);
      if (next === undefined) return;
      moveTo(next);
    }
    event.preventDefault();
  });
  return group;
}

function open({ path, range }: GraphNode): void {
  if (path === null) return;
  const start = { line: 0, character: 0 };
  vscode.postMessage({ type: "open", place: { path, range: range ?? { start, end: start } } });
}

/** What the node imports, and who imports it, stands out. */
function light(id: string | undefined): void {
  const near = new Set(id === undefined ? [] : [id]);
  for (const line of picture.querySelectorAll<SVGElement>(".line")) {
    const { from, to } = line.dataset;
    const touches = id !== undefined && (from === id || to === id);
    line.classList.toggle("lit", touches);
    if (touches) [from, to].forEach((end) => end && near.add(end));
  }
  picture.classList.toggle("dimmed", id !== undefined);
  for (const box of picture.querySelectorAll<SVGElement>(".box")) {
    box.classList.toggle("lit", near.has(box.dataset.id ?? ""));
  }
}

function applyFilter(): void {
  const words = filter.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
  let matching = 0;
  for (const box of drawing.boxes) {
    const matches = words.every((word) => box.label.toLowerCase().includes(word));
    if (matches) matching += 1;
    picture.querySelector(`[data-id="${box.id}"]`)?.classList.toggle("out", !matches);
  }
  const all = drawing.boxes.length;
  const imports = `${drawing.lines.length} imports`;
  count.textContent = words.length === 0 ? `${all} boxes, ${imports}` : `${matching} of ${all} boxes, ${imports}`;
}

filter.addEventListener("keydown", (event) => {
  const first = drawing.boxes.find(({ id }) => !picture.querySelector(`[data-id="${id}"]`)?.classList.contains("out"));
  if (event.key === "Enter" && first) moveTo(first.id);
});

function fit(): void {
  const room = stage.getBoundingClientRect();
  // Small letters are worse than a part of the picture.
  const scale = Math.min(1, Math.max(0.35, Math.min(room.width / drawing.width, room.height / drawing.height)));
  panzoom.zoom(scale, { animate: false });
  const host = drawing.boxes[0];
  const top = drawing.height * scale <= room.height ? (room.height - drawing.height * scale) / 2 : room.height / 2 - (host?.y ?? 0) * scale;
  panzoom.pan(0, top / scale, { animate: false });
}

/** Gives the focus to a box and brings it into sight. */
function moveTo(id: string): void {
  const target = picture.querySelector<SVGElement>(`[data-id="${id}"]`);
  if (!target) return;
  target.focus({ preventScroll: true });
  const [box, room] = [target.getBoundingClientRect(), stage.getBoundingClientRect()];
  const outside = box.left < room.left || box.right > room.right || box.top < room.top || box.bottom > room.bottom;
  if (!outside) return;
  const scale = panzoom.getScale();
  const { x, y } = panzoom.getPan();
  panzoom.pan(x + (room.left + room.width / 2 - box.left - box.width / 2) / scale, y + (room.top + room.height / 2 - box.top - box.height / 2) / scale);
}

vscode.postMessage({ type: "ready" });
