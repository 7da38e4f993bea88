-- :checkhealth relook
local M = {}

---@param program string
---@param args string[]
---@return vim.SystemCompleted?
local function run(program, args)
  local ok, job = pcall(vim.system, vim.list_extend({ program }, args), { text = true, timeout = 60000 })
  return ok and job:wait() or nil
end

---What `relook doctor` finds, without the editors.
---@param program string
local function machine(program)
  local h = vim.health
  local r = run(program, { 'doctor', '--json' })
  local ok, report = pcall(vim.json.decode, r and r.stdout or '')
  if not ok then
    h.error('`relook doctor` failed', vim.trim(r and r.stderr or ''))
    return
  end
  for _, check in ipairs(report.checks) do
    if check.ok then
      h.ok(check.name .. ': ' .. check.found)
    else
      local say = check.required and h.error or h.info
      local advice = check.mend and check.mend ~= '' and { check.mend } or nil
      if check.required then
        say(check.name .. ': ' .. check.missing, advice)
      else
        say(check.name .. ': ' .. check.missing .. (advice and ' (' .. advice[1] .. ')' or ''))
      end
    end
  end
end

local function pictures()
  local names = {
    snacks = 'snacks.image draws the pictures',
    image = 'image.nvim draws the pictures',
    ui = 'vim.ui.img draws the pictures',
    text = 'pictures are drawn in half blocks',
  }
  local drawer = require('relook.preview').drawer()
  vim.health.ok(names[drawer] or drawer)
  if drawer == 'text' then
    vim.health.info('sharper ones need snacks.nvim with its image module, or image.nvim, in kitty, Ghostty or WezTerm')
    if not vim.o.termguicolors then
      vim.health.warn('256 colours only', { 'vim.o.termguicolors = true, if the terminal has true colour' })
    end
  end
end

local function servers()
  local list = vim.lsp.get_clients({ name = 'relook' })
  for _, c in ipairs(list) do
    vim.health.ok(('a server runs for %s'):format(c.root_dir or 'files without a workspace'))
  end
  if #list == 0 then
    vim.health.info('no server runs: one starts with the first HTML or CSS file')
  end
end

function M.check()
  local h = vim.health
  h.start('relook')
  if vim.fn.has('nvim-0.11') == 0 then
    h.error('Neovim 0.11 or later is needed')
    return
  end
  local opts, wrong = require('relook.config').get()
  for _, fault in ipairs(wrong) do
    h.error(fault, { ':help relook-options' })
  end
  local program = opts.cmd[1]
  if vim.fn.executable(program) == 0 then
    h.error(('`%s` was not found'):format(program), {
      'put relook on the PATH, or name it: vim.g.relook = { cmd = { "/path/to/relook", "lsp" } }',
    })
    return
  end
  local version = run(program, { 'version' })
  if not version or version.code ~= 0 then
    h.error(('`%s version` failed'):format(program), { vim.trim(version and version.stderr or '') })
    return
  end
  h.ok(vim.split(vim.trim(version.stdout), '\n')[1] .. ' (' .. vim.fn.exepath(program) .. ')')
  servers()
  h.start('relook: this machine')
  machine(program)
  h.start('relook: pictures')
  pictures()
end

return M
