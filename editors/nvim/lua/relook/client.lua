-- The connection to the server: how it is started, what it is told, and what is
-- done with its messages.
local config = require('relook.config')

local M = {}

---What the server said last about how it is, by client.
---@type table<integer, relook.Status>
M.statuses = {}

---Repairs that were offered after a save, by the address of the page.
---@type table<string, relook.Suggestion>
M.offers = {}

---Clients that somebody asked to stop.
local stopping = {} ---@type table<integer, true>

---When the server ended by itself, in ms.
local ended = {} ---@type integer[]

---@class relook.Status
---@field browser 'idle'|'running'|'missing'
---@field model? string
---@field trusted boolean
---@field queue integer
---@field mending integer
---@field tasks string[]
---@field problem? string

---@class relook.Suggestion
---@field uri string
---@field number integer
---@field fix string
---@field message string
---@field repaired integer
---@field left integer

---Says something to the person.
---@param text string
---@param level? integer
function M.say(text, level)
  vim.notify('relook: ' .. text, level or vim.log.levels.INFO)
end

---Says something that nobody waits for. It must not stop who is typing, as a
---message of more than a line does: it is cut, and :messages has all of it.
---@param text string
---@param level? integer
local function mention(text, level)
  text = 'relook: ' .. text:gsub('%s+', ' ')
  local room = vim.v.echospace
  if vim.fn.strdisplaywidth(text) > room then
    vim.cmd.echomsg({ args = { vim.fn.string(text) }, mods = { silent = true } })
    text = vim.fn.strcharpart(text, 0, math.max(20, room - 1)) .. '…'
  end
  vim.notify(text, level or vim.log.levels.INFO)
end

---@param buf? integer
---@return vim.lsp.Client?
function M.of(buf)
  return vim.lsp.get_clients({ name = 'relook', bufnr = buf })[1]
end

---Asks the server of a buffer. Nothing is called back when there is none: that is
---said.
---@param buf integer
---@param method string
---@param params table
---@param done fun(result: any, client: vim.lsp.Client)
function M.request(buf, method, params, done)
  local client = M.of(buf)
  if not client then
    M.say('it does not look at this buffer. :checkhealth relook says why', vim.log.levels.WARN)
    return
  end
  -- An empty table would be sent as a list.
  for i, argument in ipairs(params.arguments or {}) do
    params.arguments[i] = next(argument) and argument or vim.empty_dict()
  end
  ---@param err lsp.ResponseError?
  client:request(method, next(params) and params or vim.empty_dict(), function(err, result)
    if err and err.code == -32800 then
      return -- cancelled, by who was told so
    elseif err then
      M.say(err.message, err.code == -32801 and vim.log.levels.INFO or vim.log.levels.WARN)
    else
      done(result, client)
    end
  end, buf)
end

---Runs one of the server's commands.
---@param buf integer
---@param name string
---@param argument table
---@param done fun(result: any, client: vim.lsp.Client)
function M.command(buf, name, argument, done)
  M.request(buf, 'workspace/executeCommand', { command = name, arguments = { argument } }, done)
end

---Whether an edit is for a text that is gone. Neovim itself looks at the version of
---the first document only, at none of a buffer that was never changed, and says
---that it applied what it skipped.
---@param edit lsp.WorkspaceEdit
---@return boolean
local function stale(edit)
  for _, change in ipairs(edit.documentChanges or {}) do
    local doc = change.textDocument
    if doc and doc.version and doc.version ~= vim.NIL then
      local buf = vim.uri_to_bufnr(doc.uri)
      if vim.lsp.util.buf_versions[buf] ~= doc.version then
        return true
      end
    end
  end
  return false
end

---Ends what was typed so far as a step of undo of its own.
---@param edit lsp.WorkspaceEdit
local function separate(edit)
  for _, change in ipairs(edit.documentChanges or {}) do
    if change.textDocument then
      local buf = vim.uri_to_bufnr(change.textDocument.uri)
      vim.fn.bufload(buf)
      vim.bo[buf].undolevels = vim.bo[buf].undolevels
    end
  end
end

local gone = 'The page has changed since: relook is looking at it again'

---Applies an edit of the server, as one step of undo.
---@param params lsp.ApplyWorkspaceEditParams
---@param ctx lsp.HandlerContext
---@return lsp.ApplyWorkspaceEditResult
local function apply_edit(_, params, ctx)
  if stale(params.edit) then
    return { applied = false, failureReason = gone }
  end
  separate(params.edit)
  local client = assert(vim.lsp.get_client_by_id(ctx.client_id))
  local ok, err = pcall(vim.lsp.util.apply_workspace_edit, params.edit, client.offset_encoding)
  return { applied = ok, failureReason = not ok and tostring(err) or nil }
end

---@param status relook.Status
---@param ctx lsp.HandlerContext
local function on_status(_, status, ctx)
  M.statuses[ctx.client_id] = status
  vim.cmd.redrawstatus({ bang = true })
  vim.api.nvim_exec_autocmds('User', { pattern = 'RelookStatus', modeline = false, data = status })
end

---@param offer relook.Suggestion
local function on_suggestion(_, offer)
  M.offers[offer.uri] = offer
  mention(offer.message:gsub('^relook ', ''):gsub('%.$', '') .. '. :Relook compare, :Relook accept')
  vim.api.nvim_exec_autocmds('User', { pattern = 'RelookSuggestion', modeline = false, data = offer })
end

---@param params lsp.ShowMessageParams
local function on_message(_, params)
  local levels = { vim.log.levels.ERROR, vim.log.levels.WARN }
  mention(params.message:gsub('^relook: ', ''), levels[params.type])
end

