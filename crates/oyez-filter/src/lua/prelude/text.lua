-- Library `string`, with patterns whose time is bounded.
local rt, env, raw, p = ...

local string, find = env.string, rt.find
local type, tostring, tonumber, select, error = raw.type, raw.tostring, raw.tonumber, raw.select, raw.error
local unpack, sub, byte, floor = raw.unpack, raw.string.sub, raw.string.byte, raw.math.floor
local concat, raw_find, raw_rep, raw_format = raw.table.concat, raw.string.find, raw.string.rep, raw.string.format
local bad, large, check, max_text = p.bad, p.large, rt.check, rt.max_text

-- Whose pattern it is (patterns.rs).
local SEARCH, EACH, REGEX = 0, 1, 2
p.REGEX = REGEX

local function text(value, at, name)
  if type(value) == "string" then return value end
  if type(value) == "number" then return tostring(value) end
  bad(at, name, "string", value)
end
p.text = text

-- Where a search begins: from 1 to one behind the end.
local function from(init, len)
  init = tonumber(init) or 1
  if init ~= init then return 1 end
  init = floor(init)
  if init < 0 then init = len + init + 1 end
  if init < 1 then return 1 end
  if init > len + 1 then return len + 1 end
  return init
end

-- A capture by its first and last byte: last -2 is a place, first -1 none.
local function one(s, first, last)
  if last == -2 then return first end
  if first == -1 then return nil end
  return sub(s, first, last)
end

local function captures(s, first, last, ...)
  local count = select("#", ...)
  if count == 0 then return sub(s, first, last) end
  if count == 2 then return one(s, ...) end
  local given, out = { ... }, {}
  for i = 1, count, 2 do out[(i + 1) / 2] = one(s, given[i], given[i + 1]) end
  return unpack(out, 1, count / 2)
end

local function found(s, first, last, ...)
  if not first then
    if first == false then error(last, 2) end
    return nil
  end
  if select("#", ...) == 0 then return first, last end
  return first, last, captures(s, first, last, ...)
end

local function matched(s, first, last, ...)
  if not first then
    if first == false then error(last, 2) end
    return nil
  end
  return captures(s, first, last, ...)
end

