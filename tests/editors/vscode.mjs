// Drives VS Code as a person would: code-server with the packed extension, in a headless Chromium.
// Called by vscode.sh: node vscode.mjs VSIX SERVER FLAKE HOST LINE WORK OUT BLOCKS EXTRACTED.
// What NODE_PATH holds is found by require, not by import.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";

const [vsix, binary, flake, host, plantedText, work, out, blocks, extracted] = process.argv.slice(2);
const planted = Number(plantedText);
const hostFile = join(flake, host);
const require = createRequire(import.meta.url);
const { chromium } = require("playwright-core");
const codeServer = join(dirname(require.resolve("code-server/package.json")), "out/node/entry.js");

// The code-server ------------------------------------------------------------------------------------------------

const home = join(work, "home");
const folders = { config: join(work, "code.yaml"), data: join(work, "code-data"), extensions: join(work, "code-extensions") };
mkdirSync(join(folders.data, "User"), { recursive: true });
mkdirSync(join(folders.data, "Machine"), { recursive: true });
mkdirSync(home, { recursive: true });
writeFileSync(folders.config, "");
writeFileSync(join(folders.data, "User/settings.json"), JSON.stringify({
  "security.workspace.trust.enabled": false,
  "workbench.startupEditor": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.colorTheme": "Default Dark Modern",
  "files.autoSave": "off",
  "chat.disableAIFeatures": true,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "editor.wordBasedSuggestions": "off",
  "editor.suggest.showWords": false,
  "telemetry.telemetryLevel": "off",
}));

// By the setting, not by PATH: VS Code takes that of a login shell. Where a program lies is a setting of the machine.
writeFileSync(join(folders.data, "Machine/settings.json"), JSON.stringify({ "flakewise.server.path": binary }));

const env = {
  ...process.env,
  EXTENSIONS_GALLERY: '{"serviceUrl":""}',
  HOME: home,
  XDG_CONFIG_HOME: join(home, "config"),
  XDG_DATA_HOME: join(home, "data"),
  XDG_CACHE_HOME: join(home, "cache"),
  XDG_STATE_HOME: join(home, "state"),
};
// What a shell inside of a VS Code sets would make this one talk to that one.
for (const name of Object.keys(env)) if (/^(VSCODE_|CODE_SERVER_)/.test(name)) delete env[name];
const shared = ["--config", folders.config, "--user-data-dir", folders.data, "--extensions-dir", folders.extensions];

const installed = spawnSync(process.execPath, [codeServer, ...shared, "--install-extension", vsix], { env, encoding: "utf8" });
if (installed.status !== 0) fail(`the extension was not installed:\n${installed.stdout}${installed.stderr}`);

