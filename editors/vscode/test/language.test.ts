import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const configuration = JSON.parse(readFileSync("language-configuration.json", "utf8"));
const manifest = JSON.parse(readFileSync("package.json", "utf8"));

const { increaseIndentPattern, decreaseIndentPattern, indentNextLinePattern } = configuration.indentationRules;

function matches(pattern: string, lines: string[], expected: boolean): void {
  for (const line of lines) assert.equal(new RegExp(pattern).test(line), expected, line);
}

test("the line after an opening bracket, let or an opened string is indented", () => {
  matches(increaseIndentPattern, ["{", "  a = {", "f [", "let", "  x = let", "x = ''", "(''", "{ # why"], true);
  matches(increaseIndentPattern, ["# {", "a = 1;", "};", "  outlet", "  '';", "x''", "in"], false);
});

test("a closing bracket, in, and the end of a string are outdented", () => {
  matches(decreaseIndentPattern, ["}", "  ];", "  in", "in {", "  '';", "'')"], true);
  matches(decreaseIndentPattern, ["inherit a;", "in-x = 1;", "''${a}", "a }"], false);
});

test("only the next line follows = and then", () => {
  matches(indentNextLinePattern, ["a =", "if x then", "  ) else # no"], true);
  matches(indentNextLinePattern, ["a ==", "# a =", "a = b;", "strengthen"], false);
});

test("a Nix name is one word", () => {
  const words = "config.custom.display-manager or x' 1.5".match(new RegExp(configuration.wordPattern, "g"));
  assert.deepEqual(words, ["config", "custom", "display-manager", "or", "x'", "1.5"]);
});

test("every command that is offered is registered, and the reverse", () => {
  const source = readFileSync("src/extension.ts", "utf8");
  const registered = [...source.matchAll(/registerCommand\("([^"]+)"/g)].map(([, id]) => id);
  const offered = manifest.contributes.commands.map(({ command }: { command: string }) => command);
  assert.deepEqual(registered.sort(), offered.sort());
});

test("every setting that is read is described", () => {
  const sources = ["src/extension.ts", "src/binary.ts", "src/select.ts"].map((file) => readFileSync(file, "utf8")).join("\n");
  const read = [...sources.matchAll(/\.get\("([^"]+)"/g)].map(([, name]) => `flakewise.${name}`);
  assert.ok(read.length > 0);
  const described = Object.keys(manifest.contributes.configuration.properties);
  // A group of settings is read as a whole.
  const isDescribed = (name: string) => described.some((it) => it === name || it.startsWith(`${name}.`));
  for (const name of read) assert.ok(isDescribed(name), name);
});
