-- Edits of a text that is gone are put away calmly, and what was typed stays:
-- whether the light bulb or the server brings them.
local t = require('helper')

local dir = t.workspace({ ['package.json'] = '{}', ['index.html'] = t.wide })
local buf = t.open(dir .. '/index.html')
local action = t.ready(buf, 'Repair: ')
local client = assert(vim.lsp.get_clients({ name = 'relook' })[1])

-- Typing while the edit is on its way: Neovim itself would apply the edit of a
-- document whose version is 0.
t.equal(vim.lsp.util.buf_versions[buf], 0, 'the version before anything is typed')
local answer
client:request('codeAction/resolve', action, function(err, resolved)
  answer = { err = err, edit = resolved and resolved.edit }
  if resolved and resolved.edit then
    vim.lsp.util.apply_workspace_edit(resolved.edit, client.offset_encoding)
  end
end, buf)
vim.api.nvim_buf_set_lines(buf, 5, 5, false, { '.new { color: #222222 }' })
local typed = t.text(buf)
t.eventually('an answer', function()
  return answer
end)
t.equal(t.text(buf), typed, 'what was typed')
t.equal(answer, { edit = {} }, 'the action has nothing to do any more')
t.eventually('it is said calmly', function()
  return t.heard('changed since')
end)

-- The server sends an edit, and meanwhile something is typed.
t.ready(buf, 'Repair: ')
local apply = client.handlers['workspace/applyEdit']
local replies = {}
client.handlers['workspace/applyEdit'] = function(err, params, ctx)
  vim.api.nvim_buf_set_lines(buf, 5, 5, false, { '.late { color: #222222 }' })
  typed = t.text(buf)
  local reply = apply(err, params, ctx)
  replies[#replies + 1] = reply
  return reply
end
vim.cmd('Relook fix all')
t.eventually('the server asks for its edit', function()
  return replies[1]
end)
t.equal(replies[1].applied, false, 'applied')
t.equal(t.text(buf), typed, 'what was typed')
client.handlers['workspace/applyEdit'] = apply

-- And then it works.
t.ready(buf, 'Repair: ')
vim.cmd('Relook fix all')
t.eventually('repaired', function()
  return t.heard('1 defect repaired')
end)
assert(t.text(buf):find('.late', 1, true) and t.text(buf):find('.new', 1, true), t.text(buf))
vim.cmd.undo()
t.equal(t.text(buf), typed, 'one undo takes the repair back')
