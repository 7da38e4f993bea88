-- Ranges and edits beside characters of one to four bytes, at every position
-- encoding that the two can agree on.
local t = require('helper')

local page = t.wide
  :gsub('<p>A row of words</p>', '<p>Ünïcödé 日本語 🦊🦊</p>')
  :gsub('%.wide {', '/* é日🦊 */ .wide { --x: "🦊é"; ')
  :gsub('background', 'content: "日🦊"; background')
for _, encoding in ipairs({ 'utf-8', 'utf-16', 'utf-32' }) do
  vim.lsp.config('relook', { capabilities = { general = { positionEncodings = { encoding } } } })
  local dir = t.workspace({ ['package.json'] = '{}', ['index.html'] = page })
  local buf = t.open(dir .. '/index.html')
  local client = assert(vim.lsp.get_clients({ name = 'relook', bufnr = buf })[1])
  t.equal(client.offset_encoding, encoding, 'agreed on')
  local d = vim.diagnostic.get(buf)[1]
  t.equal(vim.api.nvim_buf_get_text(buf, d.lnum, d.col, d.end_lnum, d.end_col, {})[1], 'width: 900px;', encoding)
  -- What is typed in front of it is counted, too.
  vim.api.nvim_buf_set_text(buf, d.lnum, 0, d.lnum, 0, { '/* 🦊ß */ ' })
  t.ready(buf, 'Repair: ')
  t.cursor_on(buf, 'width: 900px')
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(a)
      return vim.startswith(a.title, 'Repair: ')
    end,
  })
  local want = '/* 🦊ß */ ' .. vim.split(page, '\n')[6]:gsub('width: 900px', 'max-width: 900px')
  t.eventually('the repair is in the text, ' .. encoding, function()
    return vim.api.nvim_buf_get_lines(buf, 5, 6, false)[1] == want
  end)
  local rest = vim.split(t.text(buf), '\n')
  table.remove(rest, 6)
  local was = vim.split(page, '\n')
  table.remove(was, 6)
  t.equal(rest, was, 'the other lines, ' .. encoding)
  client:stop()
end
