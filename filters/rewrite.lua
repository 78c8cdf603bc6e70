-- Rewrites the event of an execution: what was run in one text, and without the paths of the program's loader.
--
--   [[filter]]
--   lua = "/etc/oyez/filters/rewrite.lua"
--
-- A table that is returned takes the event's place. What it lacks is taken out of the event, what differs is changed; new names
-- stand under `added`, words to search by under `tags`.

local function command(argv)
  local words = {}
  for place, argument in ipairs(argv) do
    -- An argument that the kernel did not tell is null.
    words[place] = type(argument) == "string" and argument or "?"
  end
  return table.concat(words, " ")
end

function filter(event)
  if event.action ~= "executed" or not event.process or not event.process.argv then return end
  local copy = event:copy()
  copy.added = copy.added or {}
  copy.added.command = command(copy.process.argv)
  copy.tags = copy.tags or {}
  table.insert(copy.tags, "rewritten")
  -- The first path is the program's, the others are its interpreter's and its loader's.
  if copy.paths then copy.paths = { copy.paths[1] } end
  return copy
end
