-- Open, defects, the light bulb by the person's own call, undo in one step, save.
local t = require('helper')

local dir = t.workspace({ ['package.json'] = '{}', ['index.html'] = t.wide })
local buf = t.open(dir .. '/index.html')

local d = vim.diagnostic.get(buf)[1]
t.equal(d.source, 'relook', 'source')
t.equal(d.code, 'sideways-scroll', 'code')
t.equal(vim.api.nvim_buf_get_text(buf, d.lnum, d.col, d.end_lnum, d.end_col, {})[1], 'width: 900px;', 'range')

t.ready(buf, 'Repair: ')
t.cursor_on(buf, 'width: 900px')
local before = t.text(buf)
-- What a person types before must not go with the repair when it is undone.
vim.cmd.normal({ 'Go<!-- mine -->', bang = true })
local typed = t.text(buf)
t.ready(buf, 'Repair: ')
t.cursor_on(buf, 'width: 900px')

-- A plugin that shows diffs resolves the action itself: the edit is in it.
local action = t.ready(buf, 'Repair: ')
local client = assert(vim.lsp.get_clients({ name = 'relook' })[1])
local resolved = client:request_sync('codeAction/resolve', action, 10000, buf)
assert(resolved.result.edit.documentChanges[1].edits[1].newText, 'a resolved action has its edit')
t.equal(t.text(buf), typed, 'resolving changes nothing')

vim.lsp.buf.code_action({
  apply = true,
  filter = function(a)
    return vim.startswith(a.title, 'Repair: ')
  end,
})
t.eventually('the repair is in the text', function()
  return t.text(buf) ~= typed
end)
assert(not t.text(buf):find('{ width: 900px', 1, true), t.text(buf))
assert(t.text(buf):find('<!-- mine -->', 1, true), 'what was typed stays')
t.eventually('the defect is gone', function()
  return #vim.diagnostic.get(buf) == 0
end)
t.equal(t.disk(dir .. '/index.html'), before, 'nothing is saved by itself')

local repaired = t.text(buf)
vim.cmd.undo()
t.equal(t.text(buf), typed, 'one undo takes the repair back')
vim.cmd.redo()
t.equal(t.text(buf), repaired, 'redo')
vim.cmd.write()
t.equal(t.disk(dir .. '/index.html'), repaired, 'saved by the person')

-- A choice through vim.ui.select, as pickers have it: everything on the page.
vim.cmd('undo | undo')
t.equal(t.text(buf), before, 'two undos')
t.ready(buf, 'Repair everything')
t.cursor_on(buf, 'A row')
local titles = {}
vim.ui.select = function(items, opts, choose)
  for _, item in ipairs(items) do
    titles[#titles + 1] = opts.format_item(item)
    if titles[#titles]:find('Repair everything', 1, true) or titles[#titles]:find('(1 defect)', 1, true) then
      return choose(item)
    end
  end
  choose(nil)
end
vim.lsp.buf.code_action({ context = { only = { 'refactor.rewrite.relook' }, diagnostics = {} } })
t.eventually('the page is repaired: ' .. vim.inspect(titles), function()
  return t.text(buf) ~= before
end)
