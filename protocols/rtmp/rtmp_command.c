/* RTMP commands (RTMP 1.0 s7.2): who does what. */
#include "amf/amf0_writer.h"
#include "amf/amf_message.h"
#include "rtmp/rtmp_int.h"


typedef int (command_fn)(struct rtmp *rtmp, struct rtmp_call *call);


static int answer_result(struct rtmp *rtmp, struct rtmp_call *call)
{
	rtmp_send_result(rtmp, call, NULL);

	return 0;
}


static int ignore(struct rtmp *rtmp, struct rtmp_call *call)
{
	(void)rtmp;
	(void)call;

	return 0;
}


static int create_stream(struct rtmp *rtmp, struct rtmp_call *call)
{
	struct rtmp_stream *s = rtmp_add_stream(rtmp);
	double id;

	if (!s) {
		rtmp_send_error(rtmp, call->transaction,
				"NetConnection.Call.Failed",
				"too many streams on this connection");
		return 0;
	}

	id = s->id;
	rtmp_send_result(rtmp, call, &id);

	return 0;
}


/* The stream that the message is of, or that a first number names. */
static struct rtmp_stream *stream_of(struct rtmp *rtmp,
				     const struct rtmp_call *call)
{
	struct reader args = call->args;
	struct amf_value v;

	if (!amf0_read(&args, &v) && v.type == AMF_NUMBER && v.number >= 0 &&
	    v.number <= UINT32_MAX)
		return rtmp_find_stream(rtmp, (uint32_t)v.number);

	return rtmp_find_stream(rtmp, call->stream_id);
}


static int delete_stream(struct rtmp *rtmp, struct rtmp_call *call)
{
	struct rtmp_stream *s = stream_of(rtmp, call);

	if (s) {
		rtmp->is_goodbye = true;
		rtmp_stream_free(s);
		rtmp->is_goodbye = false;
	}

	return 0;
}


static int close_stream(struct rtmp *rtmp, struct rtmp_call *call)
{
	struct rtmp_stream *s = rtmp_find_stream(rtmp, call->stream_id);

	if (s) {
		rtmp->is_goodbye = true;
		rtmp_stream_stop(s);
		rtmp->is_goodbye = false;
	}

	return 0;
}


/* onFCPublish and the like: the name comes back in the description. */
static int answer_fc(struct rtmp *rtmp, struct rtmp_call *call,
		     const char *event, const char *code)
{
	struct writer w = writer(OUTBOX_CONTROL_MAX);
	struct amf_value name = { 0 };

	rtmp_send_result(rtmp, call, NULL);
	amf0_read(&call->args, &name);

	put_amf0_string(&w, str(event));
	put_amf0_number(&w, 0);
	put_amf0_null(&w);
	put_amf0_object_begin(&w);
	put_amf0_key_string(&w, "level", str("status"));
	put_amf0_key_string(&w, "code", str(code));
	put_amf0_key_string(&w, "description", name.text);
	put_amf0_object_end(&w);
	rtmp_send(rtmp, RTMP_COMMAND, 0, &w);

	return 0;
}


static int fc_publish(struct rtmp *rtmp, struct rtmp_call *call)
{
	return answer_fc(rtmp, call, "onFCPublish",
			 "NetStream.Publish.Start");
}


static int fc_unpublish(struct rtmp *rtmp, struct rtmp_call *call)
{
	struct reader args = call->args;
	struct amf_value v = { 0 };
	struct rtmp_name name = { 0 };

	if (!amf0_read(&args, &v))
		rtmp_name_parse(&name, v.text);

	rtmp->is_goodbye = true;
	LIST_EACH(&rtmp->streams, node) {
		struct rtmp_stream *s =
			CONTAINER_OF(node, struct rtmp_stream, node);

		if (s->publisher && str_eq(name.name, s->pending.name))
			rtmp_publisher_close(s);
	}
	rtmp->is_goodbye = false;

	return answer_fc(rtmp, call, "onFCUnpublish",
			 "NetStream.Unpublish.Success");
}


static int fc_subscribe(struct rtmp *rtmp, struct rtmp_call *call)
{
	return answer_fc(rtmp, call, "onFCSubscribe", "NetStream.Play.Start");
}


static int get_stream_length(struct rtmp *rtmp, struct rtmp_call *call)
{
	const double live = 0;

	rtmp_send_result(rtmp, call, &live);

	return 0;
}


static int seek(struct rtmp *rtmp, struct rtmp_call *call)
{
	rtmp_send_status(rtmp, call->stream_id, "error",
			 "NetStream.Seek.Failed",
			 "a live stream has no place to seek to");

	return 0;
}


