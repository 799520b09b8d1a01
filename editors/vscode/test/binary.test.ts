import assert from "node:assert/strict";
import { test } from "node:test";
import { findBinary, type World } from "../src/binary";

/** A Linux machine with these executable files, an open folder, and nothing set. */
function world(files: string[], changes: Partial<World> = {}): World {
  return {
    setting: "",
    extensionFolder: "/extension",
    workspaceFolder: "/flake",
    home: "/home/robin",
    searchPath: "/usr/local/bin::/usr/bin",
    platform: "linux",
    isExecutable: (file) => files.includes(file),
    ...changes,
  };
}

function check(files: string[], changes: Partial<World>, expected: string): void {
  const binary = findBinary(world(files, changes));
  assert.equal(binary.found ? `${binary.from}: ${binary.command}` : binary.reason, expected);
}

const everywhere = ["/opt/flakewise", "/extension/server/flakewise", "/usr/bin/flakewise"];

test("the setting comes first", () => {
  check(everywhere, { setting: "/opt/flakewise" }, "setting: /opt/flakewise");
});

test("then the binary in the extension, then PATH", () => {
  check(everywhere, {}, "extension: /extension/server/flakewise");
  check(["/usr/bin/flakewise"], {}, "PATH: /usr/bin/flakewise");
});

test("the first folder of PATH that has it is taken, and an empty one is none", () => {
  check(["/usr/local/bin/flakewise", "/usr/bin/flakewise"], {}, "PATH: /usr/local/bin/flakewise");
  check(["flakewise", "/flakewise"], {}, "The flakewise server was not found: it is neither part of this extension nor on PATH.");
});

test("white space around the setting does not matter", () => {
  check(everywhere, { setting: "  " }, "extension: /extension/server/flakewise");
  check(everywhere, { setting: " /opt/flakewise\n" }, "setting: /opt/flakewise");
});

test("the setting may name the home and the open folder", () => {
  check(["/home/robin/bin/flakewise"], { setting: "~/bin/flakewise" }, "setting: /home/robin/bin/flakewise");
  const own = ["/flake/result/bin/flakewise"];
  check(own, { setting: "${workspaceFolder}/result/bin/flakewise" }, "setting: /flake/result/bin/flakewise");
  check(own, { setting: "result/bin/flakewise" }, "setting: /flake/result/bin/flakewise");
  check(own, { setting: "./result/bin/flakewise" }, "setting: /flake/result/bin/flakewise");
});

test("a folder's name is put in as it is", () => {
  const changes = { setting: "${workspaceFolder}/flakewise", workspaceFolder: "/a$&b" };
  check(["/a$&b/flakewise"], changes, "setting: /a$&b/flakewise");
});

test("a name without a slash is looked for on PATH", () => {
  check(["/usr/bin/flakewise-nightly"], { setting: "flakewise-nightly" }, "setting: /usr/bin/flakewise-nightly");
});

test("a setting that leads nowhere is said, and nothing else is started", () => {
  check(
    everywhere,
    { setting: "/gone/flakewise" },
    "The setting flakewise.server.path is “/gone/flakewise”, but there is no executable file at that place.",
  );
  check(
    everywhere,
    { setting: "~/gone" },
    "The setting flakewise.server.path is “~/gone” (that is /home/robin/gone), but there is no executable file at that place.",
  );
  check(
    everywhere,
    { setting: "flakewise-nightly" },
    "The setting flakewise.server.path is “flakewise-nightly”, but no such command is on PATH.",
  );
});

test("${workspaceFolder} needs an open folder", () => {
  check(
    everywhere,
    { setting: "${workspaceFolder}/flakewise", workspaceFolder: undefined },
    "The setting flakewise.server.path is “${workspaceFolder}/flakewise”, but no folder is open.",
  );
});

test("on Windows the binary is an .exe and PATH is split at semicolons", () => {
  const windows: Partial<World> = {
    platform: "win32",
    extensionFolder: "C:\\ext",
    home: "C:\\Users\\robin",
    searchPath: "C:\\Windows;D:\\tools",
  };
  check(["D:\\tools\\flakewise.exe"], windows, "PATH: D:\\tools\\flakewise.exe");
  check(["C:\\ext\\server\\flakewise.exe"], windows, "extension: C:\\ext\\server\\flakewise.exe");
  check(["C:\\f.exe"], { ...windows, setting: "C:\\f.exe" }, "setting: C:\\f.exe");
  check(["C:\\Users\\robin\\f.exe"], { ...windows, setting: "~\\f" }, "setting: C:\\Users\\robin\\f.exe");
});
