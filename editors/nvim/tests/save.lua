-- After a save a repair is offered, and never forced; :w does not wait for it.
local t = require('helper')

vim.g.relook = { settings = { onSave = 'suggest' } }
local dir = t.workspace({ ['package.json'] = '{}', ['index.html'] = t.wide })
local buf = t.open(dir .. '/index.html')
vim.cmd.normal({ 'Go<!-- mine -->', bang = true })
local typed = t.text(buf)
local start = vim.uv.hrtime()
vim.cmd.write()
-- A look at the page takes longer than that, and a repair much longer.
local took = (vim.uv.hrtime() - start) / 1e6
assert(took < 1000, (':w took %.0f ms'):format(took))
t.equal(t.disk(dir .. '/index.html'), typed, 'what is saved')

t.eventually('an offer', function()
  return t.heard('can repair 1 defect in index%.html')
end)
t.equal(t.text(buf), typed, 'an offer changes nothing')

-- Put away, the page stays as it is, and it is not offered again.
vim.cmd('Relook reject')
t.eventually('rejected', function()
  return t.heard('stays as it is')
end)
t.equal(next(require('relook.client').offers), nil, 'offers')

-- A diff beside the text; accepted in it, the buffer has the repair.
vim.cmd('Relook compare')
t.eventually('a diff', function()
  return #vim.api.nvim_list_tabpages() == 2 and #vim.api.nvim_tabpage_list_wins(0) == 2
end)
local wins = vim.api.nvim_tabpage_list_wins(0)
assert(vim.wo[wins[1]].diff and vim.wo[wins[2]].diff, 'both windows are in diff mode')
local repaired = t.text(vim.api.nvim_win_get_buf(wins[2]))
assert(not repaired:find('{ width: 900px', 1, true), repaired)
vim.cmd('Relook accept')
t.eventually('accepted', function()
  return t.text(buf) == repaired
end)
t.eventually('the diff is closed', function()
  return #vim.api.nvim_list_tabpages() == 1
end)
t.equal(t.disk(dir .. '/index.html'), typed, 'nothing is saved by itself')
vim.cmd.undo()
t.equal(t.text(buf), typed, 'one undo takes the repair back')
