-- What wrk sends: one GraphQL mutation after another, each with a key of its own where the body has a place for one.
-- After `--`: the Authorization header (or -), what begins every key, and the body with %KEY% where the key goes.

local head, tail, keys, counter = "", "", "", 0

function init(args)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  if args[1] ~= "-" then wrk.headers["Authorization"] = args[1] end
  keys = args[2]
  local from, to = string.find(args[3], "%KEY%", 1, true)
  if from == nil then
    head = args[3]
  else
    head, tail = string.sub(args[3], 1, from - 1), string.sub(args[3], to + 1)
  end
end

-- The same work for every server, whether its body has a key or not.
function request()
  counter = counter + 1
  local key = keys .. counter
  if tail == "" then key = "" end
  return wrk.format(nil, nil, nil, head .. key .. tail)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"seconds":%.6f,"p50Ms":%.3f,"p99Ms":%.3f,"failures":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
