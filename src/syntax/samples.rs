//! Code as people have it in their repositories, whole and in the making.

pub(super) const FLAKE: &str = r#"{
  description = "Hosts of the Müller family 🏡";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    home-manager = {
      url = "github:nix-community/home-manager";
      inputs.nixpkgs.follows = "nixpkgs";
    };
    # kept for the phone
    nix-on-droid.url = "github:nix-community/nix-on-droid/release-24.05";
  };

  outputs =
    { self, nixpkgs, home-manager, ... }@inputs:
    let
      inherit (nixpkgs) lib;
      systems = [ "x86_64-linux" "aarch64-linux" "aarch64-darwin" ];
      forAllSystems = f: lib.genAttrs systems (system: f nixpkgs.legacyPackages.${system});
      mkSystem = { hostname, system ? "x86_64-linux", modules ? [ ], ... }@args:
        lib.nixosSystem {
          inherit system;
          specialArgs = { inherit inputs hostname; } // (args.specialArgs or { });
          modules = [
            ./hosts/${hostname}
            ./modules/common.nix
            { networking.hostName = lib.mkDefault hostname; }
          ] ++ modules;
        };
    in
    {
      nixosConfigurations = lib.mapAttrs (hostname: host: mkSystem (host // { inherit hostname; })) {
        laptop = { modules = [ home-manager.nixosModules.home-manager ]; };
        "server-1" = { system = "aarch64-linux"; };
      };
      packages = forAllSystems (pkgs: {
        default = pkgs.hello;
        script = pkgs.writeShellScriptBin "deploy" ''
          set -euo pipefail
          for host in ${lib.concatStringsSep " " (lib.attrNames self.nixosConfigurations)}; do
            echo "''${host} $host ''\n"
            nixos-rebuild switch --flake ".#$host"   # ''' quotes
          done
        '';
      });
      formatter = forAllSystems (pkgs: pkgs.nixfmt-rfc-style);
    };
}
"#;

pub(super) const MODULE: &str = r#"{ config, lib, pkgs, ... }:

with lib;

let
  cfg = config.custom.services.backup;
  /* Two lines
     of comment */
  port = if cfg.secure then 443 else 80;
in
{
  imports = [ ./options.nix ../shared/users.nix <nixpkgs/nixos/modules/profiles/minimal.nix> ];

  options.custom.services.backup = {
    enable = mkEnableOption "backups";
    secure = mkOption { type = types.bool; default = true; };
    paths = mkOption {
      type = with types; listOf (either str path);
      default = [ ];
      example = literalExpression ''[ "/home/''${user}" ]'';
    };
  };

  config = mkIf (cfg.enable && cfg.paths != [ ]) {
    assertions = [
      { assertion = cfg.secure -> config ? security.acme; message = "needs ${toString port}"; }
    ];
    systemd.services."backup@" = rec {
      description = "Backup of ${concatMapStringsSep ", " (p: "'${p}'") cfg.paths}";
      serviceConfig.ExecStart = "${pkgs.restic}/bin/restic backup ${lib.escapeShellArgs cfg.paths}";
      startAt = cfg.startAt or "daily";
      environment = { PORT = toString (port + 1 * 2 - -3); PI = toString 3.14e0; };
      script = ''
        echo ${description} > $out
      '' + optionalString (!cfg.secure) ''
        echo insecure
      '';
    };
    users.users = listToAttrs (map (name: nameValuePair name { isNormalUser = true; }) [ "a" "b" ]);
    networking.firewall.allowedTCPPorts = assert port > 0; [ port ] ++ optional (port < 1024) 8080;
  };
}
"#;

pub(super) const ODDITIES: &str = "let { body = x.or or null; x = { or = 1; \"a b\" = __curPos; ${null} = 2; }; }\r\n\
    + (a: { b, c ? d, ... }@e: f@{ g, }: https://example.org/x?y=z) [ (-1) ~/x/${y}/z /a/b.c <a> ]\r\n\
    // (map or [ ]) ? a.\"b\".${c} |> f # last\r\n";

/// What is on the screen while people type.
pub(super) const BROKEN: &[&str] = &[
    "{ pkgs, ... }:\n{\n  environment.systemPackages = with pkgs; [\n    git\n    vim\n  \n  programs.fish.enable = true;\n}\n",
    "{\n  a = lib.\n  b = 2;\n  c = { d = ; e = 1 };\n  f\n  g = [ 1, 2 ];\n}\n",
    "let\n  x = 1;\n  y = foo x\n  z = if x then y;\n{ inherit x y.z ${a}; }\n",
    "{ a, b c, }: { d = \"unclosed ${a + (b} rest\"; e = ''x ${ ''; }\n",
    "{ config, lib, }: mkIf config.a.b.c { x.y = [ { a = 1; } { b = ( ] }; } }\n) + 1\n",
    "a == b == c |> d <| e; in then \u{a0} “x” $ \\ ) ] } ${ let in /* never closed",
];

pub(super) fn all() -> Vec<&'static str> {
    [FLAKE, MODULE, ODDITIES].into_iter().chain(BROKEN.iter().copied()).collect()
}
