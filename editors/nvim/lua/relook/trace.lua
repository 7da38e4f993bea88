-- What was tried to repair a page, in a window of its own.
local client = require('relook.client')

local M = {}

---@param t table the answer to relook/trace
---@return string[]
local function told(t)
  local lines = { '# What was tried: ' .. t.status, '' }
  for i, pass in ipairs(t.passes) do
    lines[#lines + 1] = ('## Pass %d, by %s'):format(i, pass.policy)
    lines[#lines + 1] = ''
    for _, attempt in ipairs(pass.attempts) do
      lines[#lines + 1] = ('- %s: %s'):format(attempt.admitted and 'taken' or 'rejected', attempt.why)
      lines[#lines + 1] = '  ' .. attempt.reason
    end
    for _, reply in ipairs(pass.dropped) do
      lines[#lines + 1] = '- not usable: ' .. reply
    end
    lines[#lines + 1] = ''
  end
  if #t.passes == 0 then
    lines[#lines + 1] = 'Nothing was tried for this text yet.'
  end
  return vim.split(table.concat(lines, '\n'), '\n')
end

---Shows what was tried to repair the page.
---@param buf integer
function M.open(buf)
  client.request(buf, 'relook/trace', { textDocument = { uri = vim.uri_from_bufnr(buf) } }, function(t)
    vim.cmd('botright new')
    local out = vim.api.nvim_get_current_buf()
    vim.bo[out].buftype, vim.bo[out].bufhidden, vim.bo[out].swapfile = 'nofile', 'wipe', false
    vim.api.nvim_buf_set_lines(out, 0, -1, false, told(t))
    vim.bo[out].modifiable, vim.bo[out].filetype = false, 'markdown'
    vim.b[out].relook_source = buf
    vim.keymap.set('n', 'q', vim.cmd.close, { buffer = out, nowait = true, desc = 'relook: close' })
  end)
end

return M
