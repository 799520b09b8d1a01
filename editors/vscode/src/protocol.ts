// What the server answers to the requests for views: docs/protocol.md of the repository has the words to it.

export interface Position {
  line: number;
  character: number;
}

export interface Range {
  start: Position;
  end: Position;
}

/** A place in a file; its path is relative to the root of the flake. */
export interface Place {
  path: string;
  range: Range;
}

/** A document about one flake. */
export type OfFlake<T> = T & { root: string };

export type Module =
  | { path: string; inline?: true; range?: Range }
  | { input: string; attr: string }
  | { unknown: string };

export interface Host {
  output: string;
  name: string;
  kind: "nixos" | "darwin" | "home" | "droid" | "other";
  system: string | null;
  definition: Place | null;
  modules: Module[];
  within: string | null;
  complete: boolean;
}

export interface Hosts {
  hosts: Host[];
  problems?: { output: string | null; message: string }[];
}

export interface GraphNode {
  id: string;
  kind: "host" | "file" | "inline" | "input" | "unknown";
  label: string;
  path: string | null;
  range?: Range;
}

export interface Graph {
  nodes: GraphNode[];
  edges: { from: string; to: string }[];
}

export interface Definition extends Place {
  option: string;
  value: string | null;
  priority: number;
  conditional: boolean;
  declared: boolean;
}

export interface Definitions {
  definitions: Definition[];
}

export interface OptionDefinition extends Place {
  hosts: string[];
  value: string | null;
  priority: number;
}

export interface Option {
  path: string;
  type: string | null;
  default: string | null;
  description: string | null;
  hosts: string[];
  declarations: Place[];
  definitions: OptionDefinition[];
}

export interface Options {
  options: Option[];
}

export interface Input {
  name: string;
  url: string | null;
  follows: string | null;
  flake: boolean;
  definition: Place | null;
  state: "locked" | "follows" | "unlocked" | "undeclared";
  node: string | null;
  overrides: { path: string[]; follows: string | null; url: string | null; definition: Place | null }[];
}

export interface LockNode {
  id: string;
  original: string;
  locked: string;
  rev: string | null;
  lastModified: number | null;
  flake: boolean;
  inputs: { name: string; node: string | null; follows: string[] | null }[];
}

export interface Inputs {
  inputs: Input[];
  lock: { error: string | null; nixpkgs: number; nodes: LockNode[] };
}

export interface Output {
  path: string;
  kind: string;
  definition: Place | null;
}

export interface Outputs {
  outputs: Output[];
}

/** `flakewise/changed` */
export interface Changed {
  flakes: { root: string; hosts: number }[];
}

/** Answers requests; `undefined` where no server runs or it knows no such request. */
export interface Questions {
  ask<T>(method: string, params: object): Promise<T | undefined>;
}
