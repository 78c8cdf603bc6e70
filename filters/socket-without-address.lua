-- Leaves out socket calls that tell no address: they say that somebody waited, not for whom.
--
--   [[filter]]
--   lua = "/etc/oyez/filters/socket-without-address.lua"
--
-- Stays: a call that failed, since its errno may be all there is to know, and addresses of every family, those of local
-- sockets too.

local calls = {
  accept = true, accept4 = true, bind = true, connect = true, getpeername = true, getsockname = true,
  recvfrom = true, recvmsg = true, sendmsg = true, sendto = true,
}

function filter(event)
  local call = event["syscall.name"]
  if calls[call] and event.result == "success" and not event.sockets then
    return 1
  end
end