local function finder(kind, name)
  return function(s, pattern, init, plain)
    s, pattern = text(s, 1, name), text(pattern, 2, name)
    init = from(init, #s)
    if plain and #pattern <= 64 then return raw_find(s, pattern, init, true) end
    return found(s, find(plain and 3 or kind, s, pattern, init))
  end
end

local function matcher(kind, name)
  return function(s, pattern, init)
    s, pattern = text(s, 1, name), text(pattern, 2, name)
    return matched(s, find(kind, s, pattern, from(init, #s)))
  end
end

-- Each match in turn: hands its captures to `use`, and gives back where the next search begins.
local function step(s, first, last, ...)
  if not first then
    if first == false then error(last, 3) end
    return nil
  end
  return first, last, captures(s, first, last, ...)
end

local function each(kind, name)
  return function(s, pattern)
    s, pattern = text(s, 1, name), text(pattern, 2, name)
    local at = 1
    local function go(first, last, ...)
      if not first then
        at = #s + 2
        return nil
      end
      at = last >= first and last + 1 or first + 1
      return ...
    end
    return function()
      if at > #s + 1 then return nil end
      return go(step(s, find(kind, s, pattern, at)))
    end
  end
end

-- What stands for `%1` and the like in a replacement: texts, and numbers of captures.
local function template(repl)
  local parts, count, at = {}, 0, 1
  while true do
    local percent = raw_find(repl, "%", at, true)
    count = count + 1
    if not percent then
      parts[count] = sub(repl, at)
      return parts, count
    end
    parts[count] = sub(repl, at, percent - 1)
    local code = byte(repl, percent + 1)
    count = count + 1
    parts[count] = code and code >= 48 and code <= 57 and code - 48 or sub(repl, percent + 1, percent + 1)
    at = percent + 2
  end
end

local function filled(parts, count, whole, ...)
  local out = {}
  for i = 1, count do
    local part = parts[i]
    if type(part) == "number" then
      if part == 0 then
        part = whole
      elseif part <= select("#", ...) then
        part = select(part, ...)
        if part == nil then part = "" end
      else
        error("invalid capture index %" .. part .. " in replacement", 4)
      end
    end
    out[i] = part
  end
  return concat(out)
end

local function replacer(repl)
  local kind = type(repl)
  if kind == "function" then
    return function(_, ...) return repl(...) end
  elseif kind == "table" then
    return function(_, key) return repl[key] end
  elseif kind == "string" or kind == "number" then
    repl = tostring(repl)
    if not raw_find(repl, "%", 1, true) then
      return function() return repl end
    end
    local parts, count = template(repl)
    return function(whole, ...) return filled(parts, count, whole, ...) end
  end
  bad(3, "gsub", "string/function/table", repl)
end

local function substituter(kind, name)
  return function(s, pattern, repl, most)
    s, pattern = text(s, 1, name), text(pattern, 2, name)
    local replace, anchored = replacer(repl), kind == SEARCH and byte(pattern, 1) == 94
    local out, size, at, count = {}, 0, 1, 0
    most = tonumber(most) or #s + 1
    local function put(value)
      size = size + 1
      out[size] = value
    end
    local function go(first, last, ...)
      if not first then return false end
      local whole = sub(s, first, last)
      local value = replace(whole, ...)
      if not value then
        value = whole
      elseif type(value) ~= "string" and type(value) ~= "number" then
        error("invalid replacement value (a " .. type(value) .. ")", 3)
      end
      put(sub(s, at, first - 1))
      put(value)
      count = count + 1
      at = last + 1
      if last < first then
        put(sub(s, first, first))
        at = first + 1
      end
      return not anchored
    end
    while count < most and at <= #s + 1 do
      if not go(step(s, find(kind, s, pattern, at))) then break end
    end
    put(sub(s, at))
    return concat(out), count
  end
end

string.find, string.match = finder(SEARCH, "find"), matcher(SEARCH, "match")
string.gmatch, string.gsub = each(EACH, "gmatch"), substituter(SEARCH, "gsub")
p.find, p.match = finder(REGEX, "find"), matcher(REGEX, "match")
p.gmatch, p.gsub = each(REGEX, "gmatch"), substituter(REGEX, "gsub")

string.rep = function(s, n, between)
  s, n = text(s, 1, "rep"), tonumber(n)
  if not n then bad(2, "rep", "number", n) end
  between = between == nil and "" or text(between, 3, "rep")
  n = floor(n)
  if not (n > 0) or #s + #between == 0 then return "" end
  local len = #s * n + #between * (n - 1)
  if len > max_text then error(p.no_memory, 0) end
  if len > large then check() end
  return raw_rep(s, n, between)
end

-- Those that go through all of a text.
for _, name in raw.ipairs { "lower", "upper", "reverse" } do
  local of = string[name]
  string[name] = function(s)
    s = text(s, 1, name)
    if #s > large then check() end
    return of(s)
  end
end

-- What is not text becomes text here, so that a `__tostring` is not called from within a call of C's.
string.format = function(form, ...)
  form = text(form, 1, "format")
  local count = select("#", ...)
  for i = 1, count do
    local kind = type((select(i, ...)))
    if kind ~= "string" and kind ~= "number" then
      local given = { ... }
      for j = i, count do
        kind = type(given[j])
        if kind ~= "string" and kind ~= "number" then given[j] = tostring(given[j]) end
      end
      return raw_format(form, unpack(given, 1, count))
    end
  end
  return raw_format(form, ...)
end

-- A text's methods are those of `string`; nobody else is given the table that says so.
local meta = raw.getmetatable("")
meta.__index = string
meta.__metatable = false
