-- What the commands of `plugin/flakewise.lua` do.

local M = {}

local name = "flakewise"

--- The binary as the configuration names it.
---@return string?
function M.binary()
  local cmd = (vim.lsp.config[name] or {}).cmd
  return type(cmd) == "table" and cmd[1] or nil
end

---@param message string
---@param level integer?
local function notify(message, level)
  vim.notify("flakewise: " .. message, level or vim.log.levels.INFO)
end

--- The rules that flakewise reports, without repetition, in order.
---@param bufnr integer? all buffers when nil
---@param line integer? zero-based; all lines when nil
---@return string[]
function M.reported_rules(bufnr, line)
  local rules = {}
  for _, diagnostic in ipairs(vim.diagnostic.get(bufnr, { lnum = line })) do
    if diagnostic.source == name and diagnostic.code then
      rules[tostring(diagnostic.code)] = true
    end
  end
  rules = vim.tbl_keys(rules)
  table.sort(rules)
  return rules
end

---@param rule string
local function show(rule)
  local binary = M.binary()
  if not binary or vim.fn.executable(binary) ~= 1 then
    return notify("the server was not found, see :checkhealth flakewise", vim.log.levels.ERROR)
  end
  vim.system({ binary, "explain", rule }, { text = true, env = { NO_COLOR = "1" } }, function(result)
    vim.schedule(function()
      if result.code ~= 0 then
        return notify(vim.trim(result.stderr or ""), vim.log.levels.ERROR)
      end
      local lines = vim.split(vim.trim(result.stdout), "\n", { plain = true })
      vim.lsp.util.open_floating_preview(lines, "markdown", { focus_id = "flakewise-rule", max_width = 100 })
    end)
  end)
end

--- Shows the documentation of a rule; without one, of a rule that is reported on this line.
---@param rule string?
function M.explain(rule)
  if rule and rule ~= "" then
    return show(rule)
  end
  local rules = M.reported_rules(0, vim.api.nvim_win_get_cursor(0)[1] - 1)
  if #rules == 0 then
    notify("no rule is reported on this line; name one: :FlakewiseExplain undeclared-option")
  elseif #rules == 1 then
    show(rules[1])
  else
    vim.ui.select(rules, { prompt = "Explain rule" }, function(choice)
      if choice then
        show(choice)
      end
    end)
  end
end

--- Stops the server and starts it again for all open Nix files.
function M.restart()
  vim.lsp.enable(name, false)
  for _, client in ipairs(vim.lsp.get_clients({ name = name })) do
    client:stop()
  end
  local function gone()
    return #vim.lsp.get_clients({ name = name }) == 0
  end
  if not vim.wait(2000, gone, 20) then
    for _, client in ipairs(vim.lsp.get_clients({ name = name })) do
      client:stop(true)
    end
    vim.wait(1000, gone, 20)
  end
  vim.lsp.enable(name)
end

return M
