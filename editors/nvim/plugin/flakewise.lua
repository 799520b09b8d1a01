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
