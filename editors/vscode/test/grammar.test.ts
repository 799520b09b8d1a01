import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { loadWASM, OnigScanner, OnigString } from "vscode-oniguruma";
import { INITIAL, parseRawGrammar, Registry, type IGrammar } from "vscode-textmate";

const grammarFile = "syntaxes/nix.tmLanguage.json";

/** In the place of the shell's grammar, which VS Code has. */
const shell = {
  scopeName: "source.shell",
  patterns: [
    { name: "comment.line.shell", match: "#.*" },
    { name: "keyword.control.shell", match: "\\b(?:if|then|fi)\\b" },
    { name: "string.quoted.double.shell", begin: '"', end: '"' },
    { name: "string.quoted.single.shell", begin: "'", end: "'" },
  ],
};

let loaded: Promise<IGrammar> | undefined;

function grammar(): Promise<IGrammar> {
  return (loaded ??= (async () => {
    await loadWASM(readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")));
    const registry = new Registry({
      onigLib: Promise.resolve({
        createOnigScanner: (patterns) => new OnigScanner(patterns),
        createOnigString: (text) => new OnigString(text),
      }),
      loadGrammar: async (scope) => scope === "source.shell"
        ? parseRawGrammar(JSON.stringify(shell), "shell.json")
        : parseRawGrammar(readFileSync(grammarFile, "utf8"), grammarFile),
    });
    const nix = await registry.loadGrammar("source.nix");
    assert.ok(nix);
    return nix;
  })());
}

interface Piece {
  text: string;
  scopes: string[];
}

async function tokenize(code: string): Promise<Piece[]> {
  const nix = await grammar();
  const pieces: Piece[] = [];
  let state = INITIAL;
  for (const line of code.split("\n")) {
    const { tokens, ruleStack } = nix.tokenizeLine(line, state);
    for (const { startIndex, endIndex, scopes } of tokens) {
      pieces.push({ text: line.slice(startIndex, endIndex), scopes });
    }
    state = ruleStack;
  }
  return pieces;
}

/** `expected` names pieces of the code in their order, each with the beginning of one of its scopes. */
async function check(code: string, expected: [text: string, scope: string][]): Promise<void> {
  const pieces = await tokenize(code);
  let at = 0;
  for (const [text, scope] of expected) {
    const found = pieces.findIndex((piece, index) => index >= at && piece.text.trim() === text);
    assert.notEqual(found, -1, `no piece “${text}” from there on in ${JSON.stringify(pieces.slice(at), null, 1)}`);
    const { scopes } = pieces[found]!;
    assert.ok(scopes.some((name) => name.startsWith(scope)), `“${text}” is ${scopes.join(" ")}, not ${scope}`);
    at = found + 1;
  }
}

/** The last piece must lie in nothing but the file itself: whatever was opened was closed. */
async function checkClosed(code: string): Promise<void> {
  const pieces = await tokenize(`${code}\n;`);
  assert.deepEqual(pieces.at(-1)?.scopes, ["source.nix", "punctuation.terminator.nix"], code);
}

test("keywords are whole words", () =>
  check("let in-x = 1; x = if a then b else c; in with rec' ; rec { }", [
    ["let", "keyword.other"],
    ["in-x", "entity.other.attribute-name"],
    ["if", "keyword.control"],
    ["then", "keyword.control"],
    ["else", "keyword.control"],
    ["in", "keyword.other"],
    ["with", "keyword.other"],
    ["rec'", "variable.other"],
    ["rec", "keyword.other"],
  ]));

test("attribute paths before =, and selections that are none", () =>
  check('{ a.b."c".d = x.y == z; e.${f} = 1; }', [
    ["a", "entity.other.attribute-name"],
    ["b", "entity.other.attribute-name"],
    ["d", "entity.other.attribute-name"],
    ["x", "variable.other"],
    ["y", "variable.other.property"],
    ["==", "keyword.operator.comparison"],
    ["z", "variable.other"],
    ["e", "entity.other.attribute-name"],
  ]));

test("inherit, plain and from an expression", () =>
  check("{ inherit a b; inherit (lib.x) c; d = 1; }", [
    ["inherit", "keyword.other.inherit"],
    ["a", "entity.other.attribute-name"],
    ["b", "entity.other.attribute-name"],
    ["lib", "variable.other"],
    ["c", "entity.other.attribute-name"],
    ["d", "entity.other.attribute-name"],
    ["1", "constant.numeric.integer"],
  ]));

test("parameters", async () => {
  await check("x: args@{ a, b ? null, ... }: a", [
    ["x", "variable.parameter"],
    ["args", "variable.parameter"],
    ["@", "keyword.operator.at"],
    ["a", "variable.parameter"],
    ["b", "variable.parameter"],
    ["null", "constant.language"],
    ["...", "variable.parameter.rest"],
    ["a", "variable.other"],
  ]);
  await check("{ pkgs }@inputs: inputs", [
    ["pkgs", "variable.parameter"],
    ["inputs", "variable.parameter"],
    ["inputs", "variable.other"],
  ]);
  await check("{\n  config,\n  lib ? x,\n  ...\n}:", [
    ["config", "variable.parameter"],
    ["lib", "variable.parameter"],
    ["?", "keyword.operator.default"],
    ["x", "variable"],
  ]);
});

test("strings, escapes and interpolation", () =>
  check('"a \\" \\${x} $${y} ${z "in ${w}"} b"', [
    ['"', "punctuation.definition.string.begin"],
    ["a", "string.quoted.double"],
    ['\\"', "constant.character.escape"],
    ["\\$", "constant.character.escape"],
    ["$$", "string.quoted.double"],
    ["${", "punctuation.section.embedded.begin"],
    ["z", "variable.other"],
    ["in", "string.quoted.double"],
    ["w", "variable.other"],
    ["b", "string.quoted.double"],
    ['"', "punctuation.definition.string.end"],
  ]));

test("indented strings and their own escapes", () =>
  check("''\n  a ''' ''${x} ''\\n $${y}\n  ${if b then \"c\" else { d = 1; }.d}\n''", [
    ["''", "punctuation.definition.string.begin"],
    ["a", "string.quoted.other.indented"],
    ["'''", "constant.character.escape"],
    ["''$", "constant.character.escape"],
    ["''\\n", "constant.character.escape"],
    ["$$", "string.quoted.other.indented"],
    ["${", "punctuation.section.embedded.begin"],
    ["if", "keyword.control"],
    ["d", "entity.other.attribute-name"],
    ["}", "punctuation.section.braces.end"],
    ["}", "punctuation.section.embedded.end"],
    ["''", "punctuation.definition.string.end"],
  ]));

test("paths, search paths and URLs", async () => {
  await check("[ ./a/b.nix ../c ~/d /etc/x <nixpkgs/lib> ./${e}/f https://example.org/a?b ]", [
    ["./", "string.unquoted.path"],
    ["a/b.nix", "string.unquoted.path"],
    ["../", "string.unquoted.path"],
    ["~/", "string.unquoted.path"],
    ["/", "string.unquoted.path"],
    ["<nixpkgs/lib>", "string.unquoted.search-path"],
    ["e", "variable.other"],
    ["/f", "string.unquoted.path"],
    ["https://example.org/a?b", "string.unquoted.url"],
    ["]", "punctuation.section.brackets.end"],
  ]);
});

test("operators that look like paths, arguments or search paths", () =>
  check("a // b ++ c / d && e -> f ? g || h <= i < j |> k", [
    ["//", "keyword.operator.update"],
    ["++", "keyword.operator.concatenation"],
    ["/", "keyword.operator.arithmetic"],
    ["&&", "keyword.operator.logical"],
    ["->", "keyword.operator.logical"],
    ["f", "variable.other"],
    ["?", "keyword.operator.has-attribute"],
    ["||", "keyword.operator.logical"],
    ["<=", "keyword.operator.comparison"],
    ["<", "keyword.operator.comparison"],
    ["|>", "keyword.operator.pipe"],
  ]));

test("builtins, with and without their set, and names that only look like them", () =>
  check("builtins.map toString x.map import ./y or-not x.y or null", [
    ["builtins", "support.class.builtins"],
    ["map", "support.function.builtin"],
    ["toString", "support.function.builtin"],
    ["map", "variable.other.property"],
    ["import", "support.function.builtin"],
    ["or-not", "variable.other"],
    ["or", "keyword.operator.word"],
    ["null", "constant.language"],
  ]));

test("comments, and the words that allow a finding", () =>
  check("# flakewise: allow unused-input\n/** doc */ /* plain\n more */ /**/ 1.5 # end", [
    ["#", "punctuation.definition.comment"],
    ["flakewise:", "keyword.other.directive"],
    ["allow", "keyword.other.directive"],
    ["unused-input", "comment.line"],
    ["doc", "comment.block.documentation"],
    ["plain", "comment.block.nix"],
    ["more", "comment.block.nix"],
    ["/*", "punctuation.definition.comment.begin"],
    ["1.5", "constant.numeric.float"],
    ["#", "punctuation.definition.comment"],
  ]));

test("what is opened is closed", async () => {
  for (const code of [
    '"$"',
    '"$$"',
    '"\\\\"',
    "''$''",
    "''\n  ''${a}\n''",
    "''a '' + ''b''",
    "{ a = ''x''; }",
    '"${"${"x"}"}"',
    "./a${b}",
    "(./. + \"/x\")",
    "{ inherit (a) b; }",
    "a/*c*/",
    "[ ./${a}/${b}.nix ]",
    "a<b",
  ]) {
    await checkClosed(code);
  }
});

test("build phases and scripts are shell", async () => {
  await check(`buildPhase = ''\n  if true; then # don't\n    echo "in \${out} ''\${HOME}"\n  fi\n'';\nx = ''\n  if\n'';`, [
    ["buildPhase", "entity.other.attribute-name.nix"],
    ["''", "punctuation.definition.string.begin.nix"],
    ["if", "keyword.control.shell"],
    ["# don't", "comment.line.shell"],
    ["in", "string.quoted.double.shell"],
    ["${", "punctuation.section.embedded.begin.nix"],
    ["out", "variable.other.nix"],
    ["''$", "constant.character.escape.nix"],
    ["fi", "keyword.control.shell"],
    ["''", "punctuation.definition.string.end.nix"],
    ["x", "entity.other.attribute-name.nix"],
    ["if", "string.quoted.other.indented.nix"],
  ]);
  await check(`pkgs.writeShellScriptBin "a b" ''\n  fi\n''`, [["writeShellScriptBin", "variable.other.nix"], ["fi", "keyword.control.shell"]]);
  await check(`f /* bash */ ''\n  fi\n''`, [["/* bash */", "comment.block.nix"], ["fi", "keyword.control.shell"]]);
});

test("what the shell leaves open ends with the string", async () => {
  await checkClosed(`shellHook = ''\n  echo "never closed\n''`);
  await checkClosed(`{ preStart = ''\n  it's\n  ''\${a}\n  \${if x then "y" else ''\n z\n ''}\n  ''; }`);
  await checkClosed("script = ''one line'';\na = 1");
});
