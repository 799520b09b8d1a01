// Bundles the extension into dist/extension.js and its pages into dist/webview/; with --tests, its unit tests into dist/test/.
import { rmSync } from "node:fs";
import { build } from "esbuild";

const tests = process.argv.includes("--tests");
const minify = process.argv.includes("--minify");

const common = { bundle: true, platform: "node", format: "cjs", target: "node20", logLevel: "warning" };

if (tests) {
  await build({
    ...common,
    entryPoints: ["test/*.test.ts"],
    outdir: "dist/test",
    packages: "external",
    sourcemap: "inline",
  });
} else {
  rmSync("dist", { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: ["src/extension.ts"],
    outfile: "dist/extension.js",
    external: ["vscode"],
    minify,
    sourcemap: !minify,
  });
  await build({
    bundle: true,
    platform: "browser",
    format: "iife",
    target: "es2022",
    logLevel: "warning",
    legalComments: "linked",
    entryPoints: ["src/webview/graph.ts", "src/webview/usage.ts"],
    outdir: "dist/webview",
    minify,
    sourcemap: !minify,
  });
}
