-- Configuration of the language server, for vim.lsp.enable('relook').
return require('relook.client').config()
