-- What a person has set: in vim.g.relook, or with setup(), which wins.

---Settings of relook itself, as in relook.toml: docs/protocol.md lists them all.
---@class relook.Settings
---@field onSave? 'off'|'diagnose'|'suggest'|'apply'
---@field debounce? string such as '150ms'
---@field maxDefects? integer 1 to 1000
---@field codeLens? boolean
---@field confirm? boolean
---@field pages? table<string, string[]>
---@field views? string[]
---@field at? string[]
---@field timeout? string
---@field allowHosts? string[]
---@field policy? string[]
---@field passes? integer
---@field profile? 'fast'|'standard'|'thorough'
---@field rules? table<string, string>
---@field browser? {path?: string}
---@field model? {name?: string, host?: string}

---@class relook.Config
---@field enable? boolean whether relook starts by itself with the first page; true
---@field cmd? string[] how the server is started; { 'relook', 'lsp' }
---@field filetypes? string[] of the files that it is told of
---@field root_markers? string[] files that the folder of a workspace has
---@field settings? relook.Settings what is not set here stands in relook.toml
---@field trusted? boolean false: no script of a page and no model runs
---@field virtual_lines? boolean defects below their line; absent: as vim.diagnostic.config() says
---@field pictures? 'auto'|'snacks'|'image'|'ui'|'text' what draws the pictures
local defaults = {
  enable = true,
  cmd = { 'relook', 'lsp' },
  filetypes = { 'html', 'xhtml', 'svg', 'css', 'scss', 'less', 'javascript' },
  root_markers = { 'relook.toml', 'package.json', '.git' },
  settings = {},
  trusted = true,
  virtual_lines = nil, ---@type boolean?
  pictures = 'auto',
}

local M = {}

---@type relook.Config?
local given

---@param opts? relook.Config
function M.set(opts)
  given = opts
end

---What is wrong with options, a sentence each.
---@param opts table
---@return string[]
local function faults(opts)
  local types = { enable = 'boolean', cmd = 'table', filetypes = 'table', root_markers = 'table', settings = 'table' }
  types.trusted, types.virtual_lines, types.pictures = 'boolean', 'boolean', 'string'
  local list = {} ---@type string[]
  for key, value in pairs(opts) do
    if not types[key] then
      list[#list + 1] = ('there is no option `%s`'):format(key)
    elseif type(value) ~= types[key] then
      list[#list + 1] = ('the option `%s` is a %s, not a %s'):format(key, types[key], type(value))
    end
  end
  table.sort(list)
  return list
end

---The options that count, and what is wrong with those that were given.
---@return relook.Config options
---@return string[] wrong
function M.get()
  local opts, wrong = vim.deepcopy(defaults), {} ---@type relook.Config, string[]
  for _, layer in ipairs({ vim.g.relook or {}, given or {} }) do
    for _, fault in ipairs(type(layer) == 'table' and faults(layer) or { 'vim.g.relook is no table' }) do
      wrong[#wrong + 1] = fault
    end
    for key, value in pairs(type(layer) == 'table' and layer or {}) do
      if defaults[key] == nil and key == 'virtual_lines' or type(value) == type(defaults[key]) then
        opts[key] = value
      end
    end
  end
  return opts, wrong
end

return M
