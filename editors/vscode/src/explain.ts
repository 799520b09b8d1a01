// “Explain rule”: the documentation of a rule, as the server's own binary prints it.

import { execFile } from "node:child_process";
import * as vscode from "vscode";

const scheme = "flakewise-rule";

export class RuleDocumentation implements vscode.TextDocumentContentProvider {
  /** `command` is asked each time: the binary can change with the settings. */
  constructor(private readonly command: () => string | undefined) {}

  register(): vscode.Disposable {
    return vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const rule = uri.path.replace(/^\//, "").replace(/\.md$/, "");
    const command = this.command();
    if (command === undefined) return "The flakewise server was not found.";
    return new Promise((resolve) => {
      const options = { timeout: 10_000, env: { ...process.env, NO_COLOR: "1" } };
      execFile(command, ["explain", rule], options, (error, stdout, stderr) => {
        resolve(error ? stderr.trim() || error.message : stdout);
      });
    });
  }

  /** Shows the rule; without one, offers those that are reported at the cursor, then those of the whole workspace. */
  async show(rule: string | undefined): Promise<void> {
    rule ??= await chooseRule();
    if (!rule) return;
    const uri = vscode.Uri.from({ scheme, path: `/${rule}.md` });
    await vscode.commands.executeCommand("markdown.showPreview", uri);
  }
}

async function chooseRule(): Promise<string | undefined> {
  const here = rulesAtCursor();
  if (here.length === 1) return here[0];
  const reported = here.length > 0 ? here : rulesOf(vscode.languages.getDiagnostics().flatMap(([, list]) => list));
  if (reported.length > 0) {
    return vscode.window.showQuickPick(reported, { title: "Flakewise: Explain Rule", placeHolder: "Rule" });
  }
  return vscode.window.showInputBox({ title: "Flakewise: Explain Rule", prompt: "The rule's id", placeHolder: "undeclared-option" });
}

function rulesAtCursor(): string[] {
  const editor = vscode.window.activeTextEditor;
  if (!editor) return [];
  const diagnostics = vscode.languages.getDiagnostics(editor.document.uri);
  return rulesOf(diagnostics.filter(({ range }) => range.intersection(editor.selection)));
}

function rulesOf(diagnostics: vscode.Diagnostic[]): string[] {
  const rules = diagnostics.filter(({ source }) => source === "flakewise").map(({ code }) => {
    return String(typeof code === "object" ? code.value : code ?? "");
  });
  return [...new Set(rules)].filter((rule) => rule !== "").sort();
}
