// The tree of the flake explorer. Knows nothing of VS Code, so that it can be tested without it.
//
// Hosts with their modules and what these set, inputs with their state in the lock and what follows what, outputs.
// What is below a module or an input is asked for, or looked up, when somebody opens it: imports may be circles.

import type { Definitions, Graph, GraphNode, Host, Hosts, Input, Inputs, LockNode, OfFlake, Outputs, Place, Questions } from "../protocol";

/** A line of the tree. */
export interface Item {
  /** The same for the same thing, so that what is open stays open. */
  id: string;
  label: string;
  description?: string;
  tooltip?: string;
  /** The name of a codicon. */
  icon: string;
  /** The name of a colour of the theme for the icon. */
  colour?: string;
  /** What a click opens. */
  place?: Place & { root: string };
  /** What the menus of the view go by. */
  context?: string;
  /** The output of a host. */
  host?: string;
  /** Absent where there is nothing below. */
  children?: () => Promise<Item[]>;
  expanded?: boolean;
}

export class Explorer {
  constructor(private readonly server: Questions) {}

  /** The top: the groups of the flake, below its folder where there are several. */
  async roots(): Promise<Item[]> {
    const [hosts, inputs, outputs] = await Promise.all([
      this.server.ask<OfFlake<Hosts>[]>("flakewise/hosts", {}),
      this.server.ask<OfFlake<Inputs>[]>("flakewise/inputs", {}),
      this.server.ask<OfFlake<Outputs>[]>("flakewise/outputs", {}),
    ]);
    const flakes = (hosts ?? []).map((document) => {
      const { root } = document;
      const of = <T>(documents: OfFlake<T>[] | undefined) => documents?.find((it) => it.root === root);
      return { root, groups: this.groups(root, document, of(inputs), of(outputs)) };
    });
    if (flakes.length === 1) return flakes[0]!.groups;
    return flakes.map(({ root, groups }) => ({
      id: root,
      label: folderName(root),
      tooltip: root,
      icon: "root-folder",
      children: async () => groups,
      expanded: true,
    }));
  }

  private groups(root: string, hosts: Hosts, inputs: Inputs | undefined, outputs: Outputs | undefined): Item[] {
    const top = machinesFirst(hosts.hosts.filter(({ within }) => within === null));
    const groups: Item[] = [
      {
        id: `${root}#hosts`,
        label: "Hosts",
        description: String(top.length),
        icon: "vm",
        expanded: true,
        children: async () => [
          ...problems(root, hosts),
          ...top.map((host) => this.host(root, host, hosts.hosts)),
        ],
      },
    ];
    if (inputs) {
      groups.push({
        id: `${root}#inputs`,
        label: "Inputs",
        description: lockSummary(inputs),
        icon: "package",
        children: async () => inputs.inputs.map((input) => inputItem(root, input, inputs)),
      });
    }
    if (outputs) {
      const tree = outputTree(root, outputs);
      groups.push({
        id: `${root}#outputs`,
        label: "Outputs",
        description: String(outputs.outputs.length),
        icon: "symbol-interface",
        children: async () => tree,
      });
    }
    return groups;
  }

  private host(root: string, host: Host, all: Host[]): Item {
    const users = all.filter(({ within }) => within === host.output);
    const id = `${root}#${host.output}`;
    const what = [host.kind, host.system].filter(Boolean).join(", ");
    return {
      id,
      label: host.within === null ? host.name : `user ${host.name}`,
      description: what,
      tooltip: host.complete ? host.output : `${host.output}\nNot all of its modules are known.`,
      icon: host.kind === "home" ? "home" : host.kind === "droid" ? "device-mobile" : "vm",
      colour: host.complete ? undefined : "list.warningForeground",
      place: at(root, host.definition),
      context: "host",
      host: host.output,
      children: async () => {
        const graphs = await this.server.ask<OfFlake<Graph>[]>("flakewise/graph", { root, host: host.output });
        const graph = graphs?.[0];
        const top = graph?.nodes.find(({ kind, label }) => kind === "host" && label === host.output);
        const modules = graph && top ? this.imports(root, host.output, id, graph, top.id) : [];
        return [...users.map((user) => this.host(root, user, all)), ...modules];
      },
    };
  }

