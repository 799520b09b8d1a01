-- Drives a Neovim as a person would: a second Neovim runs it in a terminal, types keys there, and sees its screen.
-- Called by nvim.sh: nvim -l nvim.lua PLUGIN BIN FLAKE HOST LINE WORK OUT BLOCKS EXTRACTED

local plugin, bin, flake, host, planted, work, out, blocks, extracted = unpack(_G.arg)
planted = tonumber(planted)
local file = vim.fs.joinpath(flake, host)

-- The first window has its size from before; that of a new tab page takes the new one.
vim.o.columns, vim.o.lines = 130, 43
vim.cmd.tabnew()

-- The Neovim under test -----------------------------------------------------------------------------------------

local init = vim.fs.joinpath(work, "init.lua")
vim.fn.writefile({
  ("vim.opt.runtimepath:prepend(%q)"):format(plugin),
  ("vim.env.PATH = %q .. ':' .. vim.env.PATH"):format(bin),
  "vim.o.swapfile = false",
  -- Never “Press ENTER”: nothing would be answered while it waits.
  "vim.o.messagesopt = 'wait:0,history:500'",
  "vim.o.completeopt = 'menuone,noselect,popup'",
  "vim.diagnostic.config({ virtual_text = true })",
  "vim.api.nvim_create_autocmd('LspAttach', { callback = function(args)",
  "  vim.lsp.completion.enable(true, args.data.client_id, args.buf, { autotrigger = true })",
  "end })",
  "vim.lsp.enable('flakewise')",
}, init)
local env = { NVIM_APPNAME = "nvim", NVIM_LOG_FILE = vim.fs.joinpath(work, "nvim.log"), TERM = "xterm-256color" }
for _, folder in ipairs({ "CONFIG", "DATA", "STATE", "CACHE" }) do
  env["XDG_" .. folder .. "_HOME"] = vim.fs.joinpath(work, "xdg", folder:lower())
end

local screen = vim.api.nvim_create_buf(false, true)
vim.api.nvim_win_set_buf(0, screen)
local socket = vim.fs.joinpath(work, "nvim.sock")
local started = vim.uv.hrtime()
local terminal = vim.fn.jobstart(
  { vim.v.progpath, "--clean", "-u", init, "--listen", socket, file },
  { term = true, env = env, cwd = flake }
)

local function screen_lines()
  return vim.api.nvim_buf_get_lines(screen, 0, -1, false)
end

local function stop(code)
  vim.fn.jobstop(terminal)
  vim.fn.jobwait({ terminal }, 2000)
  os.exit(code)
end

local function fail(message)
  io.stderr:write(("nvim: FAILED: %s\nThe screen:\n%s\n"):format(message, table.concat(screen_lines(), "\n")))
  vim.fn.writefile(screen_lines(), vim.fs.joinpath(out, "nvim-failed.txt"))
  local log = vim.fs.joinpath(env.XDG_STATE_HOME, "nvim", "lsp.log")
  if vim.uv.fs_stat(log) then
    io.stderr:write(("The log of its LSP client:\n%s\n"):format(table.concat(vim.fn.readfile(log, "", -30), "\n")))
  end
  stop(1)
end

--- Waits for a true answer and returns it.
local function wait_for(what, probe, seconds)
  local answer
  local done = vim.wait((seconds or 20) * 1000, function()
    answer = probe()
    return answer and true or false
  end, 10)
  if not done then
    fail("not seen in time: " .. what)
  end
  return answer
end

local channel = wait_for("Neovim itself", function()
  local connected, result = pcall(vim.fn.sockconnect, "pipe", socket, { rpc = true })
  return connected and result > 0 and result
end)

--- Runs Lua in the Neovim under test.
local function inside(code, ...)
  return vim.rpcrequest(channel, "nvim_exec_lua", code, { ... })
end

--- Types, as on a keyboard.
local function keys(text)
  vim.api.nvim_chan_send(terminal, vim.keycode(text))
end

local function shows(text)
  return function()
    for _, line in ipairs(screen_lines()) do
      if line:find(text, 1, true) then
        return true
      end
    end
  end
