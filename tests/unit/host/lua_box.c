/* The sandbox: what is there, what is not, and its limits. */
#include "host/lua_box.h"
#include "host/lua_source.h"
#include "test.h"


/* Tests run hundreds of times; the real ones are thousands of times more. */
static const struct lua_box_limit limit = { 10000, 5000000 };


/* Evaluate `text`: 0, or -ENOMEM; `error` is what Lua should say, "" for
 * nothing. */
static int expect(const char *text, const char *error)
{
	struct lua_source *source = NULL;
	struct lua_box box = { .lua = NULL };
	int err;

	TEST_ERR(lua_source_new_text(&source, "/", "t.lua", str(text)));
	TEST_ERR(lua_box_init(&box, source, "test"));
	box.is_quiet = true;

	err = lua_box_eval(&box, &limit);
	if (err == -EBADMSG)
		err = 0;
	TEST_ERR(err);
	if (strcmp(error, box.error))
		TEST_FAIL("%s\nwant: %s\ngot:  %s", text, error, box.error);
 out:
	lua_box_fini(&box);
	lua_source_unref(source);
	return err;
}


#define TEST_LUA(text, error)					\
	do {							\
		err = expect(text, error);			\
		if (err)					\
			goto out;				\
	} while (0)


TEST(lua_has_no_way_out)
{
	int err;

	TEST_LUA("for _, name in ipairs { 'os', 'io', 'debug', 'package',\n"
		 "  'require', 'load', 'loadfile', 'dofile', 'coroutine',\n"
		 "  'loadstring', 'collectgarbage', 'warn' } do\n"
		 "  assert(_G[name] == nil, name)\n"
		 "end\n"
		 "assert(string.dump == nil)", "");
	TEST_LUA("setmetatable({}, { __gc = print })",
		 "t.lua:1: __gc is not allowed");
 out:
	return err;
}


/* What is wrapped works as the original as long as it is not too much. */
TEST(lua_has_its_libraries)
{
	int err;

	TEST_LUA("assert(('key=v'):match('^(%w+)=') == 'key')\n"
		 "assert(('a.b'):find('.', 1, true) == 2)\n"
		 "assert(('abc'):gsub('%w', '%0%0') == 'aabbcc')\n"
		 "local n = 0\n"
		 "for w in ('a b c'):gmatch('%a') do n = n + 1 end\n"
		 "assert(n == 3 and ('ab'):rep(2, '-') == 'ab-ab')\n"
		 "assert((''):rep(1e15) == '')\n"
		 "local t = { 3, 1, 2 }\n"
		 "table.sort(t) table.insert(t, 4) table.insert(t, 1, 0)\n"
		 "assert(table.concat(t, ',') == '0,1,2,3,4')\n"
		 "assert(table.concat(t, ',', 2, 3) == '1,2')\n"
		 "assert(table.remove(t, 1) == 0 and #t == 4)\n"
		 "assert(select('#', table.unpack(t)) == 4)\n"
		 "assert(#table.move(t, 1, 4, 2) == 5)\n"
		 "assert(setmetatable({}, { __index = t })[2] == 1)\n"
		 "assert(math.max(1, 2) == 2 and utf8.len('x') == 1)\n"
		 "assert(redirect('x').redirect == 'x')\n"
		 "assert(later(5).later == 5)\n"
		 "assert(env('NO_SUCH_VARIABLE_') == nil)\n"
		 "assert(env('NO_SUCH_VARIABLE_', 'd') == 'd')\n"
		 "print(nil, 1, 'x', {})", "");
 out:
	return err;
}


TEST(lua_is_stopped)
{
	int err;

	TEST_LUA("while true do end", "t.lua:1: takes too long");
	TEST_LUA("while true do pcall(function() while true do end end) end",
		 "t.lua:1: takes too long");
	TEST_LUA("local t = setmetatable({}, { __len = function()\n"
		 "return 1e15 end })\ntable.insert(t, 1, 0)",
		 "t.lua:3: a list with __len is not allowed");
	TEST_LUA("table.move({}, 1, 1e15, 2)",
		 "t.lua:1: the range is too long");
	TEST_LUA("table.concat({}, '', 1, 1e15)",
		 "t.lua:1: the range is too long");
	TEST_LUA("local t = {} for i = 0, 60 do t[1 << i] = 1 end\n"
		 "t[3] = 1 t[5] = 1 table.insert(t, 1, 0)",
		 "t.lua:2: the list is too long");
 out:
	return err;
}


