// Where the server is: the setting, then the binary inside the extension, then PATH.
// Knows nothing of VS Code, so that it can be tested without it.

import * as path from "node:path";

export interface World {
  /** `flakewise.server.path`, as the user wrote it. */
  setting: string;
  extensionFolder: string;
  workspaceFolder: string | undefined;
  home: string;
  /** The value of the variable PATH. */
  searchPath: string;
  platform: NodeJS.Platform;
  isExecutable(file: string): boolean;
}

export type Binary =
  | { found: true; command: string; from: "setting" | "extension" | "PATH" }
  | { found: false; reason: string };

export function findBinary(world: World): Binary {
  const setting = world.setting.trim();
  if (setting !== "") return fromSetting(setting, world);

  const { join } = pathsOf(world);
  const bundled = executable(join(world.extensionFolder, "server", "flakewise"), world);
  if (bundled) return { found: true, command: bundled, from: "extension" };

  const onPath = searchPath("flakewise", world);
  if (onPath) return { found: true, command: onPath, from: "PATH" };

  return {
    found: false,
    reason: "The flakewise server was not found: it is neither part of this extension nor on PATH.",
  };
}

// A setting that leads nowhere is an error: to start another server than the one asked for would hide the mistake.
function fromSetting(setting: string, world: World): Binary {
  const { isAbsolute, join } = pathsOf(world);
  const expanded = expand(setting, world);
  if (expanded === undefined) {
    return { found: false, reason: `The setting flakewise.server.path is “${setting}”, but no folder is open.` };
  }

  const isName = !/[/\\]/.test(expanded);
  const place = isName || isAbsolute(expanded) ? expanded : join(world.workspaceFolder ?? world.home, expanded);
  const command = isName ? searchPath(place, world) : executable(place, world);
  if (command) return { found: true, command, from: "setting" };

  const where = isName ? "no such command is on PATH" : "there is no executable file at that place";
  const resolved = place === setting ? "" : ` (that is ${place})`;
  return { found: false, reason: `The setting flakewise.server.path is “${setting}”${resolved}, but ${where}.` };
}

function expand(setting: string, world: World): string | undefined {
  const home = setting === "~" ? world.home : setting.replace(/^~(?=[/\\])/, () => world.home);
  if (!home.includes("${workspaceFolder}")) return home;
  const folder = world.workspaceFolder;
  return folder === undefined ? undefined : home.replaceAll("${workspaceFolder}", () => folder);
}

function searchPath(name: string, world: World): string | undefined {
  const { delimiter, join } = pathsOf(world);
  for (const folder of world.searchPath.split(delimiter)) {
    const command = folder === "" ? undefined : executable(join(folder, name), world);
    if (command) return command;
  }
  return undefined;
}

function executable(file: string, world: World): string | undefined {
  const names = world.platform === "win32" && !/\.exe$/i.test(file) ? [`${file}.exe`] : [file];
  return names.find((name) => world.isExecutable(name));
}

function pathsOf(world: World): path.PlatformPath {
  return world.platform === "win32" ? path.win32 : path.posix;
}
