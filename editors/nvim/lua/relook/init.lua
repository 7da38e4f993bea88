-- relook in Neovim. Nothing here needs to be called: see doc/relook.txt.
local M = {}

local started = false

---Sets options. Not needed: `vim.g.relook` does the same.
---@param opts? relook.Config
function M.setup(opts)
  require('relook.config').set(opts)
  if started then
    require('relook.client').reconfigure()
  end
end

---Has Neovim start the server for pages, unless that is switched off.
function M.start()
  if started then
    return
  end
  started = true
  local opts, wrong = require('relook.config').get()
  if #wrong > 0 then
    vim.notify('relook: ' .. table.concat(wrong, '; ') .. '. See :help relook-options', vim.log.levels.WARN)
  end
  if not opts.enable then
    return
  end
  local function enable()
    vim.lsp.enable('relook')
  end
  -- Within the event that opens the first file nothing that is added hears of it.
  if vim.v.vim_did_enter == 1 then
    vim.schedule(enable)
  else
    vim.api.nvim_create_autocmd('VimEnter', { once = true, callback = enable })
  end
end

---A word for a status line: what relook does, or how many defects the buffer has.
---Empty where relook has nothing to do with the buffer.
---@param buf? integer
---@return string
function M.statusline(buf)
  local client = package.loaded['relook.client']
  return client and client.word(buf or vim.api.nvim_get_current_buf()) or ''
end

return M
