/* Publishing (RTMP 1.0 s7.2.2.6): messages become a stream's frames. */
#include "amf/amf_message.h"
#include "base/error.h"
#include "base/mem.h"
#include "flv/flv_frame.h"
#include "rtmp/rtmp_int.h"


struct rtmp_publisher {
	struct rtmp_stream *s;
	struct stream *stream;           /* owned reference */
	struct session_stream use;       /* of it, by the session */
	struct subscriber subscriber;    /* while it stands by */
	bool is_standby;                 /* another one has the name */
	int64_t now_ms;                  /* the newest message's time */
	uint32_t timestamp;              /* as the wire had it */
	bool has_timestamp;
	uint64_t n_bad;                  /* messages that made no sense */
};


static void fail(struct rtmp_stream *s, const char *code,
		 const char *description)
{
	log_info(s->rtmp, "publish refused: %s", description);
	rtmp_send_status(s->rtmp, s->id, "error", code, description);
}


static void publisher_free(struct rtmp_stream *s, bool is_final)
{
	struct rtmp_publisher *p = s->publisher;
	struct session *session = s->rtmp->session;

	s->publisher = NULL;
	log_info(s->rtmp, "publish stop name=%s", p->stream->name);
	registry_unsubscribe(&s->rtmp->host->server->registry,
			     &p->subscriber);
	registry_unpublish(&s->rtmp->host->server->registry, p->stream,
			   is_final);
	session_stream_stop(&p->use);
	stream_close(p->stream);
	stream_unref(p->stream);
	quota_give(&session->app->counts->streams);
	mem_free(p);
}


static void on_evicted(void *arg)
{
	struct rtmp_stream *s = arg;
	struct rtmp *rtmp = s->rtmp;

	session_stream_has_name(&s->publisher->use, false);
	publisher_free(s, false);
	fail(s, "NetStream.Publish.BadName",
	     "another publisher has taken over the name");

	/* Many encoders listen to nothing else. */
	if (!rtmp->session->streams.n)
		chain_end(rtmp->node.chain);
}


static struct stream_limits limits_of(const struct config_section *section)
{
	return (struct stream_limits){
		.log.bytes = (size_t)config_int(section, "logBytes"),
		.log.ms = config_int(section, "logSeconds") * 1000,
		.merge_ms = (int)config_int(section, "mergeMs"),
	};
}


/* What it sends is what viewers see. */
static void show(struct rtmp_publisher *p)
{
	session_stream_has_name(&p->use, true);
	session_show_stream(p->s->rtmp->session, p->stream);
}


/* -- standing by: what is sent has no viewers, until the name is free -- */

static void try_name(struct rtmp_publisher *p)
{
	struct registry *registry = &p->s->rtmp->host->server->registry;

	/* Another one may have been quicker. */
	if (registry_publish(registry, p->stream, false))
		return;

	log_info(p->s->rtmp, "publish has the name now name=%s",
		 p->stream->name);
	p->is_standby = false;
	registry_unsubscribe(registry, &p->subscriber);
	if (list_is_linked(&p->use.node))
		show(p);
}


static void on_name_news(struct mail *mail)
{
	try_name(CONTAINER_OF(mail, struct rtmp_publisher, subscriber.news));
}


static int stand_by(struct rtmp_publisher *p, const struct stream_key *key)
{
	struct rtmp *rtmp = p->s->rtmp;
	int err;

	p->subscriber.news.fn = on_name_news;
	p->subscriber.stands_by = true;
	err = registry_subscribe(&rtmp->host->server->registry,
				 &p->subscriber, rtmp->node.chain->loop, key,
				 SIZE_MAX);
	if (err)
		return err;

	/* It may have become free before we listened. */
	p->is_standby = true;
	try_name(p);

	return 0;
}


/* -- start -- */

/* Give the stream its name; or let it stand by, if that is configured. */
static int take_name(struct rtmp_publisher *p, const struct stream_key *key)
{
	struct rtmp *rtmp = p->s->rtmp;
	const struct config_section *section = rtmp->session->app->section;
	int err = registry_publish(&rtmp->host->server->registry, p->stream,
				   config_bool(section, "publisherTakeover"));

	if (err == -EEXIST &&
	    config_bool(section, "allowDuplicateInboundNetworkStreams"))
		err = stand_by(p, key);

	return err;
}


static int open_publisher(struct rtmp_stream *s, const struct stream_key *key)
{
	struct rtmp *rtmp = s->rtmp;
	struct application *app = rtmp->session->app;
	const struct stream_limits limits = limits_of(app->section);
	int err = -ENOMEM;

	s->publisher = mem_zalloc(sizeof(*s->publisher));
	if (!s->publisher)
		return -ENOMEM;

	s->publisher->s = s;
	s->publisher->stream = stream_new(rtmp->node.chain->loop,
					  rtmp->host->server->n_workers, key,
					  &limits, on_evicted, s);
	if (s->publisher->stream)
		err = take_name(s->publisher, key);
	if (err) {
		stream_unref(s->publisher->stream);
		s->publisher = mem_free(s->publisher);
		return err;
	}

	s->publisher->stream->log.id = rtmp->log.id;
	s->publisher->stream->publisher = rtmp->session->id;
	session_stream_start(rtmp->session, &s->publisher->use,
			     SESSION_PUBLISHES,
			     str(s->publisher->stream->name));
	if (!s->publisher->is_standby)
		show(s->publisher);

	return 0;
}


static const char *started_text(const struct rtmp_stream *s)
{
	if (s->publisher->is_standby)
		return "standing by: another publisher has the name";

	return s->is_record ? "published live: recording is not available"
			    : "publishing";
}


