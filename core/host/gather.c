/* Looking at what all workers have. */
#include "host/gather.h"
#include <stdio.h>
#include "base/mem.h"
#include "host/server.h"

enum {
	PARTS_FIRST = 4,
	PLACE_SLOT_DIGITS = 12,
};


static struct gather *of_mail(struct mail *mail)
{
	return CONTAINER_OF(mail, struct gather, mail);
}


static void gather_free(struct gather *g)
{
	/* One that was cancelled is in the midst of its list. */
	while (g->report.depth) {
		const struct report *r = &g->report;

		if (r->levels[r->depth - 1].is_list)
			report_list_close(&g->report);
		else
			report_close(&g->report);
	}
	report_fini(&g->report);
	writer_fini(&g->out);
	for (size_t i = 0; i < g->n_parts; i++)
		chunk_unref(g->parts[i]);
	mem_free(g->parts);
	if (g->conf.free_query)
		g->conf.free_query(g->conf.query);
	mem_free(g);
}


/* -- pieces -- */

static int need_part(struct gather *g)
{
	size_t n = g->n_parts_size ? g->n_parts_size * 2 : PARTS_FIRST;
	struct chunk **parts;

	if (g->n_parts < g->n_parts_size)
		return 0;

	parts = mem_resize(g->parts, n * sizeof(*parts));
	if (!parts)
		return -ENOMEM;
	g->parts = parts;
	g->n_parts_size = n;

	return 0;
}


/* Make a piece of what is written, so that no large copy is ever made. */
static int cut(struct gather *g)
{
	struct chunk *part;
	int err = g->report.err ? g->report.err : g->out.err;

	if (err || !g->out.len)
		return err;
	if (g->len + g->out.len > GATHER_BYTES_MAX)
		return -EMSGSIZE;

	part = chunk_copy(writer_slice(&g->out));
	if (!part)
		return -ENOMEM;
	if (need_part(g)) {
		chunk_unref(part);
		return -ENOMEM;
	}

	g->parts[g->n_parts++] = part;
	g->len += part->len;
	writer_drop(&g->out, g->out.len);

	return 0;
}


/* -- the way -- */

static int finish(struct gather *g, int err)
{
	char next[GATHER_PLACE_MAX];

	if (!err && !g->conf.list && !g->is_found)
		err = -ENOENT;
	if (!err)
		err = g->err;
	if (err)
		return err;

	if (g->conf.list) {
		report_list_close(&g->report);
		if (!g->n_left && g->place.worker < g->home->server->n_hosts)
			report_text(&g->report, "next",
				    str(gather_place_print(next,
							   &g->place)));
		report_close(&g->report);
	}

	return cut(g);
}


static void on_home(struct mail *mail)
{
	struct gather *g = of_mail(mail);

	if (!atomic_load(&g->is_cancelled))
		g->conf.done(g, finish(g, g->err), g->conf.arg);
	gather_free(g);
}


static void on_visit(struct mail *mail);


static void go(struct gather *g, struct host *host, mail_fn *fn)
{
	g->mail.fn = fn;
	loop_post(&host->worker.loop, &g->mail);
}


/* Nothing more is to be looked at. */
static bool is_over(const struct gather *g)
{
	return g->err || g->is_found || !g->n_left ||
	       g->place.worker >= g->home->server->n_hosts ||
	       atomic_load(&g->is_cancelled);
}


static void leave_worker(struct gather *g)
{
	++g->place.worker;
	if (g->conf.is_here_only)
		g->place.worker = g->home->server->n_hosts;
	g->place.slot = 0;
}


static void on_visit(struct mail *mail)
{
	struct gather *g = of_mail(mail);
	struct server *server = g->home->server;

	if (!is_over(g)) {
		g->n_time = GATHER_SLICE * GATHER_SKIP;
		if (g->conf.visit(g, &server->hosts[g->place.worker]))
			leave_worker(g);
		if (!g->err && g->out.len >= GATHER_PART)
			g->err = cut(g);
	}

	if (is_over(g))
		go(g, g->home, on_home);
	else
		go(g, &server->hosts[g->place.worker], on_visit);
}


struct gather *gather_start(struct host *home,
			    const struct gather_conf *conf)
{
	struct gather *g = mem_zalloc(sizeof(*g));

	if (!g) {
		if (conf->free_query)
			conf->free_query(conf->query);
		return NULL;
	}

	g->home = home;
	g->conf = *conf;
	g->place = conf->from;
	g->n_left = conf->limit;
	g->out = writer(GATHER_BYTES_MAX);
	report_init(&g->report, REPORT_JSON, &g->out);
	if (conf->list) {
		report_open(&g->report, NULL);
		report_list_open(&g->report, conf->list);
	}

	if (g->place.worker < home->server->n_hosts)
		go(g, &home->server->hosts[g->place.worker], on_visit);
	else
		go(g, home, on_home);

	return g;
}


void gather_cancel(struct gather *g)
{
	atomic_store(&g->is_cancelled, true);
}


void gather_pass(struct gather *g, bool is_object)
{
	g->n_time -= is_object ? GATHER_SKIP : 1;
	g->n_left -= is_object;
}


void gather_found(struct gather *g, int err)
{
	g->is_found = true;
	g->err = err;
}


/* -- places -- */

const char *gather_place_print(char *buf, const struct gather_place *place)
{
	snprintf(buf, GATHER_PLACE_MAX, "%x-%zx", place->worker, place->slot);

	return buf;
}


static int parse_hex(struct str s, size_t n_max, size_t *v)
{
	*v = 0;
	if (!s.len || s.len > n_max)
		return -EBADMSG;

	for (size_t i = 0; i < s.len; i++) {
		const char c = s.p[i];

		if (c >= '0' && c <= '9')
			*v = *v << 4 | (size_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			*v = *v << 4 | ((size_t)(c - 'a') + 10);
		else
			return -EBADMSG;
	}

	return 0;
}


int gather_place_parse(struct gather_place *place, struct str text)
{
	const char *dash = text.len ? memchr(text.p, '-', text.len) : NULL;
	size_t n = dash ? (size_t)(dash - text.p) : 0;
	size_t worker, slot;

	if (!dash || parse_hex(str_n(text.p, n), 2, &worker) ||
	    parse_hex(str_n(dash + 1, text.len - n - 1), PLACE_SLOT_DIGITS,
		      &slot))
		return -EBADMSG;

	place->worker = (unsigned)worker;
	place->slot = slot;

	return 0;
}
