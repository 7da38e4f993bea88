-- vim.g.relook and setup{} both work, setup wins; what is wrong is said; changes
-- count without a restart.
local t = require('helper')
local config = require('relook.config')

vim.g.relook = { virtual_lines = true, pictures = 'text', settings = { maxDefects = 7 }, colour = 'red', enable = 'yes' }
local opts, wrong = config.get()
t.equal(opts.virtual_lines, true, 'virtual_lines')
t.equal(opts.enable, true, 'enable')
t.equal(wrong, { 'the option `enable` is a boolean, not a string', 'there is no option `colour`' }, 'what is wrong')
vim.g.relook = { virtual_lines = true, settings = { rules = { ['sideways-scroll'] = 'off' } } }
require('relook').setup({ pictures = 'text' })
opts, wrong = config.get()
t.equal(opts.pictures, 'text', 'set by setup')
t.equal(opts.virtual_lines, true, 'from vim.g.relook')
t.equal(wrong, {}, 'what is wrong')

local dir = t.workspace({ ['package.json'] = '{}', ['index.html'] = t.wide })
vim.cmd.edit(dir .. '/index.html')
local buf = vim.api.nvim_get_current_buf()
local client = t.eventually('a server', function()
  local c = vim.lsp.get_clients({ name = 'relook', bufnr = buf })[1]
  return c and c.initialized and c
end)
vim.cmd('Relook check')
t.eventually('the rule is off', function()
  return t.heard('index%.html has no defects')
end)
local ns = vim.lsp.diagnostic.get_namespace(client.id)
t.equal(vim.diagnostic.config(nil, ns).virtual_lines, true, 'virtual lines of relook alone')
t.equal(vim.diagnostic.config().virtual_lines or false, false, 'virtual lines of others')

require('relook').setup({ settings = { maxDefects = 3 }, virtual_lines = false })
t.eventually('the rule is on again', function()
  return #vim.diagnostic.get(buf) == 1
end)
t.equal(#vim.lsp.get_clients({ name = 'relook' }), 1, 'without a restart')
t.equal(vim.diagnostic.config(nil, ns).virtual_lines, false, 'virtual lines')
