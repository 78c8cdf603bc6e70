-- Masks the values of options that hold secrets, in the arguments of a process, its title, and the arguments of its parent.
--
--   [[filter]]
--   lua = "/etc/oyez/filters/mask-secret.lua"
--   on_error = "drop"                                  # rather lose an event than tell a secret
--   config = { options = ["--db-pass", "--license-key"] }
--
-- With `on_error = "drop"` and no `max_errors` the script is never switched off: an event it fails on does not come out.
--
-- oyez takes the usual ones out by itself (`enrich.redact`); this is for those of your own programs. Masked are `--db-pass VALUE`
-- and `--db-pass=VALUE`. The value is changed in the record, so that every format has it masked, `raw` too.

local MASK = "***"
local options = { ["--db-pass"] = true }

-- A key that is misspelt would mask nothing.
function init(config)
  for key in pairs(config) do
    if key ~= "options" then error("unknown key " .. tostring(key) .. " in config: there is options = [\"--OPTION\", …]") end
  end
  if config.options == nil then return end
  if type(config.options) ~= "table" or #config.options == 0 then error("options has to be a list of texts") end
  options = {}
  for _, option in ipairs(config.options) do
    if type(option) ~= "string" or option == "" or option:find("=", 1, true) then
      error("options has to be a list of texts such as \"--token\", without =")
    end
    options[option] = true
  end
end

-- Masks what has to be in a list of arguments, and says whether there was anything.
local function mask(arguments)
  local is_masked, is_value = false, false
  for place, argument in ipairs(arguments or {}) do
    -- An argument that the kernel did not tell is null.
    if type(argument) == "string" then
      local option = argument:match("^([^=]+)=.")
      if is_value then
        arguments[place], is_masked = MASK, true
      elseif option and options[option] then
        arguments[place], is_masked = option .. "=" .. MASK, true
      end
    end
    is_value = not is_value and options[argument] == true
  end
  return is_masked
end

-- Looks before it copies: a copy costs more than all else here.
local function has_option(arguments)
  for _, argument in ipairs(arguments or {}) do
    if type(argument) == "string" and options[argument:match("^[^=]+")] then return true end
  end
  return false
end

function filter(event)
  local process = event.process
  if not process then return end
  local parent = process.parent
  if not (has_option(process.argv) or has_option(process.proctitle) or has_option(parent and parent.argv)) then
    return
  end
  local copy = event:copy()
  process = copy.process
  local is_masked = mask(process.argv)
  is_masked = mask(process.proctitle) or is_masked
  if process.parent then is_masked = mask(process.parent.argv) or is_masked end
  if is_masked then return copy end
end
