-- What the tests share. A test is run by `nvim --clean --headless -l FILE` with
-- the plugin on the runtimepath; it ends with 0, or says what is wrong.
local M = {}

M.deadline = 60000 -- ms; a loaded machine renders slowly

---Waits until something holds, and fails with what if it never does.
function M.eventually(what, holds)
  local last
  local ok = vim.wait(M.deadline, function()
    last = holds()
    return last
  end, 20)
  if not ok then
    error('never: ' .. what .. '\nmessages:\n' .. table.concat(M.said, '\n'), 2)
  end
  return last
end

function M.equal(got, want, what)
  if not vim.deep_equal(got, want) then
    error(('%s: got %s, want %s'):format(what or 'value', vim.inspect(got), vim.inspect(want)), 2)
  end
end

---What was said to the person, in order.
M.said = {}
vim.notify = function(text)
  M.said[#M.said + 1] = text
end

function M.heard(pattern)
  for _, text in ipairs(M.said) do
    if text:find(pattern) then
      return text
    end
  end
end

---A folder with files; each test has its own.
function M.workspace(files)
  local dir = vim.uv.fs_realpath(vim.fn.tempname():match('(.*)/')) .. '/' .. tostring(vim.uv.hrtime())
  for name, text in pairs(files) do
    vim.fn.mkdir(vim.fs.dirname(dir .. '/' .. name), 'p')
    local f = assert(io.open(dir .. '/' .. name, 'wb'))
    f:write(text)
    f:close()
  end
  return dir
end

---A page that scrolls sideways: one declaration is the cause.
M.wide = [[
<!doctype html>
<html lang="en">
<meta name="viewport" content="width=device-width">
<title>x</title>
<style>
.wide { width: 900px; height: 40px; background: #333333 }
</style>
<p>A row of words</p>
<div class="wide"></div>
]]

---Opens a file as a person does, and waits for relook to have looked.
function M.open(path, n)
  vim.cmd.edit(vim.fn.fnameescape(path))
  local buf = vim.api.nvim_get_current_buf()
  M.eventually((n or 1) .. ' diagnostics of ' .. path, function()
    return #vim.diagnostic.get(buf) == (n or 1)
  end)
  return buf
end

function M.text(buf)
  return table.concat(vim.api.nvim_buf_get_lines(buf or 0, 0, -1, false), '\n') .. '\n'
end

---Waits until a repair of the page is ready, as the light bulb knows it.
function M.ready(buf, title)
  local client = vim.lsp.get_clients({ name = 'relook', bufnr = buf })[1]
  return M.eventually('a code action ' .. title, function()
    local d = vim.diagnostic.get(buf)[1]
    if not d then
      return false
    end
    local params = {
      textDocument = { uri = vim.uri_from_bufnr(buf) },
      range = d.user_data.lsp.range,
      context = { diagnostics = { d.user_data.lsp }, triggerKind = 1 },
    }
    local r = client:request_sync('textDocument/codeAction', params, 10000, buf)
    for _, action in ipairs(r and r.result or {}) do
      if action.title:find(title, 1, true) and not action.disabled then
        return action
      end
    end
  end)
end

function M.cursor_on(buf, needle)
  for i, line in ipairs(vim.api.nvim_buf_get_lines(buf, 0, -1, false)) do
    local col = line:find(needle, 1, true)
    if col then
      vim.api.nvim_win_set_cursor(0, { i, col - 1 })
      return
    end
  end
  error('not in the text: ' .. needle, 2)
end

---The processes of the servers that run.
function M.servers()
  return vim.tbl_filter(function(pid)
    local f = io.open(('/proc/%d/comm'):format(pid))
    local name = f and f:read('*l')
    if f then
      f:close()
    end
    return name == 'relook'
  end, vim.api.nvim_get_proc_children(vim.uv.os_getpid()))
end

---Reads a file of the disk.
function M.disk(path)
  local f = assert(io.open(path, 'rb'))
  local text = f:read('*a')
  f:close()
  return text
end

return M
