-- `vim.ui.select` by telescope.nvim, for those who have it but not its extension for that.

---@param items table[]
---@param options { prompt: string, format_item: fun(item: table): string }
---@param on_choice fun(item: table?)
return function(items, options, on_choice)
  local actions = require("telescope.actions")
  local state = require("telescope.actions.state")
  require("telescope.pickers")
    .new({}, {
      prompt_title = options.prompt,
      finder = require("telescope.finders").new_table({
        results = items,
        entry_maker = function(item)
          local text = options.format_item(item)
          return { value = item, display = text, ordinal = text }
        end,
      }),
      sorter = require("telescope.config").values.generic_sorter({}),
      attach_mappings = function(buffer)
        actions.select_default:replace(function()
          local entry = state.get_selected_entry()
          actions.close(buffer)
          on_choice(entry and entry.value)
        end)
        return true
      end,
    })
    :find()
end
