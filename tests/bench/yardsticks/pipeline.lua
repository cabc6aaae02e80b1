-- SPDX-License-Identifier: Apache-2.0
-- For wrk: 16 requests at a time on each connection (RFC 9112 section 9.3.2).
init = function()
  local requests = {}
  for i = 1, 16 do
    requests[i] = wrk.format(nil, nil)
  end
  together = table.concat(requests)
end

request = function()
  return together
end
