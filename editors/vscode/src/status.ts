// The item in the status bar: what the server is doing, what it found, and what can be done with it.

import * as vscode from "vscode";
import { describe, type ServerState } from "./statusText";

export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("flakewise.server", vscode.StatusBarAlignment.Right, 10);
  private readonly subscription: vscode.Disposable;
  private state: ServerState = { kind: "starting" };

  constructor() {
    this.item.name = "Flakewise";
    this.item.command = "flakewise.showOutput";
    this.item.show();
    this.subscription = vscode.languages.onDidChangeDiagnostics(() => this.show());
  }

  set(state: ServerState): void {
    this.state = state;
    this.show();
  }

  /** The repository was analysed, and this many hosts were found. */
  analysed(hosts: number): void {
    if (this.state.kind === "running") this.set({ ...this.state, hosts });
  }

  dispose(): void {
    this.subscription.dispose();
    this.item.dispose();
  }

  private show(): void {
    const { icon, short, long, problem } = describe(this.state, problems());
    this.item.text = `${icon} Flakewise${short}`;
    this.item.accessibilityInformation = { label: `Flakewise: ${long}`, role: "button" };
    this.item.backgroundColor = problem ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
    const tooltip = new vscode.MarkdownString(undefined, true);
    const commands = {
      "flakewise.showGraph": "$(type-hierarchy) Module graph",
      "flakewise.showOptionUsage": "$(table) Option usage",
      "flakewise.restartServer": "$(refresh) Restart",
      "flakewise.showOutput": "$(output) Output",
      "flakewise.selectServer": "$(server-process) Choose server",
    };
    tooltip.isTrusted = { enabledCommands: Object.keys(commands) };
    tooltip.appendMarkdown("**Flakewise** ").appendText(long);
    tooltip.appendMarkdown(`\n\n${Object.entries(commands).map(([id, title]) => `[${title}](command:${id})`).join(" · ")}`);
    this.item.tooltip = tooltip;
  }
}

/** How much the server reports; hints are no problems. */
function problems(): number {
  const all = vscode.languages.getDiagnostics().flatMap(([, list]) => list);
  return all.filter(({ source, severity }) => source === "flakewise" && severity !== vscode.DiagnosticSeverity.Hint).length;
}
