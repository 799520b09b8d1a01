// The pages of the module graph and of option usage, each in an editor of its own.

import * as vscode from "vscode";
import type { Graph, Hosts, OfFlake, Options, Place, Questions } from "../protocol";
import type { FromGraph, ToGraph } from "../webview/graph";
import type { FromUsage, ToUsage } from "../webview/usage";
import { machinesFirst } from "./explorer";

type Kind = "graph" | "usage";

const titles: Record<Kind, string> = { graph: "Module Graph", usage: "Option Usage" };

export class Panels implements vscode.Disposable {
  private readonly open = new Map<Kind, Panel>();

  constructor(private readonly folder: vscode.Uri, private readonly server: Questions) {}

  show(kind: Kind, host?: string): void {
    const panel = this.open.get(kind);
    if (panel) {
      panel.reveal(host);
      return;
    }
    const made = new Panel(kind, this.folder, this.server, host);
    this.open.set(kind, made);
    made.onClosed(() => this.open.delete(kind));
  }

  /** What is shown may be something else now. */
  refresh(): void {
    for (const panel of this.open.values()) panel.refresh();
  }

  dispose(): void {
    for (const panel of this.open.values()) panel.dispose();
  }
}

class Panel implements vscode.Disposable {
  private readonly panel: vscode.WebviewPanel;
  /** The flake that is shown: the first that the server knows. */
  private root: string | undefined;
  /** What changed while nobody saw it is drawn when somebody does. */
  private stale = true;
  private ready = false;

  constructor(
    private readonly kind: Kind,
    private readonly folder: vscode.Uri,
    private readonly server: Questions,
    private host: string | undefined,
  ) {
    const local = [vscode.Uri.joinPath(folder, "dist"), vscode.Uri.joinPath(folder, "media")];
    this.panel = vscode.window.createWebviewPanel(`flakewise.${kind}`, titles[kind], vscode.ViewColumn.Active, {
      enableScripts: true,
      localResourceRoots: local,
      retainContextWhenHidden: true,
    });
    this.panel.iconPath = vscode.Uri.joinPath(folder, "icon.png");
    this.panel.webview.onDidReceiveMessage((message: FromGraph | FromUsage) => void this.receive(message));
    this.panel.onDidChangeViewState(() => {
      if (this.panel.visible && this.stale) void this.update();
    });
    this.panel.webview.html = this.page();
  }

  reveal(host: string | undefined): void {
    if (host !== undefined) this.host = host;
    this.stale = true;
    this.panel.reveal();
    void this.update();
  }

  refresh(): void {
    this.stale = true;
    if (this.panel.visible) void this.update();
  }

  onClosed(listener: () => void): void {
    this.panel.onDidDispose(listener);
  }

  dispose(): void {
    this.panel.dispose();
  }

  private async receive(message: FromGraph | FromUsage): Promise<void> {
    if (message.type === "ready") {
      this.ready = true;
      await this.update();
    } else if (message.type === "host") {
      this.host = message.host;
      await this.update();
    } else if (this.root !== undefined) {
      await openPlace(this.root, message.place, vscode.ViewColumn.Beside);
    }
  }

  private async update(): Promise<void> {
    if (!this.ready) return;
    this.stale = false;
    const message = await (this.kind === "graph" ? this.graph() : this.usage());
    if (message) await this.panel.webview.postMessage(message);
  }

  private async graph(): Promise<ToGraph | undefined> {
    const flakes = await this.server.ask<OfFlake<Hosts>[]>("flakewise/hosts", {});
    const flake = flakes?.find(({ hosts }) => hosts.some(({ output }) => output === this.host)) ?? flakes?.[0];
    if (!flake) return undefined;
    this.root = flake.root;
    const hosts = machinesFirst(flake.hosts).map(({ output }) => output);
    // Where nobody said which: the first, since all of a large repository are a picture that nobody reads.
    const host = this.host !== undefined && (this.host === "" || hosts.includes(this.host)) ? this.host : hosts[0] ?? "";
    const params = host === "" ? { root: flake.root } : { root: flake.root, host };
    const graphs = await this.server.ask<OfFlake<Graph>[]>("flakewise/graph", params);
    return graphs?.[0] && { type: "graph", hosts, host, graph: graphs[0] };
  }

  private async usage(): Promise<ToUsage | undefined> {
    const [flake] = (await this.server.ask<OfFlake<Options>[]>("flakewise/options", {})) ?? [];
    this.root = flake?.root;
    return flake && { type: "options", options: flake.options };
  }

  private page(): string {
    const { webview } = this.panel;
    const uri = (...path: string[]) => webview.asWebviewUri(vscode.Uri.joinPath(this.folder, ...path));
    const policy = `default-src 'none'; script-src ${webview.cspSource}; style-src ${webview.cspSource} 'unsafe-inline'`;
    return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="stylesheet" href="${uri("media", `${this.kind}.css`)}">
<title>${titles[this.kind]}</title>
</head>
<body>
${bodies[this.kind]}
<script src="${uri("dist", "webview", `${this.kind}.js`)}"></script>
</body>
</html>`;
  }
}

const bodies: Record<Kind, string> = {
  graph: `<div id="tools">
<select id="host" aria-label="Host"></select>
<input id="filter" type="search" placeholder="Find a module" aria-label="Find a module">
<button id="out" title="Zoom out" aria-label="Zoom out">−</button>
<button id="in" title="Zoom in" aria-label="Zoom in">+</button>
<button id="fit">Fit</button>
<span id="count" role="status"></span>
</div>
<div id="stage">
<svg id="picture" role="group" aria-label="Module graph: arrow keys lead along imports, Enter opens the file">
<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M 0 0 L 8 4 L 0 8 z"/></marker></defs>
<g id="scene"></g>
</svg>
</div>`,
  usage: `<div id="tools">
<input id="filter" type="search" placeholder="Filter by path, type or value" aria-label="Filter by path, type or value">
<label><input id="different" type="checkbox"> only where hosts differ</label>
<label><input id="set" type="checkbox"> only what is set</label>
<span id="count" role="status"></span>
</div>
<div id="stage">
<table aria-label="Hosts by options"><thead></thead><tbody></tbody></table>
<button id="more" hidden>Show more</button>
</div>`,
};

/** Opens a place of a flake. */
export async function openPlace(root: string, place: Place, column?: vscode.ViewColumn): Promise<void> {
  const { start, end } = place.range;
  const selection = new vscode.Range(start.line, start.character, end.line, end.character);
  // Paths of a flake may begin with `../`, where it lies beside another one.
  const uri = vscode.Uri.joinPath(vscode.Uri.parse(root), place.path);
  await vscode.window.showTextDocument(uri, { selection, viewColumn: column });
}