static void start(struct rtmp_stream *s, struct str name)
{
	struct application *app = s->rtmp->session->app;
	char buf[RTMP_NAME_MAX + 1];
	struct stream_key key;
	int err;

	if (rtmp_stream_key(s, name, buf, &key)) {
		fail(s, "NetStream.Publish.BadName", "malformed stream name");
		return;
	}

	if (!quota_take(&app->counts->streams)) {
		fail(s, "NetStream.Publish.Failed",
		     "too many streams: maxStreams is reached");
		return;
	}

	err = open_publisher(s, &key);
	if (err) {
		quota_give(&app->counts->streams);
		fail(s, "NetStream.Publish.BadName",
		     err == -EEXIST ? "the name is in use"
				    : error_text(err));
		return;
	}

	log_info(s->rtmp, "publish start name=%s%s", buf,
		 s->publisher->is_standby ? " (stands by)" : "");
	rtmp_send_event(s->rtmp, RTMP_STREAM_BEGIN, s->id);
	rtmp_send_status(s->rtmp, s->id, "status", "NetStream.Publish.Start",
			 started_text(s));
}


static void on_decided(const struct verdict *verdict, void *arg)
{
	struct rtmp_stream *s = arg;

	if (verdict->kind == VERDICT_DENY)
		fail(s, "NetStream.Publish.BadName",
		     verdict->text[0] ? verdict->text : "refused");
	else
		start(s, str(verdict->kind == VERDICT_REDIRECT ? verdict->text
							       : NULL));

	rtmp_decide_end(s->rtmp);
}


int rtmp_publish(struct rtmp_stream *s, struct rtmp_call *call)
{
	struct amf_value name, type = { 0 };

	if (amf0_read(&call->args, &name) || name.type != AMF_STRING) {
		fail(s, "NetStream.Publish.BadName", "no stream name");
		return 0;
	}
	amf0_read(&call->args, &type);

	rtmp_stream_stop(s);
	if (rtmp_take_name(s, name.text)) {
		fail(s, "NetStream.Publish.BadName", "malformed stream name");
		return 0;
	}
	s->is_record = str_is(type.text, "record") ||
		       str_is(type.text, "append");

	rtmp_decide_begin(s->rtmp);
	decision_ask(&s->decision, s->rtmp->session, QUESTION_PUBLISH,
		     s->pending.name, s->pending.query, on_decided, s);

	return 0;
}


void rtmp_publisher_close(struct rtmp_stream *s)
{
	if (!s->publisher)
		return;

	if (s->rtmp->is_goodbye)
		rtmp_send_status(s->rtmp, s->id, "status",
				 "NetStream.Unpublish.Success",
				 "no longer publishing");
	publisher_free(s, s->rtmp->is_goodbye);
}


/* -- messages -- */

/* The wire's 32 bits, unwrapped: the nearest time to the one before. */
static int64_t unwrap(struct rtmp_publisher *p, uint32_t timestamp)
{
	if (!p->has_timestamp)
		p->now_ms = timestamp;
	else
		p->now_ms += (int32_t)(timestamp - p->timestamp);

	p->has_timestamp = true;
	p->timestamp = timestamp;

	return p->now_ms;
}


/* The name of a data message, and where its body without @setDataFrame
 * begins.  Some cameras put numbers before it. */
static struct str data_name(struct reader *values, struct slice *body)
{
	struct amf_value v;

	for (;;) {
		if (amf0_read(values, &v))
			return str(NULL);
		if (v.type != AMF_STRING || str_is(v.text, "@setDataFrame"))
			continue;

		*body = slice(v.raw.p, (size_t)(values->end - v.raw.p));
		return v.text;
	}
}


static int push_data(struct rtmp_publisher *p, struct frame *frame,
		     const struct rtmp_header *header, struct slice payload)
{
	struct writer w = writer(AMF_MESSAGE_MAX);
	struct reader values;
	struct slice body;
	struct str name;
	int err;

	err = amf_message_read(&values, &w, payload,
			       header->type == RTMP_DATA_AMF3);
	if (err)
		goto out;

	name = data_name(&values, &body);
	if (!name.p || str_is(name, "@clearDataFrame"))
		goto out;

	frame->kind = MEDIA_DATA;
	frame->flags = FRAME_OPAQUE;
	frame->message_type = RTMP_DATA;
	frame->pts = frame->dts;
	frame->chunk = chunk_copy(body);
	if (!frame->chunk) {
		err = -ENOMEM;
		goto out;
	}
	frame->payload = chunk_slice(frame->chunk);

	if (str_is(name, "onMetaData"))
		err = stream_set_metadata(p->stream, frame);
	else if (!p->is_standby)
		err = stream_push(p->stream, frame);
	chunk_unref(frame->chunk);
 out:
	writer_fini(&w);
	return err;
}


int rtmp_publisher_input(struct rtmp_stream *s,
			 const struct rtmp_header *header,
			 struct chunk *body, struct slice payload)
{
	struct rtmp_publisher *p = s->publisher;
	struct frame frame = {
		.clock_hz = 1000,
		.dts = unwrap(p, header->timestamp),
	};
	int err;

	if (header->type == RTMP_AUDIO || header->type == RTMP_VIDEO) {
		err = flv_frame_parse(&frame, (enum flv_tag_type)header->type,
				      body, payload);
		if (!err && (!p->is_standby || frame.flags & FRAME_CONFIG))
			err = stream_push(p->stream, &frame);
	} else {
		err = push_data(p, &frame, header, payload);
	}

	/* A message that makes no sense is left out; the stream goes on. */
	if (err && err != -ENOENT && !p->n_bad++)
		log_info(s->rtmp, "message of type %u left out: %s",
			 header->type, error_text(err));

	return 0;
}
