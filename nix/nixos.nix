# A module of NixOS: `programs.flakewise.enable` installs the server for all users, and enables it in Neovim and VS Code
# where their modules are enabled. Editors that are configured by each user are for the module of Home Manager.
packagesFor:
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.programs.flakewise;
  own = packagesFor pkgs;
  command = lib.getExe cfg.package;
in
{
  options.programs.flakewise = {
    enable = lib.mkEnableOption "flakewise, a language server and checker for flakes that hold machines";
    package = mkOption {
      type = types.package;
      default = own.flakewise;
      defaultText = lib.literalExpression "flakewise.packages.\${system}.flakewise";
      description = "The package with the program.";
    };
    neovim.enable = mkOption {
      type = types.bool;
      default = config.programs.neovim.enable;
      defaultText = lib.literalExpression "config.programs.neovim.enable";
      description = "Whether to enable flakewise in Neovim, for all users.";
    };
    vscode.enable = mkOption {
      type = types.bool;
      default = config.programs.vscode.enable;
      defaultText = lib.literalExpression "config.programs.vscode.enable";
      description = "Whether to add the extension to the VS Code of the system.";
    };
  };

  config = mkIf cfg.enable (
    lib.mkMerge [
      { environment.systemPackages = [ cfg.package ]; }

      # /etc/xdg/nvim is a part of Neovim's runtime path.
      (mkIf cfg.neovim.enable {
        environment.etc = {
          "xdg/nvim/lsp/flakewise.lua".source = ../editors/nvim/lsp/flakewise.lua;
          "xdg/nvim/lua/flakewise".source = ../editors/nvim/lua/flakewise;
          "xdg/nvim/doc/flakewise.txt".source = ../editors/nvim/doc/flakewise.txt;
          "xdg/nvim/plugin/flakewise.lua".source = ../editors/nvim/plugin/flakewise.lua;
          "xdg/nvim/plugin/flakewise-enable.lua".text = ''
            vim.lsp.config("flakewise", { cmd = { "${command}", "--stdio" } })
            vim.lsp.enable("flakewise")
          '';
        };
      })

      (mkIf cfg.vscode.enable { programs.vscode.extensions = [ own.vscode-extension ]; })
    ]
  );
}
