-- `event`: userdata, one for each place in an event, made once, that all read the event that is being filtered.
local rt, env, raw, p = ...

local newproxy, getmetatable, type, error = raw.newproxy, raw.getmetatable, raw.type, raw.error
local raw_pairs, raw_ipairs, tonumber = raw.pairs, raw.ipairs, raw.tonumber
local find, sub = raw.string.find, raw.string.sub
local get, has, nth, count = rt.get, rt.has, rt.nth, rt.count
local id_of, proxies = rt.id_of, {}

local function changed()
  error("an event cannot be changed: change what event:copy() gives, and return that", 2)
end

-- Told at the line that asked.
local function outside()
  error("events can be read while filter(event) runs, and not before or after", 3)
end

local function dress(proxy, id, index, len, name)
  local meta = getmetatable(proxy)
  meta.__index, meta.__len, meta.__newindex, meta.__metatable = index, len, changed, false
  meta.__tostring = function() return name end
  id_of[proxy], proxies[id] = id, proxy
  return proxy
end

-- Any place: what is there is looked up by its names.
local member
local other = newproxy(true)
do
  local meta = getmetatable(other)
  meta.__index = function(self, key)
    if not p.reading then outside() end
    return member(id_of[self], key)
  end
  meta.__len = function(self)
    if not p.reading then outside() end
    return count(-1, id_of[self])
  end
  meta.__newindex, meta.__metatable = changed, false
  meta.__tostring = function(self) return rt.path(id_of[self]) end
end

function member(place, key)
  local kind, value = rt.member(place, key)
  if kind == 0 then return nil end
  if kind == 1 then return value end
  if kind == 2 then
    local proxy = proxies[value]
    if not proxy then
      proxy = newproxy(other)
      id_of[proxy], proxies[value] = value, proxy
    end
    return proxy
  end
  error(value, 3)
end

-- A list of plain values without gaps, read without the rest of the event.
local function list(id, field, name)
  return dress(newproxy(true), id, function(_, at)
    if not p.reading then outside() end
    if type(at) ~= "number" then return nil end
    return nth(field, at)
  end, function()
    if not p.reading then outside() end
    return count(field, id)
  end, name)
end

-- The last call in which a place was there.
local there = {}

-- An object whose members are known.
local function object(id, scalars, children, name, otherwise)
  return dress(newproxy(true), id, function(_, key)
    if not p.reading then outside() end
    local field = scalars[key]
    if field then return get(field) end
    local child = children[key]
    if child then
      if there[child] == p.call then return proxies[child] end
      if not has(child) then return nil end
      there[child] = p.call
      return proxies[child]
    end
    return otherwise(id, key)
  end, function() return 0 end, name)
end

local methods, aliases = {}, rt.aliases

-- Names that were asked for, in steps; as many as a script can mean to ask for.
local steps_of, names, max_names = {}, 0, 1024

local function steps(name)
  local found = steps_of[name]
  if found then return found end
  found = {}
  local at = 1
  repeat
    local dot = find(name, ".", at, true)
    local step = sub(name, at, (dot or 0) - 1)
    found[#found + 1] = tonumber(step) or step
    at = (dot or 0) + 1
  until not dot
  if names < max_names then steps_of[name], names = found, names + 1 end
  return found
end

local function walk(name)
  local value = p.event
  for _, step in raw_ipairs(steps(name)) do
    if not id_of[value] then return nil end
    value = value[step]
    if value == nil then return nil end
  end
  return value
end

local function named(name)
  name = aliases[name] or name
  local field = rt.by_name[name]
  if field then return get(field) end
  field = rt.through_lists[name]
  if field then return rt.all(field) end
  return walk(name)
end

-- Members that were asked for and that an event can have; as many as of `steps_of`.
local possible, possibles = {}, 0

local function of_root(id, key)
  if methods[key] then return methods[key] end
  if type(key) ~= "string" then return member(id, key) end
  if not possible[key] then
    local unknown = rt.unknown(key)
    if unknown then error(unknown, 2) end
    if possibles < max_names then possible[key], possibles = true, possibles + 1 end
  end
  if aliases[key] or find(key, ".", 1, true) then return named(key) end
  return member(id, key)
end

for _, it in raw_ipairs(rt.objects) do
  object(it.id, it.scalars, it.children, it.name, it.id == 0 and of_root or member)
end
for _, it in raw_ipairs(rt.lists) do list(it.id, it.field, it.name) end

local event = proxies[0]
p.event = event

local function of_event(self, name)
  if self ~= event then error("call it as event:" .. name .. "(…)", 3) end
end

function methods.get(self, name)
  of_event(self, "get")
  if not p.reading then outside() end
  if type(name) ~= "string" then p.bad(1, "get", "string", name) end
  if not (aliases[name] or rt.by_name[name] or steps_of[name]) then
    local unknown = rt.unknown(name)
    if unknown then error(unknown, 2) end
  end
  return named(name)
end

function methods.copy(self)
  of_event(self, "copy")
  if not p.reading then outside() end
  local copy, why = rt.copy(0)
  if not copy then error(why, 2) end
  return copy
end

-- What event:with() made, with its changes: a script cannot make one itself.
p.made = raw.setmetatable({}, { __mode = "k" })

function methods.with(self, changes)
  of_event(self, "with")
  if not p.reading then outside() end
  if type(changes) ~= "table" then p.bad(1, "with", "table", changes) end
  local made = newproxy(true)
  getmetatable(made).__metatable = false
  p.made[made] = changes
  return made
end

env.pairs = function(t)
  local id = id_of[t]
  if id == nil then return raw_pairs(t) end
  if not p.reading then outside() end
  local keys = rt.keys(id)
  local at = 0
  return function()
    at = at + 1
    local key = keys[at]
    if key ~= nil then return key, t[key] end
  end
end

local function next_in(t, at)
  at = at + 1
  if at <= #t then return at, t[at] end
end

env.ipairs = function(t)
  if id_of[t] == nil then return raw_ipairs(t) end
  return next_in, t, 0
end
