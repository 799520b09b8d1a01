-- The configuration of the server for `vim.lsp.enable("flakewise")`.
-- Whatever you pass to `vim.lsp.config("flakewise", …)` is laid over it.

---@type vim.lsp.Config
return {
  cmd = { "flakewise", "--stdio" },
  filetypes = { "nix" },
  -- By priority: a flake at or above the file wins over a repository without one.
  root_markers = { "flake.nix", "flake.lock", ".git" },
}