TEST(lua_memory_is_bounded)
{
	int err;

	TEST_LUA("local s = ('x'):rep(1 << 22)", "not enough memory");
 out:
	return err;
}


/* All blocks of a state together. */
TEST(lua_memory_is_bounded_in_all)
{
	const size_t others = LUA_BOX_MEMORY_MAX - (1 << 20);
	struct lua_source *source = NULL;
	struct lua_box box = { .lua = NULL };
	int err;

	TEST_ERR(lua_source_new_text(&source, "/", "t.lua", str(
		"t = { ('x'):rep(1 << 19) } t[2] = ('y'):rep(1 << 19)")));
	TEST_ERR(lua_box_init(&box, source, "test"));

	TEST_ERR(lua_box_eval(&box, &limit));
	box.used += others;
	err = lua_box_eval(&box, &limit);
	box.used -= others;
	TEST_ERRNO(-EBADMSG, err);
	TEST_OK(!strcmp("not enough memory", box.error));
 out:
	lua_box_fini(&box);
	lua_source_unref(source);
	return err;
}


/* A pattern that could try too many ways is refused, not started. */
TEST(lua_patterns_are_bounded)
{
	int err;

	TEST_LUA("local s = ('a'):rep(5000)\n"
		 "assert(s:find('b') == nil and s:match('^a*$') == s)\n"
		 "assert(s:find('^[%w_]+[%w]$'))\n"
		 "s:find('a*b')",
		 "t.lua:4: pattern 'a*b' could take too long on a text of "
		 "5000 bytes");
	TEST_LUA("('a'):rep(300):gsub('a-a-%1a-b', '')",
		 "t.lua:1: pattern 'a-a-%1a-b' could take too long on a text "
		 "of 300 bytes");
	TEST_LUA("('a'):rep(40):find(('a?'):rep(25) .. 'b')",
		 "t.lua:1: pattern 'a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?"
		 "a?a?a?a?a?b' could take too long on a text of 40 bytes");
	TEST_LUA("('a'):rep(500):gmatch('^[]*]*%b()+x*')",
		 "t.lua:1: pattern '^[]*]*%b()+x*' could take too long on a "
		 "text of 500 bytes");
	TEST_LUA("('a'):rep(20000):find(('a'):rep(10000), 1, true)",
		 "t.lua:1: pattern 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		 "aaaaaaaaaaaaaaaaaaa' could take too long on a text of "
		 "20000 bytes");
 out:
	return err;
}


TEST(lua_include)
{
	struct lua_source *source = NULL;
	struct lua_box box = { .lua = NULL };
	int err;

	TEST_ERR(lua_source_new_text(&source, "/no/such/folder/", "t.lua",
		str("local a, b = include 'sub/one.lua'\n"
		    "assert(a == 1 and b == 2)\n"
		    "assert(f() == 3)\n"
		    "include 'loop.lua'\n")));
	TEST_ERR(lua_source_add(source, "sub/one.lua", str(
		"function f() local x = include 'three.lua' return x end\n"
		"return include('./two.lua')")));
	TEST_ERR(lua_source_add(source, "sub/two.lua", str(
		"assert(not pcall(include, '../../two.lua'))\n"
		"assert(not pcall(include, '/etc/passwd'))\n"
		"assert(not pcall(include, 'four.lua'))\n"
		"assert(not pcall(include, '../bad.lua'))\n"
		"return 1, 2")));
	TEST_ERR(lua_source_add(source, "sub/three.lua", str("return 3")));
	TEST_ERR(lua_source_add(source, "bad.lua", str("return = 3")));
	TEST_ERR(lua_source_add(source, "loop.lua",
				str("local _ = include 'loop.lua'")));
	source->is_frozen = true;
	TEST_ERRNO(-EEXIST, lua_source_add(source, "loop.lua", str("")));

	TEST_ERR(lua_box_init(&box, source, "test"));
	TEST_ERRNO(-EBADMSG, lua_box_eval(&box, &limit));
	if (strcmp("loop.lua:1: include 'loop.lua': nested too deep",
		   box.error))
		TEST_FAIL("%s", box.error);
 out:
	lua_box_fini(&box);
	lua_source_unref(source);
	return err;
}
