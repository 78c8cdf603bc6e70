-- `oyez`, helpers for scripts, and `emit`.
local rt, env, raw, p = ...

local type, error, setmetatable, tonumber, tostring, floor = raw.type, raw.error, raw.setmetatable, raw.tonumber,
  raw.tostring, raw.math.floor
local select, concat = raw.select, raw.table.concat
local text, bad = p.text, p.bad
local oyez = {}
env.oyez = oyez

-- What a helper refuses is told at the script's line.
local function must(value, why)
  if not value then error(why, 3) end
  return value
end

local function kept(name, methods, ready)
  local meta = { __index = methods, __metatable = false, __tostring = function() return "oyez." .. name end }
  return function(source)
    source = text(source, 1, name)
    must(ready(source))
    return setmetatable({ source = source }, meta)
  end
end

local REGEX, GLOB = p.REGEX, 4
local regex = {}
function regex.find(self, s, init) return p.find(s, self.source, init) end
function regex.match(self, s, init) return p.match(s, self.source, init) end
function regex.gmatch(self, s) return p.gmatch(s, self.source) end
function regex.gsub(self, s, with, most) return p.gsub(s, self.source, with, most) end
oyez.regex = kept("regex", regex, function(source) return rt.ready(REGEX, source) end)

local glob = {}
function glob.match(self, s)
  if s == nil then return false end
  local first, why = rt.find(GLOB, text(s, 1, "match"), self.source, 1)
  if first == false then error(why, 2) end
  return first ~= nil
end
oyez.glob = kept("glob", glob, function(source) return rt.ready(GLOB, source) end)

local cidr = {}
function cidr.has(self, address)
  return type(address) == "string" and rt.is_in(self.source, address)
end
oyez.cidr = kept("cidr", cidr, rt.is_cidr)

function oyez.now() return p.now end

function oyez.time() return rt.time() end

function oyez.parse_time(s)
  return rt.parse_time(text(s, 1, "parse_time"))
end

function oyez.format_time(seconds)
  seconds = tonumber(seconds)
  if not seconds then bad(1, "format_time", "number", seconds) end
  return rt.format_time(seconds)
end

local counter = {}
function counter.add(self, n)
  if n == nil then n = 1 end
  if type(n) ~= "number" then bad(1, "add", "number", n) end
  return must(rt.counter(self.name, n))
end
function counter.get(self) return must(rt.counter(self.name, 0)) end
local counter_meta = { __index = counter, __metatable = false }
function oyez.counter(name)
  name = text(name, 1, "counter")
  must(rt.counter(name, 0))
  return setmetatable({ name = name }, counter_meta)
end

-- A map of the values used last: a ring of entries, `older` and `newer` of each other, with the ring itself as its end.
local lru = {}
local lru_meta = { __index = lru, __metatable = false }

local function unlink(entry)
  entry.older.newer, entry.newer.older = entry.newer, entry.older
end

local function newest(ring, entry)
  entry.older, entry.newer = ring.older, ring
  ring.older.newer, ring.older = entry, entry
end

local function forget(self, entry)
  unlink(entry)
  self.entries[entry.key] = nil
  self.count = self.count - 1
end

local function fresh(self, key)
  local entry = self.entries[key]
  if not entry then return nil end
  if entry.ends and p.now >= entry.ends then
    forget(self, entry)
    return nil
  end
  return entry
end

function lru.get(self, key)
  if key == nil then return nil end
  local entry = fresh(self, key)
  if not entry then return nil end
  unlink(entry)
  newest(self.ring, entry)
  return entry.value
end

function lru.set(self, key, value)
  if key == nil or key ~= key then bad(1, "set", "key", key) end
  local entry = fresh(self, key)
  if value == nil then
    if entry then forget(self, entry) end
    return
  end
  if entry then
    unlink(entry)
  else
    if self.count >= self.size then forget(self, self.ring.newer) end
    entry = { key = key }
    self.entries[key] = entry
    self.count = self.count + 1
  end
  entry.value, entry.ends = value, self.ttl and p.now + self.ttl
  newest(self.ring, entry)
end

function lru.delete(self, key) lru.set(self, key, nil) end

function lru.len(self) return self.count end

function oyez.lru(options)
  if type(options) ~= "table" then bad(1, "lru", "table", options) end
  local size, ttl = options.size, options.ttl
  if type(size) ~= "number" or not (size >= 1) then error("oyez.lru needs a size of 1 at least", 2) end
  if ttl ~= nil and (type(ttl) ~= "number" or not (ttl > 0)) then error("oyez.lru needs a ttl above 0", 2) end
  local ring = {}
  ring.older, ring.newer = ring, ring
  return setmetatable({ size = floor(size), ttl = ttl, count = 0, entries = {}, ring = ring }, lru_meta)
end

function oyez.log(level, what)
  must(rt.log(text(level, 1, "log"), text(what, 2, "log")))
end

env.print = function(...)
  local out, count = {}, select("#", ...)
  for i = 1, count do out[i] = tostring((select(i, ...))) end
  rt.log("info", concat(out, "\t"))
end

-- True, or nil and why it is not told.
env.emit = function(fields)
  if type(fields) ~= "table" then bad(1, "emit", "table", fields) end
  local told, why, is_fault = rt.emit(fields)
  if is_fault then error(why, 2) end
  return told, why
end
