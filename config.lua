-- Sluice's configuration: a Lua 5.4 program that sets `configuration`.
-- `sluice --help-config` and docs/configuration.md tell every key, and
-- `sluice --check config.lua` says what is wrong with a file.  Relative
-- paths are relative to this file.

configuration = {
  -- One thread for each core; a number is that many.
  workers = "auto",

  logAppenders = {
    { name = "console", type = "coloredConsole", level = "info" },
    -- The folder of a log file must be there, and belong to the user of
    -- --uid, who makes new files in it.
    -- { name = "file", type = "file", level = "info",
    --   fileName = "logs/sluice.log",
    --   fileLength = "64M", fileHistorySize = 10 },
  },

  applications = {
    rootDirectory = "build/applications",

    -- Live streams: rtmp://localhost/live/NAME
    {
      name = "live",
      description = "publish a stream, and play it many times",
      default = true,

      acceptors = {
        -- "::" takes IPv4 as well.
        { ip = "::", port = 1935, protocol = "inboundRtmp" },

        -- RTMPS; with openssl, a certificate to try it with:
        --   openssl req -x509 -newkey rsa:2048 -nodes -days 365 \
        --     -subj /CN=localhost -keyout key.pem -out cert.pem
        -- { ip = "::", port = 1936, protocol = "inboundRtmps",
        --   sslCert = "cert.pem", sslKey = "key.pem" },

        -- HTTP, for browsers and players; inboundHttps is the same with a
        -- certificate.  Pages of these origins may play: "*" is all.
        { ip = "::", port = 8080, protocol = "inboundHttp",
          allowOrigins = "*" },

        -- One port for all: RTMP, HTTP, and with a certificate both of
        -- them encrypted.
        -- { ip = "::", port = 443, protocol = "inboundAny",
        --   allowOrigins = "*", sslCert = "cert.pem", sslKey = "key.pem" },
      },

      -- A second publisher of a name is refused; or it stands by until the
      -- first one goes; or it takes over.
      allowDuplicateInboundNetworkStreams = false,
      publisherTakeover = false,

      -- "auto" sends each message at once, unless the server gets busy;
      -- a number gathers that many milliseconds, for less work.
      mergeMs = "auto",

      -- http://localhost:8080/live/NAME/index.m3u8: docs/hls.md
      -- hls = { format = "ts", segmentMs = 4000, partMs = 0 },

      -- Hooks decide who may do what.  They get the session's id, address,
      -- application, stream, query (of the URL), userAgent and vhost, and
      -- return true, or false and a reason, or redirect("other"), or
      -- later(500) to be asked again in half a second.
      --
      -- onPublish = function(session)
      --   local key = env("PUBLISH_KEY")     -- nil if it is not set
      --   if key and session.query.key == key then return true end
      --   return false, "wrong key"
      -- end,
      --
      -- onPlay = function(session)
      --   if session.stream == "old" then return redirect("new") end
      --   return true
      -- end,

      -- Each may also be a URL that is asked (module webhooks, below), and
      -- tokens can be wanted (module jwt); docs/events.md has the rest.
      -- onPublish = "https://example.org/may-publish",
      -- jwt = { algorithm = "HS256", secret = env("JWT_SECRET") },

      -- Here the recorded clip that loops as live/demo will stand, once
      -- files can be played.
    },

    -- STUN and TURN: for calls whose peers cannot reach each other.
    -- `sluice --credentials config.lua` prints what a browser needs;
    -- applications/turn/README.md has every key.
    {
      name = "turn",
      description = "relay for WebRTC",

      acceptors = {
        { ip = "::", port = 3478, protocol = "inboundTurn" },    -- UDP
        { ip = "::", port = 3478, protocol = "inboundTcpTurn" },

        -- turns: needs a certificate for a name that clients know; the one
        -- with UDP is DTLS, beside what is plain.
        -- { ip = "::", port = 5349, protocol = "inboundTurns",
        --   sslCert = "cert.pem", sslKey = "key.pem" },
        -- { ip = "::", port = 5349, protocol = "inboundTurn",
        --   sslCert = "cert.pem", sslKey = "key.pem" },
      },

      -- Who may use it: whoever has a user name and a password that were
      -- made with this secret (the first start makes the file, for its owner
      -- alone), which a web application shares; or users by name.
      secretFile = "turn.secret",
      -- users = { { name = "alice", password = env("ALICE_PASSWORD") } },

      -- Behind a NAT: what the Internet sees.  The firewall must let the
      -- relays' ports in (UDP 49152 to 65535, or what these say).
      -- externalAddress = "203.0.113.1",
      -- minPort = 49152, maxPort = 65535,

      -- Peers on private networks are not reached, unless the file says so.
      -- allowPeers = { "192.168.1.0/24" },
    },

    -- The API, metrics and the console: http://127.0.0.1:8081/
    -- `sluice --credentials config.lua` prints the token to use.
    {
      name = "admin",
      description = "API, metrics, console",

      acceptors = {
        -- alsoServes: so that the console plays from its own origin.
        { ip = "127.0.0.1", port = 8081, protocol = "inboundHttp",
          alsoServes = { "live" } },
      },

      -- Who may use it: the first start makes a token that reads and one
      -- that also writes, in a file for its owner alone.
      tokenFile = "admin.tokens",
      -- tokens = { { name = "grafana", token = env("GRAFANA_TOKEN") } },
    },

    -- Who is told of what happens, and signs what URLs are asked.
    -- { name = "webhooks", secret = env("HOOK_SECRET"),
    --   targets = { { url = "https://example.org/events",
    --                 secret = env("EVENT_SECRET"),
    --                 events = { "publish", "stream" } } } },

    -- What makes the key `jwt` of others work.
    -- { name = "jwt" },
  },
}
