-- How the script is called: everything it can throw is caught here, and said in plain text.
local rt, env, raw, p = ...

-- Nothing of `raw` is there any more when these run.
local raw_pcall, type, rawequal, rawget, ipairs = raw.pcall, raw.type, raw.rawequal, raw.rawget, raw.ipairs
local event, begin, made = p.event, p.begin, p.made
local PASS, DROP, TABLE, FAULT, CHANGES = 0, 1, 2, 3, 4
local entry = {}

local function fault(what)
  if type(what) == "string" or type(what) == "number" then return FAULT, what end
  return FAULT, "error with a value of type " .. type(what)
end

local filter, tick, finish

function entry.start(chunk)
  local ok, what = raw_pcall(chunk)
  if not ok then return fault(what) end
  filter, tick, finish = rawget(env, "filter"), rawget(env, "tick"), rawget(env, "finish")
  return PASS, nil
end

-- Which of the functions are there, and functions; the rest is named.
function entry.wrong()
  for _, name in ipairs { "filter", "init", "tick", "finish" } do
    local it = rawget(env, name)
    if type(it) ~= "function" and (it ~= nil or name == "filter") then return name, type(it) end
  end
end

function entry.init(now, config)
  begin(now, false)
  local init = rawget(env, "init")
  if not init then return PASS, nil end
  local ok, what = raw_pcall(init, config)
  if not ok then return fault(what) end
  return PASS, nil
end

function entry.filter(now)
  begin(now, true)
  local ok, what = raw_pcall(filter, event)
  p.reading = false
  if not ok then return fault(what) end
  if what == nil or what == true or rawequal(what, 0) or rawequal(what, event) then return PASS, nil end
  if what == false or rawequal(what, 1) then return DROP, nil end
  if type(what) == "table" then return TABLE, what end
  if made[what] then return CHANGES, made[what] end
  return FAULT, "filter returned a " .. type(what) .. ", which is none of nil, true, false, 0, 1, event, a table"
end

function entry.tick(now)
  begin(now, false)
  if not tick then return PASS, nil end
  local ok, what = raw_pcall(tick, now)
  if not ok then return fault(what) end
  return PASS, nil
end

function entry.finish(now)
  begin(now, false)
  if not finish then return PASS, nil end
  local ok, what = raw_pcall(finish)
  if not ok then return fault(what) end
  return PASS, nil
end

return entry
