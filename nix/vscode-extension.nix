# The extension for VS Code, packed as everywhere else. It finds the server by its setting, or on PATH.
{
  lib,
  buildNpmPackage,
  importNpmLock,
  vscode-utils,
}:
let
  manifest = lib.importJSON ../editors/vscode/package.json;
  vsix = buildNpmPackage {
    pname = "flakewise-vsix";
    inherit (manifest) version;
    src = ../editors/vscode;
    npmDeps = importNpmLock { npmRoot = ../editors/vscode; };
    inherit (importNpmLock) npmConfigHook;
    doCheck = true;
    checkPhase = "npm test";
    installPhase = ''
      mkdir $out
      npx vsce package --no-dependencies --out $out/flakewise.vsix
    '';
  };
in
vscode-utils.buildVscodeExtension {
  pname = "flakewise";
  inherit (manifest) version;
  src = "${vsix}/flakewise.vsix";
  vscodeExtPublisher = manifest.publisher;
  vscodeExtName = manifest.name;
  vscodeExtUniqueId = "${manifest.publisher}.${manifest.name}";
  passthru = { inherit vsix; };
  meta = {
    inherit (manifest) description;
    homepage = manifest.homepage;
    license = with lib.licenses; [
      mit
      asl20
    ];
  };
}
