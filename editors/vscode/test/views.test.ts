import assert from "node:assert/strict";
import { test } from "node:test";
import type { Graph, Option, Questions, Range } from "../src/protocol";
import { attributePath, Explorer, type Item } from "../src/views/explorer";
import { boxText, curve, layout, neighbour } from "../src/views/layout";
import { filtered, shortHost, usage } from "../src/views/usage";
import { describe } from "../src/statusText";

const range = (line: number): Range => ({ start: { line, character: 2 }, end: { line, character: 4 } });

const graph: Graph = {
  nodes: [
    { id: "n0", kind: "host", label: "nixosConfigurations.box", path: "flake.nix", range: range(3) },
    { id: "n1", kind: "file", label: "hosts/box/default.nix", path: "hosts/box/default.nix" },
    { id: "n2", kind: "file", label: "modules/web.nix", path: "modules/web.nix" },
    { id: "n3", kind: "input", label: "disko: nixosModules.disko", path: null },
    { id: "n4", kind: "unknown", label: "the import is computed", path: null },
    { id: "n5", kind: "inline", label: "flake.nix:6", path: "flake.nix", range: range(5) },
  ],
  edges: [
    { from: "n0", to: "n1" }, { from: "n0", to: "n3" }, { from: "n0", to: "n5" },
    { from: "n1", to: "n2" }, { from: "n2", to: "n1" }, { from: "n1", to: "n4" },
  ],
};

const asked: string[] = [];
const answers: Record<string, unknown> = {
  "flakewise/hosts": [{
    root: "file:///home/robin/my%20flake",
    hosts: [
      { output: "nixosConfigurations.box", name: "box", kind: "nixos", system: "x86_64-linux", definition: { path: "flake.nix", range: range(3) }, modules: [], within: null, complete: false },
      { output: "nixosConfigurations.box:home-manager.users.kit", name: "kit", kind: "home", system: null, definition: null, modules: [], within: "nixosConfigurations.box", complete: true },
    ],
    problems: [{ output: null, message: "an output fails" }],
  }],
  "flakewise/inputs": [{
    root: "file:///home/robin/my%20flake",
    inputs: [
      { name: "nixpkgs", url: "github:NixOS/nixpkgs", follows: null, flake: true, definition: { path: "flake.nix", range: range(1) }, state: "locked", node: "nixpkgs", overrides: [] },
      { name: "disko", url: "github:nix-community/disko", follows: null, flake: true, definition: null, state: "locked", node: "disko", overrides: [] },
      { name: "stable", url: null, follows: "nixpkgs", flake: true, definition: null, state: "follows", node: "nixpkgs", overrides: [] },
      { name: "new", url: "github:o/new", follows: null, flake: true, definition: null, state: "unlocked", node: null, overrides: [] },
    ],
    lock: {
      error: null, nixpkgs: 2,
      nodes: [
        { id: "nixpkgs", original: "github:NixOS/nixpkgs", locked: "github:NixOS/nixpkgs/aaaaaaaaaa", rev: "aaaaaaaaaa", lastModified: 86400, flake: true, inputs: [] },
        { id: "nixpkgs_2", original: "nixpkgs", locked: "github:NixOS/nixpkgs/bbbbbbbbbb", rev: "bbbbbbbbbb", lastModified: null, flake: true, inputs: [] },
        { id: "disko", original: "github:nix-community/disko", locked: "", rev: null, lastModified: null, flake: true, inputs: [
          { name: "a", node: "nixpkgs", follows: ["nixpkgs"] }, { name: "b", node: "nixpkgs_2", follows: null },
          { name: "self", node: "disko", follows: null }, { name: "gone", node: null, follows: [] }, { name: "lost", node: null, follows: null },
        ] },
      ],
    },
  }],
  "flakewise/outputs": [{
    root: "file:///home/robin/my%20flake",
    outputs: [
      { path: 'packages."x86_64-linux".tool', kind: "package", definition: { path: "flake.nix", range: range(9) } },
      { path: "formatter", kind: "formatter", definition: null },
    ],
  }],
  "flakewise/graph": [{ root: "file:///home/robin/my%20flake", ...graph }],
  "flakewise/definitions": {
    root: "file:///home/robin/my%20flake",
    definitions: [{ option: "custom.port", path: "modules/web.nix", range: range(7), value: "[\n  1\n]", priority: 50, conditional: false, declared: true }],
  },
};
const server: Questions = {
  async ask<T>(method: string, params: object): Promise<T> {
    asked.push(`${method} ${JSON.stringify(params)}`);
    return answers[method] as T;
  },
};

