/* What one worker has of a TURN server. */
#include <stdio.h>
#include "base/mem.h"
#include "host/server.h"
#include "turn/turn_mobility_int.h"
#include "turn/turn_reservation_int.h"


enum {
	CHANNELS_MAX = 1 << 24,
	SWEEP_MS = 1000,
};


static const struct {
	size_t offset;
	const char *name;
	const char *help;
	enum metric_type type;
	enum report_unit unit;
} counters[] = {
#define COUNTER(field, type, unit, help) \
	{ offsetof(struct turn_metrics, field), "turn_" #field, help, type, \
	  unit }
	COUNTER(allocations, METRIC_GAUGE, REPORT_PLAIN,
		"Allocations that are open"),
	COUNTER(opened, METRIC_COUNTER, REPORT_PLAIN,
		"Allocations that were made"),
	COUNTER(bindings, METRIC_COUNTER, REPORT_PLAIN,
		"Binding requests that were answered"),
	COUNTER(sent_packets, METRIC_COUNTER, REPORT_PLAIN,
		"Packets that clients sent to peers"),
	COUNTER(sent, METRIC_COUNTER, REPORT_BYTES,
		"Bytes that clients sent to peers"),
	COUNTER(received_packets, METRIC_COUNTER, REPORT_PLAIN,
		"Packets that peers sent to clients"),
	COUNTER(received, METRIC_COUNTER, REPORT_BYTES,
		"Bytes that peers sent to clients"),
	COUNTER(limited_packets, METRIC_COUNTER, REPORT_PLAIN,
		"Packets above a limit of bytes per second"),
	COUNTER(slow_packets, METRIC_COUNTER, REPORT_PLAIN,
		"Packets that a client's connection had no room for"),
	COUNTER(ring_packets, METRIC_COUNTER, REPORT_PLAIN,
		"Packets that no other worker had room for"),
	COUNTER(refused_replies, METRIC_COUNTER, REPORT_PLAIN,
		"Requests unanswered: too many from one address"),
#undef COUNTER
};


static struct metric **metric_at(struct turn_worker *worker, size_t i)
{
	return (struct metric **)(void *)((char *)&worker->metrics +
					  counters[i].offset);
}


/* The error codes that there are; the last is for any other. */
static const unsigned codes[TURN_CODES] = {
	300, 400, 401, 403, 405, 420, 437, 438, 440, 441, 442, 443, 446,
	447, 486, 508, 0,
};


struct metric *turn_error_metric(const struct turn_worker *worker,
				 unsigned code)
{
	size_t i = 0;

	while (codes[i] && codes[i] != code)
		++i;

	return worker->metrics.errors[i];
}


static int add_metric(struct metric **metric, struct metrics *metrics,
		      const char *name, const char *help, const char *label,
		      const char *value)
{
	const struct metric_conf conf = {
		.type = METRIC_COUNTER,
		.name = name,
		.help = help,
		.labels = { { label, value } },
	};

	return metric_new(metric, metrics, &conf);
}


static int open_metrics(struct turn_worker *worker)
{
	struct metrics *metrics = &worker->host->server->metrics;
	char code[8];
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(counters) && !err; i++) {
		const struct metric_conf conf = {
			.type = counters[i].type,
			.unit = counters[i].unit,
			.name = counters[i].name,
			.help = counters[i].help,
		};

		err = metric_new(metric_at(worker, i), metrics, &conf);
	}

	for (unsigned i = 0; i < TURN_ENDS && !err; i++)
		err = add_metric(&worker->metrics.ended[i], metrics,
				 "turn_ended", "Allocations that ended",
				 "reason", turn_end_text(i));

	for (size_t i = 0; i < TURN_CODES && !err; i++) {
		snprintf(code, sizeof(code), "%u", codes[i]);
		err = add_metric(&worker->metrics.errors[i], metrics,
				 "turn_errors", "Requests answered by an error",
				 "code", codes[i] ? code : "other");
	}

	return err;
}


static void close_metrics(struct turn_worker *worker)
{
	for (size_t i = 0; i < ARRAY_LEN(counters); i++)
		metric_unref(*metric_at(worker, i));
	for (size_t i = 0; i < TURN_ENDS; i++)
		metric_unref(worker->metrics.ended[i]);
	for (size_t i = 0; i < TURN_CODES; i++)
		metric_unref(worker->metrics.errors[i]);
}


int turn_worker_new(struct turn_worker **workerp, struct turn_server *server,
		    struct host *host, void *ask_arg)
{
	struct turn_worker *worker = mem_zalloc(sizeof(*worker));
	const size_t max = 1 << 24;
	int err;

	if (!worker)
		return -ENOMEM;

	worker->log.category = "turn";
	worker->server = server;
	worker->host = host;
	worker->auth = mem_ref(server->conf.auth);
	worker->peers_allowed = mem_ref(server->conf.peers);
	worker->ask_arg = ask_arg;
	worker->loop = &host->worker.loop;
	worker->out = writer(TURN_ANSWER_MAX);
	hash_init(&worker->tuples, max);
	hash_init(&worker->foreign, TURN_FOREIGN_MAX);
	hash_init(&worker->connections, max);
	hash_init(&worker->permissions, max);
	hash_init(&worker->channels, CHANNELS_MAX);
	hash_init(&worker->peers, CHANNELS_MAX);

	err = open_metrics(worker);
	if (err) {
		turn_worker_free(worker);
		return err;
	}

	server->workers[worker->loop->index] = worker;
	*workerp = worker;

	return 0;
}


void turn_worker_close_socket(struct turn_worker *worker,
			      const struct turn_node *node)
{
	for (uint32_t i = 0; i < worker->n_slots; i++) {
		struct turn_allocation *alloc = worker->slots[i].alloc;

		if (alloc && (!node || alloc->tuples[0].path.node == node ||
			      alloc->tuples[1].path.node == node))
			turn_allocation_close(alloc, TURN_END_SERVER, NULL);
	}
}


struct turn_worker *turn_worker_free(struct turn_worker *worker)
{
	if (!worker)
		return NULL;

	turn_worker_close_socket(worker, NULL);
	timer_stop(&worker->sweep);
	timer_stop(&worker->pipe_sweep);
	hash_fini(&worker->tuples);
	turn_forget_foreigners(worker);
	hash_fini(&worker->foreign);
	hash_fini(&worker->connections);
	hash_fini(&worker->permissions);
	hash_fini(&worker->channels);
	hash_fini(&worker->peers);
	writer_fini(&worker->out);
	close_metrics(worker);
	mem_unref(worker->auth);
	mem_unref(worker->peers_allowed);
	mem_free(worker->slots);

	return mem_free(worker);
}


void *turn_worker_ask_arg(const struct turn_worker *worker)
{
	return worker->ask_arg;
}


void turn_worker_adopt(struct turn_worker *worker,
		       const struct turn_server *next)
{
	mem_unref(worker->auth);
	mem_unref(worker->peers_allowed);
	worker->auth = mem_ref(next->conf.auth);
	worker->peers_allowed = mem_ref(next->conf.peers);
}


static void on_sweep(void *arg)
{
	struct turn_worker *worker = arg;

	if (turn_forget_reservations(worker->server, worker->loop))
		turn_worker_sweep(worker);
}


void turn_worker_sweep(struct turn_worker *worker)
{
	if (!timer_is_running(&worker->sweep))
		timer_start(loop_timers(worker->loop), &worker->sweep,
			    SWEEP_MS, on_sweep, worker);
}
