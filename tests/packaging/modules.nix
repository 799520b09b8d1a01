# The modules of nix/ in a host, by the real lib.evalModules: `lib` is the folder of nixpkgs' lib. The options of NixOS and
# Home Manager that they set are declared here, by their names and types there.
{ lib }:
let
  real = import lib;
  inherit (real) mkOption types;
  fake = import ./nixpkgs/packages.nix {
    lib = import ./nixpkgs/lib.nix;
    system = "x86_64-linux";
  };
  pkgs = fake // {
    inherit (real) lib;
  };
  flake = (import ../../flake.nix).outputs {
    self = { };
    nixpkgs = {
      lib = import ./nixpkgs/lib.nix;
      legacyPackages.x86_64-linux = fake;
    };
  };
  switch = mkOption {
    type = types.bool;
    default = false;
  };
  list = mkOption {
    type = types.listOf types.anything;
    default = [ ];
  };
  json = mkOption {
    type = (types.attrsOf types.anything);
    default = { };
  };
  evaluated =
    modules:
    (real.evalModules {
      modules = modules ++ [ { _module.args = { inherit pkgs; }; } ];
    }).config;

  homeOptions = {
    options = {
      home.packages = list;
      programs = {
        neovim.enable = switch;
        neovim.plugins = list;
        vscode.enable = switch;
        vscode.profiles = mkOption {
          default = { };
          type = types.attrsOf (
            types.submodule {
              options.extensions = list;
              options.userSettings = json;
            }
          );
        };
        helix.enable = switch;
        helix.languages = json;
        emacs.enable = switch;
        emacs.extraConfig = mkOption {
          type = types.lines;
          default = "";
        };
        emacs.extraPackages = mkOption {
          type = types.functionTo (types.listOf types.anything);
          default = _: [ ];
        };
        zed-editor.enable = switch;
        zed-editor.extensions = list;
        zed-editor.userSettings = json;
      };
    };
  };
  nixosOptions = {
    options = {
      environment.systemPackages = list;
      environment.etc = json;
      programs = {
        neovim.enable = switch;
        vscode.enable = switch;
        vscode.extensions = list;
      };
    };
  };

  home =
    editors:
    evaluated [
      homeOptions
      flake.homeManagerModules.default
      {
        programs = real.genAttrs editors (_: { enable = true; }) // {
          flakewise.enable = true;
          flakewise.settings.rules.unused-input = "off";
        };
      }
    ];
  all = home [
    "neovim"
    "vscode"
    "helix"
    "emacs"
    "zed-editor"
  ];
  none = home [ ];
  machine = evaluated [
    nixosOptions
    flake.nixosModules.default
    {
      programs.flakewise.enable = true;
      programs.neovim.enable = true;
      programs.vscode.enable = true;
    }
  ];
  off = evaluated [
    nixosOptions
    flake.nixosModules.default
    { programs.neovim.enable = true; }
  ];
  profile = all.programs.vscode.profiles.default;
  has = real.hasInfix;
in
{
  "the program is installed" =
    map (it: it.name) all.home.packages == map (it: it.name) none.home.packages && builtins.length none.home.packages == 1;
  "Neovim has the plugin and starts the server by its path" =
    builtins.length all.programs.neovim.plugins == 1
    && has "/bin/flakewise\", \"--stdio\"" (builtins.head all.programs.neovim.plugins).config
    && has "\"unused-input\":\"off\"" (builtins.head all.programs.neovim.plugins).config;
  "VS Code has the extension and its settings" =
    builtins.length profile.extensions == 1
    && has "/bin/flakewise" profile.userSettings."flakewise.server.path"
    && profile.userSettings."flakewise.rules".unused-input == "off";
  "Helix has the server for Nix" =
    (builtins.head all.programs.helix.languages.language).language-servers == [ "flakewise" ]
    && all.programs.helix.languages.language-server.flakewise.args == [ "--stdio" ];
  "Emacs has it in Eglot" = has "eglot-server-programs" all.programs.emacs.extraConfig;
  "Zed runs it in the place of nil" =
    has "/bin/flakewise" all.programs.zed-editor.userSettings.lsp.nil.binary.path;
  "editors that are not enabled are left alone" =
    none.programs.neovim.plugins == [ ]
    && none.programs.helix.languages == { }
    && none.programs.vscode.profiles == { }
    && none.programs.emacs.extraConfig == ""
    && none.programs.zed-editor.userSettings == { };
  "NixOS has the program, and both editors know it" =
    builtins.length machine.environment.systemPackages == 1
    && has "vim.lsp.enable" machine.environment.etc."xdg/nvim/plugin/flakewise-enable.lua".text
    && builtins.all (file: builtins.pathExists file.source) (
      builtins.filter (file: file ? source) (builtins.attrValues machine.environment.etc)
    )
    && builtins.length machine.programs.vscode.extensions == 1;
  "what is not enabled does nothing" = off.environment.systemPackages == [ ] && off.environment.etc == { };
}
