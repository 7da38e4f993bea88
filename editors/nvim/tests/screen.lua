-- What a person sees: a child Neovim in a terminal, read from its screen.
local t = require('helper')

local argv = vim.split(vim.env.RELOOK_NVIM, '\n')
local dir = t.workspace({ ['package.json'] = '{}', ['index.html'] = t.wide })
local socket = dir .. '/child.sock'
vim.list_extend(argv, { '--listen', socket, '--clean', '--cmd', 'set rtp^=' .. vim.fn.getcwd() .. '/editors/nvim' })
local job = vim.fn.jobstart(argv, { pty = true, width = 110, height = 32, cwd = dir, env = { TERM = 'xterm-256color' } })
assert(job > 0, 'the child does not start')
local chan = t.eventually('the child listens', function()
  local ok, id = pcall(vim.fn.sockconnect, 'pipe', socket, { rpc = true })
  return ok and id > 0 and id
end)
t.eventually('a terminal is attached to it', function()
  return #vim.rpcrequest(chan, 'nvim_list_uis') == 1
end)
local function lua(code, ...)
  return vim.rpcrequest(chan, 'nvim_exec_lua', code, { ... })
end

local function screen()
  return lua([[
    vim.cmd.redraw()
    local rows = {}
    for y = 1, vim.o.lines do
      local row = {}
      for x = 1, vim.o.columns do
        row[x] = vim.fn.screenstring(y, x)
      end
      rows[y] = table.concat(row)
    end
    return table.concat(rows, '\n')
  ]])
end

local function shows(pattern)
  local last
  local ok = vim.wait(t.deadline, function()
    last = screen()
    return last:find(pattern) ~= nil
  end, 50)
  assert(ok, pattern .. ' is never on the screen:\n' .. last)
  return last
end

lua('vim.o.termguicolors = true; vim.g.relook = { virtual_lines = true, pictures = "text" }')
lua('vim.o.statusline = [[%f %{%v:lua.require("relook").statusline()%}]]')
vim.rpcrequest(chan, 'nvim_command', 'edit index.html')

-- The defect below its line, and the status line.
shows('relook: 1')
local first = shows('The page scrolls sideways')
local line = vim.split(first, '\n')
for y, row in ipairs(line) do
  if row:find('width: 900px', 1, true) then
    assert((line[y + 1] .. line[y + 2]):find('The page scrolls sideways', 1, true), first)
  end
end

-- The pictures, with the repair once it is found.
vim.rpcrequest(chan, 'nvim_command', 'Relook pictures')
shows('▀▀▀▀')
local pictured = shows('before +after')
assert(pictured:find('index.html at 390x844: 1 defect, 1 repaired, 0 left', 1, true), pictured)
assert(pictured:find('■ 1 repaired: The page scrolls sideways', 1, true), pictured)
assert(pictured:find('+518', 1, true), pictured)
assert(pictured:find('a apply', 1, true), pictured)
vim.rpcrequest(chan, 'nvim_input', '<Tab>')
shows('index.html at 768x1024')

-- The picture follows what is typed.
lua([[
  local buf = vim.fn.bufnr('index.html')
  vim.api.nvim_buf_set_lines(buf, 5, 6, false, { '.wide { width: 950px; height: 40px; background: #333333 }', '.note { color: #222222 }' })
]])
shows('1 repaired: The page scrolls sideways by 5[67]%d px')

-- Accepted from there it closes, and the repair is in the text.
vim.rpcrequest(chan, 'nvim_input', 'a')
local after = shows('relook: fine')
assert(not after:find('▀▀▀▀', 1, true), after)
assert(not after:find('{ width: 950px', 1, true), after)
assert(after:find('.note { color: #222222 }', 1, true), after)

-- Nothing was said that has to be dismissed.
t.equal(vim.rpcrequest(chan, 'nvim_get_mode').blocking, false, 'it waits for a key')
vim.fn.jobstop(job)
