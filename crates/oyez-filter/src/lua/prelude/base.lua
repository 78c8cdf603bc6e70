-- What every script has, where Lua's own would let it run away.
local rt, env, raw, p = ...

local raw_pcall, error, type, select = raw.pcall, raw.error, raw.type, raw.select
local no_memory = "not enough memory"

-- That memory is short is nobody's to catch: the call ends. That time is up needs no care, as the next instruction ends it too.
local function caught(ok, what, ...)
  if not ok and what == no_memory then error(no_memory, 0) end
  return ok, what, ...
end

local function pcall(f, ...) return caught(raw_pcall(f, ...)) end
env.pcall = pcall

-- The handler runs when the error has come out: LuaJIT would run it within the hook that threw it, where no hook is called.
local function handled(handler, ok, what, ...)
  if ok then return ok, what, ... end
  return false, select(2, pcall(handler, what))
end
env.xpcall = function(f, handler, ...) return handled(handler, pcall(f, ...)) end

-- LuaJIT puts each coroutine that runs within another on the stack of C, and does not bound that.
local max_nested = 64
local create, resume, nested = raw.coroutine.create, raw.coroutine.resume, 0

local function left(...)
  nested = nested - 1
  return caught(...)
end

local function run(co, ...)
  if type(co) ~= "thread" then error("bad argument #1 to 'resume' (coroutine expected)", 3) end
  if nested >= max_nested then return false, "coroutines within coroutines are nested too deep" end
  nested = nested + 1
  return left(resume(co, ...))
end

local function passed(ok, ...)
  if not ok then error(..., 0) end
  return ...
end

env.coroutine.resume = function(co, ...) return run(co, ...) end
env.coroutine.wrap = function(f)
  if type(f) ~= "function" then error("bad argument #1 to 'wrap' (function expected)", 2) end
  local co = create(f)
  return function(...) return passed(run(co, ...)) end
end

-- At the beginning of a call nothing runs, however the one before ended. Calls are numbered, to know what was learnt in which.
p.call = 0
function p.begin(now, reading) p.now, p.reading, p.call, nested = now, reading, p.call + 1, 0 end

-- Texts and tables beyond this size take long enough for the clock to be looked at after each.
p.large = 16384
p.no_memory = no_memory

-- For functions that a script calls: an argument that is not what it should be, told at the script's line.
function p.bad(at, name, want, got)
  error("bad argument #" .. at .. " to '" .. name .. "' (" .. want .. " expected, got " .. type(got) .. ")", 4)
end

env._G = env
env.null = rt.null
