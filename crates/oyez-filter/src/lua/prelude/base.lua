-- What every script has, where Lua's own would let it run away.
local rt, env, raw, p = ...

local raw_pcall, raw_xpcall, error, type = raw.pcall, raw.xpcall, raw.error, raw.type
local no_memory = "not enough memory"

-- That memory is short is nobody's to catch: the call ends. That time is up needs no care, as the next instruction ends it too.
local function caught(ok, what, ...)
  if not ok and what == no_memory then error(no_memory, 0) end
  return ok, what, ...
end

env.pcall = function(f, ...) return caught(raw_pcall(f, ...)) end
env.xpcall = function(f, handler, ...) return caught(raw_xpcall(f, handler, ...)) end

local resume = raw.coroutine.resume
env.coroutine.resume = function(co, ...) return caught(resume(co, ...)) end

-- Texts and tables beyond this size take long enough for the clock to be looked at after each.
p.large = 16384
p.no_memory = no_memory

-- For functions that a script calls: an argument that is not what it should be, told at the script's line.
function p.bad(at, name, want, got)
  error("bad argument #" .. at .. " to '" .. name .. "' (" .. want .. " expected, got " .. type(got) .. ")", 4)
end

env._G = env
env.null = rt.null
