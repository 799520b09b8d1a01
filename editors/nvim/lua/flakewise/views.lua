-- `:Flakewise hosts|graph|options|inputs|outputs`: the repository as a whole, asked of the server (docs/protocol.md).

local M = {}

local name = "flakewise"

---@param message string
---@param level integer?
local function notify(message, level)
  vim.notify("flakewise: " .. message, level or vim.log.levels.INFO)
end

--- The server of this buffer, or the only one there is.
---@return vim.lsp.Client?
local function client()
  return vim.lsp.get_clients({ name = name, bufnr = 0 })[1] or vim.lsp.get_clients({ name = name })[1]
end

--- Asks the server; `answered` is called with the answer and the client.
---@param method string
---@param params table
---@param answered fun(documents: table[], client: vim.lsp.Client)
local function ask(method, params, answered)
  local server = client()
  if not server then
    return notify("the server does not run: open a Nix file, or see :checkhealth flakewise", vim.log.levels.WARN)
  end
  -- An empty table would be a list.
  if vim.tbl_isempty(params) then
    params = vim.empty_dict()
  end
  server:request(method, params, function(err, result)
    if err then
      return notify(("%s: %s"):format(method, err.message), vim.log.levels.ERROR)
    end
    answered(result or {}, server)
  end)
end

--- A place of a document as a location of the protocol.
---@param root string
---@param place { path: string, range: lsp.Range? }?
---@return lsp.Location?
local function location(root, place)
  if type(place) ~= "table" or type(place.path) ~= "string" then
    return nil
  end
  local start = { line = 0, character = 0 }
  local path = vim.fs.normalize(vim.fs.joinpath(vim.uri_to_fname(root), place.path))
  return { uri = vim.uri_from_fname(path), range = place.range or { start = start, ["end"] = start } }
end

---@param target lsp.Location?
---@param server vim.lsp.Client
local function go(target, server)
  if target then
    vim.lsp.util.show_document(target, server.offset_encoding, { focus = true })
  else
    notify("it stands in no file of the repository")
  end
end

---@class flakewise.Item
---@field text string
---@field location lsp.Location?