const lines = (items: Item[]) => items.map(({ label, description }) => [label, description ?? ""].join(" | "));
const child = async (item: Item | undefined, label: string) => {
  const children = (await item?.children?.()) ?? [];
  const found = children.find((it) => it.label === label);
  assert.ok(found, `${label} in ${lines(children)}`);
  return found;
};
const top = async (label: string) => (await new Explorer(server).roots()).find((it) => it.label === label)!;

test("hosts lead to their users and modules, modules to imports and what they set", async () => {
  const hosts = await top("Hosts");
  assert.equal(hosts.description, "1");
  assert.deepEqual(lines(await hosts.children!()), ["The outputs | an output fails", "box | nixos, x86_64-linux"]);
  const box = await child(hosts, "box");
  assert.deepEqual(box.place, { root: "file:///home/robin/my%20flake", path: "flake.nix", range: range(3) });
  assert.deepEqual(lines(await box.children!()), ["user kit | home", "box/default.nix | hosts", "disko: nixosModules.disko | ", "flake.nix:6 | "]);
  const file = await child(box, "box/default.nix");
  assert.deepEqual(lines(await file.children!()), ["web.nix | modules", "the import is computed | ", "custom.port | [ 1 ] (mkForce)"]);
  // Whoever imports in circles can be opened without end, each time below another line.
  const web = await child(file, "web.nix");
  const again = await child(web, "box/default.nix");
  assert.notEqual(again.id, file.id);
  const inline = await child(box, "flake.nix:6");
  await inline.children!();
  assert.match(asked.at(-1)!, /"path":"flake.nix","inline":\{"line":5,"character":2\}/);
});

test("inputs say what is locked, what follows what, and what is a copy", async () => {
  const inputs = await top("Inputs");
  assert.equal(inputs.description, "4, 1 not locked, 2 different nixpkgs");
  assert.deepEqual(lines(await inputs.children!()), [
    "nixpkgs | locked 1970-01-02 aaaaaaa", "disko | locked", "stable | follows nixpkgs", "new | not in flake.lock",
  ]);
  const disko = await child(inputs, "disko");
  assert.deepEqual(lines(await disko.children!()), [
    "a | follows nixpkgs", "b | nixpkgs, locked bbbbbbb", "self | github:nix-community/disko, locked", "gone | removed", "lost | leads nowhere",
  ]);
  assert.equal((await child(disko, "self")).children, undefined);
});

test("outputs are a tree", async () => {
  const outputs = await top("Outputs");
  assert.deepEqual(lines(await outputs.children!()), ["packages | ", "formatter | formatter"]);
  const tool = await child(await child(await child(outputs, "packages"), "x86_64-linux"), "tool");
  assert.deepEqual([tool.description, tool.place?.range], ["package", range(9)]);
  assert.deepEqual(attributePath('a."b.c\\"".d'), ["a", 'b.c\\"', "d"]);
});

test("several flakes are folders, and no server is nothing", async () => {
  const two: Questions = { ask: async <T>(method: string) => (method === "flakewise/hosts" ? [{ root: "file:///a%20b", hosts: [] }, { root: "file:///c/", hosts: [] }] : undefined) as T };
  assert.deepEqual(lines(await new Explorer(two).roots()), ["a b | ", "c | "]);
  const none: Questions = { ask: async () => undefined };
  assert.deepEqual(await new Explorer(none).roots(), []);
});

