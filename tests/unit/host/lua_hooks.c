/* Hooks: what a function gets, what it may answer, and what is a denial. */
#include "host/lua_hooks.h"
#include <stdio.h>
#include "base/log.h"
#include "host/config.h"
#include "host/lua_source.h"
#include "test.h"


struct fixture {
	struct lua_source *source;
	struct lua_hooks *hooks;
	struct lua_answer answer;
	char logged[1024];
};


static void keep_line(const struct log_record *rec, void *arg)
{
	struct fixture *f = arg;
	size_t len = strlen(f->logged);

	snprintf(f->logged + len, sizeof(f->logged) - len, "%s %.*s\n",
		 log_level_name(rec->level), PRINT_STR(rec->text));
}


static int start(struct fixture *f, const char *text)
{
	int err;

	memset(f, 0, sizeof(*f));
	log_set_sink(keep_line, f);
	log_set_budget(0);
	err = lua_source_new_text(&f->source, "/", "t.lua", str(text));
	if (err)
		return err;
	f->source->is_frozen = true;

	return lua_hooks_new(&f->hooks, f->source);
}


static void stop(struct fixture *f)
{
	log_set_budget(LOG_BUDGET);
	log_set_sink(NULL, NULL);
	lua_hooks_free(f->hooks);
	lua_source_unref(f->source);
}


/* Ask the function at applications[1].<name>; -ENOMEM if that failed. */
static int ask(struct fixture *f, const char *name)
{
	static const struct lua_field fields[] = {
		{ "id", LUA_FIELD_NUMBER, { NULL, 0 }, 42 },
		{ "stream", LUA_FIELD_TEXT, { "camera", 6 }, 0 },
		{ "vhost", LUA_FIELD_TEXT, { NULL, 0 }, 0 },
		{ "query", LUA_FIELD_QUERY,
		  { "key=s%65cret&key=2&a+b=%zz&=x&&flag&e=", 38 }, 0 },
		{ "attempt", LUA_FIELD_NUMBER, { NULL, 0 }, 1 },
	};
	char path[100];
	int hook;

	snprintf(path, sizeof(path), "applications[1].%s", name);
	hook = lua_hooks_find(f->hooks, path);
	if (hook < 0)
		return hook;

	f->logged[0] = '\0';
	lua_hooks_call(f->hooks, hook, fields, ARRAY_LEN(fields), &f->answer);

	return strstr(f->logged, "out of memory") ? -ENOMEM : 0;
}


#define HEAD "configuration = { applications = { {\n"
#define TAIL "} } }\n"


TEST(lua_hooks_fields)
{
	struct fixture f;
	int err;

	TEST_ERR(start(&f, HEAD
		"onPlay = function(s)\n"
		"  local q = s.query\n"
		"  assert(s.id == 42 and s.stream == 'camera')\n"
		"  assert(s.vhost == '' and s.attempt == 1)\n"
		"  assert(q.key == 'secret' and q['a b'] == '%zz')\n"
		"  assert(q.flag == '' and q.e == '' and q[''] == nil)\n"
		"  print(q.key, s.id)\n"
		"  return true\n"
		"end" TAIL));
	TEST_ERR(ask(&f, "onPlay"));
	TEST_OK(!strcmp("info secret 42\n", f.logged));
	TEST_EQ(LUA_ALLOW, f.answer.verdict);

	TEST_ERRNO(-ENOENT, ask(&f, "onPublish"));
	TEST_ERRNO(-ENOENT, lua_hooks_find(f.hooks,
					   "applications[2].onPlay"));
 out:
	stop(&f);
	return err;
}


TEST(lua_hooks_answers)
{
	struct fixture f;
	int err;

	TEST_ERR(start(&f, HEAD
		"yes = function() return true, 'ignored' end,\n"
		"no = function() return false, 'go away' end,\n"
		"none = function() end,\n"
		"other = function(s) return redirect(s.stream .. '2') end,\n"
		"wait = function() return later(250) end,\n"
		"long = function() return later(1e300) end,\n"
		"short = function() return later(-1) end,\n"
		"talk = function() return false, ('x'):rep(300) end" TAIL));

	TEST_ERR(ask(&f, "yes"));
	TEST_EQ(LUA_ALLOW, f.answer.verdict);
	TEST_EQ(0, f.answer.len);
	TEST_ERR(ask(&f, "no"));
	TEST_EQ(LUA_DENY, f.answer.verdict);
	TEST_MEM("go away", 8, f.answer.text, f.answer.len + 1);
	TEST_ERR(ask(&f, "none"));
	TEST_EQ(LUA_DENY, f.answer.verdict);
	TEST_EQ(0, f.answer.len);
	TEST_ERR(ask(&f, "other"));
	TEST_EQ(LUA_REDIRECT, f.answer.verdict);
	TEST_MEM("camera2", 8, f.answer.text, f.answer.len + 1);
	TEST_ERR(ask(&f, "wait"));
	TEST_EQ(LUA_LATER, f.answer.verdict);
	TEST_EQ(250, f.answer.later_ms);
	TEST_ERR(ask(&f, "long"));
	TEST_EQ(LUA_LATER_MS_MAX, f.answer.later_ms);
	TEST_ERR(ask(&f, "short"));
	TEST_EQ(1, f.answer.later_ms);
	TEST_ERR(ask(&f, "talk"));
	TEST_EQ(LUA_ANSWER_TEXT_MAX, f.answer.len);
	TEST_OK(!strcmp("", f.logged));
 out:
	stop(&f);
	return err;
}