--- Puts the items that have a place into the quickfix list and opens it.
---@param title string
---@param items flakewise.Item[]
---@param server vim.lsp.Client
local function quickfix(title, items, server)
  local entries = {}
  for _, item in ipairs(items) do
    if item.location then
      -- One by one, because the list would come back sorted.
      local entry = vim.lsp.util.locations_to_items({ item.location }, server.offset_encoding)[1]
      entry.text = item.text
      entries[#entries + 1] = entry
    end
  end
  vim.fn.setqflist({}, " ", { title = title, items = entries })
  if #entries == 0 then
    notify("nothing to list: " .. title)
  else
    vim.cmd("botright copen")
  end
end

--- Lets somebody choose: by whatever replaced `vim.ui.select`; else by a picker that is installed; else by numbers.
---@param title string
---@param items flakewise.Item[]
---@param chosen fun(item: flakewise.Item)
local function choose(title, items, chosen)
  if #items == 0 then
    return notify("there are no " .. title:lower())
  end
  local function format(item)
    return item.text
  end
  local function on_choice(item)
    if item then
      chosen(item)
    end
  end
  local options = { prompt = title, kind = "flakewise", format_item = format }
  local select = M.picker()
  select(items, options, on_choice)
end

--- The function that chooses, with the arguments of `vim.ui.select`, and its name.
---@return fun(items: table[], options: table, on_choice: fun(item: table?))
---@return string
function M.picker()
  -- Where Neovim's own was defined says whether another one took its place.
  if not debug.getinfo(vim.ui.select, "S").source:find("vim/ui.lua", 1, true) then
    return vim.ui.select, "what replaced vim.ui.select"
  end
  local found, snacks = pcall(require, "snacks")
  if found and snacks.picker and snacks.picker.select then
    return snacks.picker.select, "snacks.nvim"
  end
  local fzf
  found, fzf = pcall(require, "fzf-lua.providers.ui_select")
  -- The plugin without its program gives up instead of asking.
  local program = vim.fn.executable("fzf") == 1 or vim.fn.executable("sk") == 1
  if found and fzf.ui_select and program then
    return fzf.ui_select, "fzf-lua"
  end
  if pcall(require, "telescope") then
    return require("flakewise.telescope"), "telescope.nvim"
  end
  return vim.ui.select, "vim.ui.select"
end

---@param bang boolean
---@param title string
---@param items flakewise.Item[]
---@param server vim.lsp.Client
local function list(bang, title, items, server)
  if bang then
    quickfix(title, items, server)
  else
    choose(title, items, function(item)
      go(item.location, server)
    end)
  end
end

---@param value any
---@return string?
local function text(value)
  return type(value) == "string" and value or nil
end

---@param value string
local function one_line(value)
  local line = vim.trim(value:gsub("%s+", " "))
  return vim.fn.strchars(line) > 80 and vim.fn.strcharpart(line, 0, 80) .. "…" or line
end

---@param priority integer
local function priority_text(priority)
  if priority == 100 then
    return ""
  end
  return ({ [50] = " (mkForce)", [1000] = " (mkDefault)" })[priority] or (" (priority %d)"):format(priority)
end

--- The hosts, and users within hosts.
---@param bang boolean
function M.hosts(_, bang)
  ask("flakewise/hosts", {}, function(documents, server)
    local items = {}
    for _, document in ipairs(documents) do
      for _, host in ipairs(document.hosts) do
        local known = host.complete and "" or ", not all modules known"
        local system = text(host.system) and ", " .. host.system or ""
        items[#items + 1] = {
          text = ("%s  (%s%s, %d modules%s)"):format(host.output, host.kind, system, #host.modules, known),
          location = location(document.root, host.definition),
        }
      end
    end
    list(bang, "Hosts", items, server)
  end)
end

--- The options at or below a path: one to choose, then who declares and sets it in the quickfix list; with a bang all.
---@param prefix string
---@param bang boolean
function M.options(prefix, bang)
  local params = prefix ~= "" and { prefix = prefix } or {}
  ask("flakewise/options", params, function(documents, server)
    local options, all = {}, {}
    for _, document in ipairs(documents) do
      for _, option in ipairs(document.options) do
        local places = {}
        for _, place in ipairs(option.declarations) do
          places[#places + 1] = {
            text = ("%s is declared: %s"):format(option.path, text(option.type) or "type not known"),
            location = location(document.root, place),
          }
        end
        for _, place in ipairs(option.definitions) do
          local value = one_line(text(place.value) or "…") .. priority_text(place.priority)
          places[#places + 1] = {
            text = ("%s = %s  for %s"):format(option.path, value, table.concat(place.hosts, ", ")),
            location = location(document.root, place),
          }
        end
        vim.list_extend(all, places)
        options[#options + 1] = {
          text = ("%s : %s  (set at %d places)"):format(option.path, text(option.type) or "?", #option.definitions),
          places = places,
        }
      end
    end
    local title = prefix == "" and "Options" or "Options below " .. prefix
    if bang then
      quickfix(title, all, server)
    else
      choose(title, options, function(option)
        quickfix(option.text, option.places, server)
      end)
    end
  end)
end

--- The inputs with their state in the lock.
---@param bang boolean
function M.inputs(_, bang)
  ask("flakewise/inputs", {}, function(documents, server)
    local items = {}
    for _, document in ipairs(documents) do
      local nodes = {}
      for _, node in ipairs(document.lock.nodes) do
        nodes[node.id] = node
      end
      for _, input in ipairs(document.inputs) do
        local node = nodes[input.node]
        local state = ({
          locked = "locked" .. (node and text(node.rev) and " at " .. node.rev:sub(1, 7) or ""),
          follows = "follows " .. (text(input.follows) or "?"),
          unlocked = "not in flake.lock",
          undeclared = "only in flake.lock",
        })[input.state]
        items[#items + 1] = {
          text = ("%s  %s  (%s)"):format(input.name, text(input.url) or "", state),
          location = location(document.root, input.definition),
        }
      end
    end
    list(bang, "Inputs", items, server)
  end)
end

--- The leaves of the outputs.
---@param bang boolean
function M.outputs(_, bang)
  ask("flakewise/outputs", {}, function(documents, server)
    local items = {}
    for _, document in ipairs(documents) do
      for _, output in ipairs(document.outputs) do
        items[#items + 1] = {
          text = ("%s  (%s)"):format(output.path, output.kind),
          location = location(document.root, output.definition),
        }
      end
    end
    list(bang, "Outputs", items, server)
  end)
end

--- The lines of a graph as a tree, each with where it leads. What stood there already is not unfolded again.
---@param document table
---@return string[]
---@return table<integer, lsp.Location>
function M.tree(document)
  local nodes, imports, imported = {}, {}, {}
  for _, node in ipairs(document.nodes) do
    nodes[node.id] = node
    imports[node.id] = {}
  end
  for _, edge in ipairs(document.edges) do
    table.insert(imports[edge.from], edge.to)
    imported[edge.to] = true
  end
  local lines, places, seen = {}, {}, {}
  local function add(id, before, branch, below)
    local node = nodes[id]
    local again = seen[id] and #imports[id] > 0
    lines[#lines + 1] = before .. branch .. node.label .. (again and "  (above)" or "")
    places[#lines] = location(document.root, text(node.path) and { path = node.path, range = node.range })
    if seen[id] then
      return
    end
    seen[id] = true
    for index, child in ipairs(imports[id]) do
      local last = index == #imports[id]
      add(child, before .. below, last and "└─ " or "├─ ", last and "   " or "│  ")
    end
  end
  for _, node in ipairs(document.nodes) do
    if node.kind == "host" and not imported[node.id] then
      add(node.id, "", "", "")
    end
  end
  return lines, places
end

--- The module graph of one host, or of all, as a tree in a buffer of its own; <CR> opens the file.
---@param host string
function M.graph(host)
  local params = host ~= "" and { host = host } or {}
  ask("flakewise/graph", params, function(documents, server)
    local lines, places = {}, {}
    for _, document in ipairs(documents) do
      local of_flake, there = M.tree(document)
      for index, line in ipairs(of_flake) do
        lines[#lines + 1] = line
        places[#lines] = there[index]
      end
    end
    if #lines == 0 then
      return notify(host == "" and "there are no hosts" or "there is no host " .. host)
    end
    local buffer = vim.api.nvim_create_buf(false, true)
    vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
    vim.bo[buffer].modifiable = false
    vim.bo[buffer].bufhidden = "wipe"
    vim.bo[buffer].filetype = "flakewise-graph"
    pcall(vim.api.nvim_buf_set_name, buffer, "flakewise://graph/" .. (host == "" and "all" or host))
    local from = vim.api.nvim_get_current_win()
    vim.cmd("botright vsplit")
    vim.api.nvim_win_set_buf(0, buffer)
    vim.wo[0].wrap = false
    vim.keymap.set("n", "<CR>", function()
      local target = places[vim.api.nvim_win_get_cursor(0)[1]]
      if target and vim.api.nvim_win_is_valid(from) then
        vim.api.nvim_set_current_win(from)
      end
      go(target, server)
    end, { buffer = buffer, desc = "Open the module" })
    vim.keymap.set("n", "q", "<Cmd>close<CR>", { buffer = buffer, desc = "Close the graph" })
  end)
end

--- The outputs of the hosts, for completion on the command line. Waits a moment and no longer.
---@return string[]
function M.host_names()
  local server = client()
  local response = server and server:request_sync("flakewise/hosts", vim.empty_dict(), 500)
  local names = {}
  for _, document in ipairs(response and response.result or {}) do
    for _, host in ipairs(document.hosts) do
      names[#names + 1] = host.output
    end
  end
  return names
end

return M
