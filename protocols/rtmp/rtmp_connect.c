/* The command `connect` (RTMP 1.0 s7.2.1.1): which application, and may it? */
#include <stdio.h>
#include "amf/amf0_writer.h"
#include "base/error.h"
#include "rtmp/rtmp_int.h"


/* Enhanced RTMP v2: what we can, in the answer to connect. */
enum {
	CAPS_EX_MULTITRACK = 0x02,
	CAPS_EX_MODEX = 0x04,
	FOURCC_CAN_FORWARD = 0x04,
};


static void put_enhanced(struct writer *w)
{
	put_amf0_key_number(w, "capsEx", CAPS_EX_MULTITRACK | CAPS_EX_MODEX);
	put_amf0_key(w, str("videoFourCcInfoMap"));
	put_amf0_object_begin(w);
	put_amf0_key_number(w, "*", FOURCC_CAN_FORWARD);
	put_amf0_object_end(w);
	put_amf0_key(w, str("audioFourCcInfoMap"));
	put_amf0_object_begin(w);
	put_amf0_key_number(w, "*", FOURCC_CAN_FORWARD);
	put_amf0_object_end(w);
}


static void send_settings(struct rtmp *rtmp)
{
	static const struct rtmp_control settings[] = {
		{ .type = RTMP_WINDOW_ACK_SIZE, .value = RTMP_WINDOW },
		{ .type = RTMP_SET_PEER_BANDWIDTH, .value = RTMP_WINDOW,
		  .limit = RTMP_LIMIT_DYNAMIC },
		{ .type = RTMP_SET_CHUNK_SIZE, .value = RTMP_CHUNK_SIZE_OUT },
	};

	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		rtmp_send_control(rtmp, &settings[i]);
}


static void send_success(struct rtmp *rtmp)
{
	struct writer w = writer(OUTBOX_CONTROL_MAX);

	put_amf0_string(&w, str("_result"));
	put_amf0_number(&w, rtmp->connect_transaction);
	put_amf0_object_begin(&w);
	put_amf0_key_string(&w, "fmsVer", str("FMS/3,0,1,123"));
	put_amf0_key_number(&w, "capabilities", 31);
	put_amf0_key_number(&w, "mode", 1);
	put_amf0_object_end(&w);
	put_amf0_object_begin(&w);
	put_amf0_key_string(&w, "level", str("status"));
	put_amf0_key_string(&w, "code",
			    str("NetConnection.Connect.Success"));
	put_amf0_key_string(&w, "description",
			    str("Connection succeeded."));
	put_amf0_key_number(&w, "objectEncoding", 0);
	if (rtmp->is_enhanced)
		put_enhanced(&w);
	put_amf0_object_end(&w);
	rtmp_send(rtmp, RTMP_COMMAND, 0, &w);
}


/* A redirect to a whole URL is something some clients follow. */
static void send_rejected(struct rtmp *rtmp, const char *reason,
			  const char *redirect)
{
	struct writer w = writer(OUTBOX_CONTROL_MAX);

	put_amf0_string(&w, str("_error"));
	put_amf0_number(&w, rtmp->connect_transaction);
	put_amf0_null(&w);
	put_amf0_object_begin(&w);
	put_amf0_key_string(&w, "level", str("error"));
	put_amf0_key_string(&w, "code",
			    str("NetConnection.Connect.Rejected"));
	put_amf0_key_string(&w, "description", str(reason));
	if (redirect) {
		put_amf0_key(&w, str("ex"));
		put_amf0_object_begin(&w);
		put_amf0_key_number(&w, "code", 302);
		put_amf0_key_string(&w, "redirect", str(redirect));
		put_amf0_object_end(&w);
	}
	put_amf0_object_end(&w);
	rtmp_send(rtmp, RTMP_COMMAND, 0, &w);
}


static void reject(struct rtmp *rtmp, const char *reason,
		   const char *redirect)
{
	char peer[ADDR_TEXT_MAX];

	log_info(rtmp, "connect rejected peer=%s: %s",
		 addr_print(&rtmp->node.chain->carrier->peer, peer), reason);
	rtmp->state = RTMP_REFUSED;
	send_rejected(rtmp, reason, redirect);
	chain_end(rtmp->node.chain);
}


