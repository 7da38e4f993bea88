-- The subcommands: completion, what they say, cancelling, the trace, a wrong one.
local t = require('helper')

t.equal(
  vim.fn.getcompletion('Relook ', 'cmdline'),
  vim.split('accept cancel check compare fix model pictures preview refine reject restart status trace', ' '),
  'subcommands'
)
t.equal(vim.fn.getcompletion('Relook re', 'cmdline'), { 'refine', 'reject', 'restart' }, 'with re')
t.equal(vim.fn.getcompletion('Relook fix ', 'cmdline'), { 'all' }, 'after fix')

-- Where relook has nothing to do it says so, and breaks nothing.
local words =
  { 'check', 'fix', 'fix all', 'preview', 'pictures', 'compare', 'accept', 'reject', 'trace', 'cancel', 'status', 'model' }
for _, word in ipairs(words) do
  t.said = {}
  vim.cmd('Relook ' .. word)
  assert(t.heard('does not look at this buffer'), word .. ': ' .. vim.inspect(t.said))
end
vim.cmd('Relook dance')
assert(t.heard('there is no :Relook dance'))
vim.cmd('Relook refine')

local pricing = t.disk(vim.env.RELOOK_EXAMPLES .. '/pricing.html')
local dir = t.workspace({ ['package.json'] = '{}', ['index.html'] = t.wide, ['pricing.html'] = pricing })
local buf = t.open(dir .. '/index.html')

vim.cmd('Relook check')
t.eventually('check', function()
  return t.heard('index%.html has 1 defect: 1 error, 0 warnings')
end)
vim.cmd('Relook status')
t.eventually('status', function()
  return t.heard('browser running; no model is asked; nothing under way')
end)
t.eventually('the status line', function()
  return require('relook').statusline(buf) == 'relook: 1'
end)

local opened = {}
vim.ui.open = function(address)
  opened[#opened + 1] = address
  return {}, nil
end
vim.cmd('Relook preview')
t.eventually('the browser is opened', function()
  return opened[1]
end)
assert(opened[1]:find('^http://127%.0%.0%.1:%d+/'), opened[1])

-- On the line of the defect, and on another.
t.ready(buf, 'Repair: ')
t.cursor_on(buf, 'A row')
vim.cmd('Relook fix')
assert(t.heard('no defect has its cause here'))
t.cursor_on(buf, 'width: 900px')
vim.cmd('Relook fix')
t.eventually('repaired', function()
  return t.heard('1 defect repaired, 0 left')
end)
assert(not t.text(buf):find('{ width: 900px', 1, true))
t.eventually('the status line', function()
  return require('relook').statusline(buf) == 'relook: fine'
end)

-- The trace of a page with more to do, and cancelling on the way. Progress comes
-- by LspProgress, as status lines and notifiers want it.
local progress = {}
vim.api.nvim_create_autocmd('LspProgress', {
  callback = function(args)
    local value = args.data.params.value
    progress[#progress + 1] = value.kind .. ' ' .. (value.title or '')
  end,
})
vim.cmd.edit(dir .. '/pricing.html')
local big = vim.api.nvim_get_current_buf()
t.eventually('defects of pricing.html', function()
  return #vim.diagnostic.get(big) >= 5
end)
local before = t.text(big)
vim.cmd('Relook fix all')
t.eventually('it is under way', function()
  return require('relook').statusline(big) == 'relook: repairing pricing.html'
end)
vim.cmd('Relook cancel')
t.eventually('it is cancelled', function()
  return t.heard('1 task ended')
end)
t.eventually('progress ends', function()
  return progress[#progress] and vim.startswith(progress[#progress], 'end')
end)
t.equal(progress[1], 'begin Repairing pricing.html', 'progress')
t.eventually('the status line', function()
  return require('relook').statusline(big):find('^relook: %d')
end)
assert(not t.heard('context canceled'), vim.inspect(t.said))
t.equal(t.text(big), before, 'a cancelled repair changes nothing')

t.ready(big, ' defects)')
vim.cmd('Relook trace')
t.eventually('the trace', function()
  return vim.bo.filetype == 'markdown' and t.text(0):find('# What was tried', 1, true)
end)
local trace = t.text(0)
assert(trace:find('# What was tried: improved', 1, true), trace)
assert(trace:find('- taken: ', 1, true), trace)
vim.cmd.normal('q')
t.equal(vim.api.nvim_get_current_buf(), big, 'q closes the trace')
