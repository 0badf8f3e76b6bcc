/* What the load found: for a person, and as one line of JSON. */
#include <stdlib.h>
#include <string.h>
#include "load.h"

/* What is told of players that stopped reading or never read. */
struct special {
	unsigned n_resumed;
	unsigned n_never_closed;
	double never_closed_max_s;
};


static double ms(const struct histogram *h, double q)
{
	return (double)histogram_quantile(h, q) / US_PER_MS;
}


static double max_ms(const struct histogram *h)
{
	return (double)h->max_us / US_PER_MS;
}


static struct special find_special(const struct load *load)
{
	const struct options *opt = &load->opt;
	struct special special = { 0 };
	double s;

	for (unsigned i = 0; i < opt->n_stoppers; i++)
		special.n_resumed += load->players[i].has_resumed;

	for (unsigned i = opt->n_players; i < opt->n_players + opt->n_never;
	     i++) {
		const struct player *player = &load->players[i];

		if (!player->closed_us)
			continue;
		++special.n_never_closed;
		s = (double)(player->closed_us - player->play_us) / US_PER_S;
		if (s > special.never_closed_max_s)
			special.never_closed_max_s = s;
	}

	return special;
}


static bool is_good(const struct load *load, const struct special *special)
{
	const struct options *opt = &load->opt;
	const struct totals *t = &load->totals;

	if (load->phase != PHASE_DONE || t->missing || t->skips ||
	    t->repeated || t->corrupt || t->no_config || t->closed ||
	    t->protocol_errors)
		return false;
	if (opt->n_players && !t->messages)
		return false;
	if (special->n_resumed < opt->n_stoppers)
		return false;

	return !opt->never_limit_s ||
		(special->n_never_closed == opt->n_never &&
		 special->never_closed_max_s <= opt->never_limit_s);
}


static void print_text(const struct load *load, const struct special *special,
		       FILE *f)
{
	const struct options *opt = &load->opt;
	const struct totals *t = &load->totals;

	fprintf(f, "publishing   %u of %u, %u kb/s each; %llu messages sent, "
		"at most %.1f ms late\n", load->n_publishing,
		opt->n_publishers, opt->bitrate_kbps,
		(unsigned long long)t->sent, max_ms(&t->late));
	fprintf(f, "joined       %u of %u, play to key frame p50 %.0f max "
		"%.0f ms\n", load->n_joined, opt->n_players + opt->n_never,
		ms(&t->join, 0.5), max_ms(&t->join));
	fprintf(f, "received     %llu messages; %.3f Gbit in %u s\n",
		(unsigned long long)t->messages, (double)t->bytes * 8e-9,
		opt->seconds);
	fprintf(f, "missing      %llu; skips %llu (%llu messages), repeated "
		"%llu, corrupt %llu\n", (unsigned long long)t->missing,
		(unsigned long long)t->skips, (unsigned long long)t->skipped,
		(unsigned long long)t->repeated,
		(unsigned long long)t->corrupt);
	fprintf(f, "other        closed %llu, bad chunks %llu, no sequence "
		"header %llu, retimed %llu\n", (unsigned long long)t->closed,
		(unsigned long long)t->protocol_errors,
		(unsigned long long)t->no_config,
		(unsigned long long)t->retimed);
	fprintf(f, "latency      p50 %.2f p99 %.2f max %.2f ms\n",
		ms(&t->latency, 0.5), ms(&t->latency, 0.99),
		max_ms(&t->latency));
	if (opt->n_stoppers)
		fprintf(f, "stopped      %u of %u got a key frame again; "
			"skips %llu (%llu messages)\n", special->n_resumed,
			opt->n_stoppers, (unsigned long long)t->stopper_skips,
			(unsigned long long)t->stopper_skipped);
	if (opt->n_never)
		fprintf(f, "never read   %u of %u closed, the last after "
			"%.1f s\n", special->n_never_closed, opt->n_never,
			special->never_closed_max_s);
}


static void print_number(FILE *f, const char *name, uint64_t v)
{
	fprintf(f, ", \"%s\": %llu", name, (unsigned long long)v);
}


static void print_histogram(FILE *f, const char *name,
			    const struct histogram *h)
{
	fprintf(f, ", \"%s\": { \"n\": %llu, \"p50\": %.3f, \"p99\": %.3f, "
		"\"max\": %.3f }", name, (unsigned long long)h->n, ms(h, 0.5),
		ms(h, 0.99), max_ms(h));
}


static void print_json(const struct load *load, const struct special *special,
		       FILE *f)
{
	const struct options *opt = &load->opt;
	const struct totals *t = &load->totals;

	fprintf(f, "{ \"ok\": %s", is_good(load, special) ? "true" : "false");
	print_number(f, "publishers", opt->n_publishers);
	print_number(f, "publishing", load->n_publishing);
	print_number(f, "players", opt->n_players);
	print_number(f, "joined", load->n_joined);
	print_number(f, "bitrate_kbps", opt->bitrate_kbps);
	print_number(f, "seconds", opt->seconds);
	print_number(f, "sent", t->sent);
	print_number(f, "messages", t->messages);
	print_number(f, "bytes", t->bytes);
	print_number(f, "missing", t->missing);
	print_number(f, "skips", t->skips);
	print_number(f, "skipped", t->skipped);
	print_number(f, "repeated", t->repeated);
	print_number(f, "corrupt", t->corrupt);
	print_number(f, "no_config", t->no_config);
	print_number(f, "retimed", t->retimed);
	print_number(f, "closed", t->closed);
	print_number(f, "protocol_errors", t->protocol_errors);
	print_number(f, "stoppers", opt->n_stoppers);
	print_number(f, "resumed", special->n_resumed);
	print_number(f, "stopper_skips", t->stopper_skips);
	print_number(f, "stopper_skipped", t->stopper_skipped);
	print_number(f, "never", opt->n_never);
	print_number(f, "never_closed", special->n_never_closed);
	fprintf(f, ", \"never_closed_max_s\": %.2f",
		special->never_closed_max_s);
	print_histogram(f, "latency_ms", &t->latency);
	print_histogram(f, "join_ms", &t->join);
	print_histogram(f, "late_ms", &t->late);
	fprintf(f, " }\n");
}


bool report_print(const struct load *load, FILE *f)
{
	struct special special = find_special(load);

	if (load->opt.is_json)
		print_json(load, &special, f);
	else
		print_text(load, &special, f);

	return is_good(load, &special);
}
