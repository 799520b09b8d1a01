# A module of Home Manager: `programs.flakewise.enable` installs the server and enables it in the editors that are enabled.
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
  settings = cfg.settings;

  inEditor =
    name: enabled:
    mkOption {
      type = types.bool;
      default = enabled;
      defaultText = lib.literalExpression "whether Home Manager's module of the editor is enabled";
      description = "Whether to enable flakewise in ${name}.";
    };
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
    settings = mkOption {
      type = types.attrsOf types.anything;
      default = { };
      example = {
        rules.unused-input = "off";
        exclude = [ "templates/**" ];
      };
      description = ''
        What editors send as the section `flakewise`. What holds for everyone who works on a repository belongs in its
        flakewise.toml instead.
      '';
    };
    neovim.enable = inEditor "Neovim" config.programs.neovim.enable;
    vscode.enable = inEditor "VS Code" config.programs.vscode.enable;
    helix.enable = inEditor "Helix" config.programs.helix.enable;
    emacs.enable = inEditor "Emacs, with Eglot and nix-mode" config.programs.emacs.enable;
    zed.enable = inEditor "Zed" config.programs.zed-editor.enable;
  };

  config = mkIf cfg.enable (
    lib.mkMerge [
      { home.packages = [ cfg.package ]; }

      (mkIf cfg.neovim.enable {
        programs.neovim.plugins = [
          {
            plugin = own.vim-plugin;
            type = "lua";
            config = ''
              vim.lsp.config("flakewise", {
                cmd = { "${command}", "--stdio" },
                settings = { flakewise = vim.json.decode([==[${builtins.toJSON settings}]==]) },
              })
              vim.lsp.enable("flakewise")
            '';
          }
        ];
      })

      (mkIf cfg.vscode.enable {
        programs.vscode.profiles.default = {
          extensions = [ own.vscode-extension ];
          userSettings = {
            "flakewise.server.path" = command;
          }
          // lib.mapAttrs' (name: lib.nameValuePair "flakewise.${name}") settings;
        };
      })

      (mkIf cfg.helix.enable {
        programs.helix.languages = {
          language-server.flakewise = {
            inherit command;
            args = [ "--stdio" ];
            config.flakewise = settings;
          };
          language = [
            {
              name = "nix";
              roots = [
                "flake.nix"
                "flake.lock"
              ];
              language-servers = [ "flakewise" ];
            }
          ];
        };
      })

      (mkIf cfg.emacs.enable {
        programs.emacs = {
          extraPackages = epkgs: [ epkgs.nix-mode ];
          extraConfig = ''
            (with-eval-after-load 'eglot
              (add-to-list 'eglot-server-programs
                           '((nix-mode nix-ts-mode) . ("${command}" "--stdio"))))
            (add-hook 'nix-mode-hook #'eglot-ensure)
            (add-hook 'nix-ts-mode-hook #'eglot-ensure)
          '';
        };
      })

      # Zed starts what an extension registered; its Nix extension registers nil, whose binary can be another one.
      (mkIf cfg.zed.enable {
        programs.zed-editor = {
          extensions = [ "nix" ];
          userSettings = {
            languages.Nix.language_servers = [
              "nil"
              "!nixd"
            ];
            lsp.nil = {
              binary = {
                path = command;
                arguments = [ "--stdio" ];
              };
              initialization_options = settings;
            };
          };
        };
      })
    ]
  );
}