/* Commands of one message stream. */

static struct rtmp_stream *need_stream(struct rtmp *rtmp,
				       const struct rtmp_call *call)
{
	struct rtmp_stream *s = rtmp_find_stream(rtmp, call->stream_id);

	if (!s)
		rtmp_send_error(rtmp, call->transaction,
				"NetConnection.Call.Failed",
				"no such stream: call createStream first");

	return s;
}


static int publish(struct rtmp *rtmp, struct rtmp_call *call)
{
	struct rtmp_stream *s = need_stream(rtmp, call);

	return s ? rtmp_publish(s, call) : 0;
}


static int play(struct rtmp *rtmp, struct rtmp_call *call)
{
	struct rtmp_stream *s = need_stream(rtmp, call);

	return s ? rtmp_play(s, call) : 0;
}


static int play2(struct rtmp *rtmp, struct rtmp_call *call)
{
	struct rtmp_stream *s = need_stream(rtmp, call);

	return s ? rtmp_play2(s, call) : 0;
}


static int pause(struct rtmp *rtmp, struct rtmp_call *call)
{
	struct rtmp_stream *s = need_stream(rtmp, call);

	return s ? rtmp_pause(s, call) : 0;
}


static int receive_audio(struct rtmp *rtmp, struct rtmp_call *call)
{
	struct rtmp_stream *s = need_stream(rtmp, call);

	return s ? rtmp_receive(s, call, MEDIA_AUDIO) : 0;
}


static int receive_video(struct rtmp *rtmp, struct rtmp_call *call)
{
	struct rtmp_stream *s = need_stream(rtmp, call);

	return s ? rtmp_receive(s, call, MEDIA_VIDEO) : 0;
}


static const struct {
	const char *name;
	command_fn *fn;
} commands[] = {
	{ "connect", rtmp_connect },
	{ "createStream", create_stream },
	{ "deleteStream", delete_stream },
	{ "closeStream", close_stream },
	{ "publish", publish },
	{ "play", play },
	{ "play2", play2 },
	{ "pause", pause },
	{ "pauseRaw", pause },
	{ "seek", seek },
	{ "receiveAudio", receive_audio },
	{ "receiveVideo", receive_video },
	{ "releaseStream", answer_result },
	{ "FCPublish", fc_publish },
	{ "FCUnpublish", fc_unpublish },
	{ "FCSubscribe", fc_subscribe },
	{ "FCUnsubscribe", answer_result },
	{ "getStreamLength", get_stream_length },
	{ "checkBandwidth", answer_result },
	{ "_checkbw", answer_result },
	{ "_result", ignore },
	{ "_error", ignore },
	{ "onStatus", ignore },
};


static int unknown(struct rtmp *rtmp, const struct rtmp_call *call)
{
	log_debug(rtmp, "unknown command %.*s", PRINT_STR(call->name));
	rtmp_send_error(rtmp, call->transaction, "NetConnection.Call.Failed",
			"this server does not know that command");

	return 0;
}


static int dispatch(struct rtmp *rtmp, struct rtmp_call *call)
{
	log_debug(rtmp, "command %.*s stream=%u", PRINT_STR(call->name),
		  call->stream_id);

	if (rtmp->state != RTMP_CONNECTED && !str_is(call->name, "connect")) {
		rtmp_send_error(rtmp, call->transaction,
				"NetConnection.Call.Failed",
				"call connect first");
		return 0;
	}

	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (str_is(call->name, commands[i].name))
			return commands[i].fn(rtmp, call);
	}

	return unknown(rtmp, call);
}


int rtmp_command(struct rtmp *rtmp, const struct rtmp_message *msg)
{
	struct writer w = writer(AMF_MESSAGE_MAX);
	struct amf_value name, transaction;
	struct rtmp_call call = { .stream_id = msg->header.stream_id };
	int err;

	err = amf_message_read(&call.args, &w, chunk_slice(msg->body),
			       msg->header.type == RTMP_COMMAND_AMF3);
	if (err)
		goto out;

	/* Some commands end after the name, some have no object. */
	err = amf0_read(&call.args, &name);
	if (err || name.type != AMF_STRING) {
		log_debug(rtmp, "command without name left out");
		err = 0;
		goto out;
	}
	call.name = name.text;
	if (!amf0_read(&call.args, &transaction) &&
	    transaction.type == AMF_NUMBER)
		call.transaction = transaction.number;
	if (amf0_read(&call.args, &call.object))
		call.object.type = AMF_NULL;

	err = dispatch(rtmp, &call);
 out:
	writer_fini(&w);
	return err;
}
