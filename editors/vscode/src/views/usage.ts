// Hosts by options: who sets what, and where hosts differ. Knows nothing of VS Code and of no page.

import type { Option, OptionDefinition, Place } from "../protocol";

/** What an option is in one host. */
export interface Cell {
  kind: "set" | "default" | "absent";
  /** The value in force, where it is known. */
  text: string;
  /** The definitions in force, strongest first; then those that they override. */
  definitions: OptionDefinition[];
}

export interface Row {
  option: string;
  type: string | null;
  description: string | null;
  declaration: Place | null;
  /** In the order of the hosts of the table. */
  cells: Cell[];
  /** Whether hosts that have the option have different values. */
  differs: boolean;
  /** How many hosts set it. */
  set: number;
}

export interface Table {
  hosts: string[];
  rows: Row[];
}

/** The table of all options, with the hosts that have any. */
export function usage(options: Option[]): Table {
  const hosts = [...new Set(options.flatMap((option) => option.hosts))].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return { hosts, rows: options.map((option) => row(option, hosts)) };
}

/** Machines come first, then users within them, then homes that stand alone. */
function rank(output: string): number {
  return output.includes(":") ? 1 : output.startsWith("home") ? 2 : 0;
}

function row(option: Option, hosts: string[]): Row {
  const cells = hosts.map((host) => cell(option, host));
  const present = cells.filter(({ kind }) => kind !== "absent");
  const values = new Set(present.map(({ text }) => text));
  return {
    option: option.path,
    type: option.type,
    description: option.description,
    declaration: option.declarations[0] ?? null,
    cells,
    differs: values.size > 1,
    set: present.filter(({ kind }) => kind === "set").length,
  };
}

function cell(option: Option, host: string): Cell {
  if (!option.hosts.includes(host)) return { kind: "absent", text: "", definitions: [] };
  const own = option.definitions.filter((definition) => definition.hosts.includes(host));
  const definitions = own.sort((a, b) => a.priority - b.priority);
  const [first] = definitions;
  if (first === undefined) return { kind: "default", text: option.default ?? "", definitions };
  const inForce = definitions.filter(({ priority }) => priority === first.priority);
  const texts = inForce.map(({ value }) => value ?? "…");
  // What several modules say of a list or a set is merged; of anything else it is said twice.
  return { kind: "set", text: [...new Set(texts)].join(" + "), definitions };
}

/** What of the table is shown: options with all words of the filter in their path, type or a value. */
export function filtered(table: Table, filter: string, onlyDifferent: boolean, onlySet: boolean): Row[] {
  const words = filter.toLowerCase().split(/\s+/).filter((word) => word !== "");
  return table.rows.filter((row) => {
    if (onlyDifferent && !row.differs) return false;
    if (onlySet && row.set === 0) return false;
    const text = [row.option, row.type ?? "", ...row.cells.map((it) => it.text)].join("\n").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** A host as it is called in the head of a column: `box`, `box / kit`. */
export function shortHost(output: string): string {
  const [outer, inner] = output.split(":", 2);
  const last = (path: string) => (path.match(/"(?:[^"\\]|\\.)*"|[^."]+/g) ?? [path]).at(-1)!.replace(/^"(.*)"$/, "$1");
  return inner === undefined ? last(outer!) : `${last(outer!)} / ${last(inner)}`;
}
