# The program, with completions and the manual page that it prints itself.
{
  lib,
  stdenv,
  rustPlatform,
  gitMinimal,
  installShellFiles,
  # The commit that `flakewise --version` says.
  commit ? null,
}:
let
  manifest = lib.importTOML ../Cargo.toml;
in
rustPlatform.buildRustPackage {
  pname = "flakewise";
  inherit (manifest.package) version;
  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions [
      ../Cargo.lock
      ../Cargo.toml
      ../README.md
      ../benches
      ../build.rs
      ../clippy.toml
      ../docs
      ../editors
      ../fixtures
      ../src
      ../tests
    ];
  };
  cargoLock.lockFile = ../Cargo.lock;
  env = lib.optionalAttrs (commit != null) { FLAKEWISE_COMMIT = commit; };
  nativeBuildInputs = [ installShellFiles ];
  # The tests make repositories of their own and look at what git tracks in them.
  nativeCheckInputs = [ gitMinimal ];
  # A program for another machine cannot print them here.
  postInstall = lib.optionalString (stdenv.buildPlatform.canExecute stdenv.hostPlatform) ''
    for shell in bash fish zsh; do
      $out/bin/flakewise generate $shell > flakewise.$shell
    done
    installShellCompletion flakewise.{bash,fish,zsh}
    $out/bin/flakewise generate man > flakewise.1
    installManPage flakewise.1
  '';
  meta = {
    inherit (manifest.package) description;
    homepage = manifest.package.repository;
    license = with lib.licenses; [
      mit
      asl20
    ];
    mainProgram = "flakewise";
  };
}
