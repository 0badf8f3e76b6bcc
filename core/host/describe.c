/* What the server and its parts say of themselves. */
#include "host/describe.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/text.h"
#include "host/server.h"


enum { SECOND_US = 1000000 };


static void put_text(struct report *r, const char *key, const char *text)
{
	report_text(r, key, str(text));
}


static void put_time(struct report *r, const char *key, int64_t wall_us)
{
	char text[TEXT_TIME_MAX];

	put_text(r, key, text_print_time(text, wall_us));
}


/* How many there are, of how many; 0: without a limit. */
static void put_quota(struct report *r, const char *key, const char *max_key,
		      const struct quota *quota, const char *help)
{
	report_gauge(r, key, REPORT_PLAIN, atomic_load(&quota->n), help);
	report_gauge(r, max_key, REPORT_PLAIN, quota->max,
		     "The limit; 0: there is none");
}


/* -- sessions -- */

static void describe_streams(struct report *r, const struct session *session,
			     int64_t now_us)
{
	report_list_open(r, "streams");
	LIST_EACH(&session->streams, it) {
		const struct session_stream *s =
			CONTAINER_OF(it, struct session_stream, node);

		report_open(r, NULL);
		report_label(r, "name", s->name);
		put_text(r, "role", s->role == SESSION_PUBLISHES ? "publish"
								 : "play");
		report_gauge(r, "age", REPORT_US, now_us - s->since_us,
			     "Time since it began");
		report_close(r);
	}
	report_list_close(r);
}


void session_describe(struct report *r, const struct session *session)
{
	const struct session_texts *texts = &session->texts;
	const int64_t now_us = clock_wall_us();
	char id[SESSION_ID_TEXT_MAX], addr[ADDR_TEXT_MAX];

	report_open(r, "session");
	report_label(r, "id", str(session_id_print(id, session->id)));
	put_text(r, "protocol", session->log.category);
	put_text(r, "application", session->app->name);
	put_text(r, "address", addr_print(&session->peer, addr));
	put_text(r, "local_address", addr_print(&session->local, addr));
	put_text(r, "user_agent", texts->user_agent);
	put_text(r, "url", texts->url);
	put_text(r, "vhost", texts->vhost);
	put_time(r, "since", session->opened_us);
	report_gauge(r, "age", REPORT_US, now_us - session->opened_us,
		     "Time since it came");
	report_count(r, "received", REPORT_BYTES,
		     (int64_t)session->carrier->bytes_in,
		     "Bytes that its connection received");
	report_count(r, "sent", REPORT_BYTES,
		     (int64_t)session->carrier->bytes_out,
		     "Bytes that its connection sent");
	describe_streams(r, session, now_us);
	report_close(r);
}


static bool has_stream(const struct session *session, struct str name)
{
	LIST_EACH(&session->streams, it) {
		if (str_eq(CONTAINER_OF(it, struct session_stream,
					node)->name, name))
			return true;
	}

	return false;
}


static bool has_address(const struct session *session, struct str address)
{
	char ip[ADDR_TEXT_MAX];

	return str_is(address, addr_print_ip(&session->peer, ip));
}


/* Is `part` somewhere in `text`, ASCII case aside? */
static bool has_part(const char *text, struct str part)
{
	const size_t len = str(text).len;

	for (size_t i = 0; i + part.len <= len; i++) {
		if (!strncasecmp(text + i, part.p, part.len))
			return true;
	}

	return false;
}


bool session_fits(const struct session *session,
		  const struct session_filter *filter)
{
	if (filter->app.len && !str_is(filter->app, session->app->name))
		return false;
	if (filter->protocol.len &&
	    !str_is(filter->protocol, session->log.category))
		return false;
	if (filter->stream.len && !has_stream(session, filter->stream))
		return false;
	if (filter->address.len && !has_address(session, filter->address))
		return false;

	return !filter->user_agent.len ||
	       has_part(session->texts.user_agent, filter->user_agent);
}


/* -- applications, acceptors -- */

void application_describe(struct report *r, const struct application *app)
{
	report_open(r, "application");
	report_label(r, "name", str(app->name));
	put_text(r, "module", app->module->name);
	put_text(r, "description", config_str(app->section, "description"));
	report_gauge(r, "default", REPORT_BOOL,
		     config_bool(app->section, "default"),
		     "Its acceptors lead to all applications");
	put_quota(r, "connections", "max_connections", &app->counts->connections,
		  "Connections that are open");
	put_quota(r, "streams", "max_streams", &app->counts->streams,
		  "Streams that are published");
	put_quota(r, "waiting", "max_waiting", &app->counts->waiting,
		  "Viewers that wait for a publisher");
	report_close(r);
}


void binding_describe(struct report *r, const struct binding *b)
{
	char addr[ADDR_TEXT_MAX];

	report_open(r, "acceptor");
	report_label(r, "application", str(b->app->name));
	report_label(r, "address", str(addr_print(&b->addr, addr)));
	report_label(r, "transport", str(b->recipe.is_datagram ? "udp"
							       : "tcp"));
	report_label(r, "chain", str(b->chain_name));
	if (b->worker >= 0)
		report_gauge(r, "worker", REPORT_PLAIN, b->worker,
			     "The only worker that accepts");
	put_quota(r, "connections", "max_connections", b->connections,
		  "Connections that are open");
	report_close(r);
}


