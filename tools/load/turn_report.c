/* What the load on a TURN server found: for a person, and as JSON. */
#include "turn.h"


static double seconds(const struct turn_load *load)
{
	return (double)(load->measure_end_us - load->measure_us) /
		TURN_US_PER_S;
}


static bool is_good(const struct turn_load *load)
{
	const struct turn_totals *t = &load->totals;

	return load->phase == TURN_DONE && !t->repeated && !t->corrupt &&
		!t->strays && (t->received || !t->sent);
}


static void print_text(const struct turn_load *load, FILE *f)
{
	const struct turn_totals *t = &load->totals;
	double s = seconds(load);

	fprintf(f, "allocations  %u of %u\n", load->n_ready,
		load->opt.n_flows);
	if (load->phase != TURN_DONE)
		return;
	fprintf(f, "relayed      %llu packets in %.2f s: %.0f per s\n",
		(unsigned long long)t->relayed, s, (double)t->relayed / s);
	if (t->relayed && load->opt.pid)
		fprintf(f, "the server   %.2f us of CPU per packet, %.0f %% of "
			"a core\n",
			(double)load->server_us / (double)t->relayed,
			(double)load->server_us / s / TURN_US_PER_S * 100);
	fprintf(f, "sent         %llu, of which %lld were lost; %llu not "
		"taken by the system\n", (unsigned long long)t->sent,
		(long long)(t->sent - t->received),
		(unsigned long long)t->unsent);
	fprintf(f, "wrong        repeated %llu, corrupt %llu, stray %llu\n",
		(unsigned long long)t->repeated,
		(unsigned long long)t->corrupt,
		(unsigned long long)t->strays);
	fprintf(f, "time         p50 %lld p99 %lld max %lld us\n",
		(long long)histogram_quantile(&t->rtt, 0.5),
		(long long)histogram_quantile(&t->rtt, 0.99),
		(long long)t->rtt.max_us);
	fprintf(f, "the load     p50 %lld p99 %lld us behind its schedule; "
		"%.0f %% of a core\n",
		(long long)histogram_quantile(&t->late, 0.5),
		(long long)histogram_quantile(&t->late, 0.99),
		(double)load->cpu_us / s / TURN_US_PER_S * 100);
}


static void print_number(FILE *f, const char *name, uint64_t v)
{
	fprintf(f, ", \"%s\": %llu", name, (unsigned long long)v);
}


static void print_histogram(FILE *f, const char *name,
			    const struct histogram *h)
{
	fprintf(f, ", \"%s\": { \"p50\": %lld, \"p99\": %lld, \"max\": %lld }",
		name, (long long)histogram_quantile(h, 0.5),
		(long long)histogram_quantile(h, 0.99), (long long)h->max_us);
}


static void print_json(const struct turn_load *load, FILE *f)
{
	const struct turn_totals *t = &load->totals;

	fprintf(f, "{ \"ok\": %s", is_good(load) ? "true" : "false");
	print_number(f, "flows", load->opt.n_flows);
	print_number(f, "ready", load->n_ready);
	print_number(f, "sent", t->sent);
	print_number(f, "received", t->received);
	print_number(f, "relayed", t->relayed);
	print_number(f, "repeated", t->repeated);
	print_number(f, "corrupt", t->corrupt);
	print_number(f, "strays", t->strays);
	print_number(f, "unsent", t->unsent);
	fprintf(f, ", \"seconds\": %.3f, \"load_cpu_s\": %.3f, "
		"\"server_cpu_s\": %.6f", seconds(load),
		(double)load->cpu_us / TURN_US_PER_S,
		(double)load->server_us / TURN_US_PER_S);
	print_histogram(f, "rtt_us", &t->rtt);
	print_histogram(f, "late_us", &t->late);
	fprintf(f, " }\n");
}


bool turn_report_print(const struct turn_load *load, FILE *f)
{
	if (load->opt.is_json)
		print_json(load, f);
	else
		print_text(load, f);

	return is_good(load);
}