test("importers stand to the left of what they import", () => {
  const drawing = layout(graph);
  const box = (id: string) => drawing.boxes.find((it) => it.id === id)!;
  assert.ok(box("n0").x < box("n1").x && box("n1").x < box("n2").x);
  assert.ok(drawing.lines.every(({ points }) => points.length >= 2));
  assert.equal(neighbour(drawing, "n1", "ArrowLeft"), "n0");
  assert.ok(["n2", "n4"].includes(neighbour(drawing, "n1", "ArrowRight")!));
  assert.equal(neighbour(drawing, "n0", "ArrowUp"), undefined);
  assert.equal(neighbour(drawing, "n0", "x"), undefined);
  const nothing = layout({ nodes: [], edges: [] });
  assert.deepEqual([nothing.width, nothing.height], [1, 1]);
  assert.equal(boxText({ id: "", kind: "file", label: `a/${"x".repeat(60)}.nix`, path: null }).length, 42);
  assert.match(curve([{ x: 0, y: 0 }, { x: 4, y: 2 }, { x: 8, y: 0 }]), /^M 0.0 0.0 Q 4.0 2.0 6.0 1.0 L 8.0 0.0$/);
});

const place = (path: string, value: string | null, priority: number, hosts: string[]) => ({ path, range: range(1), value, priority, hosts });
const options: Option[] = [
  {
    path: "custom.port", type: "16 bit unsigned integer", default: "80", description: null, hosts: ["nixosConfigurations.a", "nixosConfigurations.b", "nixosConfigurations.c"],
    declarations: [{ path: "m.nix", range: range(0) }],
    definitions: [place("a.nix", "1", 100, ["nixosConfigurations.a"]), place("m.nix", "2", 50, ["nixosConfigurations.a", "nixosConfigurations.b"])],
  },
  {
    path: "custom.list", type: "list of string", default: "[ ]", description: null, hosts: ["nixosConfigurations.a", "nixosConfigurations.b"],
    declarations: [],
    definitions: [place("a.nix", "[ 1 ]", 100, ["nixosConfigurations.a", "nixosConfigurations.b"]), place("b.nix", null, 100, ["nixosConfigurations.a", "nixosConfigurations.b"])],
  },
];

test("the table says what is in force where, and where hosts differ", () => {
  const table = usage(options);
  assert.deepEqual(table.hosts.map(shortHost), ["a", "b", "c"]);
  const [port, list] = table.rows;
  assert.deepEqual(port!.cells.map(({ kind, text }) => `${kind} ${text}`), ["set 2", "set 2", "default 80"]);
  assert.deepEqual([port!.differs, port!.set, port!.cells[0]!.definitions[0]!.path], [true, 2, "m.nix"]);
  assert.deepEqual(list!.cells.map(({ kind, text }) => `${kind} ${text}`), ["set [ 1 ] + …", "set [ 1 ] + …", "absent "]);
  assert.equal(list!.differs, false);
  const names = (...rest: [string, boolean, boolean]) => filtered(table, ...rest).map(({ option }) => option);
  assert.deepEqual(names("", true, false), ["custom.port"]);
  assert.deepEqual(names("list string", false, true), ["custom.list"]);
  assert.deepEqual(names("nothing", false, false), []);
  assert.equal(shortHost('homeConfigurations."kit@box.lan"'), "kit@box.lan");
  assert.equal(shortHost("nixosConfigurations.box:home-manager.users.kit"), "box / kit");
});

test("the status says what is going on", () => {
  const said = (...state: Parameters<typeof describe>) => describe(...state).long;
  assert.equal(said({ kind: "starting" }, 0), "is starting");
  assert.equal(said({ kind: "running", version: "1" }, 0), "1 is running and reads the repository");
  assert.equal(said({ kind: "running", version: "1", hosts: 1 }, 2), "1 is running: 1 host, 2 problems");
  assert.ok(describe({ kind: "missing", reason: "no" }, 0).problem && describe({ kind: "stopped" }, 0).problem);
});