/* -- workers -- */

void worker_describe(struct report *r, const struct host *host)
{
	const struct loop_figures f = loop_figures(&host->worker.loop);
	int64_t bounds[LOOP_BUCKETS - 1];
	const struct report_histogram h = {
		bounds, f.turns, ARRAY_LEN(bounds), f.busy_us,
	};
	char id[4] = { (char)('0' + host->worker.index / 10),
		       (char)('0' + host->worker.index % 10) };

	for (unsigned i = 0; i < ARRAY_LEN(bounds); i++)
		bounds[i] = loop_bucket_us(i);

	report_open(r, "worker");
	report_label(r, "id", str(id[0] == '0' ? id + 1 : id));
	report_gauge(r, "sessions", REPORT_PLAIN,
		     atomic_load(&host->n_sessions), "Sessions that are open");
	report_gauge(r, "load", REPORT_MILLI, f.load,
		     "Share of the time that it was busy lately");
	report_count(r, "busy", REPORT_US, f.busy_us,
		     "Time that it was busy");
	report_count(r, "long_turns", REPORT_PLAIN, (int64_t)f.n_long_turns,
		     "Turns of the loop above 1 ms");
	report_gauge(r, "longest_turn", REPORT_US, f.longest_us,
		     "The longest turn of the loop so far");
	report_histogram(r, "turn", REPORT_US, &h,
			 "How long turns of the loop take");
	report_close(r);
}


/* -- the server -- */

static unsigned n_sessions(const struct server *server)
{
	unsigned n = 0;

	for (unsigned i = 0; i < server->n_hosts; i++)
		n += atomic_load(&server->hosts[i].n_sessions);

	return n;
}


/* Of the busiest worker: one thread that is full is what holds others up. */
static unsigned highest_load(const struct server *server)
{
	unsigned load = 0;

	for (unsigned i = 0; i < server->n_hosts; i++) {
		unsigned l = loop_figures(&server->hosts[i].worker.loop).load;

		load = l > load ? l : load;
	}

	return load;
}


/* Bytes of memory, or 0 where there is no /proc. */
static int64_t resident_bytes(void)
{
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	char text[128], *at;
	ssize_t n;

	if (fd < 0)
		return 0;

	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	at = strchr(text, ' ');

	return at ? strtoll(at, NULL, 10) * sysconf(_SC_PAGESIZE) : 0;
}


static int64_t cpu_us(void)
{
	struct rusage u;

	if (getrusage(RUSAGE_SELF, &u))
		return 0;

	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * SECOND_US +
	       u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}


static void describe_parts(struct report *r, const struct setup *setup,
			   enum describe_depth depth)
{
	const struct server *server = setup->server;

	if (depth >= DESCRIBE_WORKERS) {
		report_list_open(r, "workers");
		for (unsigned i = 0; i < server->n_hosts; i++)
			worker_describe(r, &server->hosts[i]);
		report_list_close(r);
	}

	if (depth >= DESCRIBE_ALL) {
		report_list_open(r, "applications");
		for (size_t i = 0; i < setup->n_apps; i++)
			application_describe(r, &setup->apps[i]);
		report_list_close(r);

		report_list_open(r, "acceptors");
		for (size_t i = 0; i < setup->n_bindings; i++)
			binding_describe(r, &setup->bindings[i]);
		report_list_close(r);
	}
}


void server_describe(struct report *r, const struct setup *setup,
		     enum describe_depth depth)
{
	const struct server *server = setup->server;

	report_open(r, "server");
	put_text(r, "version", SLUICE_VERSION);
	put_time(r, "started", server->started_us);
	report_gauge(r, "uptime", REPORT_US,
		     clock_wall_us() - server->started_us,
		     "Time since it was started");
	report_gauge(r, "draining", REPORT_BOOL,
		     atomic_load(&server->is_draining),
		     "It takes nothing new that another server can have");
	report_count(r, "reloads", REPORT_PLAIN,
		     atomic_load(&server->n_reloads),
		     "Times that the configuration was read again");
	report_count(r, "failed_reloads", REPORT_PLAIN,
		     atomic_load(&server->n_failed_reloads),
		     "Times that it was wrong, and nothing changed");
	report_gauge(r, "load", REPORT_MILLI, highest_load(server),
		     "Load of the busiest worker");
	report_count(r, "cpu", REPORT_US, cpu_us(),
		     "Processor time of all threads");
	report_gauge(r, "memory", REPORT_BYTES, resident_bytes(),
		     "Resident memory");
	put_quota(r, "connections", "max_connections", &server->connections,
		  "Connections that are open");
	report_gauge(r, "sessions", REPORT_PLAIN, n_sessions(server),
		     "Sessions that are open");
	report_gauge(r, "streams", REPORT_PLAIN,
		     atomic_load(&server->registry.n_streams),
		     "Streams that are published");
	describe_parts(r, setup, depth);
	report_close(r);
}
