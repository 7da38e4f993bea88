-- What is shown of a repair: pictures in a floating window, and a diff beside the
-- text.
local client = require('relook.client')

local M = {}

---@class relook.Shown the floating window with pictures
---@field source integer buffer
---@field page string address
---@field win integer
---@field view string
---@field data table the newest answer to relook/preview
---@field png table<string, string> base64, by id
---@field drawing boolean
---@field again boolean it is to be drawn anew when it was drawn
---@field clear? fun() takes a picture off the terminal
local shown ---@type relook.Shown?

---Compared pages: the tabs, and for which text the repair is.
local compared = {} ---@type table<string, {number: integer, tabs: integer[]}>

---@param buf integer
---@return {textDocument: {uri: string}}
local function params(buf)
  return { textDocument = { uri = vim.uri_from_bufnr(buf) } }
end

---The picture of a view at the last moment has what was sent before, too.
---@param shots table[]
---@param png table<string, string>
---@return table[]
local function filled(shots, png)
  local last = shots[#shots]
  return last and { vim.tbl_extend('force', last, { png = png[last.id] }) } or {}
end

---@param data table
---@param png table<string, string>
local function keep(data, png)
  for _, view in ipairs(data.views) do
    for _, shot in ipairs(vim.list_extend(vim.list_slice(view.before), view.after)) do
      png[shot.id] = shot.png or png[shot.id]
    end
  end
end

---The view at which most defects show.
---@param data table
---@return string?
local function busiest(data)
  local best, most
  for _, view in ipairs(data.views) do
    local n = 0
    for _, defect in ipairs(data.defects) do
      for _, element in ipairs(defect.elements) do
        n = n + (element.view == view.name and 1 or 0)
      end
    end
    if not most or n > most then
      best, most = view.name, n
    end
  end
  return best
end

---@param s relook.Shown
---@return string json for `relook picture`
local function scene(s)
  local data = vim.tbl_extend('force', s.data, { views = {} })
  for _, view in ipairs(s.data.views) do
    if view.name == s.view then
      local one = { before = filled(view.before, s.png), after = filled(view.after, s.png) }
      data.views = { vim.tbl_extend('force', view, one) }
    end
  end
  return vim.json.encode(data)
end

---What draws pictures here: the person's choice, or the best that there is.
---@return 'snacks'|'image'|'ui'|'text'
function M.drawer()
  local want = require('relook.config').get().pictures
  if want ~= 'auto' then
    return want --[[@as 'text']]
  end
  local ok, snacks = pcall(require, 'snacks')
  if ok and vim.tbl_get(snacks, 'config', 'image', 'enabled') and snacks.image.supports_terminal() then
    return 'snacks'
  end
  if pcall(require, 'image') then
    return 'image'
  end
  -- Not in a released Neovim yet.
  local img = vim.tbl_get(vim.ui, 'img') ---@type table?
  if img and img._supported and img._supported({ timeout = 200 }) then
    return 'ui'
  end
  return 'text'
end

---@param s relook.Shown
---@param buf integer
local function put(s, buf)
  local old = vim.api.nvim_win_get_buf(s.win)
  vim.bo[buf].bufhidden = 'wipe'
  vim.b[buf].relook_source = s.source
  local map = function(key, what, run)
    vim.keymap.set('n', key, run, { buffer = buf, nowait = true, desc = 'relook: ' .. what })
  end
  map('q', 'close', M.close)
  map('<Esc>', 'close', M.close)
  map('<Tab>', 'next view', function()
    M.turn(1)
  end)
  map('<S-Tab>', 'view before', function()
    M.turn(-1)
  end)
  map('a', 'apply the repair', function()
    M.accept(s.source)
  end)
  map('r', 'put the repair away', function()
    M.reject(s.source)
  end)
  map('p', 'open in the browser', function()
    M.browse(s.source)
  end)
  local view = vim.fn.getwininfo(s.win)[1].topline
  vim.api.nvim_win_set_buf(s.win, buf)
  vim.api.nvim_win_call(s.win, function()
    vim.fn.winrestview({ topline = view, lnum = view, col = 0 })
  end)
  if vim.api.nvim_buf_is_valid(old) and old ~= buf then
    vim.api.nvim_buf_delete(old, { force = true })
  end
end

---Shows characters with colours.
---@param s relook.Shown
---@param text string
local function blocks(s, text)
  local buf = vim.api.nvim_create_buf(false, true)
  local term = vim.api.nvim_open_term(buf, {})
  -- A terminal's buffer has the size of its window.
  put(s, buf)
  vim.api.nvim_chan_send(term, (text:gsub('\r\n$', '')))
end

---Shows a picture, with what is wrong above it.
---@param s relook.Shown
---@param drawer 'snacks'|'image'|'ui'
---@param file string PNG
local function picture(s, drawer, file)
  local lines = {} ---@type string[]
  for _, defect in ipairs(s.data.defects) do
    lines[#lines + 1] = ('%d %s%s'):format(defect.number, defect.repaired and 'repaired: ' or '', defect.message)
  end
  lines[#lines + 1] = ''
  local buf = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, lines)
  vim.bo[buf].modifiable = false
  put(s, buf)
  if drawer == 'snacks' then
    local at = require('snacks').image.placement.new(buf, file, { pos = { #lines, 0 }, inline = true })
    s.clear = function()
      at:close()
    end
  elseif drawer == 'image' then
    local at = require('image').from_file(file, { window = s.win, buffer = buf, x = 0, y = #lines, with_virtual_padding = true })
    at:render()
    s.clear = function()
      at:clear()
    end
  else
    local where = vim.api.nvim_win_get_position(s.win)
    local opts = { row = where[1] + #lines + 2, col = where[2] + 2, zindex = 60 }
    opts.width, opts.height = vim.api.nvim_win_get_width(s.win), vim.api.nvim_win_get_height(s.win) - #lines
    local img = vim.tbl_get(vim.ui, 'img')
    local id = img.set(vim.fn.readblob(file), opts)
    s.clear = function()
      img.del(id)
    end
  end
end

---Draws what is known, and once more if something else came meanwhile.
---@param s relook.Shown
local function draw(s)
  if s.drawing then
    s.again = true
    return
  end
  s.drawing, s.again = true, false
  local drawer = M.drawer()
  local cmd = { M.binary(s.source), 'picture', '--view', s.view }
  local file = vim.fn.tempname() .. '.png'
  if drawer == 'text' then
    local colours = vim.o.termguicolors and 'true' or '256'
    vim.list_extend(cmd, { '--columns', tostring(vim.api.nvim_win_get_width(s.win)), '--colours', colours })
  else
    vim.list_extend(cmd, { '--png' })
  end
  local function done(r)
    s.drawing = false
    if shown ~= s then
      return
    end
    if r.code ~= 0 then
      client.say(vim.trim(r.stderr):gsub('^relook: ', ''), vim.log.levels.WARN)
      M.close()
      return
    end
    if s.clear then
      s.clear()
      s.clear = nil
    end
    if drawer == 'text' then
      blocks(s, r.stdout)
    else
      local f = assert(io.open(file, 'wb'))
      f:write(r.stdout)
      f:close()
      picture(s, drawer, file)
    end
    if s.again then
      draw(s)
    end
  end
  vim.system(cmd, { stdin = scene(s), timeout = 20000 }, vim.schedule_wrap(done))
end

---The program that the server of a buffer is.
---@param buf integer
---@return string
function M.binary(buf)
  local c = client.of(buf)
  local cmd = c and c.config.cmd
  return type(cmd) == 'table' and cmd[1] or require('relook.config').get().cmd[1]
end

---@return integer win
local function float()
  local width, height = math.min(vim.o.columns - 4, 160), math.max(3, vim.o.lines - 5)
  local keys = ' a apply  r put away  <Tab> next view  p browser  q close '
  local win = vim.api.nvim_open_win(vim.api.nvim_create_buf(false, true), true, {
    relative = 'editor',
    row = 1,
    col = math.floor((vim.o.columns - width) / 2) - 1,
    width = width,
    height = height,
    style = 'minimal',
    border = 'rounded',
    title = ' relook ',
    title_pos = 'center',
    footer = keys,
    footer_pos = 'center',
  })
  vim.wo[win].wrap = false
  return win
end

---Shows the page of a buffer before and after, and what follows as it is typed.
---@param buf integer
---@param view? string
function M.open(buf, view)
  M.close()
  -- Complete: the answer to what was asked before may have taken the pictures.
  local ask = vim.tbl_extend('force', params(buf), { watch = true, complete = true })
  client.request(buf, 'relook/preview', ask, function(data)
    local png = {}
    keep(data, png)
    view = view or busiest(data)
    if not view then
      client.say(data.name .. ' can’t be shown: ' .. (data.reason or 'it has no pictures'), vim.log.levels.WARN)
      return
    end
    local s =
      { source = buf, page = data.uri, win = float(), view = view, data = data, png = png, drawing = false, again = false }
    shown = s
    vim.api.nvim_create_autocmd('WinClosed', {
      pattern = tostring(s.win),
      once = true,
      callback = function()
        if shown == s then
          shown = nil
        end
        if s.clear then
          s.clear()
        end
        local c = client.of(buf)
        if c then
          c:request('relook/preview', vim.tbl_extend('force', params(buf), { watch = false }), function() end, buf)
        end
      end,
    })
    draw(s)
  end)
end

---Takes a newer look at the page that is shown.
---@param data table
function M.changed(data)
  if not shown or data.uri ~= shown.page then
    return
  end
  keep(data, shown.png)
  shown.data = data
  draw(shown)
end

---Shows another view.
---@param by integer
function M.turn(by)
  if not shown then
    return
  end
  local views = shown.data.views
  for i, view in ipairs(views) do
    if view.name == shown.view then
      shown.view = views[(i - 1 + by) % #views + 1].name
      draw(shown)
      return
    end
  end
end

function M.close()
  if shown and vim.api.nvim_win_is_valid(shown.win) then
    vim.api.nvim_win_close(shown.win, true)
  end
end

---Opens the live page in the system's browser.
---@param buf integer
function M.browse(buf)
  client.command(buf, 'relook.showPreview', { uri = vim.uri_from_bufnr(buf) }, function(r)
    local _, err = vim.ui.open(r.address)
    client.say(err and 'open ' .. r.address .. ' in a browser' or 'the browser opens ' .. r.address)
  end)
end

---Closes what shows the repair of a page.
---@param page string
local function put_away(page)
  if shown and shown.page == page then
    M.close()
  end
  for _, tab in ipairs(compared[page] and compared[page].tabs or {}) do
    if vim.api.nvim_tabpage_is_valid(tab) and #vim.api.nvim_list_tabpages() > 1 then
      vim.cmd.tabclose(vim.api.nvim_tabpage_get_number(tab))
    end
  end
  compared[page], client.offers[page] = nil, nil
end

---@param before string
---@param text string
---@param source integer
---@return integer tab
local function split(before, text, source)
  vim.cmd.tabnew({ args = { vim.fn.fnameescape(vim.uri_to_fname(before)) } })
  local filetype = vim.bo.filetype
  vim.cmd.diffthis()
  vim.cmd('rightbelow vnew')
  local buf = vim.api.nvim_get_current_buf()
  vim.bo[buf].buftype, vim.bo[buf].bufhidden, vim.bo[buf].swapfile = 'nofile', 'wipe', false
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, vim.split(text:gsub('\r\n', '\n'):gsub('\n$', ''), '\n'))
  pcall(vim.api.nvim_buf_set_name, buf, 'relook://repaired/' .. vim.fs.basename(vim.uri_to_fname(before)))
  vim.bo[buf].filetype, vim.bo[buf].modifiable = filetype, false
  vim.b[buf].relook_source = source
  vim.cmd.diffthis()
  return vim.api.nvim_get_current_tabpage()
end

---Shows the files of a page beside themselves as they would be repaired.
---@param buf integer
function M.compare(buf)
  M.now(buf, function(data)
    client.command(buf, 'relook.compare', { uri = data.uri }, function(r)
      put_away(data.uri)
      compared[data.uri] = { number = data.number, tabs = {} }
      for _, file in ipairs(r.files) do
        client.request(buf, 'workspace/textDocumentContent', { uri = file.after }, function(content)
          table.insert(compared[data.uri].tabs, split(file.before, content.text, buf))
        end)
      end
    end)
  end)
end

---What is known of a page now, without pictures.
---@param buf integer
---@param done fun(data: table)
function M.now(buf, done)
  if shown and shown.source == buf then
    done(shown.data) -- asking would end that it follows the page
  else
    client.request(buf, 'relook/preview', vim.tbl_extend('force', params(buf), { watch = false }), done)
  end
end

---Applies the repair that was shown or offered, if the page is still the same.
---@param buf integer
function M.accept(buf)
  M.now(buf, function(data)
    local offer = client.offers[data.uri]
    local number = compared[data.uri] and compared[data.uri].number or offer and offer.number or data.number
    if not offer and not vim.tbl_get(data, 'repair', 'fixes', 1) then
      local looking = data.repair == nil or data.repair == vim.NIL
      client.say(looking and 'no repair was found yet' or 'no repair was better than the page as it is')
      return
    end
    local argument = { page = data.uri, number = number, fix = offer and offer.fix or 'all' }
    client.command(buf, 'relook.apply', argument, function(r)
      put_away(data.uri)
      client.say(('%d defect%s repaired'):format(r.repaired, r.repaired == 1 and '' or 's'))
    end)
  end)
end

---@param buf integer
function M.reject(buf)
  M.now(buf, function(data)
    put_away(data.uri)
    client.say('the page stays as it is')
  end)
end

return M