end

local function capture(name)
  vim.wait(200)
  local lines = screen_lines()
  while #lines > 0 and lines[#lines]:match("^%s*$") do
    table.remove(lines)
  end
  vim.fn.writefile(lines, vim.fs.joinpath(out, "nvim-" .. name .. ".txt"))
end

local function passed(what, since)
  io.stdout:write(("ok   nvim: %s (%.0f ms)\n"):format(what, (vim.uv.hrtime() - since) / 1e6))
end

-- What it must do ----------------------------------------------------------------------------------------------

-- The diagnostic of the planted option, on its line.
local diagnostic = wait_for("undeclared-option on the line of custom.nosuch.enable", function()
  for _, each in ipairs(inside("return vim.diagnostic.get(0, { lnum = ... })", planted - 1)) do
    if each.code == "undeclared-option" and each.message:find("nosuch", 1, true) then
      return each
    end
  end
end)
passed("diagnostic: " .. diagnostic.message:gsub("\n.*", ""), started)
if diagnostic.source ~= "flakewise" then
  fail("the diagnostic's source is " .. tostring(diagnostic.source) .. ", not flakewise")
end
local root = inside("return vim.lsp.get_clients({ name = 'flakewise' })[1].root_dir")
if root ~= flake then
  fail(("the root is %s, not %s"):format(root, flake))
end
keys(planted .. "G^")
wait_for("the diagnostic on the screen", function()
  return shows("custom.nosuch.enable = true;")() and shows(vim.trim(diagnostic.message:sub(1, 20)))()
end)
capture("diagnostic")

-- Completion while typing.
local typed = vim.uv.hrtime()
keys("Ocustom.")
local labels = wait_for("completion of custom. with the option set `backup`", function()
  local info = inside("return vim.fn.complete_info({ 'pum_visible', 'items' })")
  if info.pum_visible ~= 1 then
    return false
  end
  local words = vim.tbl_map(function(item)
    return item.abbr ~= "" and item.abbr or item.word
  end, info.items)
  return table.concat(words, " "):find("backup", 1, true) and words
end)
passed(("completion: %d items, %s …"):format(#labels, table.concat(labels, " ", 1, math.min(5, #labels))), typed)
capture("completion")
keys("back<C-n><C-y>")
wait_for("custom.backup in the text after it was chosen", function()
  return inside("return vim.api.nvim_get_current_line()"):find("^%s*custom%.backup")
end)
keys("<Esc>")
wait_for("normal mode", function()
  return inside("return vim.fn.mode()") == "n"
end)
keys("u")

-- From an option that the host sets to its declaration.
local setting = wait_for('environment = "gnome" in the host', function()
  return inside([[
    for number, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
      local column = line:find('environment = "gnome"', 1, true)
      if column then return { number, column } end
    end
  ]])
end)
keys(("%dG%d|"):format(setting[1], setting[2]))
wait_for("the cursor on environment", function()
  return inside("return vim.fn.expand('<cword>')") == "environment"
end)
local jumped = vim.uv.hrtime()
keys("<C-]>")
wait_for("nixos/modules/desktop.nix, at the declaration of custom.desktop.environment", function()
  return inside([[
    local name = vim.fs.normalize(vim.api.nvim_buf_get_name(0))
    return vim.endswith(name, "nixos/modules/desktop.nix")
      and vim.api.nvim_get_current_line():find("environment", 1, true) ~= nil
  ]])
end)
passed("definition: nixos/modules/desktop.nix:" .. inside("return vim.fn.line('.')"), jumped)
capture("definition")

-- What is wrong is said while it is typed, and no longer when it is right.
keys("<C-o>")
wait_for("the host again", function()
  return inside("return vim.endswith(vim.api.nvim_buf_get_name(0), 'hosts/laptop/default.nix')")
end)
local function undeclared(line)
  return inside([[
    return vim.iter(vim.diagnostic.get(0, { lnum = ... })):any(function(it) return it.code == "undeclared-option" end)
  ]], line - 1)
end
typed = vim.uv.hrtime()
keys(("%dG"):format(setting[1]))
keys('OdisplayManger = "gdm";<Esc>')
wait_for("a diagnostic of what was typed", function()
  return undeclared(setting[1])
end)
passed("diagnostic appears while typing", typed)
capture("typing")
typed = vim.uv.hrtime()
keys(":s/Manger/Manager/<CR>")
wait_for("no diagnostic of what is right now", function()
  return not undeclared(setting[1])
end)
passed("diagnostic vanishes while typing", typed)
keys(":edit!<CR>")
wait_for("the text as it was", function()
  return inside("return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false)):find('displayManager', 1, true) == nil")
end)

-- An option gets another name where it is set and where it is declared.
typed = vim.uv.hrtime()
keys(("%dG%d|"):format(setting[1], setting[2]))
keys("grn")
wait_for("the question for the new name", shows("New Name: environment"))
keys("<C-u>surface<CR>")
wait_for("the new name in both files", function()
  return inside([[
    local function holds(name, text)
      local buffer = vim.fn.bufnr(name)
      return buffer > 0 and table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false)):find(text, 1, true) ~= nil
    end
    return holds("hosts/laptop/default.nix", 'surface = "gnome"') and holds("nixos/modules/desktop.nix", "surface = lib.mkOption")
  ]])
end)
passed("rename: changes the host and the module", typed)
keys(":bufdo edit!<CR>:buffer hosts/laptop/default.nix<CR>")
wait_for("the host as it was", function()
  return inside("return vim.endswith(vim.api.nvim_buf_get_name(0), 'hosts/laptop/default.nix') and not vim.bo.modified")
end)