/* Whatever goes wrong is a denial, and is logged. */
TEST(lua_hooks_errors)
{
	static const struct {
		const char *name, *line;
	} cases[] = {
		{ "text", "error the hook returned a string in place of "
			"true, false, redirect(name) or later(ms)\n" },
		{ "table", "error the hook returned a table that is neither "
			"redirect(name) nor later(ms)\n" },
		{ "empty", "error redirect to a name of 0 bytes\n" },
		{ "broken", "error t.lua:5: attempt to index a nil value "
			"(local 'x')\n" },
		{ "raised", "error an error that is no text\n" },
		{ "endless", "error t.lua:7: takes too long\n" },
		{ "large", "error not enough memory\n" },
	};
	struct fixture f;
	int err;

	TEST_ERR(start(&f, HEAD
		"text = function() return 'yes' end,\n"
		"table = function() return {} end,\n"
		"empty = function() return redirect('') end,\n"
		"broken = function() local x return x.y end,\n"
		"raised = function() error({}) end,\n"
		"endless = function() while true do end end,\n"
		"large = function() return ('x'):rep(1e9) end" TAIL));

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		TEST_ERR(ask(&f, cases[i].name));
		if (strcmp(cases[i].line, f.logged))
			TEST_FAIL("%s", f.logged);
		TEST_EQ(LUA_DENY, f.answer.verdict);
		TEST_EQ(0, f.answer.len);
	}
 out:
	stop(&f);
	return err;
}


static int ask_text(struct fixture *f, int hook)
{
	static const struct lua_field field = {
		.name = "user", .text = { "alice", 5 },
	};

	f->logged[0] = '\0';
	lua_hooks_ask_text(f->hooks, hook, &field, 1, &f->answer);

	return strstr(f->logged, "out of memory") ? -ENOMEM : 0;
}


/* Asked for a password; no line of the log repeats what it was. */
TEST(lua_hooks_text)
{
	static const struct {
		const char *body;
		enum lua_verdict verdict;
		const char *text, *line;
	} cases[] = {
		{ "return 'for ' .. r.user", LUA_ALLOW, "for alice", "" },
		{ "return ('x'):rep(255):sub(1, 3)", LUA_ALLOW, "xxx", "" },
		{ "return nil", LUA_DENY, "", "" },
		{ "return false, 'why'", LUA_DENY, "", "" },
		{ "", LUA_DENY, "", "" },
		{ "return later(20)", LUA_LATER, "", "" },
		{ "return ''", LUA_DENY, "",
			"error the hook returned a text of 0 bytes\n" },
		{ "return ('x'):rep(256)", LUA_DENY, "",
			"error the hook returned a text of 256 bytes\n" },
		{ "return true", LUA_DENY, "", "error the hook returned a "
			"boolean in place of a text, nil or later(ms)\n" },
		{ "return 7", LUA_DENY, "", "error the hook returned a "
			"number in place of a text, nil or later(ms)\n" },
		{ "return redirect('x')", LUA_DENY, "", "error the hook "
			"returned a table that is not later(ms)\n" },
		{ "return r.user.x.y", LUA_DENY, "", "error t.lua:2: attempt "
			"to index a nil value (field 'x')\n" },
	};
	struct fixture f = { .source = NULL };
	char text[300];
	int hook, err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		snprintf(text, sizeof(text), HEAD "f = function(r) %s end"
			 TAIL, cases[i].body);
		TEST_ERR(start(&f, text));
		hook = lua_hooks_find(f.hooks, "applications[1].f");
		TEST_ERR(hook < 0 ? hook : 0);
		TEST_ERR(ask_text(&f, hook));
		if (strcmp(cases[i].line, f.logged))
			TEST_FAIL("%s", f.logged);
		TEST_EQ(cases[i].verdict, f.answer.verdict);
		TEST_MEM(cases[i].text, strlen(cases[i].text) + 1,
			 f.answer.text, f.answer.len + 1);
		stop(&f);
		f.hooks = NULL;
		f.source = NULL;
	}
 out:
	stop(&f);
	return err;
}


/* Globals live on from call to call; what onClose returns is not read. */
TEST(lua_hooks_tell)
{
	struct fixture f;
	int err, hook;

	TEST_ERR(start(&f, "n = 0 print('once')\n" HEAD
		"onClose = function() n = n + 1 print(n) return 'x' end"
		TAIL));
	hook = lua_hooks_find(f.hooks, "applications[1].onClose");
	TEST_ERR(hook < 0 ? hook : 0);

	for (int i = 0; i < 3; i++)
		lua_hooks_tell(f.hooks, hook, NULL, 0);
	TEST_OK(!strcmp("info 1\ninfo 2\ninfo 3\n", f.logged) ||
		test_alloc_failed());
 out:
	stop(&f);
	return err;
}


TEST(lua_hooks_bad_source)
{
	struct fixture f;
	int err;

	TEST_ERRNO(-EBADMSG, start(&f, "x = = 1"));
	TEST_OK(!strcmp("error t.lua:1: unexpected symbol near '='\n",
			f.logged));
 out:
	stop(&f);
	return err;
}
