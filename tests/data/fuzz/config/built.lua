local a = { 1 }
configuration = { applications = include "x.lua" or a, [1] = 2,
  --[==[ ]] ]==] io = [=[x]=], ["workers"] = 1 == 1 and 2 or 3 }
configuration.daemon = ("x"):match("^(.-)$") ~= nil
for i = 1, 3 do a[i] = { name = "n" .. i } end
return a