  private imports(root: string, host: string, parent: string, graph: Graph, from: string): Item[] {
    const imported = graph.edges.filter((edge) => edge.from === from);
    const nodes = imported.map(({ to }) => graph.nodes.find(({ id }) => id === to));
    return nodes.filter((node) => node !== undefined && node.kind !== "host").map((node) => {
      return this.module(root, host, parent, graph, node!);
    });
  }

  private module(root: string, host: string, parent: string, graph: Graph, node: GraphNode): Item {
    const id = `${parent} > ${node.label}`;
    const { path, range } = node;
    const item: Item = { id, label: node.label, icon: moduleIcon(node), context: `module.${node.kind}` };
    if (node.kind === "unknown") item.colour = "list.warningForeground";
    if (path === null) {
      if (graph.edges.some(({ from }) => from === node.id)) {
        item.children = async () => this.imports(root, host, id, graph, node.id);
      }
      return item;
    }
    const { name, folder } = split(node.label);
    item.label = name;
    item.description = folder;
    item.tooltip = node.label;
    item.place = at(root, { path, range: range ?? start });
    item.children = async () => {
      const params = { root, host, path, ...(node.kind === "inline" && range ? { inline: range.start } : {}) };
      const answer = await this.server.ask<Definitions>("flakewise/definitions", params);
      const set = (answer?.definitions ?? []).map((definition, index) => ({
        id: `${id} = ${index} ${definition.option}`,
        label: definition.option,
        description: `${oneLine(definition.value ?? "…")}${priority(definition.priority)}`,
        tooltip: [
          `${definition.option} = ${definition.value ?? "not known"};`,
          definition.conditional ? "If a condition holds that is not known." : "",
          definition.declared ? "" : "No module of the repository declares it: an option of NixOS, or of an input.",
        ].filter((line) => line !== "").join("\n"),
        icon: definition.declared ? "symbol-field" : "symbol-property",
        place: at(root, definition),
        context: "option",
      }));
      return [...this.imports(root, host, id, graph, node.id), ...set];
    };
    return item;
  }
}

/** Machines before the homes of people, each in the order of their names. */
export function machinesFirst(hosts: Host[]): Host[] {
  const rank = ({ kind }: Host) => ["nixos", "darwin", "droid", "home", "other"].indexOf(kind);
  return [...hosts].sort((a, b) => rank(a) - rank(b));
}

function problems(root: string, { problems = [] }: Hosts): Item[] {
  return problems.map(({ output, message }, index) => ({
    id: `${root}#problem ${index}`,
    label: output ?? "The outputs",
    description: message,
    tooltip: message,
    icon: "warning",
    colour: "list.warningForeground",
  }));
}

// Inputs ----------------------------------------------------------------------------------------------------------

function lockSummary({ inputs, lock }: Inputs): string {
  if (lock.error !== null) return lock.error;
  const unlocked = inputs.filter(({ state }) => state === "unlocked").length;
  const copies = lock.nixpkgs > 1 ? `, ${lock.nixpkgs} different nixpkgs` : "";
  return `${inputs.length}${unlocked > 0 ? `, ${unlocked} not locked` : ""}${copies}`;
}

function inputItem(root: string, input: Input, inputs: Inputs): Item {
  const node = inputs.lock.nodes.find(({ id }) => id === input.node);
  const id = `${root}#inputs ${input.name}`;
  const state = {
    locked: node ? lockedText(node) : "locked",
    follows: `follows ${input.follows}`,
    unlocked: "not in flake.lock",
    undeclared: "only in flake.lock",
  }[input.state];
  const isBad = input.state === "unlocked" || input.state === "undeclared";
  const item: Item = {
    id,
    label: input.name,
    description: state,
    tooltip: [input.url ?? node?.original ?? "", node?.locked ?? "", input.flake ? "" : "not a flake"]
      .filter((line) => line !== "").join("\n"),
    icon: input.state === "follows" ? "references" : isBad ? "unlock" : "lock",
    colour: isBad ? "list.warningForeground" : undefined,
    place: at(root, input.definition),
    context: "input",
  };
  if (node && node.inputs.length > 0 && input.state !== "follows") {
    item.children = async () => edges(root, id, node, inputs, [node.id], input);
  }
  return item;
}

