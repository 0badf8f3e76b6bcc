/* What the RTMP node says: control, results, status. */
#include "amf/amf0_writer.h"
#include "rtmp/rtmp_int.h"


enum { CSID_COMMAND = 3 };


static struct writer *control_of(struct rtmp *rtmp)
{
	chain_want_output(rtmp->node.chain);

	return outbox_control(&rtmp->node.out);
}


void rtmp_send_control(struct rtmp *rtmp, const struct rtmp_control *c)
{
	rtmp_control_put(control_of(rtmp), c);
}


void rtmp_send_event(struct rtmp *rtmp, enum rtmp_event event,
		     uint32_t stream_id)
{
	const struct rtmp_control c = {
		.type = RTMP_USER_CONTROL,
		.event = (uint16_t)event,
		.stream_id = stream_id,
	};

	rtmp_send_control(rtmp, &c);
}


void rtmp_send(struct rtmp *rtmp, uint8_t type, uint32_t stream_id,
	       struct writer *w)
{
	const struct rtmp_header header = {
		.csid = CSID_COMMAND,
		.type = type,
		.stream_id = stream_id,
	};
	struct writer *out = control_of(rtmp);

	if (w->err)
		out->err = out->err ? out->err : w->err;
	else
		rtmp_chunk_put(out, &header, writer_slice(w),
			       RTMP_CHUNK_SIZE_OUT);
	writer_fini(w);
}


void rtmp_send_result(struct rtmp *rtmp, const struct rtmp_call *call,
		      const double *value)
{
	struct writer w = writer(OUTBOX_CONTROL_MAX);

	/* A transaction of 0 wants no answer (s4.1.1). */
	if (call->transaction == 0)
		return;

	put_amf0_string(&w, str("_result"));
	put_amf0_number(&w, call->transaction);
	put_amf0_null(&w);
	if (value)
		put_amf0_number(&w, *value);
	else
		put_amf0_undefined(&w);
	rtmp_send(rtmp, RTMP_COMMAND, 0, &w);
}


static void put_info(struct writer *w, const char *level, const char *code,
		     const char *description)
{
	put_amf0_object_begin(w);
	put_amf0_key_string(w, "level", str(level));
	put_amf0_key_string(w, "code", str(code));
	put_amf0_key_string(w, "description", str(description));
	put_amf0_object_end(w);
}


void rtmp_send_error(struct rtmp *rtmp, double transaction, const char *code,
		     const char *description)
{
	struct writer w = writer(OUTBOX_CONTROL_MAX);

	put_amf0_string(&w, str("_error"));
	put_amf0_number(&w, transaction);
	put_amf0_null(&w);
	put_info(&w, "error", code, description);
	rtmp_send(rtmp, RTMP_COMMAND, 0, &w);
}


void rtmp_send_status(struct rtmp *rtmp, uint32_t stream_id,
		      const char *level, const char *code,
		      const char *description)
{
	struct writer w = writer(OUTBOX_CONTROL_MAX);

	put_amf0_string(&w, str("onStatus"));
	put_amf0_number(&w, 0);
	put_amf0_null(&w);
	put_info(&w, level, code, description);
	rtmp_send(rtmp, RTMP_COMMAND, stream_id, &w);
}
