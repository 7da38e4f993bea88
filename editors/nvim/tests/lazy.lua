-- Nothing is loaded until a page is opened, nothing runs when the cursor moves,
-- and loading takes no time.
local t = require('helper')

local function loaded()
  return vim.tbl_filter(function(name)
    return vim.startswith(name, 'relook')
  end, vim.tbl_keys(package.loaded))
end
vim.cmd.edit(t.workspace({ ['notes.txt'] = 'words' }) .. '/notes.txt')
t.equal(loaded(), {}, 'loaded with a text file')
t.equal(package.loaded['vim.lsp'], nil, 'vim.lsp')
t.equal(#vim.api.nvim_get_autocmds({ group = 'relook' }), 7, 'autocommands: one for each filetype')

-- The quickest of several: what the machine does beside it is not measured.
local best = math.huge
for _ = 1, 20 do
  package.loaded.relook = nil
  local start = vim.uv.hrtime()
  require('relook')
  best = math.min(best, (vim.uv.hrtime() - start) / 1e6)
end
io.stdout:write(("require('relook'): %.3f ms\n"):format(best))
assert(best < 3, best)
t.equal(loaded(), { 'relook' }, 'loaded by require')

local buf = t.open(t.workspace({ ['package.json'] = '{}', ['index.html'] = t.wide }) .. '/index.html')
t.equal(#vim.lsp.get_clients({ name = 'relook', bufnr = buf }), 1, 'servers')
local moves = vim.api.nvim_get_autocmds({ event = { 'CursorMoved', 'CursorMovedI', 'CursorHold', 'CursorHoldI' } })
t.equal(
  vim.tbl_filter(function(a)
    local src = type(a.callback) == 'function' and debug.getinfo(a.callback, 'S').source or a.command
    return src:find('relook', 1, true) ~= nil
  end, moves),
  {},
  'autocommands on cursor moves'
)
