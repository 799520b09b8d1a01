-- `:checkhealth flakewise`

local M = {}

local health = vim.health

--- The buffer that the user came from: :checkhealth has opened one of its own.
---@return integer?
local function nix_buffer()
  local candidates = { vim.fn.bufnr("#") }
  vim.list_extend(candidates, vim.api.nvim_list_bufs())
  for _, bufnr in ipairs(candidates) do
    if bufnr > 0 and vim.api.nvim_buf_is_loaded(bufnr) and vim.bo[bufnr].filetype == "nix" then
      return bufnr
    end
  end
end

local function check_editor()
  if vim.fn.has("nvim-0.11") == 1 then
    health.ok("Neovim " .. tostring(vim.version()))
  else
    health.error("Neovim 0.11 or later is needed for `vim.lsp.enable`", { "Update Neovim" })
  end
end

---@return boolean
local function check_binary()
  local binary = require("flakewise").binary()
  if not binary then
    health.warn("`cmd` is not a list, so the binary cannot be checked")
    return false
  end
  local path = vim.fn.exepath(binary)
  if path == "" then
    health.error(("`%s` is not executable"):format(binary), {
      "Install flakewise so that it is on PATH",
      'or name it: vim.lsp.config("flakewise", { cmd = { "/path/to/flakewise", "--stdio" } })',
    })
    return false
  end
  health.ok("binary: " .. path)
  local started, process = pcall(vim.system, { path, "--version" }, { text = true })
  if not started then
    health.error("the binary does not run: " .. tostring(process))
    return false
  end
  local result = process:wait(5000)
  if result.code ~= 0 then
    health.error(("`%s --version` failed with %d: %s"):format(path, result.code, vim.trim(result.stderr or "")))
    return false
  end
  health.ok("version: " .. vim.trim(result.stdout))
  return true
end

local function check_clients()
  local clients = vim.lsp.get_clients({ name = "flakewise" })
  for _, client in ipairs(clients) do
    local info = client.server_info or {}
    health.ok(
      ("running: client %d, version %s, %d buffer(s), root %s"):format(
        client.id,
        info.version or "not given",
        vim.tbl_count(client.attached_buffers),
        client.root_dir or "none"
      )
    )
  end
  if #clients > 0 then
    return
  end
  local enabled = vim.lsp.is_enabled == nil or vim.lsp.is_enabled("flakewise")
  if not enabled then
    health.warn("the server is not enabled", { 'Put vim.lsp.enable("flakewise") into your init.lua' })
  elseif nix_buffer() then
    health.warn("a Nix file is open, but the server does not run", { "See :LspLog, then try :FlakewiseRestart" })
  else
    health.info("not running: no Nix file is open")
  end
end

local function check_root()
  local bufnr = nix_buffer()
  if not bufnr then
    return
  end
  local root = vim.fs.root(bufnr, vim.lsp.config.flakewise.root_markers)
  if not root then
    health.warn(vim.api.nvim_buf_get_name(bufnr) .. " lies in no flake and no repository")
  elseif vim.uv.fs_stat(vim.fs.joinpath(root, "flake.nix")) then
    health.ok("flake: " .. root)
  else
    health.warn("no flake.nix at or above this file; the root is " .. root)
  end
end

local function check_views()
  local _, picker = require("flakewise.views").picker()
  health.ok("views: :Flakewise chooses with " .. picker)
end

--- Other servers for Nix are welcome; what both say is shown twice.
local function check_others()
  for _, other in ipairs({ "nil_ls", "nixd" }) do
    if vim.lsp.is_enabled ~= nil and vim.lsp.is_enabled(other) then
      health.info(other .. " is enabled too: `:help flakewise-beside` says how they share the work")
    end
  end
end

function M.check()
  health.start("flakewise")
  check_editor()
  if vim.fn.has("nvim-0.11") == 1 and check_binary() then
    check_clients()
    check_root()
    check_views()
    check_others()
  end
end

return M
