// Where the boxes of the module graph are drawn: layers from left to right, by dagre.

import { Graph as Layout, layout as arrange } from "@dagrejs/dagre";
import type { Graph, GraphNode } from "../protocol";

export interface Box extends GraphNode {
  text: string;
  /** The middle. */
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Line {
  from: string;
  to: string;
  points: { x: number; y: number }[];
}

export interface Drawing {
  width: number;
  height: number;
  boxes: Box[];
  lines: Line[];
}

const height = 26;
/** The width of a character of the font, which has one width. */
const character = 7.3;
const longest = 42;

export function layout(graph: Graph): Drawing {
  const drawn = new Layout();
  // Of dagre's rankers the one that leaves the fewest long lines: of repositories with over a thousand imports the others take
  // several times as long.
  drawn.setGraph({ rankdir: "LR", nodesep: 10, ranksep: 60, marginx: 16, marginy: 16, ranker: "tight-tree" });
  drawn.setDefaultEdgeLabel(() => ({}));
  for (const node of graph.nodes) {
    drawn.setNode(node.id, { width: boxText(node).length * character + 22, height });
  }
  for (const { from, to } of graph.edges) drawn.setEdge(from, to);
  arrange(drawn);
  const boxes = graph.nodes.map((node) => {
    const { x, y, width } = drawn.node(node.id) as { x: number; y: number; width: number };
    return { ...node, text: boxText(node), x, y, width, height };
  });
  const lines = graph.edges.map(({ from, to }) => {
    const { points = [] } = drawn.edge(from, to) as { points?: { x: number; y: number }[] };
    return { from, to, points: points.map(({ x, y }) => ({ x, y })) };
  });
  const size = drawn.graph() as { width?: number; height?: number };
  return { width: finite(size.width), height: finite(size.height), boxes, lines };
}

/** Nothing to draw has no size. */
function finite(size: number | undefined): number {
  return size !== undefined && Number.isFinite(size) ? Math.max(size, 1) : 1;
}

/** The end of a long path says more than its beginning. */
export function boxText({ label, kind }: GraphNode): string {
  if (label.length <= longest) return label;
  return kind === "unknown" ? `${label.slice(0, longest - 1)}…` : `…${label.slice(1 - longest)}`;
}

/** The line as a path of SVG: through the points, with corners rounded off. */
export function curve(points: { x: number; y: number }[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return "";
  const at = ({ x, y }: { x: number; y: number }) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const middle = (a: { x: number; y: number }, b: { x: number; y: number }) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const inner = rest.slice(0, -1).map((point, index) => `Q ${at(point)} ${at(middle(point, rest[index + 1]!))}`);
  const last = rest.at(-1);
  return [`M ${at(first)}`, ...inner, ...(last === undefined ? [] : [`L ${at(last)}`])].join(" ");
}

/** The node that an arrow key leads to from another one. */
export function neighbour(drawing: Drawing, from: string, key: string): string | undefined {
  const here = drawing.boxes.find(({ id }) => id === from);
  if (here === undefined) return drawing.boxes[0]?.id;
  const nearest = (boxes: Box[]) => boxes.sort((a, b) => Math.abs(a.y - here.y) - Math.abs(b.y - here.y))[0]?.id;
  const box = (id: string) => drawing.boxes.find((it) => it.id === id);
  const present = (boxes: (Box | undefined)[]) => boxes.filter((it) => it !== undefined);
  const sided = (boxes: Box[], way: 1 | -1) => {
    const there = boxes.filter((it) => (it.x - here.x) * way > 0);
    return nearest(there.length > 0 ? there : boxes);
  };
  switch (key) {
    // Where imports go in circles, some of them lead to the left.
    case "ArrowRight":
      return sided(present(drawing.lines.filter((line) => line.from === from).map(({ to }) => box(to))), 1);
    case "ArrowLeft":
      return sided(present(drawing.lines.filter((line) => line.to === from).map((line) => box(line.from))), -1);
    case "ArrowUp":
    case "ArrowDown": {
      const way = key === "ArrowUp" ? -1 : 1;
      // Boxes of a layer have their middles at one x.
      const layer = drawing.boxes.filter((it) => Math.abs(it.x - here.x) < 1 && (it.y - here.y) * way > 0);
      return nearest(layer);
    }
    default:
      return undefined;
  }
}
