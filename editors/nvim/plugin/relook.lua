-- What is there before a page is opened: the command, and one autocommand that
-- starts relook with the first file that it has to do with.
if vim.g.loaded_relook then
  return
end
vim.g.loaded_relook = true

if vim.fn.has('nvim-0.11') == 0 then
  local function old()
    vim.notify('relook needs Neovim 0.11 or later. This is an older one: `nvim --version` says which.', vim.log.levels.WARN)
  end
  vim.api.nvim_create_user_command('Relook', old, { nargs = '*', desc = 'relook needs Neovim 0.11 or later' })
  return
end

vim.api.nvim_create_user_command('Relook', function(opts)
  require('relook.commands').run(opts)
end, {
  nargs = '*',
  range = true,
  desc = 'Look at the page and repair what is visibly broken',
  complete = function(...)
    return require('relook.commands').complete(...)
  end,
})

local set = type(vim.g.relook) == 'table' and vim.g.relook.filetypes
vim.api.nvim_create_autocmd('FileType', {
  group = vim.api.nvim_create_augroup('relook', {}),
  pattern = set or { 'html', 'xhtml', 'svg', 'css', 'scss', 'less', 'javascript' },
  once = true,
  desc = 'Start relook with the first page',
  callback = function()
    require('relook').start()
  end,
})
