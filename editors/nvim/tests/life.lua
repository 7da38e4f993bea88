-- A server that is killed comes back, with what was typed meanwhile; two
-- workspaces each have their own settings; a task can be cancelled.
local t = require('helper')

local one = t.workspace({ ['package.json'] = '{}', ['index.html'] = t.wide })
local two = t.workspace({ ['relook.toml'] = '[rules]\nsideways-scroll = "off"\n', ['index.html'] = t.wide })
local buf = t.open(one .. '/index.html')
t.equal(#t.servers(), 1, 'servers')
local pid = t.servers()[1]
local other = t.open(two .. '/index.html', 0)
t.eventually('two servers', function()
  return #vim.lsp.get_clients({ name = 'relook' }) == 2
end)
local mine = assert(vim.lsp.get_clients({ name = 'relook', bufnr = buf })[1])
local theirs = assert(vim.lsp.get_clients({ name = 'relook', bufnr = other })[1])
t.equal(mine.root_dir, one, 'root')
t.equal(theirs.root_dir, two, 'root')
vim.cmd('Relook check')
t.eventually('the other has no defects', function()
  return t.heard('index%.html has no defects')
end)
t.equal(#vim.diagnostic.get(other), 0, 'defects where the rule is off')
t.equal(#vim.diagnostic.get(buf), 1, 'defects where it is on')

-- Killed without a word.
vim.uv.kill(pid, 9)
vim.api.nvim_buf_set_lines(
  buf,
  5,
  6,
  false,
  { '.wide { width: 900px; height: 40px; background: #333333 }', '.note { color: #333333 }' }
)
vim.cmd.buffer(buf)
local back = t.eventually('a new server', function()
  local c = vim.lsp.get_clients({ name = 'relook', bufnr = buf })[1]
  return c and c.id ~= mine.id and c.initialized and c
end)
assert(not vim.list_contains(t.servers(), pid), 'the old one is gone')
t.equal(#t.servers(), 2, 'servers')
t.eventually('it has looked', function()
  local d = vim.diagnostic.get(buf)[1]
  return d and d.namespace == vim.lsp.diagnostic.get_namespace(back.id)
end)
assert(not theirs:is_stopped(), 'the other server lives on')
t.ready(buf, 'Repair: ')
vim.cmd('Relook fix all')
t.eventually('it repairs', function()
  return t.heard('1 defect repaired')
end)
assert(t.text(buf):find('.note', 1, true), t.text(buf))

-- Stopped by the person it stays away.
local id = back.id
back:stop()
t.eventually('it ends', function()
  return vim.lsp.get_client_by_id(id) == nil
end)
assert(not vim.wait(1500, function()
  return vim.lsp.get_clients({ name = 'relook', bufnr = buf })[1] ~= nil
end), 'a server that was stopped comes back')