-- A Home Manager block that stands twice becomes a file.
typed = vim.uv.hrtime()
keys((":edit %s<CR>"):format(vim.fs.joinpath(blocks, "flake.nix")))
wait_for("the repeated block among the diagnostics", function()
  return inside([[
    return vim.iter(vim.diagnostic.get(0)):any(function(it) return it.code == "duplicate-home-block" end)
  ]])
end)
keys("gg/home-manager = {<CR>")
-- Several actions have to be chosen from; whatever replaced vim.ui.select chooses.
inside([[vim.ui.select = function(items, options, on_choice)
  for _, item in ipairs(items) do
    if options.format_item(item):find("Make home-manager.nix", 1, true) then return on_choice(item) end
  end
end]])
keys("gra")
-- Neovim (0.11) ends a file that an edit creates with one more empty line.
local function text(folder, name)
  return vim.trim(table.concat(vim.fn.readfile(vim.fs.joinpath(folder, name)), "\n"))
end
local function expected_files()
  for _, name in ipairs({ "flake.nix", "nas.nix", "home-manager.nix" }) do
    if not vim.uv.fs_stat(vim.fs.joinpath(blocks, name)) or text(blocks, name) ~= text(extracted, name) then
      return false
    end
  end
  return true
end
wait_for("the call in the flake", function()
  return inside("return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false)):find('import ./home-manager.nix', 1, true) ~= nil")
end)
keys(":wall<CR>")
wait_for("the flake, the module and the new file as expected", expected_files)
passed("code action: a repeated Home Manager block becomes a file", typed)
capture("extracted")
keys(":buffer hosts/laptop/default.nix<CR>")
wait_for("the host again", function()
  return inside("return vim.endswith(vim.api.nvim_buf_get_name(0), 'hosts/laptop/default.nix')")
end)
inside("for _, client in ipairs(vim.lsp.get_clients({ name = 'flakewise' })) do if client.root_dir == ... then client:stop() end end", blocks)
wait_for("one client", function()
  return inside("return #vim.lsp.get_clients({ name = 'flakewise' }) == 1")
end)

