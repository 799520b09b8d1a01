// Starts the server, restarts it when asked or when another binary is chosen, and says what it is doing.

import * as fs from "node:fs";
import * as os from "node:os";
import * as vscode from "vscode";
import {
  LanguageClient,
  State,
  type LanguageClientOptions,
  type Location,
  type Position,
  type StaticFeature,
} from "vscode-languageclient/node";
import { findBinary, type Binary } from "./binary";
import { RuleDocumentation } from "./explain";
import type { Changed, Place, Questions } from "./protocol";
import { chooseServer } from "./select";
import { Status } from "./status";
import { openPlace, Panels } from "./views/panel";
import { ExplorerView } from "./views/tree";

const installation = "https://github.com/flakewise/flakewise#installation";

/** What the server's lenses call: VS Code's own command wants its own types. */
const showReferences = "flakewise.showReferences";

const openPlaceCommand = "flakewise.openPlace";

/** While somebody types, views are asked for again after a rest of this many milliseconds. */
const rest = 400;

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const extension = (server = new Server(context));
  const rules = new RuleDocumentation(() => extension.command());
  const explorer = new ExplorerView(extension);
  const panels = new Panels(context.extensionUri, extension);
  extension.onChanged(() => {
    explorer.refresh();
    panels.refresh();
  });
  context.subscriptions.push(
    extension,
    explorer,
    panels,
    rules.register(),
    vscode.commands.registerCommand("flakewise.restartServer", () => extension.restart()),
    vscode.commands.registerCommand("flakewise.showOutput", () => extension.showOutput()),
    vscode.commands.registerCommand("flakewise.showVersion", () => extension.showVersion()),
    vscode.commands.registerCommand("flakewise.selectServer", () => chooseServer(extension.command())),
    vscode.commands.registerCommand("flakewise.showGraph", (item?: { host?: string }) => panels.show("graph", item?.host)),
    vscode.commands.registerCommand("flakewise.showOptionUsage", () => panels.show("usage")),
    // The tree's own: what a click opens.
    vscode.commands.registerCommand(openPlaceCommand, (root: string, place: Place) => openPlace(root, place)),
    vscode.commands.registerCommand("flakewise.explainRule", (rule?: unknown) =>
      rules.show(typeof rule === "string" ? rule : undefined),
    ),
    vscode.commands.registerCommand(showReferences, (uri: string, position: Position, locations: Location[]) =>
      extension.showReferences(uri, position, locations),
    ),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("flakewise.server.path")) void extension.restart();
    }),
  );
  await extension.restart();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}

class Server implements vscode.Disposable, Questions {
  private readonly output = vscode.window.createOutputChannel("Flakewise", { log: true });
  private readonly status = new Status();
  private client: LanguageClient | undefined;
  /** Starts and stops come one after the other, however fast they are asked for. */
  private queue: Promise<void> = Promise.resolve();
  private listener: () => void = () => {};
  private resting: NodeJS.Timeout | undefined;

  constructor(private readonly context: vscode.ExtensionContext) {}

  /** The binary as the settings name it now. */
  command(): string | undefined {
    const binary = this.binary();
    return binary.found ? binary.command : undefined;
  }

  /** Says when what views show may be something else: after an analysis, and when the server starts or stops. */
  onChanged(listener: () => void): void {
    this.listener = listener;
  }

