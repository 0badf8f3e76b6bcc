/* Routes about streams. */
#include "admin_app.h"
#include "base/mem.h"
#include "codec/media_info.h"

struct query {
	struct str app, name;    /* in `texts`; empty: any */
	char texts[2][ADMIN_NAME_MAX];
	struct stream *stream;   /* a reference: the one that is meant */
};


static void free_query(void *arg)
{
	struct query *q = arg;

	stream_unref(q->stream);
	mem_free(q);
}


static struct query *query_new(struct http_exchange *x)
{
	struct query *q = mem_zalloc(sizeof(*q));

	if (!q)
		http_exchange_problem(x, 503, "no memory");

	return q;
}


/* -- what core cannot know -- */

struct about {
	const struct stream *stream;
	struct host *host;
};


static void describe_publisher(struct report *r, const struct stream *stream,
			       void *arg)
{
	const struct about *about = arg;
	const struct session *s = session_find(about->host,
					       stream->publisher);
	char id[SESSION_ID_TEXT_MAX], addr[ADDR_TEXT_MAX];

	if (!s)
		return;

	report_open(r, "publisher");
	report_label(r, "id", str(session_id_print(id, s->id)));
	report_text(r, "protocol", str(s->log.category));
	report_text(r, "address", str(addr_print(&s->peer, addr)));
	report_text(r, "user_agent", str(s->texts.user_agent));
	report_close(r);
}


/* A frame of the track that a decoder could start with, if one is kept. */
static struct slice find_key(const struct stream *stream,
			     const struct track *track)
{
	for (size_t i = 0; i < stream->kept.n; i++) {
		const struct frame *f = &stream->kept.at[i];

		if (f->kind == track->kind && f->track == track->index &&
		    !(f->flags & (FRAME_CONFIG | FRAME_OPAQUE)) &&
		    (f->flags & FRAME_KEY || f->kind == MEDIA_AUDIO))
			return f->payload;
	}

	return slice(NULL, 0);
}


static void describe_size(struct report *r, const struct media_info *info)
{
	if (info->width) {
		report_gauge(r, "width", REPORT_PLAIN, info->width,
			     "Pixels of a picture's width");
		report_gauge(r, "height", REPORT_PLAIN, info->height,
			     "Pixels of a picture's height");
	}
	if (info->rate_den)
		report_gauge(r, "announced_frame_rate", REPORT_MILLI,
			     (int64_t)info->rate_num * 1000 / info->rate_den,
			     "Frames in a second, as the publisher's "
			     "configuration has it");
}


/* What its codec's configuration says; details are not for samples. */
static void describe_media(struct report *r, const struct track *track,
			   void *arg)
{
	const struct about *about = arg;
	struct media_info info;

	if (track->kind == MEDIA_DATA || report_is_samples(r))
		return;

	media_info_read(&info, track->codec, &track->sound,
			track->config_payload,
			find_key(about->stream, track));
	if (info.codecs[0])
		report_text(r, "codecs", str(info.codecs));
	if (info.profile[0])
		report_text(r, "profile", str(info.profile));
	if (info.level[0])
		report_text(r, "level", str(info.level));
	if (info.bit_depth)
		report_gauge(r, "bit_depth", REPORT_PLAIN, info.bit_depth,
			     "Bits of a sample");
	if (track->kind == MEDIA_VIDEO) {
		describe_size(r, &info);
		return;
	}
	if (info.rate_hz)
		report_gauge(r, "sample_rate", REPORT_PLAIN, info.rate_hz,
			     "Samples in a second");
	if (info.n_channels)
		report_gauge(r, "channels", REPORT_PLAIN, info.n_channels,
			     "Channels of sound");
}


static void describe(struct report *r, const struct stream *stream,
		     struct host *host)
{
	struct about about = { stream, host };
	const struct stream_extra extra = {
		.stream = describe_publisher,
		.track = describe_media,
		.arg = &about,
	};

	stream_describe(r, stream, &extra);
}


/* -- the list -- */

static bool fits(const struct query *q, const struct stream *stream)
{
	return (!q->app.len || str_is(q->app, stream->app)) &&
	       (!q->name.len || str_is(q->name, stream->name));
}


static bool visit(struct gather *g, struct host *host)
{
	const struct registry *registry = &host->server->registry;
	const struct loop *loop = &host->worker.loop;
	const struct query *q = g->conf.query;

	for (; g->place.slot < registry_n_slots(registry, loop) &&
	       gather_has_time(g); g->place.slot++) {
		const struct stream *s = registry_slot(registry, loop,
						       g->place.slot);
		bool is_one = s && fits(q, s);

		if (is_one)
			describe(&g->report, s, host);
		gather_pass(g, is_one);
	}

	return g->place.slot >= registry_n_slots(registry, loop);
}


void admin_get_streams(struct admin *admin, struct http_exchange *x,
		       const struct admin_args *args)
{
	struct query *q = query_new(x);
	struct gather_conf conf = {
		.list = "streams", .visit = visit,
		.query = q, .free_query = free_query,
	};

	(void)args;
	if (!q)
		return;
	if (!admin_query(x, "application", q->texts[0], &q->app) ||
	    !admin_query(x, "name", q->texts[1], &q->name))
		free_query(q);
	else if (admin_gather_page(x, &conf))
		admin_gather(admin, x, &conf);
}


/* -- one -- */

static bool visit_one(struct gather *g, struct host *host)
{
	const struct query *q = g->conf.query;

	if (!q->stream->is_closed) {
		describe(&g->report, q->stream, host);
		gather_found(g, 0);
	}

	return true;
}


void admin_get_stream(struct admin *admin, struct http_exchange *x,
		      const struct admin_args *args)
{
	struct query *q = query_new(x);
	struct stream_key key = { .app = args->at[0], .name = args->at[1] };
	struct gather_conf conf = {
		.visit = visit_one, .is_here_only = true, .limit = 1,
		.query = q, .free_query = free_query,
	};

	if (!q)
		return;
	if (!admin_query(x, "vhost", q->texts[0], &key.vhost)) {
		free_query(q);
		return;
	}

	if (key.app.len <= STREAM_NAME_MAX && key.name.len <= STREAM_NAME_MAX)
		q->stream = registry_find(&admin->server->registry, &key);
	if (!q->stream) {
		free_query(q);
		http_exchange_problem(x, 404, "nobody publishes it");
		return;
	}

	conf.from.worker = q->stream->loop->index;
	admin_gather(admin, x, &conf);
}