---Starts the server again when it ended by itself, unless it keeps doing that.
---@param code integer
---@param signal integer
---@param id integer
local function on_exit(code, signal, id)
  local wanted = stopping[id] or vim.v.exiting ~= vim.NIL or code == 0 and signal == 0
  stopping[id], M.statuses[id] = nil, nil
  if wanted then
    return
  end
  local now = vim.uv.now()
  ended = vim.tbl_filter(function(at)
    return now - at < 60000
  end, ended)
  ended[#ended + 1] = now
  vim.schedule(function()
    if #ended > 3 then
      mention('its server ended again and again, and stays off. :LspLog has its words', vim.log.levels.ERROR)
    elseif vim.lsp.is_enabled('relook') then
      vim.defer_fn(function()
        vim.lsp.enable('relook')
      end, (#ended - 1) * 1000)
    end
  end)
end

---Watches what a client is asked, for two things that no handler sees: that it is
---to stop, and edits of code actions whose text is gone.
---@param client vim.lsp.Client
local function watch(client)
  local stop, request = client.stop, client.request
  ---@diagnostic disable-next-line: duplicate-set-field
  client.stop = function(self, ...)
    stopping[self.id] = true
    return stop(self, ...)
  end
  ---@diagnostic disable-next-line: duplicate-set-field
  client.request = function(self, method, params, handler, buf)
    if method ~= 'codeAction/resolve' or not handler then
      return request(self, method, params, handler, buf)
    end
    return request(self, method, params, function(err, action, ctx, conf)
      if err and err.code == -32801 or action and action.edit and stale(action.edit) then
        mention(gone)
        err, action = nil, vim.tbl_extend('force', {}, params, { edit = vim.empty_dict() })
      elseif action and action.edit then
        separate(action.edit)
      end
      return handler(err, action, ctx, conf)
    end, buf)
  end
end

---Shows defects below their lines where the person wants that.
---@param client vim.lsp.Client
local function show(client)
  local lines = config.get().virtual_lines
  if lines ~= nil then
    vim.diagnostic.config({ virtual_lines = lines, virtual_text = not lines }, vim.lsp.diagnostic.get_namespace(client.id))
  end
end

local told = false

---Whether the server can be started. Says once that it can't.
---@param cmd string[]
---@return boolean
local function there(cmd)
  if vim.fn.executable(cmd[1]) == 1 then
    told = false
    return true
  end
  if not told then
    told = true
    -- Short, so that it fits on a line and nobody has to press Enter.
    M.say(('`%s` was not found: put it on the PATH, see :checkhealth relook'):format(cmd[1]), vim.log.levels.WARN)
  end
  return false
end

---What vim.lsp.config takes.
---@return vim.lsp.Config
function M.config()
  local opts = config.get()
  local settings = next(opts.settings) and opts.settings or nil
  return {
    -- A function, because Neovim passes over a program that is missing without a word.
    cmd = function(dispatchers)
      return vim.lsp.rpc.start(config.get().cmd, dispatchers)
    end,
    filetypes = opts.filetypes,
    root_markers = opts.root_markers,
    root_dir = function(buf, on_dir)
      local now = vim.lsp.config.relook
      if vim.bo[buf].buftype == '' and there(type(now.cmd) == 'table' and now.cmd or config.get().cmd) then
        on_dir(vim.fs.root(buf, now.root_markers or opts.root_markers))
      end
    end,
    settings = settings and { relook = settings } or nil,
    init_options = { apply = 'edit', status = true, preview = true, suggestions = true, trusted = opts.trusted },
    -- Neovim takes versioned edits, but does not say so.
    capabilities = { workspace = { workspaceEdit = { documentChanges = true } } },
    -- What is pushed tells of files that are not open, too.
    before_init = function(params)
      params.capabilities.textDocument.diagnostic = nil
    end,
    handlers = {
      ['relook/status'] = on_status,
      ['relook/suggestion'] = on_suggestion,
      ['relook/previewChanged'] = function(_, preview)
        require('relook.preview').changed(preview)
      end,
      ['workspace/applyEdit'] = apply_edit,
      ['window/showMessage'] = on_message,
    },
    -- Of a code lens: the server leaves opening the browser to us.
    commands = {
      ['relook.showPreview'] = function(_, ctx)
        require('relook.preview').browse(ctx.bufnr)
      end,
    },
    on_init = function(client)
      watch(client)
      show(client)
      vim.api.nvim_create_autocmd('DiagnosticChanged', {
        group = vim.api.nvim_create_augroup('relook.statusline', {}),
        desc = 'Count the defects anew in status lines',
        callback = function()
          vim.cmd.redrawstatus({ bang = true })
        end,
      })
    end,
    on_exit = on_exit,
  }
end

---Counts options that setup() changed, in running servers too.
function M.reconfigure()
  local opts = config.get()
  vim.lsp.config('relook', M.config())
  for _, client in ipairs(vim.lsp.get_clients({ name = 'relook' })) do
    client.settings = { relook = next(opts.settings) and opts.settings or vim.empty_dict() }
    client:notify('workspace/didChangeConfiguration', { settings = client.settings })
    show(client)
  end
  vim.lsp.enable('relook', opts.enable)
end

---@param buf integer
---@return string
function M.word(buf)
  local client = M.of(buf)
  if not client then
    return ''
  end
  local status = M.statuses[client.id]
  if status and (status.browser == 'missing' or status.problem) then
    return 'relook: can’t look'
  elseif status and #status.tasks > 0 then
    return 'relook: ' .. status.tasks[1]:sub(1, 1):lower() .. status.tasks[1]:sub(2)
  elseif status and status.queue > 0 then
    return 'relook: looking'
  end
  local n = #vim.diagnostic.get(buf, { namespace = vim.lsp.diagnostic.get_namespace(client.id) })
  return n == 0 and 'relook: fine' or ('relook: %d'):format(n)
end

return M