  async ask<T>(method: string, params: object): Promise<T | undefined> {
    const client = this.client;
    if (!client?.isRunning()) return undefined;
    try {
      return await client.sendRequest<T>(method, params);
    } catch (error) {
      this.output.warn(`${method}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  restart(): Promise<void> {
    return this.enqueue(async () => {
      await this.stopNow();
      await this.startNow();
    });
  }

  stop(): Promise<void> {
    return this.enqueue(() => this.stopNow());
  }

  showOutput(): void {
    this.output.show(true);
  }

  async showReferences(uri: string, position: Position, locations: Location[]): Promise<void> {
    const converter = this.client?.protocol2CodeConverter;
    if (!converter) return;
    await vscode.commands.executeCommand(
      "editor.action.showReferences",
      vscode.Uri.parse(uri),
      converter.asPosition(position),
      locations.map((location) => converter.asLocation(location)),
    );
  }

  async showVersion(): Promise<void> {
    const info = this.client?.initializeResult?.serverInfo;
    const binary = this.binary();
    if (info && binary.found) {
      const from = binary.from === "extension" ? "the extension" : binary.from === "setting" ? "the settings" : "PATH";
      void vscode.window.showInformationMessage(
        `${info.name} ${info.version ?? "(no version given)"}, from ${from}: ${binary.command}`,
      );
    } else if (binary.found) {
      void vscode.window.showWarningMessage(`The server is not running (${binary.command}).`);
    } else {
      this.reportMissing(binary.reason);
    }
  }

  dispose(): void {
    clearTimeout(this.resting);
    this.status.dispose();
    this.output.dispose();
  }

  private enqueue(action: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(action, action);
    return this.queue;
  }

  private binary(): Binary {
    return findBinary({
      setting: vscode.workspace.getConfiguration("flakewise").get("server.path", ""),
      extensionFolder: this.context.extensionPath,
      workspaceFolder: vscode.workspace.workspaceFolders?.[0]?.uri.fsPath,
      home: os.homedir(),
      searchPath: process.env.PATH ?? "",
      platform: process.platform,
      isExecutable,
    });
  }

  private async startNow(): Promise<void> {
    const binary = this.binary();
    if (!binary.found) {
      this.reportMissing(binary.reason);
      return;
    }
    this.output.info(`server: ${binary.command} (from ${binary.from})`);

    const client = new LanguageClient(
      "flakewise",
      "Flakewise",
      { command: binary.command, args: ["--stdio"] },
      this.clientOptions(),
    );
    this.client = client;
    client.registerFeature(announced);
    client.onNotification("flakewise/changed", ({ flakes }: Changed) => {
      if (this.client !== client) return;
      this.status.analysed(flakes.reduce((sum, { hosts }) => sum + hosts, 0));
      this.viewsChanged();
    });
    client.onDidChangeState(({ newState }) => {
      if (this.client !== client) return;
      if (newState === State.Starting) {
        this.status.set({ kind: "starting" });
      } else if (newState === State.Running) {
        this.status.set({ kind: "running", version: client.initializeResult?.serverInfo?.version });
      } else {
        this.status.set({ kind: "stopped" });
        this.viewsChanged();
      }
    });
    this.status.set({ kind: "starting" });
    try {
      await client.start();
    } catch (error) {
      this.output.error(`the server did not start: ${error instanceof Error ? error.message : String(error)}`);
      this.status.set({ kind: "stopped" });
    }
  }

  private viewsChanged(): void {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.listener(), rest);
  }

  private async stopNow(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (!client) return;
    try {
      await client.dispose();
    } catch (error) {
      this.output.warn(`the server did not stop as asked: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private clientOptions(): LanguageClientOptions {
    return {
      documentSelector: [{ scheme: "file", language: "nix" }],
      outputChannel: this.output,
      diagnosticCollectionName: "flakewise",
      initializationOptions: () => {
        const settings = vscode.workspace.getConfiguration("flakewise");
        return {
          rules: settings.get("rules", {}),
          exclude: settings.get("exclude", []),
          inputs: settings.get("inputs", {}),
          store: settings.get("store", null),
          formatter: settings.get("formatter", null),
          lenses: settings.get("lenses", {}),
          hints: settings.get("hints", {}),
        };
      },
      // What to watch is for the server to say: it registers that by itself.
      synchronize: { configurationSection: "flakewise" },
    };
  }

  private reportMissing(reason: string): void {
    this.output.error(reason);
    this.status.set({ kind: "missing", reason });
    // Not awaited: the message stays until somebody answers it.
    void vscode.window
      .showErrorMessage(reason, "How to Install", "Open Setting", "Try Again")
      .then((answer) => {
        if (answer === "How to Install") {
          void vscode.env.openExternal(vscode.Uri.parse(installation));
        } else if (answer === "Open Setting") {
          void vscode.commands.executeCommand("workbench.action.openSettings", "flakewise.server.path");
        } else if (answer === "Try Again") {
          void this.restart();
        }
      });
  }
}

/** Tells the server which commands its lenses may name, and that views want to know of changes. */
const announced: StaticFeature = {
  fillClientCapabilities(capabilities) {
    capabilities.experimental = {
      ...capabilities.experimental,
      commands: { commands: [showReferences] },
      flakewise: { changed: true },
    };
  },
  initialize() {},
  getState: () => ({ kind: "static" }),
  clear() {},
};

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}
