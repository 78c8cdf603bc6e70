-- Library `table`, in Lua where Lua's own would not let itself be stopped.
local rt, env, raw, p = ...

local table = env.table
local type, tonumber, select, error, floor = raw.type, raw.tonumber, raw.select, raw.error, raw.math.floor
local raw_concat, bad, large, check = raw.table.concat, p.bad, p.large, rt.check

local function is_table(value, name)
  if type(value) ~= "table" then bad(1, name, "table", value) end
end

local function place(value, name, most)
  local at = tonumber(value)
  if not at then bad(2, name, "number", value) end
  if not (at >= 1 and at <= most) then error("bad argument #2 to '" .. name .. "' (position out of bounds)", 3) end
  return floor(at)
end

table.insert = function(t, ...)
  is_table(t, "insert")
  local count, len = select("#", ...), #t
  if count == 1 then
    t[len + 1] = (...)
  elseif count == 2 then
    local at, value = ...
    at = place(at, "insert", len + 1)
    for i = len, at, -1 do t[i + 1] = t[i] end
    t[at] = value
  else
    error("wrong number of arguments to 'insert'", 2)
  end
end

table.remove = function(t, at)
  is_table(t, "remove")
  local len = #t
  if at == nil then
    if len == 0 then return nil end
    at = len
  elseif len == 0 then
    return nil
  else
    at = place(at, "remove", len + 1)
  end
  local value = t[at]
  for i = at, len - 1 do t[i] = t[i + 1] end
  t[len] = nil
  return value
end

table.concat = function(t, between, first, last)
  is_table(t, "concat")
  local text = raw_concat(t, between or "", first or 1, last or #t)
  if #text > large then check() end
  return text
end

local function is_less(a, b) return a < b end

-- Merges t[low..middle] and t[middle+1..high]: no order of the input makes it slow, and no comparison makes it go astray.
local function merge(from, to, low, middle, high, less)
  local left, right = low, middle + 1
  for at = low, high do
    if left <= middle and (right > high or not less(from[right], from[left])) then
      to[at] = from[left]
      left = left + 1
    else
      to[at] = from[right]
      right = right + 1
    end
  end
end

table.sort = function(t, less)
  is_table(t, "sort")
  if less == nil then
    less = is_less
  elseif type(less) ~= "function" then
    bad(2, "sort", "function", less)
  end
  local len, width = #t, 1
  local from, to = {}, {}
  for i = 1, len do from[i] = t[i] end
  while width < len do
    for low = 1, len, 2 * width do
      local middle, high = low + width - 1, low + 2 * width - 1
      merge(from, to, low, middle < len and middle or len, high < len and high or len, less)
    end
    from, to, width = to, from, 2 * width
  end
  for i = 1, len do t[i] = from[i] end
end

table.unpack = raw.unpack
table.pack = function(...) return { n = select("#", ...), ... } end
