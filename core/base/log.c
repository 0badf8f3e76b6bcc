/* Logging: levels, budgets and escapes; the sink does the writing. */
#include "base/log.h"
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include "base/budget.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"


enum {
	N_CATEGORIES = 64,       /* a power of two */
	N_LEVELS = LOG_LEVEL_DEBUG + 1,
	LEVEL_UNSET = -1,        /* the category goes by log_set_level */
};

enum slot_state { SLOT_FREE, SLOT_CLAIMED, SLOT_READY };

struct category {
	_Atomic(enum slot_state) state;
	char name[LOG_CATEGORY_MAX];
	atomic_int level;        /* or LEVEL_UNSET */
	struct budget budgets[N_LEVELS];
};

/* The one exception to "no globals": like errno, a log line must be possible
 * where nothing else is at hand. */
static struct {
	log_sink_fn *sink;
	void *arg;
	atomic_int level;
	atomic_bool is_asked;    /* `level` is for all appenders */
	atomic_int loudest;      /* of `level` and all categories' */
	atomic_uint per_s;
	struct category categories[N_CATEGORIES];
	struct category others;  /* for those that find no slot */
} sink = {
	.level = LOG_LEVEL_INFO,
	.loudest = LOG_LEVEL_INFO,
	.per_s = LOG_BUDGET,
	.others = { .name = "others", .level = LEVEL_UNSET },
};


static size_t first_slot(struct str name)
{
	size_t sum = 0;

	for (size_t i = 0; i < name.len; i++)
		sum = sum * 31 + (uint8_t)name.p[i];

	return sum;
}


static bool claim(struct category *c, struct str name)
{
	enum slot_state state = SLOT_FREE;

	if (!atomic_compare_exchange_strong(&c->state, &state, SLOT_CLAIMED))
		return false;

	memcpy(c->name, name.p, name.len);
	atomic_store(&c->level, LEVEL_UNSET);
	atomic_store_explicit(&c->state, SLOT_READY, memory_order_release);

	return true;
}


/* The category's slot, taken at its first line; slots are never given back.
 * While another thread is just naming a slot, `others` does for this line. */
static struct category *category(struct str name)
{
	size_t first = first_slot(name);

	if (name.len >= LOG_CATEGORY_MAX)
		return &sink.others;

	for (size_t i = 0; i < N_CATEGORIES; i++) {
		struct category *c =
			&sink.categories[(first + i) % N_CATEGORIES];

		switch (atomic_load_explicit(&c->state,
					     memory_order_acquire)) {

		case SLOT_READY:
			if (str_is(name, c->name))
				return c;
			break;

		case SLOT_FREE:
			if (claim(c, name))
				return c;
			return &sink.others;

		case SLOT_CLAIMED:
			return &sink.others;
		}
	}

	return &sink.others;
}


static int level_of(struct category *c)
{
	int level = atomic_load_explicit(&c->level, memory_order_relaxed);

	return level == LEVEL_UNSET
		? atomic_load_explicit(&sink.level, memory_order_relaxed)
		: level;
}


static void find_loudest(void)
{
	int loudest = atomic_load(&sink.level);

	for (size_t i = 0; i < N_CATEGORIES; i++) {
		struct category *c = &sink.categories[i];

		if (atomic_load(&c->state) == SLOT_READY &&
		    level_of(c) > loudest)
			loudest = level_of(c);
	}

	atomic_store(&sink.loudest, loudest);
}


void log_set_sink(log_sink_fn *fn, void *arg)
{
	sink.sink = fn;
	sink.arg = arg;
}


void log_set_level(enum log_level level)
{
	atomic_store(&sink.is_asked, false);
	atomic_store(&sink.level, (int)level);
	find_loudest();
}


void log_ask_level(enum log_level level)
{
	atomic_store(&sink.level, (int)level);
	atomic_store(&sink.is_asked, true);
	find_loudest();
}


enum log_level log_level(void)
{
	return (enum log_level)atomic_load(&sink.level);
}


int log_set_category_level(struct str name, enum log_level level)
{
	struct category *c = category(name);

	if (c == &sink.others)
		return -EMSGSIZE;

	atomic_store(&c->level, (int)level);
	find_loudest();

	return 0;
}


