/* Playing a live stream over HTTP: from a path to a viewer who may watch. */
#include "httplive/httplive.h"
#include "base/error.h"
#include "base/mem.h"
#include "flv/flv_pack.h"
#include "fmp4/fmp4_pack.h"
#include "httplive/httplive_int.h"
#include "mpegts/mpegts_pack.h"


static const struct httplive_format formats[] = {
	{ "flv", "video/x-flv",
	  &flv_packager, &flv_websocket_packager },
	{ "ts", "video/mp2t",
	  &mpegts_packager, &mpegts_websocket_packager },
	{ "mp4", "video/mp4",
	  &fmp4_packager, &fmp4_websocket_packager },
};

/* What a path says. */
struct place {
	struct str app;
	struct str stream;       /* without its extension */
	const struct httplive_format *format;
};


static bool find_format(struct place *place)
{
	struct str rest = place->stream;
	const char *dot = memrchr(rest.p, '.', rest.len);
	size_t len = dot ? (size_t)(dot - rest.p) : 0;

	for (size_t i = 0; i < ARRAY_LEN(formats) && len; i++) {
		if (str_is(str_n(dot + 1, rest.len - len - 1),
			   formats[i].extension))
			place->format = &formats[i];
	}
	place->stream.len = len;

	return place->format;
}


/* False: not a path of ours. */
static bool read_path(struct place *place, struct str path)
{
	const char *end;

	if (!path.len || path.p[0] != '/')
		return false;

	path = str_n(path.p + 1, path.len - 1);
	end = path.len ? memchr(path.p, '/', path.len) : NULL;
	if (!end)
		return false;

	*place = (struct place){
		.app = str_n(path.p, (size_t)(end - path.p)),
		.stream = str_n(end + 1,
				path.len - (size_t)(end - path.p) - 1),
	};

	/* A name has no "?", though a path may, if it is escaped. */
	return place->stream.len &&
	       !memchr(place->stream.p, '?', place->stream.len) &&
	       find_format(place);
}


/* -- who asks -- */

static int set_texts(struct httplive *p, const struct rtmp_name *name)
{
	const struct http_exchange *x = p->x;
	struct session_texts *texts = &p->session->texts;
	struct writer w = writer(HTTP_LINE_MAX * 2);
	int err;

	put_fmt(&w, "%s://%.*s%.*s", x->is_secure ? "https" : "http",
		PRINT_STR(http_exchange_field(x, "Host")),
		PRINT_STR(x->request->target.path));
	err = w.err;
	if (!err)
		err = session_set_text(&texts->url, str_of(writer_slice(&w)));
	writer_fini(&w);
	if (!err)
		err = session_set_text(&texts->vhost, str(name->vhost));
	if (!err)
		err = session_set_text(&texts->query, name->query);
	if (!err)
		err = session_set_text(&texts->user_agent,
				       http_exchange_field(x, "User-Agent"));

	return err;
}


/* Keep `name?query`, as an RTMP client would write it. */
static int keep_name(struct httplive *p, struct str stream)
{
	struct str query = p->x->request->target.query;
	struct writer w = writer(RTMP_URL_MAX);

	put_fmt(&w, "%.*s%s%.*s", PRINT_STR(stream), query.len ? "?" : "",
		PRINT_STR(query));
	if (!w.err)
		p->raw = chunk_copy(writer_slice(&w));
	writer_fini(&w);

	return p->raw ? 0 : w.err ? w.err : -ENOMEM;
}


static struct httplive *player_new(struct http_exchange *x,
				   struct application *app,
				   const struct httplive_format *format)
{
	bool wants_websocket = http_exchange_asks_websocket(x);
	struct httplive *p = mem_zalloc(sizeof(*p));

	if (!p)
		return NULL;

	p->x = x;
	p->format = format;
	p->wants_websocket = wants_websocket;
	p->session = session_new(x->host, app,
				 wants_websocket ? "websocket" : "http",
				 x->carrier, httplive_kick, p);

	return p->session ? p : mem_free(p);
}


/* -- may it? -- */

static struct str name_of(const struct httplive *p, struct str *query)
{
	struct rtmp_name name;

	rtmp_name_parse(&name, str_of(chunk_slice(p->raw)));
	*query = name.query;

	return name.name;
}


static bool is_denied(struct httplive *p, const struct verdict *verdict)
{
	if (verdict->kind != VERDICT_DENY)
		return false;

	httplive_refuse(p, 403, verdict->text[0] ? verdict->text
						 : "refused");

	return true;
}


static void on_may_play(const struct verdict *verdict, void *arg)
{
	struct httplive *p = arg;

	if (!is_denied(p, verdict))
		httplive_play(p, str(verdict->kind == VERDICT_REDIRECT
					     ? verdict->text : NULL));
}


static void on_may_come(const struct verdict *verdict, void *arg)
{
	struct httplive *p = arg;
	struct str name, query;

	if (is_denied(p, verdict))
		return;

	name = name_of(p, &query);
	decision_ask(&p->decision, p->session, QUESTION_PLAY, name, query,
		     on_may_play, p);
}


static void ask(struct httplive *p)
{
	struct str query;

	name_of(p, &query);
	p->x->on_closed = httplive_on_closed;
	p->x->arg = p;
	decision_ask(&p->decision, p->session, QUESTION_SESSION, str(NULL),
		     query, on_may_come, p);
	if (p->wants_websocket && !p->is_over)
		httplive_upgrade(p);
}


static void serve(struct http_exchange *x, struct application *app,
		  const struct place *place)
{
	struct httplive *p = player_new(x, app, place->format);
	struct rtmp_name name;
	int err;

	if (!p) {
		http_exchange_problem(x, 503, "out of memory");
		return;
	}

	err = keep_name(p, place->stream);
	if (!err)
		err = rtmp_name_parse(&name, str_of(chunk_slice(p->raw)));
	if (!err)
		err = set_texts(p, &name);
	if (err) {
		httplive_refuse(p, err == -ENOMEM ? 503 : 404,
				err == -ENOMEM ? "out of memory"
					       : "no good name of a stream");
		return;
	}

	if (session_admit(p->session, x->binding))
		httplive_refuse(p, 503, "too many connections");
	else
		ask(p);
}


bool httplive_serve(struct http_exchange *x, const struct application *app)
{
	struct application *found;
	struct place place;

	if (!read_path(&place, x->path))
		return false;

	found = server_find_app(&app->setup->apps[app->index], place.app);
	if (!found)
		return false;

	if (http_exchange_allows(x, "GET"))
		serve(x, found, &place);

	return true;
}
