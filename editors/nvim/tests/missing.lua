-- Without the program there is one message that says what to do, no error, and a
-- health report; with it again, it works.
local t = require('helper')

vim.g.relook = { cmd = { 'relook-that-is-not-there', 'lsp' } }
local dir = t.workspace({ ['package.json'] = '{}', ['a.html'] = t.wide, ['b.html'] = t.wide, ['c.css'] = 'p {}' })
for _, name in ipairs({ 'a.html', 'b.html', 'c.css' }) do
  vim.cmd.edit(dir .. '/' .. name)
end
t.eventually('it is said', function()
  return t.heard('was not found')
end)
vim.wait(200, function()
  return #t.said > 1
end)
t.equal(#t.said, 1, 'messages ' .. vim.inspect(t.said))
assert(t.said[1]:find('checkhealth relook', 1, true), t.said[1])
t.equal(#vim.lsp.get_clients({ name = 'relook' }), 0, 'servers')
vim.cmd('checkhealth relook')
assert(t.text(0):find('ERROR.*relook%-that%-is%-not%-there'), t.text(0))
assert(t.text(0):find('cmd = {', 1, true), t.text(0))

require('relook').setup({ cmd = { 'relook', 'lsp' } })
vim.cmd.edit(dir .. '/a.html')
t.eventually('it works', function()
  return #vim.diagnostic.get(0) == 1
end)
vim.cmd('checkhealth relook')
local report = t.text(0)
for _, want in ipairs({ 'OK.*relook .*relook', 'OK browser: ', 'fonts: ', 'ollama: ', 'a server runs for', 'half blocks' }) do
  assert(report:find(want), want .. ' in ' .. report)
end
assert(not report:find('ERROR', 1, true), report)
