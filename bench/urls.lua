-- wrk script: requests the paths of a file (one a line), in turn, and prints one JSON line at the end.
-- usage: wrk -s urls.lua URL -- FILE
local paths, at = {}, 0

function init(args)
  for line in io.lines(args[1]) do
    paths[#paths + 1] = wrk.format("GET", line)
  end
  math.randomseed(tonumber(tostring(paths):match("0x(%x+)"), 16) % 1000000)
  at = math.random(#paths) -- threads start at different places
end

function request()
  at = at % #paths + 1
  return paths[at]
end

function done(summary)
  local e = summary.errors
  print(string.format('{"requests": %d, "seconds": %f, "errors": %d}', summary.requests, summary.duration / 1e6,
    e.connect + e.read + e.write + e.status + e.timeout))
end
