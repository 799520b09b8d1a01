// The page of option usage: a table of hosts by options.

import type { Option, Place } from "../protocol";
import { oneLine, priority } from "../views/explorer";
import { filtered, shortHost, usage, type Cell, type Row, type Table } from "../views/usage";

declare function acquireVsCodeApi(): { postMessage(message: FromUsage): void };

/** What the page says. */
export type FromUsage = { type: "ready" } | { type: "open"; place: Place };
/** What the page is told. */
export interface ToUsage {
  type: "options";
  options: Option[];
}

/** More rows than this are made when somebody asks for them. */
const step = 300;

const vscode = acquireVsCodeApi();
const find = <T extends Element>(selector: string) => document.querySelector<T>(selector)!;
const [head, body, filter, different, set, count, more] = [
  find<HTMLElement>("thead"), find<HTMLElement>("tbody"), find<HTMLInputElement>("#filter"),
  find<HTMLInputElement>("#different"), find<HTMLInputElement>("#set"), find<HTMLElement>("#count"),
  find<HTMLButtonElement>("#more"),
];
let table: Table = { hosts: [], rows: [] };
let limit = step;

window.addEventListener("message", ({ data }: MessageEvent<ToUsage>) => {
  if (data.type !== "options") return;
  table = usage(data.options);
  show();
});
for (const input of [filter, different, set]) {
  input.addEventListener("input", () => {
    limit = step;
    show();
  });
}
more.addEventListener("click", () => {
  limit += step;
  show();
});

function show(): void {
  const names = table.hosts.map((host) => {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.title = host;
    cell.textContent = shortHost(host);
    return cell;
  });
  const corner = document.createElement("th");
  corner.scope = "col";
  corner.textContent = "Option";
  const line = document.createElement("tr");
  line.append(corner, ...names);
  head.replaceChildren(line);

  const rows = filtered(table, filter.value, different.checked, set.checked);
  const differing = rows.filter((row) => row.differs).length;
  count.textContent = `${rows.length} of ${table.rows.length} options, ${differing} differ between hosts`;
  body.replaceChildren(...rows.slice(0, limit).map(rowOf));
  more.hidden = rows.length <= limit;
}

function rowOf(row: Row): HTMLElement {
  const line = document.createElement("tr");
  line.classList.toggle("differs", row.differs);
  const name = document.createElement("th");
  name.scope = "row";
  const title = [row.type ?? "type not known", row.description ?? ""].filter((text) => text !== "").join("\n");
  name.append(button(row.option, title, row.declaration));
  line.append(name, ...row.cells.map(cellOf));
  return line;
}

function cellOf(cell: Cell): HTMLElement {
  const place = document.createElement("td");
  place.className = cell.kind;
  if (cell.kind === "absent") {
    place.textContent = "–";
    place.title = "No module of this host declares it.";
  } else if (cell.kind === "default") {
    place.textContent = oneLine(cell.text);
    place.title = "Not set: the default.";
  } else {
    const [first] = cell.definitions;
    const all = cell.definitions.map((it) => `${oneLine(it.value ?? "…")}${priority(it.priority)} at ${it.path}:${it.range.start.line + 1}`);
    place.append(button(oneLine(cell.text), all.join("\n"), first ?? null));
  }
  return place;
}

function button(text: string, title: string, place: Place | null): HTMLElement {
  const made = document.createElement("button");
  made.textContent = text;
  made.title = title;
  made.disabled = place === null;
  made.addEventListener("click", () => {
    if (place) vscode.postMessage({ type: "open", place: { path: place.path, range: place.range } });
  });
  return made;
}

// Arrow keys lead from cell to cell, as in a table of numbers.
find("table").addEventListener("keydown", (event) => {
  const { key, target } = event as KeyboardEvent;
  const cell = (target as HTMLElement).closest<HTMLTableCellElement>("td, th");
  const line = cell?.closest("tr");
  if (!cell || !line) return;
  const column = cell.cellIndex;
  const next = {
    ArrowLeft: nearest(line, column, -1),
    ArrowRight: nearest(line, column, 1),
    ArrowUp: below(line, column, "previousElementSibling"),
    ArrowDown: below(line, column, "nextElementSibling"),
  }[key];
  if (!next) return;
  next.focus();
  event.preventDefault();
});

function nearest(line: HTMLTableRowElement, from: number, step: number): HTMLElement | null {
  for (let at = from + step; at >= 0 && at < line.cells.length; at += step) {
    const found = line.cells[at]!.querySelector<HTMLElement>("button");
    if (found) return found;
  }
  return null;
}

function below(line: Element, column: number, way: "nextElementSibling" | "previousElementSibling"): HTMLElement | null {
  for (let at = line[way]; at; at = at[way]) {
    const found = (at as HTMLTableRowElement).cells[column]?.querySelector<HTMLElement>("button");
    if (found) return found;
  }
  return null;
}

vscode.postMessage({ type: "ready" });
