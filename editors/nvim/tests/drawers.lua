-- What draws pictures: each gets a PNG of the page, and takes it away when the
-- window closes. The plugins are stood in for by what relook calls of them; a
-- terminal that shows pictures is in no registry that tests reach.
local t = require('helper')

local shown, cleared = {}, {} ---@type table<string, string>, table<string, boolean>
local function stand_in(name, file)
  shown[name] = t.disk(file)
  return function()
    cleared[name] = true
  end
end
package.preload.snacks = function()
  local new = function(buf, file, opts)
    assert(vim.api.nvim_buf_is_valid(buf) and opts.pos[1] >= 1)
    return { close = stand_in('snacks', file) }
  end
  return {
    config = { image = { enabled = true } },
    image = {
      supports_terminal = function()
        return vim.g.kitty == true
      end,
      placement = { new = new },
    },
  }
end
package.preload.image = function()
  return {
    from_file = function(file, opts)
      assert(vim.api.nvim_win_is_valid(opts.window) and vim.api.nvim_buf_is_valid(opts.buffer))
      return { render = function() end, clear = stand_in('image', file) }
    end,
  }
end
-- Neovim's documentation has it replaced in this way.
vim.ui.img = {
  set = function(bytes, opts)
    assert(opts.row >= 1 and opts.col >= 1 and opts.width > 0 and opts.height > 0)
    shown.ui = bytes
    return 7
  end,
  del = function(id)
    cleared.ui = id == 7
  end,
}

-- The terminal can't, so that snacks is passed over.
t.equal(require('relook.preview').drawer(), 'image', 'in a plain terminal with image.nvim')
vim.g.kitty = true
t.equal(require('relook.preview').drawer(), 'snacks', 'in kitty with snacks')

local buf = t.open(t.workspace({ ['package.json'] = '{}', ['index.html'] = t.wide }) .. '/index.html')
t.ready(buf, 'Repair: ')
for _, name in ipairs({ 'snacks', 'image', 'ui' }) do
  require('relook').setup({ pictures = name })
  vim.cmd('Relook pictures 390x844')
  t.eventually(name .. ' shows a picture', function()
    return shown[name]
  end)
  t.equal(shown[name]:sub(1, 8), '\137PNG\r\n\26\n', name)
  t.eventually('what is wrong stands above it', function()
    return vim.api.nvim_get_current_buf() ~= buf and t.text(0):find('The page scrolls sideways', 1, true)
  end)
  vim.cmd.normal('q')
  t.eventually(name .. ' takes it away', function()
    return cleared[name]
  end)
  t.equal(vim.api.nvim_get_current_buf(), buf, 'back in the page')
end
