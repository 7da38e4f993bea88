-- The help has a tag for each subcommand, option, setting and function, and no
-- other; what it points to is there.
local t = require('helper')

local dir = vim.api.nvim_get_runtime_file('doc/relook.txt', false)[1]
local help = t.disk(dir)
local have = {} ---@type table<string, true>
for tag in help:gmatch('%*([^%s*|]+)%*') do
  assert(not have[tag], 'twice: ' .. tag)
  have[tag] = true
end

local want = {} ---@type table<string, true>
for name in pairs(require('relook.commands').subcommands) do
  want[':Relook-' .. name] = true
end
for name in pairs(require('relook')) do
  want['relook.' .. name .. '()'] = true
end
local source = t.disk(vim.fs.dirname(vim.fs.dirname(dir)) .. '/lua/relook/config.lua')
for class, prefix in pairs({ ['relook.Config'] = 'relook-option-', ['relook.Settings'] = 'relook-setting-' }) do
  local from = assert(select(2, source:find('---@class ' .. class .. '\n', 1, true)), class)
  for line in source:sub(from + 1):gmatch('[^\n]+') do
    local name = line:match('^%-%-%-@field ([%w_]+)')
    if not name then
      break
    end
    want[prefix .. name] = true
  end
end
for tag in pairs(want) do
  assert(have[tag], 'not in the help: ' .. tag)
end
for tag in pairs(have) do
  if tag:find('^:Relook%-') or tag:find('%(%)$') or tag:find('^relook%-option%-') or tag:find('^relook%-setting%-') then
    assert(want[tag], 'only in the help: ' .. tag)
  end
end

-- The protocol's settings, as docs/protocol.md lists them, are all there.
local protocol = t.disk(vim.env.RELOOK_EXAMPLES .. '/../docs/protocol.md'):match('## Settings(.-)\n## ')
local listed = 0
for row in protocol:gmatch('\n|([^|]+)|') do
  for name in row:gmatch('`(%a+)') do
    listed = listed + 1
    assert(have['relook-setting-' .. name], 'a setting without help: ' .. name)
  end
end
assert(listed > 10, 'the table of settings is not where it was')

-- Neovim takes the tags, and finds each place that the help points to.
local copy = t.workspace({ ['doc/relook.txt'] = help })
vim.cmd.helptags(copy .. '/doc')
vim.opt.runtimepath:prepend(copy)
for link in help:gmatch('|([^|%s]+)|') do
  assert(vim.list_contains(vim.fn.getcompletion(link, 'help'), link), 'it points to nothing: ' .. link)
end
for line in help:gmatch('[^\n]+') do
  assert(vim.fn.strdisplaywidth(line) <= 80, 'a long line: ' .. line)
end
