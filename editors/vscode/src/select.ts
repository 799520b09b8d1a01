// “Choose Server”: writes the setting that names the binary.

import * as vscode from "vscode";

/** `now` is the binary that is found as things stand. */
export async function chooseServer(now: string | undefined): Promise<void> {
  const settings = vscode.workspace.getConfiguration("flakewise");
  const written = settings.inspect<string>("server.path");
  const file = { label: "$(folder-opened) A file …", description: "", value: "file" };
  const automatic = {
    label: "$(search) Find it by itself",
    description: "the one in the extension, else the one on PATH",
    value: "",
  };
  const name = { label: "$(terminal) flakewise on PATH", description: "also where the extension has one", value: "flakewise" };
  const placeHolder = now === undefined ? "No server was found" : `Now: ${now}`;
  const choice = await vscode.window.showQuickPick([automatic, name, file], { title: "Flakewise: Choose Server", placeHolder });
  if (!choice) return;
  let value = choice.value;
  if (choice === file) {
    const [chosen] = (await vscode.window.showOpenDialog({ canSelectMany: false, title: "The flakewise binary" })) ?? [];
    if (!chosen) return;
    value = chosen.fsPath;
  }
  // What one workspace says would win over what is written for the machine.
  const target = written?.workspaceValue === undefined ? vscode.ConfigurationTarget.Global : vscode.ConfigurationTarget.Workspace;
  await settings.update("server.path", value === "" ? undefined : value, target);
}