static void on_decided(const struct verdict *verdict, void *arg)
{
	struct rtmp *rtmp = arg;
	char peer[ADDR_TEXT_MAX];

	if (verdict->kind == VERDICT_ALLOW) {
		rtmp->state = RTMP_CONNECTED;
		rtmp->in.message_max = RTMP_MESSAGE_MAX_DEFAULT;
		rtmp_watch_idle(rtmp);
		send_settings(rtmp);
		send_success(rtmp);
		log_info(rtmp, "connected peer=%s app=%s agent=%s",
			 addr_print(&rtmp->session->peer, peer),
			 rtmp->session->app->name,
			 rtmp->session->texts.user_agent);
	} else if (verdict->kind == VERDICT_REDIRECT) {
		reject(rtmp, "redirected", verdict->text);
	} else {
		reject(rtmp, verdict->text[0] ? verdict->text : "refused",
		       NULL);
	}

	rtmp_decide_end(rtmp);
}


static void on_kick(struct session *session, const char *reason, void *arg)
{
	struct rtmp *rtmp = arg;

	(void)session;
	rtmp_send_status(rtmp, 0, "error", "NetConnection.Connect.Closed",
			 reason);
	chain_end(rtmp->node.chain);
}


static int set_texts(struct session *session, const struct rtmp_url *url,
		     struct str tc_url, struct str agent)
{
	struct str plain = tc_url;
	const char *q = plain.len ? memchr(plain.p, '?', plain.len) : NULL;
	int err;

	/* A query may hold secrets: it goes to the hooks alone. */
	if (q)
		plain.len = (size_t)(q - plain.p);

	err = session_set_text(&session->texts.vhost, str(url->vhost));
	if (!err)
		err = session_set_text(&session->texts.query, url->query);
	if (!err)
		err = session_set_text(&session->texts.user_agent, agent);
	if (!err)
		err = session_set_text(&session->texts.url, plain);

	return err;
}


static bool is_enhanced(const struct amf_value *object)
{
	static const char *const keys[] = { "capsEx", "fourCcList",
					    "videoFourCcInfoMap" };
	struct amf_value v;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (!amf_object_find(object, keys[i], &v))
			return true;
	}

	return false;
}


static int open_session(struct rtmp *rtmp, const struct amf_value *object,
			const struct rtmp_url *url)
{
	struct application *app = server_find_app(rtmp->binding->app,
						  url->application);

	if (!app) {
		reject(rtmp, "no such application", NULL);
		return -ENOENT;
	}

	rtmp->session = session_new(rtmp->host, app, "rtmp",
				    rtmp->node.chain->carrier, on_kick, rtmp);
	if (!rtmp->session ||
	    set_texts(rtmp->session, url, amf_object_text(object, "tcUrl"),
		      amf_object_text(object, "flashVer"))) {
		reject(rtmp, "out of memory", NULL);
		return -ENOMEM;
	}

	rtmp->log.id = rtmp->session->id;

	if (session_admit(rtmp->session, rtmp->binding)) {
		reject(rtmp, "too many connections", NULL);
		return -EMSGSIZE;
	}

	return 0;
}


int rtmp_connect(struct rtmp *rtmp, struct rtmp_call *call)
{
	const struct amf_value *object = &call->object;
	struct rtmp_url url;

	if (rtmp->state != RTMP_CONNECTING || rtmp->session)
		return 0;     /* again: nothing to add */

	rtmp->connect_transaction = call->transaction;
	rtmp->is_enhanced = is_enhanced(object);

	if (rtmp_url_parse(&url, amf_object_text(object, "tcUrl"),
			   amf_object_text(object, "app"))) {
		reject(rtmp, "malformed URL", NULL);
		return 0;
	}

	if (url.instance.len > RTMP_NAME_MAX) {
		reject(rtmp, "name too long", NULL);
		return 0;
	}
	memcpy(rtmp->instance, url.instance.p, url.instance.len);

	if (open_session(rtmp, object, &url))
		return 0;

	/* A decision has its own deadline. */
	timer_stop(&rtmp->idle);
	rtmp_decide_begin(rtmp);
	decision_ask(&rtmp->decision, rtmp->session, QUESTION_SESSION,
		     str(NULL), url.query, on_decided, rtmp);

	return 0;
}
