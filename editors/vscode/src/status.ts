// The item in the status bar: what the server is doing, and what can be done with it.

import * as vscode from "vscode";

export type ServerState =
  | { kind: "starting" }
  | { kind: "running"; version: string | undefined }
  | { kind: "stopped" }
  | { kind: "missing"; reason: string };

export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("flakewise.server", vscode.StatusBarAlignment.Right, 10);

  constructor() {
    this.item.name = "Flakewise";
    this.item.command = "flakewise.showOutput";
    this.item.show();
  }

  set(state: ServerState): void {
    const { icon, text, problem } = describe(state);
    this.item.text = `${icon} Flakewise`;
    this.item.accessibilityInformation = { label: `Flakewise: ${text}`, role: "button" };
    this.item.backgroundColor = problem ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
    const tooltip = new vscode.MarkdownString(undefined, true);
    tooltip.isTrusted = { enabledCommands: ["flakewise.restartServer", "flakewise.showOutput"] };
    tooltip.appendMarkdown("**Flakewise** ").appendText(text);
    tooltip.appendMarkdown(
      "\n\n[$(refresh) Restart](command:flakewise.restartServer) · [$(output) Output](command:flakewise.showOutput)",
    );
    this.item.tooltip = tooltip;
  }

  dispose(): void {
    this.item.dispose();
  }
}

function describe(state: ServerState): { icon: string; text: string; problem: boolean } {
  switch (state.kind) {
    case "starting":
      return { icon: "$(sync~spin)", text: "is starting", problem: false };
    case "running":
      return { icon: "$(check)", text: state.version ? `${state.version} is running` : "is running", problem: false };
    case "stopped":
      return { icon: "$(circle-slash)", text: "has stopped", problem: true };
    case "missing":
      return { icon: "$(warning)", text: state.reason, problem: true };
  }
}
