/* Routes about what modules have of their own, by the slots of the module:
 * the allocations of TURN. */
#include <stdlib.h>
#include "admin_app.h"
#include "base/mem.h"
#include "base/text.h"

#define ALLOCATIONS "allocations"

enum {
	APP_SHIFT = 32,          /* of the application in a place's slot */
	ID_MAX = 16,             /* hexadecimal digits */
};

struct query {
	const char *objects;     /* static: which ones */
	uint64_t id;
};


static void free_query(void *query)
{
	mem_free(query);
}


static bool has_objects(const struct application *app, const char *objects)
{
	return app->module->objects && !strcmp(app->module->objects, objects);
}


/* One application after the other; within it as its module says. */
static bool visit(struct gather *g, struct host *host)
{
	const struct setup *setup = host->setup;
	const struct query *q = g->conf.query;
	size_t i = g->place.slot >> APP_SHIFT;
	size_t at = g->place.slot & ((1ULL << APP_SHIFT) - 1);

	for (; i < setup->n_apps && gather_has_time(g); i++, at = 0) {
		const struct application *app = &setup->apps[i];
		size_t max = g->n_left < GATHER_SLICE ? g->n_left
						      : GATHER_SLICE;
		size_t left = max;

		if (!has_objects(app, q->objects))
			continue;

		at = app->module->describe(host_instance(host, app)->data,
					   &g->report, at, &left);
		for (; left < max; left++)
			gather_pass(g, true);
		if (at)
			break;
	}
	g->place.slot = i << APP_SHIFT | at;

	return i >= setup->n_apps;
}


void admin_get_allocations(struct admin *admin, struct http_exchange *x,
			   const struct admin_args *args)
{
	struct query *q = mem_zalloc(sizeof(*q));
	struct gather_conf conf = {
		.list = ALLOCATIONS, .visit = visit,
		.query = q, .free_query = free_query,
	};

	(void)args;
	if (!q) {
		http_exchange_problem(x, 503, "no memory");
		return;
	}

	q->objects = ALLOCATIONS;
	if (admin_gather_page(x, &conf))
		admin_gather(admin, x, &conf);
}


/* -- ending one -- */

static bool visit_end(struct gather *g, struct host *host)
{
	const struct setup *setup = host->setup;
	const struct query *q = g->conf.query;

	for (size_t i = 0; i < setup->n_apps; i++) {
		const struct application *app = &setup->apps[i];

		if (!has_objects(app, q->objects))
			continue;
		if (!app->module->end(host_instance(host, app)->data, q->id,
				      "ended by an operator")) {
			gather_found(g, 0);
			break;
		}
	}

	return true;
}


static bool parse_id(struct str text, uint64_t *id)
{
	char z[ID_MAX + 1], *end;

	if (!text.len || text.len > ID_MAX)
		return false;
	memcpy(z, text.p, text.len);
	z[text.len] = '\0';
	*id = strtoull(z, &end, 16);

	return !*end && strspn(z, "0123456789abcdef") == text.len;
}


void admin_delete_allocation(struct admin *admin, struct http_exchange *x,
			     const struct admin_args *args)
{
	struct query *q = mem_zalloc(sizeof(*q));
	const struct gather_conf conf = {
		.visit = visit_end, .limit = 1,
		.query = q, .free_query = free_query,
	};

	if (!q) {
		http_exchange_problem(x, 503, "no memory");
		return;
	}

	q->objects = ALLOCATIONS;
	if (!parse_id(args->at[0], &q->id)) {
		mem_free(q);
		http_exchange_problem(x, 404, "there is no such allocation");
		return;
	}
	admin_gather(admin, x, &conf);
}