const port = await freePort();
const address = `127.0.0.1:${port}`;
const log = [];
const server = spawn(process.execPath, [
  codeServer, ...shared, "--auth", "none", "--bind-addr", address, "--disable-telemetry", "--disable-update-check",
  "--disable-workspace-trust", "--disable-getting-started-override",
], { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
for (const stream of [server.stdout, server.stderr]) stream.on("data", (data) => log.push(String(data)));

let browser;
let page;

async function stop() {
  await browser?.close().catch(() => {});
  // Its own children end with its process group. A group that is gone has ended by itself.
  const signal = (name) => { try { return process.kill(-server.pid, name); } catch { return false; } };
  signal("SIGTERM");
  const deadline = Date.now() + 3000;
  while (signal(0) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  signal("SIGKILL");
}

function fail(message) {
  console.error(`vscode: FAILED: ${message}`);
  process.exitCode = 1;
}

async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

// Looking at it --------------------------------------------------------------------------------------------------

async function waitFor(what, probe, seconds = 30) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await probe().catch(() => undefined);
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`not seen in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function passed(what, since) {
  console.log(`ok   vscode: ${what} (${Date.now() - since} ms)`);
}

const capture = (name) => page.screenshot({ path: join(out, `vscode-${name}.png`) });

async function labels(selector) {
  return page.locator(selector).evaluateAll((rows) =>
    rows.map((row) => `${row.getAttribute("aria-label") ?? ""} ${row.textContent ?? ""}`.trim()));
}

/** Opens a file of a folder with the cursor there; lines and columns count from 1. */
async function open(line, column, folder = flake, file = hostFile) {
  const target = `vscode-remote://${address}${encodeURI(file)}:${line}:${column}`;
  const payload = JSON.stringify([["openFile", target], ["gotoLineMode", "true"]]);
  await page.goto(`http://${address}/?folder=${encodeURIComponent(folder)}&payload=${encodeURIComponent(payload)}`);
}

async function command(title) {
  // The widget of the command before may be on its way out, and takes nothing then.
  const input = page.locator(".quick-input-widget input[type=text]").first();
  await waitFor(`the list of commands, for “${title}”`, async () => {
    await page.keyboard.press("F1");
    await input.fill(`>${title}`, { timeout: 2000 });
    return true;
  });
  await waitFor(`the command “${title}”`, async () => {
    const [first] = await labels(".quick-input-list .monaco-list-row");
    return first?.includes(title);
  });
  await page.keyboard.press("Enter");
  await input.waitFor({ state: "hidden", timeout: 2000 }).catch(() => {});
}

/** The processes of the server under test, which is a file of its own. */
function servers() {
  return readdirSync("/proc").filter((name) => {
    try {
      if (!/^\d+$/.test(name)) return false;
      const command = readFileSync(`/proc/${name}/cmdline`, "latin1").split("\0");
      return command.includes(binary) && command.includes("--stdio");
    } catch {
      return false;
    }
  });
}

async function goTo(line, column) {
  await page.keyboard.press("Control+g");
  const input = page.locator(".quick-input-widget input[type=text]").first();
  await input.waitFor({ state: "visible" });
  await input.fill(`:${line}:${column}`);
  await page.keyboard.press("Enter");
  await input.waitFor({ state: "hidden" });
  await waitFor(`the cursor in line ${line}`, async () => {
    const items = await labels(".statusbar-item [aria-label]");
    return items.some((label) => label.startsWith(`Ln ${line}, Col ${column}`));
  });
}

const editorText = async () =>
  (await page.locator(".monaco-editor .view-line").allTextContents()).join("\n").replaceAll("\u00a0", " ");

// What it must do ------------------------------------------------------------------------------------------------

async function run() {
  await waitFor("code-server", async () => (await fetch(`http://${address}/healthz`)).ok);
  browser = await chromium.launchPersistentContext(join(work, "browser"), {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    viewport: { width: 1280, height: 800 },
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    ],
  });
  page = browser.pages()[0] ?? await browser.newPage();

  // The diagnostic of the planted option.
  let since = Date.now();
  await open(planted, 3);
  await waitFor("the workbench", () => page.locator(".monaco-workbench").isVisible(), 60);
  await waitFor("the host's file", async () => (await editorText()).includes("custom.nosuch.enable"), 60);
  await waitFor("a squiggle in the editor", () => page.locator(".squiggly-error, .squiggly-warning").first().isVisible(), 60);
  passed("squiggle, from the first page load", since);

  await page.keyboard.press("Control+Shift+m");
  // Of a whole repository's problems only those in sight are in the page.
  const problem = await waitFor("undeclared-option of custom.nosuch.enable among the problems", async () => {
    // What is written before the panel is ready is lost.
    const filter = page.getByPlaceholder(/^Filter/);
    if (await filter.inputValue() !== "nosuch") await filter.fill("nosuch");
    const rows = await labels(".markers-panel .monaco-list-row");
    return rows.find((row) => row.includes("nosuch") && row.includes("undeclared-option"));
  });
  assert.match(problem, new RegExp(`\\b${planted}\\b`), `the problem names line ${planted}: ${problem}`);
  passed(`problem: ${problem.split(" at line ")[0].replaceAll("\n", " ")}`, since);
  await capture("diagnostic");

  // The state of the server, and Nix as a language.
  const status = await waitFor("the server as running in the status bar", async () => {
    const items = await labels(".statusbar-item [aria-label]");
    return items.find((label) => /Flakewise: .*is running/.test(label));
  });
  const bar = await page.locator(".statusbar-item").allTextContents();
  assert.ok(bar.some((text) => text.trim() === "Nix"), `the language of the file is not Nix: ${bar.join(" | ")}`);
  const colours = await page.locator(".monaco-editor .view-line span[class^=mtk]").evaluateAll((spans) =>
    new Set(spans.map((span) => span.className)).size);
  assert.ok(colours >= 4, `only ${colours} colours in the text: the grammar does not work`);
  passed(`status bar: ${status}; ${colours} colours`, since);

  // Completion while typing, in a line of its own above the planted one.
  await page.locator(".monaco-editor .view-lines").first().click();
  await page.keyboard.press("Control+j");
  await goTo(planted, 1);
  await page.keyboard.press("Control+Shift+Enter");
  since = Date.now();
  await page.keyboard.type("custom.", { delay: 40 });
  const offered = await waitFor("completion of custom. with the option set backup", async () => {
    const rows = await labels(".suggest-widget.visible .monaco-list-row");
    return rows.some((row) => /\bbackup\b/.test(row)) && rows;
  });
  passed(`completion: ${offered.length} rows, ${offered.slice(0, 4).map((row) => row.split(",")[0]).join(" ")} …`, since);
  await capture("completion");
  await page.keyboard.type("backup");
  await waitFor("backup as the one that is chosen", async () => {
    const [chosen] = await labels(".suggest-widget.visible .monaco-list-row.focused");
    return /\bbackup\b/.test(chosen ?? "");
  });
  await page.keyboard.press("Tab");
  await waitFor("custom.backup in the text", async () => (await editorText()).includes("custom.backup"));
  await page.keyboard.press("Escape");
  // Back to what is on disk, so that no dialog asks about it.
  await command("File: Revert File");
  await waitFor("the text as it was", async () => !(await editorText()).includes("custom.backup"));

  // From an option that the host sets to its declaration.
  const lines = readFileSync(hostFile, "utf8").split("\n");
  const line = lines.findIndex((text) => text.includes('environment = "gnome"'));
  assert.notEqual(line, -1, 'the host does not set environment = "gnome"');
  await goTo(line + 1, lines[line].indexOf("environment") + 2);
  await page.keyboard.press("Control+k");
  await page.keyboard.press("Control+i");
  since = Date.now();
  const hover = await waitFor("what is known about custom.desktop.environment, on hover", async () => {
    const text = (await page.locator(".monaco-hover:visible .hover-row").allTextContents()).join(" ");
    return text.trim() !== "" && !/^Loading/.test(text) && text;
  });
  passed(`hover: ${hover.trim().slice(0, 60).replaceAll("\n", " ")}`, since);
  await capture("hover");
  await page.keyboard.press("Escape");
  since = Date.now();
  await page.keyboard.press("F12");
  await waitFor("nixos/modules/desktop.nix in the editor", async () => {
    const title = await page.locator(".tab.active").first().getAttribute("data-resource-name");
    return title === "desktop.nix" && (await editorText()).includes("environment = lib.mkOption");
  });
  const declared = readFileSync(join(flake, "nixos/modules/desktop.nix"), "utf8").split("\n")
    .findIndex((text) => text.includes("environment = lib.mkOption")) + 1;
  await waitFor(`the cursor in line ${declared}`, async () => {
    const items = await labels(".statusbar-item [aria-label]");
    return items.some((label) => label.startsWith(`Ln ${declared},`));
  });
  passed(`definition: nixos/modules/desktop.nix:${declared}`, since);
  await capture("definition");

  await typing();
  await renaming();
  await views();

  // The extension's own commands.
  since = Date.now();
  await command("Flakewise: Show Server Version");
  await waitFor("the version in a message", async () => {
    const texts = await page.locator(".notification-list-item-message").allTextContents();
    return texts.some((text) => text.includes("flakewise") && text.includes(binary));
  });
  passed("command: Show Server Version", since);

  since = Date.now();
  const [before] = servers();
  await command("Flakewise: Restart Server");
  await waitFor("another process of the server", async () => servers().some((id) => id !== before) && !servers().includes(before));
  await waitFor("the server as running again, with what it reports", async () => {
    const items = await labels(".statusbar-item [aria-label]");
    return items.some((label) => /Flakewise: .*is running/.test(label)) && !items.some((label) => /No Problems/.test(label));
  });
  passed("command: Restart Server", since);

  since = Date.now();
  await command("Flakewise: Explain Rule");
  await waitFor("the rules that are reported, to choose from", async () => {
    const rows = await labels(".quick-input-list .monaco-list-row");
    return rows.some((row) => row.includes("undeclared-option"));
  });
  await page.locator(".quick-input-widget input[type=text]").first().fill("undeclared-option");
  await page.keyboard.press("Enter");
  await waitFor("the rule's documentation", async () => {
    for (const frame of page.frames()) {
      if (/option/i.test(await frame.locator("body.vscode-body").textContent({ timeout: 200 }).catch(() => ""))) return true;
    }
    return false;
  });
  passed("command: Explain Rule", since);
  await capture("explain");

  // Another folder from here on.
  await extracting();
}

/** Opens a file of the flake that is not open yet, by its path. */
async function quickOpen(path) {
  const input = page.locator(".quick-input-widget input[type=text]").first();
  await waitFor(`the field for ${path}`, async () => {
    await page.keyboard.press("Control+p");
    await input.fill(path, { timeout: 2000 });
    return true;
  });
  await waitFor(`${path} among the files`, async () => {
    const [first] = await labels(".quick-input-list .monaco-list-row");
    return first?.includes(path.split("/").at(-1));
  });
  await page.keyboard.press("Enter");
  await waitFor(`${path} in the editor`, async () => (await activeTab()) === path.split("/").at(-1));
}

const activeTab = () => page.locator(".tab.active").first().getAttribute("data-resource-name");

/** What is wrong is said while it is typed, and no longer when it is right. */
async function typing() {
  await quickOpen(host);
  const lines = readFileSync(hostFile, "utf8").split("\n");
  const line = lines.findIndex((text) => text.includes('environment = "gnome"')) + 1;
  await goTo(line, 1);
  const squiggles = () => page.locator(".squiggly-error, .squiggly-warning").count();
  // The end of the file may be out of sight: what is counted is what changes.
  const before = await squiggles();
  await page.keyboard.press("Control+Shift+Enter");
  let since = Date.now();
  await page.keyboard.type(`displayManger = "gdm";`, { delay: 20 });
  // What was offered meanwhile would hide what comes next.
  await page.keyboard.press("Escape");
  await waitFor("a diagnostic of what was typed", async () => (await squiggles()) > before);
  passed("diagnostic appears while typing", since);
  await capture("typing");
  since = Date.now();
  await goTo(line, lines[line - 1].indexOf("environment") + 1 + "displayMan".length);
  await page.keyboard.type("a");
  await waitFor("no diagnostic of what is right now", async () => (await squiggles()) <= before);
  passed("diagnostic vanishes while typing", since);
  await command("File: Revert File");
  await waitFor("the text as it was", async () => !(await editorText()).includes("displayMan"));
}

/** An option gets another name where it is declared and where it is set. */
async function renaming() {
  const lines = readFileSync(hostFile, "utf8").split("\n");
  const line = lines.findIndex((text) => text.includes('environment = "gnome"'));
  await goTo(line + 1, lines[line].indexOf("environment") + 2);
  const since = Date.now();
  await page.keyboard.press("F2");
  const input = page.locator(".rename-input:visible, .rename-box input:visible").first();
  await input.waitFor({ state: "visible" });
  await input.fill("surface");
  await page.keyboard.press("Enter");
  await waitFor("the new name in the host", async () => (await editorText()).includes('surface = "gnome"'));
  await quickOpen("nixos/modules/desktop.nix");
  await waitFor("the new name at the declaration", async () => (await editorText()).includes("surface = lib.mkOption"));
  passed("rename: changes the host and the module", since);
  await capture("rename");
  // VS Code writes what a refactoring changed; what git has is what was there before.
  await waitFor("both files on disk", async () =>
    [hostFile, join(flake, "nixos/modules/desktop.nix")].every((file) => /\bsurface = /.test(readFileSync(file, "utf8"))));
  const restored = spawnSync("git", ["-C", flake, "checkout", "-q", "--", "."], { encoding: "utf8" });
  assert.equal(restored.status, 0, restored.stderr);
  await waitFor("the declaration as it was", async () => (await editorText()).includes("environment = lib.mkOption"));
  await quickOpen(host);
  await waitFor("the host as it was", async () => (await editorText()).includes('environment = "gnome"'));
}

/** A Home Manager block that stands twice becomes a file. */
async function extracting() {
  const since = Date.now();
  const file = join(blocks, "flake.nix");
  const line = readFileSync(file, "utf8").split("\n").findIndex((text) => text.includes("home-manager = {")) + 1;
  await open(line, 13, blocks, file);
  await waitFor("the flake with the block", async () => (await editorText()).includes("home-manager = {"), 60);
  await waitFor("the block among what is found", () =>
    page.locator(".squiggly-warning, .squiggly-info, .squiggly-hint").first().isVisible(), 60);
  await page.locator(".monaco-editor .view-line", { hasText: "home-manager = {" }).first().click();
  await goTo(line, 13);
  const action = page.locator(".action-widget .monaco-list-row", { hasText: "Make home-manager.nix of the 2 blocks" });
  await waitFor("the code action", async () => {
    await page.keyboard.press("Control+.");
    await action.first().waitFor({ state: "visible", timeout: 3000 });
    return true;
  });
  await capture("actions");
  await action.first().click();
  // What moves code is shown before it is made.
  const apply = page.getByRole("button", { name: "Apply", exact: true });
  await waitFor("the preview of the change", () => apply.first().isVisible());
  // Each change of it is to be confirmed; that of a file stands for those in it.
  await waitFor("every change as confirmed", async () => {
    const open = page.locator(".bulk-edit-panel input[type=checkbox]:not(:checked), .bulk-edit-panel [role=checkbox][aria-checked=false]");
    if (await open.count() === 0) return true;
    await open.first().click({ timeout: 2000 });
    return false;
  });
  await capture("preview");
  await apply.first().click();
  await waitFor("the call in the flake", async () => (await editorText()).includes("import ./home-manager.nix"));
  await command("File: Save All");
  const text = (folder, name) => readFileSync(join(folder, name), "utf8").trimEnd();
  await waitFor("the flake, the module and the new file as expected", async () =>
    ["flake.nix", "nas.nix", "home-manager.nix"].every((name) => text(blocks, name) === text(extracted, name)));
  passed("code action: a repeated Home Manager block becomes a file", since);
  await capture("extracted");
}

/** The page that a webview shows: its document is in a frame within a frame. */
async function webview(selector) {
  return waitFor(`a page with ${selector}`, async () => {
    for (const frame of page.frames()) {
      if (await frame.locator(selector).first().isVisible({ timeout: 200 }).catch(() => false)) return frame;
    }
    return undefined;
  });
}

/** The flake explorer, the module graph and the option usage, in dark and in light. */
async function views() {
  await command("View: Close Panel").catch(() => page.keyboard.press("Escape"));
  let since = Date.now();
  await page.locator(".activitybar .action-label[aria-label^=Flakewise]").first().click();
  const row = (text) => page.locator(".pane-body .monaco-list-row", { hasText: text });
  const hosts = JSON.parse(spawnSync(binary, ["hosts", flake, "--format", "json"], { encoding: "utf8" }).stdout).hosts;
  const top = hosts.filter(({ within }) => within === null).map(({ name }) => name);
  await waitFor("the hosts in the explorer", async () => {
    const shown = (await labels(".pane-body .monaco-list-row")).join("\n");
    return top.every((name) => shown.includes(name));
  });
  passed(`explorer: ${top.join(", ")}`, since);
  // A click leads to the definition. What is below is opened at the twistie: with the keyboard it would be a race, because
  // the focus goes to the editor.
  await row(/^laptop/).first().locator(".monaco-icon-label").click();
  await waitFor("flake.nix in the editor", async () => (await activeTab()) === "flake.nix");
  await row(/^laptop/).first().locator(".monaco-tl-twistie").click();
  await waitFor("the modules of the laptop", async () => (await row("laptop/default.nix").count()) > 0);
  await row("laptop/default.nix").first().locator(".monaco-tl-twistie").click();
  await waitFor("what the module sets", async () => (await row("custom.desktop.environment").count()) > 0);
  await capture("explorer");
  // Rows out of sight are not in the page.
  await row(/^laptop/).first().locator(".monaco-tl-twistie").click();
  await row(/^Inputs/).first().locator(".monaco-tl-twistie").click();
  await waitFor("the inputs with their state", async () => (await row(/nixpkgs.*locked/).count()) > 0);
  passed("explorer: modules, what they set, inputs with their state", since);
  await capture("explorer-inputs");

  since = Date.now();
  await command("Flakewise: Show Module Graph");
  const graph = await webview("#picture .box");
  const boxes = () => graph.locator("#picture .box").count();
  await waitFor("boxes and lines", async () => (await boxes()) > 5 && (await graph.locator("#picture path.line").count()) > 5);
  passed(`graph: ${await graph.locator("#count").textContent()}`, since);
  await capture("graph");
  const all = await boxes();
  await graph.locator("#host").selectOption("nixosConfigurations.laptop");
  await waitFor("the graph of the laptop alone", async () => (await boxes()) !== all || (await graph.locator("#host").inputValue()).endsWith("laptop"));
  await waitFor("the laptop's file", async () => (await graph.locator('[aria-label="file hosts/laptop/default.nix"]').count()) === 1);
  // With the keyboard: find it, and open it.
  await graph.locator("#filter").fill("hosts/laptop/default.nix");
  await graph.locator("#filter").press("Enter");
  await waitFor("the box in focus", async () => (await graph.evaluate(() => document.activeElement?.getAttribute("aria-label"))) === "file hosts/laptop/default.nix");
  await page.keyboard.press("Enter");
  await waitFor("the file beside the graph", async () => (await editorText()).includes("custom.nosuch.enable") || (await page.locator(".tab.active").allTextContents()).some((it) => it.includes("default.nix")));
  passed("graph: of one host, by keyboard to the file", since);
  await capture("graph-host");

  since = Date.now();
  await command("View: Close All Editors");
  await command("Flakewise: Show Option Usage");
  const usage = await webview("tbody tr");
  await usage.locator("#different").check();
  await waitFor("only options that differ", async () => (await usage.locator("tbody tr:not(.differs)").count()) === 0 && (await usage.locator("tbody tr.differs").count()) > 0);
  passed(`option usage: ${await usage.locator("#count").textContent()}`, since);
  await capture("usage");
  await command("Preferences: Toggle between Light/Dark Themes");
  await waitFor("a light page", () => usage.evaluate(() => document.body.classList.contains("vscode-light")));
  await capture("usage-light");
  await command("View: Close All Editors");
  await command("Flakewise: Show Module Graph");
  await webview("#picture .box");
  await new Promise((resolve) => setTimeout(resolve, 500));
  await capture("graph-light");
  await command("Preferences: Toggle between Light/Dark Themes");
  await command("View: Close All Editors");
  await page.locator(".activitybar .action-label[aria-label^=Explorer]").first().click();
  await quickOpen(host);
}

try {
  if (process.exitCode === undefined) await run();
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
  await page?.screenshot({ path: join(out, "vscode-failed.png") }).catch(() => {});
  writeFileSync(join(out, "vscode-failed.log"), log.join(""));
  console.error(`what it showed then: ${join(out, "vscode-failed.png")}, code-server's log beside it`);
} finally {
  await stop();
}
