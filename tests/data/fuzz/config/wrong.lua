#!/usr/bin/sluice
local users = {
	alice = 1,
}
local acc = {
	{ ip = "::", port = 1935, prot = "inboundRtmp", protocol = "x" },
	{ ip = "nope", port = 99999, protocol = { "tcp", 5 } ,
	  sslCert = "/nonexistent" },
}
configuration = {
	workers = "many", io = "epol", -- comment }
	daemon = 1, --[[ long
	} ]] deamon = true,
	logAppenders = { { name = "console", type = "colouredConsole" },
		{ type = "file" } },
	coalesceUs = 501,
	applications = {
		rootDirectory = [[
x]],
		{ name = "live", acceptors = acc, mergeMs = 0.5,
		  onPublish = function(s)
			local t = { a = 1, b = 2 }
			if s then return true end
			return false
		  end,
		  sendTimeoutMs = "10 s",
		  idleTimeoutMs = "10 parsecs",
		  seekGranularity = 0.1, logSeconds = 0.1,
		},
		{ aliases = { "live" }, name = "vod", allowDuplicateInboundNetworkStream = true, ["logBytes"] = "8X" },
		{ },
	},
}
