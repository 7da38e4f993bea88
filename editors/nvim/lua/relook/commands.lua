-- :Relook and its subcommands.
local client = require('relook.client')

local M = {}

---@class relook.Subcommand
---@field about string
---@field words? string[] that may follow
---@field run fun(buf: integer, words: string[], opts: vim.api.keyset.create_user_command.command_args)

---@param buf integer
---@return {uri: string}
local function document(buf)
  return { uri = vim.uri_from_bufnr(buf) }
end

---@param n integer
---@param thing string
---@return string
local function count(n, thing)
  return ('%d %s%s'):format(n, thing, n == 1 and '' or 's')
end

---@param uri string
---@return string
local function name(uri)
  return vim.fs.basename(vim.uri_to_fname(uri))
end

---Says what came of a repair. What was not applied the server tells itself.
---@param r {applied: boolean, message: string}
local function outcome(r)
  if r.applied then
    client.say(r.message)
  end
end

---@type table<string, relook.Subcommand>
M.subcommands = {}

M.subcommands.check = {
  about = 'look at the page thoroughly now',
  run = function(buf)
    client.command(buf, 'relook.diagnose', document(buf), function(r)
      if not r.valid then
        client.say(name(r.page) .. ' can’t be judged: ' .. (r.reason or ''), vim.log.levels.WARN)
      elseif r.defects == 0 then
        client.say(name(r.page) .. ' has no defects')
      else
        local text = '%s has %s: %s, %s'
        client.say(text:format(name(r.page), count(r.defects, 'defect'), count(r.errors, 'error'), count(r.warnings, 'warning')))
      end
    end)
  end,
}

M.subcommands.fix = {
  about = 'repair the defects of the line or range; with `all`, of the page',
  words = { 'all' },
  run = function(buf, words, opts)
    if words[1] == 'all' then
      client.command(buf, 'relook.repairPage', document(buf), outcome)
      return
    end
    local there = vim.tbl_filter(function(d)
      return d.source == 'relook' and d.lnum < opts.line2 and (d.end_lnum or d.lnum) >= opts.line1 - 1
    end, vim.diagnostic.get(buf))
    if #there == 0 and client.of(buf) then
      client.say('no defect has its cause here. `:Relook fix all` repairs the page')
      return
    end
    local argument = document(buf)
    -- No line is as long as that: the range ends where the line does.
    argument.range =
      { start = { line = opts.line1 - 1, character = 0 }, ['end'] = { line = opts.line2 - 1, character = 1000000 } }
    client.command(buf, 'relook.repairSelection', argument, outcome)
  end,
}

M.subcommands.refine = {
  about = 'have a model change the page as the words that follow say',
  run = function(buf, words)
    if #words == 0 then
      client.say('what is to be changed? :Relook refine make the header sticky', vim.log.levels.WARN)
      return
    end
    local argument = document(buf)
    argument.instruction = table.concat(words, ' ')
    client.command(buf, 'relook.repairWithInstruction', argument, outcome)
  end,
}

M.subcommands.preview = {
  about = 'open the live page in the browser: it follows what is typed',
  run = function(buf)
    require('relook.preview').browse(buf)
  end,
}

M.subcommands.pictures = {
  about = 'show the page before and after in a floating window',
  run = function(buf, words)
    require('relook.preview').open(buf, words[1])
  end,
}

M.subcommands.compare = {
  about = 'show the repair as a diff, beside the text',
  run = function(buf)
    require('relook.preview').compare(buf)
  end,
}

M.subcommands.accept = {
  about = 'apply the repair of the page that was offered, or is shown',
  run = function(buf)
    require('relook.preview').accept(buf)
  end,
}

M.subcommands.reject = {
  about = 'put the repair away: the page stays as it is',
  run = function(buf)
    require('relook.preview').reject(buf)
  end,
}

M.subcommands.trace = {
  about = 'show what was tried, and why it was rejected',
  run = function(buf)
    require('relook.trace').open(buf)
  end,
}

M.subcommands.cancel = {
  about = 'end what is under way',
  run = function(buf)
    client.command(buf, 'relook.cancel', {}, function(r)
      client.say(r.cancelled == 0 and 'nothing was under way' or count(r.cancelled, 'task') .. ' ended')
    end)
  end,
}

M.subcommands.status = {
  about = 'say how relook is',
  run = function(buf)
    client.request(buf, 'relook/status', {}, function(s)
      local parts = { 'browser ' .. s.browser, s.model and s.model ~= '' and 'model ' .. s.model or 'no model is asked' }
      parts[#parts + 1] = s.queue > 0 and count(s.queue, 'page') .. ' waiting' or nil
      parts[#parts + 1] = #s.tasks > 0 and table.concat(s.tasks, ', ') or 'nothing under way'
      parts[#parts + 1] = not s.trusted and 'the workspace is not trusted' or nil
      parts[#parts + 1] = s.problem
      client.say(table.concat(parts, '; '))
    end)
  end,
}

M.subcommands.model = {
  about = 'choose the model that is asked, or name it',
  run = function(buf, words)
    client.command(buf, 'relook.chooseModel', { model = words[1] }, function(r)
      if r.model ~= '' then
        client.say('model ' .. r.model .. ' is asked from now on')
      elseif #r.models == 0 then
        client.say('no model is installed: `relook setup --ollama --model qwen2.5-coder:1.5b` gets one', vim.log.levels.WARN)
      end
    end)
  end,
}

M.subcommands.restart = {
  about = 'start the browser afresh',
  run = function(buf)
    client.command(buf, 'relook.restartBrowser', {}, function(r)
      client.say('the browser starts afresh for ' .. count(r.pages, 'page'))
    end)
  end,
}

---@param opts vim.api.keyset.create_user_command.command_args
function M.run(opts)
  local word = opts.fargs[1]
  local sub = M.subcommands[word or 'status']
  if not sub then
    client.say(('there is no :Relook %s. See :help :Relook'):format(word), vim.log.levels.ERROR)
    return
  end
  -- In a window of relook's own the command is about the page shown there.
  local buf = vim.api.nvim_get_current_buf()
  sub.run(vim.b[buf].relook_source or buf, vim.list_slice(opts.fargs, 2), opts)
end

---@param lead string
---@param line string
---@return string[]
function M.complete(lead, line)
  local words = vim.split(vim.trim(line:gsub('^.-Relook!?', '', 1)), '%s+', { trimempty = true })
  if lead ~= '' then
    table.remove(words)
  end
  local list = vim.tbl_keys(M.subcommands) ---@type string[]
  if #words > 0 then
    local sub = M.subcommands[words[1]]
    list = sub and #words == 1 and sub.words or {}
  end
  list = vim.tbl_filter(function(word)
    return vim.startswith(word, lead)
  end, list)
  table.sort(list)
  return list
end

return M