void log_unset_category_level(struct str name)
{
	struct category *c = category(name);

	if (c == &sink.others)
		return;

	atomic_store(&c->level, LEVEL_UNSET);
	find_loudest();
}


void log_each_category(void (*fn)(const char *name, enum log_level level,
				  void *arg), void *arg)
{
	for (size_t i = 0; i < N_CATEGORIES; i++) {
		struct category *c = &sink.categories[i];

		if (atomic_load_explicit(&c->state, memory_order_acquire) ==
			    SLOT_READY &&
		    atomic_load(&c->level) != LEVEL_UNSET)
			fn(c->name, (enum log_level)level_of(c), arg);
	}
}


void log_set_budget(unsigned per_s)
{
	atomic_store(&sink.per_s, per_s);
}


bool log_is_on(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&sink.loudest,
						  memory_order_relaxed);
}


const char *log_level_name(enum log_level level)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };

	return names[level];
}


int log_level_parse(enum log_level *level, struct str name)
{
	for (int i = LOG_LEVEL_ERROR; i <= LOG_LEVEL_DEBUG; i++) {
		if (str_is(name, log_level_name((enum log_level)i))) {
			*level = (enum log_level)i;
			return 0;
		}
	}

	return -ENOENT;
}


static bool is_asked(struct category *c)
{
	return atomic_load_explicit(&sink.is_asked, memory_order_relaxed) ||
	       atomic_load_explicit(&c->level, memory_order_relaxed) !=
		       LEVEL_UNSET;
}


static void emit(const struct log_tag *tag, struct category *c,
		 enum log_level level, struct str raw, bool is_cut)
{
	struct log_record rec;
	char text[LOG_TEXT_MAX + 1];
	size_t n;

	/* Leave room for the dots. */
	n = text_escape(text, sizeof(text) - 3, raw);
	if (is_cut) {
		memcpy(text + n, "...", 4);
		n += 3;
	}

	rec.level = level;
	rec.wall_us = clock_wall_us();
	rec.category = tag->category;
	rec.id = tag->id;
	rec.is_asked = is_asked(c);
	rec.text = str_n(text, n);

	if (sink.sink)
		sink.sink(&rec, sink.arg);
	else
		fprintf(stderr, "%s %s#%llu %s\n", log_level_name(level),
			rec.category, (unsigned long long)rec.id, text);
}


static void tell_left_out(struct category *c, enum log_level level,
			  int64_t now_us)
{
	const struct log_tag tag = { c->name, 0 };
	unsigned n = budget_refused(&c->budgets[level], now_us);
	char text[64];
	int len;

	if (!n)
		return;

	len = snprintf(text, sizeof(text), "%u lines left out", n);
	emit(&tag, c, level, str_n(text, (size_t)len), false);
}


void log_tell_left_out(int64_t now_us)
{
	for (size_t i = 0; i <= N_CATEGORIES; i++) {
		struct category *c = i < N_CATEGORIES
			? &sink.categories[i] : &sink.others;

		if (i < N_CATEGORIES && atomic_load_explicit(&c->state,
				memory_order_acquire) != SLOT_READY)
			continue;

		for (int l = LOG_LEVEL_ERROR; l < N_LEVELS; l++)
			tell_left_out(c, (enum log_level)l, now_us);
	}
}


void log_write(const struct log_tag *tag, enum log_level level,
	       const char *fmt, ...)
{
	struct category *c = category(str(tag->category));
	int64_t now_us = clock_now_us();
	char raw[LOG_TEXT_MAX - 2];
	unsigned per_s;
	va_list ap;
	int n;

	if ((int)level > level_of(c))
		return;

	tell_left_out(c, level, now_us);
	per_s = level == LOG_LEVEL_DEBUG
		? 0 : atomic_load_explicit(&sink.per_s, memory_order_relaxed);
	if (!budget_take(&c->budgets[level], now_us, per_s))
		return;

	va_start(ap, fmt);
	n = vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;

	emit(tag, c, level, str(raw), (size_t)n >= sizeof(raw));
}
