-- Run by a Neovim before 0.11: it says which one is needed, and that is all.
local said = {}
vim.notify = function(text)
  said[#said + 1] = text
end
assert(vim.fn.has('nvim-0.11') == 0, 'this Neovim is not old')
vim.cmd('edit ' .. vim.env.RELOOK_EXAMPLES .. '/pricing.html')
assert(#said == 0, 'nothing is said while nobody asks')
vim.cmd('Relook check')
assert(#said == 1 and said[1]:find('needs Neovim 0.11 or later', 1, true), vim.inspect(said))
print('it was told')
