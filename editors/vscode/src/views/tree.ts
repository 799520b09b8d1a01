// The flake explorer in VS Code's own terms.

import * as vscode from "vscode";
import type { Questions } from "../protocol";
import { Explorer, type Item } from "./explorer";

export class ExplorerView implements vscode.TreeDataProvider<Item>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly explorer: Explorer;
  private readonly view: vscode.TreeView<Item>;
  private stale = false;
  readonly onDidChangeTreeData = this.changed.event;

  constructor(server: Questions) {
    this.explorer = new Explorer(server);
    this.view = vscode.window.createTreeView("flakewise.explorer", { treeDataProvider: this, showCollapseAll: true });
    this.view.onDidChangeVisibility(({ visible }) => {
      if (visible && this.stale) this.refresh();
    });
  }

  /** What is shown may be something else now. */
  refresh(): void {
    this.stale = !this.view.visible;
    if (this.view.visible) this.changed.fire();
  }

  async getChildren(item?: Item): Promise<Item[]> {
    return item === undefined ? this.explorer.roots() : (await item.children?.()) ?? [];
  }

  getTreeItem(item: Item): vscode.TreeItem {
    const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
    const state = item.children === undefined ? None : item.expanded ? Expanded : Collapsed;
    const made = new vscode.TreeItem(item.label, state);
    made.id = item.id;
    made.description = item.description;
    made.tooltip = item.tooltip;
    made.iconPath = new vscode.ThemeIcon(item.icon, item.colour === undefined ? undefined : new vscode.ThemeColor(item.colour));
    made.contextValue = item.context;
    if (item.place) {
      made.command = { command: "flakewise.openPlace", title: "Open", arguments: [item.place.root, item.place] };
    }
    return made;
  }

  dispose(): void {
    this.view.dispose();
    this.changed.dispose();
  }
}