-- Views of the whole repository.
local asked = vim.uv.hrtime()
keys(":Flakewise graph nixosConfigurations.laptop<CR>")
wait_for("the graph of the laptop", function()
  return inside("return vim.bo.filetype") == "flakewise-graph" and shows("─ hosts/laptop/default.nix")()
end)
passed("Flakewise graph", asked)
capture("graph")
keys("/hardware-configuration<CR><CR>")
wait_for("the file that was chosen in the graph", function()
  return inside("return vim.endswith(vim.api.nvim_buf_get_name(0), 'hosts/laptop/hardware-configuration.nix')")
end)
keys(":only<CR>")

asked = vim.uv.hrtime()
keys(":Flakewise! hosts<CR>")
local listed = wait_for("the hosts in the quickfix list", function()
  return inside([[
    local list = vim.fn.getqflist({ title = true, items = true })
    return vim.bo.filetype == "qf" and list.title == "Hosts" and vim.tbl_map(function(it) return it.text end, list.items)
  ]])
end)
for _, host in ipairs({ "nixosConfigurations.laptop", "nixosConfigurations.server", "robin@mac" }) do
  if not table.concat(listed, "\n"):find(host, 1, true) then
    fail("the list of hosts lacks " .. host .. ": " .. table.concat(listed, "; "))
  end
end
passed(("Flakewise! hosts: %d"):format(#listed), asked)
capture("hosts")
keys(":cclose<CR>")

-- Whatever replaced vim.ui.select chooses.
asked = vim.uv.hrtime()
inside([[vim.ui.select = function(items, options, on_choice)
  for _, item in ipairs(items) do
    if options.format_item(item):find("custom.desktop.environment", 1, true) then return on_choice(item) end
  end
end]])
keys(":Flakewise options custom.desktop<CR>")
wait_for("who declares and sets the option in the quickfix list", function()
  return inside([[
    local list = vim.fn.getqflist({ title = true, items = true })
    local texts = table.concat(vim.tbl_map(function(it) return it.text end, list.items), "\n")
    return vim.bo.filetype == "qf" and texts:find("is declared", 1, true) and texts:find('= "gnome"', 1, true) ~= nil
  ]])
end)
passed("Flakewise options", asked)
capture("options")
keys(":cclose<CR>:buffer hosts/laptop/default.nix<CR>")
wait_for("the host again", function()
  return inside("return vim.endswith(vim.api.nvim_buf_get_name(0), 'hosts/laptop/default.nix')")
end)

-- The plugin's own commands.
asked = vim.uv.hrtime()
keys(":FlakewiseExplain undeclared-option<CR>")
wait_for("the documentation of undeclared-option in a window of its own", function()
  return inside([[
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= "" then
        return table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false)):find("option") ~= nil
      end
    end
    return false
  ]])
end)
passed("FlakewiseExplain", asked)
capture("explain")

asked = vim.uv.hrtime()
local before = inside("return vim.lsp.get_clients({ name = 'flakewise' })[1].id")
keys(":FlakewiseRestart<CR>")
wait_for("another client, and its diagnostic, after :FlakewiseRestart", function()
  return inside([[
    local before, line = ...
    local client = vim.lsp.get_clients({ name = "flakewise" })[1]
    if not client or client.id == before then return false end
    local buffer = vim.fn.bufnr("hosts/laptop/default.nix")
    return buffer > 0 and #vim.diagnostic.get(buffer, { lnum = line }) > 0
  ]], before, planted - 1)
end)
passed("FlakewiseRestart", asked)

asked = vim.uv.hrtime()
keys(":checkhealth flakewise<CR>")
local report = wait_for("the report of :checkhealth", function()
  return inside([[
    if vim.bo.filetype ~= "checkhealth" then return false end
    local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
    return text:find("flake: ", 1, true) and text
  ]])
end)
for _, expected in ipairs({ "binary: " .. bin, "version: flakewise", "running: client", "flake: " .. flake, "views: " }) do
  if not report:find(expected, 1, true) then
    fail(("the health report lacks “%s”:\n%s"):format(expected, report))
  end
end
if report:find("ERROR", 1, true) or report:find("WARNING", 1, true) then
  fail("the health report complains:\n" .. report)
end
passed("checkhealth", asked)
capture("health")

stop(0)