/** The inputs of an input: what they follow, or that they are a copy of their own. `above` ends circles. */
function edges(root: string, parent: string, node: LockNode, inputs: Inputs, above: string[], input?: Input): Item[] {
  return node.inputs.map(({ name, node: target, follows }) => {
    const id = `${parent} > ${name}`;
    const written = input?.overrides.find(({ path }) => path.length === 1 && path[0] === name);
    const of = inputs.lock.nodes.find((it) => it.id === target);
    const item: Item = { id, label: name, icon: "references", place: at(root, written?.definition ?? null), context: "input" };
    if (follows !== null) {
      item.description = follows.length === 0 ? "removed" : `follows ${follows.join("/")}`;
    } else if (of === undefined) {
      item.description = "leads nowhere";
      item.icon = "warning";
    } else {
      item.icon = "lock";
      item.description = `${of.original}, ${lockedText(of)}`;
      item.tooltip = of.locked;
      if (of.inputs.length > 0 && !above.includes(of.id)) {
        item.children = async () => edges(root, id, of, inputs, [...above, of.id]);
      }
    }
    return item;
  });
}

function lockedText({ rev, lastModified }: LockNode): string {
  const date = lastModified === null ? [] : [new Date(lastModified * 1000).toISOString().slice(0, 10)];
  return ["locked", ...date, ...(rev === null ? [] : [rev.slice(0, 7)])].join(" ");
}

// Outputs ---------------------------------------------------------------------------------------------------------

interface Folder {
  folders: Map<string, Folder>;
  leaves: Item[];
}

function outputTree(root: string, { outputs }: Outputs): Item[] {
  const top: Folder = { folders: new Map(), leaves: [] };
  for (const { path, kind, definition } of outputs) {
    const names = attributePath(path);
    let folder = top;
    for (const name of names.slice(0, -1)) {
      const next = folder.folders.get(name) ?? { folders: new Map(), leaves: [] };
      folder.folders.set(name, next);
      folder = next;
    }
    folder.leaves.push({
      id: `${root}#output ${path}`,
      label: names.at(-1) ?? path,
      description: kind,
      tooltip: path,
      icon: "symbol-interface",
      place: at(root, definition),
      context: "output",
    });
  }
  return items(`${root}#outputs`, top);
}

function items(id: string, { folders, leaves }: Folder): Item[] {
  const inner = [...folders].map(([name, folder]) => ({
    id: `${id} ${name}`,
    label: name,
    icon: "symbol-namespace",
    children: async () => items(`${id} ${name}`, folder),
  }));
  return [...inner, ...leaves];
}

/** The names of an attribute path as Nix writes it: `a."b.c".d`. */
export function attributePath(path: string): string[] {
  const names = path.match(/"(?:[^"\\]|\\.)*"|[^."]+/g) ?? [path];
  return names.map((name) => name.replace(/^"(.*)"$/s, "$1"));
}

// Words -----------------------------------------------------------------------------------------------------------

const start = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

function at(root: string, place: Place | null): (Place & { root: string }) | undefined {
  return place === null ? undefined : { root, path: place.path, range: place.range };
}

function moduleIcon({ kind }: GraphNode): string {
  const icons = { host: "vm", file: "file-code", inline: "symbol-snippet", input: "package", unknown: "question" };
  return icons[kind];
}

/** `a/b/default.nix` is called `b`, as people call it; any other file by its name. */
function split(label: string): { name: string; folder: string } {
  const names = label.split("/");
  const shown = names.length > 1 && /^default\.nix(:\d+)?$/.test(names.at(-1)!) ? 2 : 1;
  return { name: names.slice(-shown).join("/"), folder: names.slice(0, -shown).join("/") };
}

function folderName(uri: string): string {
  return decodeURIComponent(uri.replace(/\/$/, "").split("/").at(-1) ?? uri);
}

export function oneLine(value: string): string {
  const line = value.split(/\s+/).join(" ").trim();
  return line.length > 80 ? `${line.slice(0, 80)}…` : line;
}

export function priority(value: number): string {
  const names: Record<number, string> = { 50: " (mkForce)", 1000: " (mkDefault)", 1500: " (mkOptionDefault)", 10: " (mkVMOverride)" };
  return value === 100 ? "" : names[value] ?? ` (priority ${value})`;
}
