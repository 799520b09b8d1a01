if vim.g.loaded_flakewise or vim.fn.has("nvim-0.11") == 0 then
  return
end
vim.g.loaded_flakewise = true

vim.api.nvim_create_user_command("FlakewiseExplain", function(command)
  require("flakewise").explain(command.args)
end, {
  nargs = "?",
  desc = "Show the documentation of a rule, or of the one that is reported here",
  complete = function(lead)
    return vim.tbl_filter(function(rule)
      return vim.startswith(rule, lead)
    end, require("flakewise").reported_rules())
  end,
})

vim.api.nvim_create_user_command("FlakewiseRestart", function()
  require("flakewise").restart()
end, { desc = "Restart the flakewise server" })

local views = { "graph", "hosts", "inputs", "options", "outputs" }

vim.api.nvim_create_user_command("Flakewise", function(command)
  local view, argument = command.args:match("^(%S+)%s*(.-)%s*$")
  if not view then
    vim.ui.select(views, { prompt = "Flakewise" }, function(choice)
      if choice then
        require("flakewise.views")[choice]("", command.bang)
      end
    end)
  elseif vim.list_contains(views, view) then
    require("flakewise.views")[view](argument, command.bang)
  else
    vim.notify("flakewise: there is no view " .. view .. ", but " .. table.concat(views, ", "), vim.log.levels.ERROR)
  end
end, {
  nargs = "*",
  bang = true,
  desc = "Show the hosts, the module graph, options, inputs or outputs of the flake",
  complete = function(lead, line)
    local view = line:match("^%s*%S+%s+(%S+)%s")
    local words = view == nil and views or view == "graph" and require("flakewise.views").host_names() or {}
    return vim.tbl_filter(function(word)
      return vim.startswith(word, lead)
    end, words)
  end,
})
