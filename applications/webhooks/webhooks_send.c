/* One POST by libcurl: an event to a target, or a question. */
#include <stdio.h>
#include "webhooks_answer.h"
#include "webhooks_int.h"
#include "webhooks_sign.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"


enum { HEADER_SIZE = 256, CONNECT_MS_MAX = 10000 };

struct webhooks_transfer {
	struct list_node node;           /* of the agent's */
	struct webhooks *webhooks;
	struct webhooks_target *target;  /* or */
	struct webhooks_ask *ask;        /* owned */
	CURL *easy;                      /* owned; in the multi handle */
	struct curl_slist *headers;      /* owned */
	struct chunk *body;              /* owned: a reference */
	struct writer answer;
	char error[CURL_ERROR_SIZE];
};

/* What is common to both. */
struct post {
	const char *url;
	const char *secret;
	const char *ca_file;
	int64_t timeout_ms;
	const struct notice *notice;
	uint64_t n_lost;
};


/* What comes back; more than an answer may have ends the transfer. */
static size_t on_answer(char *p, size_t size, size_t n, void *arg)
{
	struct webhooks_transfer *t = arg;

	put_bytes(&t->answer, slice(p, size * n));

	return t->answer.err ? 0 : size * n;
}


/* 0 or -ENOMEM. */
static int add_header(struct webhooks_transfer *t, const char *name,
		      const char *value)
{
	char line[HEADER_SIZE];
	struct curl_slist *list;

	snprintf(line, sizeof(line), "%s: %s", name, value);
	list = curl_slist_append(t->headers, line);
	if (!list)
		return -ENOMEM;
	t->headers = list;

	return 0;
}


static int add_signature(struct webhooks_transfer *t, const struct post *post)
{
	char value[WEBHOOKS_SIGNATURE_SIZE];
	int err;

	if (!post->secret[0])
		return 0;

	err = webhooks_sign(value, str(post->secret),
			    clock_wall_us() / 1000000, chunk_slice(t->body));

	return err ? err : add_header(t, "X-Sluice-Signature", value);
}


static int add_headers(struct webhooks_transfer *t, const struct post *post)
{
	char lost[TEXT_AMOUNT_MAX];
	int err;

	snprintf(lost, sizeof(lost), "%llu",
		 (unsigned long long)post->n_lost);
	err = add_header(t, "Content-Type", "application/json");
	if (!err)
		err = add_header(t, "X-Sluice-Event",
				 notice_type_name(post->notice->type));
	if (!err)
		err = add_header(t, "X-Sluice-Id", post->notice->id);
	if (!err && post->n_lost)
		err = add_header(t, "X-Sluice-Lost", lost);
	/* Do not wait for a 100 (RFC 9110 s10.1.1). */
	if (!err)
		err = add_header(t, "Expect", "");

	return err ? err : add_signature(t, post);
}


/* No redirects, no other schemes, no proxy of the environment: what is sent
 * goes where the configuration says, or nowhere. */
static void set_options(struct webhooks_transfer *t, const struct post *post)
{
	CURL *e = t->easy;
	int64_t connect_ms = post->timeout_ms < CONNECT_MS_MAX
				     ? post->timeout_ms : CONNECT_MS_MAX;

	curl_easy_setopt(e, CURLOPT_URL, post->url);
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(e, CURLOPT_PROTOCOLS,
			 (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
	if (post->ca_file[0])
		curl_easy_setopt(e, CURLOPT_CAINFO, post->ca_file);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* Wait for no resolver: the module is never unmapped beneath it. */
	curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
#endif
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)post->timeout_ms);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "sluice/" SLUICE_VERSION);
	curl_easy_setopt(e, CURLOPT_POST, 1L);
	curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)t->body->len);
	curl_easy_setopt(e, CURLOPT_POSTFIELDS, (char *)t->body->data);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->error);
	curl_easy_setopt(e, CURLOPT_PRIVATE, t);
}


static struct webhooks_transfer *start(struct webhooks *webhooks,
				       const struct post *post)
{
	struct webhooks_transfer *t = mem_zalloc(sizeof(*t));

	if (!t)
		return NULL;

	t->webhooks = webhooks;
	t->answer = writer(WEBHOOKS_ANSWER_MAX);
	t->body = chunk_ref(post->notice->json);
	t->easy = curl_easy_init();
	list_add(&webhooks->transfers, &t->node);
	if (!t->easy || add_headers(t, post))
		goto fail;

	set_options(t, post);
	if (curl_multi_add_handle(webhooks->multi, t->easy))
		goto fail;

	return t;

 fail:
	webhooks_transfer_free(t);
	return NULL;
}


struct webhooks_transfer *webhooks_send(struct webhooks *webhooks,
					struct webhooks_target *target,
					const struct notice *notice)
{
	const struct post post = {
		.url = target->conf.url,
		.secret = target->conf.secret,
		.ca_file = target->conf.ca_file,
		.timeout_ms = target->conf.timeout_ms,
		.notice = notice,
		.n_lost = target->n_lost_sent,
	};
	struct webhooks_transfer *t = start(webhooks, &post);

	if (t)
		t->target = target;

	return t;
}


struct webhooks_transfer *webhooks_send_ask(struct webhooks *webhooks,
					    struct webhooks_ask *take_ask)
{
	const struct post post = {
		.url = take_ask->hook->url,
		.secret = take_ask->hook->secret,
		.ca_file = take_ask->hook->ca_file,
		.timeout_ms = take_ask->hook->timeout_ms,
		.notice = &take_ask->question,
	};
	struct webhooks_transfer *t = start(webhooks, &post);

	if (t)
		t->ask = take_ask;

	return t;
}


void webhooks_transfer_free(struct webhooks_transfer *t)
{
	list_del(&t->node);
	if (t->easy)
		curl_multi_remove_handle(t->webhooks->multi, t->easy);
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	chunk_unref(t->body);
	writer_fini(&t->answer);
	if (t->ask)
		webhooks_ask_end(t->ask, NULL);
	mem_free(t);
}


static const char *error_of(const struct webhooks_transfer *t, CURLcode code)
{
	return t->error[0] ? t->error : curl_easy_strerror(code);
}


/* The verdict, from an answer that came whole. */
static void answer(struct webhooks_transfer *t, CURLcode code, long status)
{
	const struct webhooks_hook *hook = t->ask->hook;
	struct verdict verdict = webhooks_failure(hook);

	if (code)
		log_warn(t->webhooks, "hook %s: %s", hook->url,
			 error_of(t, code));
	else if (status < 200 || status > 299)
		log_warn(t->webhooks, "hook %s: status %ld", hook->url,
			 status);
	else if (webhooks_answer_read(&verdict, writer_slice(&t->answer),
				      clock_wall_us())) {
		log_warn(t->webhooks, "hook %s: its answer is none",
			 hook->url);
		verdict = webhooks_failure(hook);
	}

	webhooks_ask_end(t->ask, &verdict);
	t->ask = NULL;
}


void webhooks_transfer_done(struct webhooks_transfer *t, CURLcode code,
			    int64_t now_ms)
{
	struct webhooks_result result = { .error = error_of(t, code) };
	curl_off_t retry_after_s = 0;

	/* A target that has said 2xx has it, whatever comes after. */
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &result.status);
	curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
	if (code && (result.status < 200 || result.status > 299))
		result.status = 0;
	if (retry_after_s > 0 && retry_after_s < INT32_MAX)
		result.retry_after_ms = retry_after_s * 1000;

	if (t->target)
		webhooks_target_done(t->target, &result, now_ms);
	else if (t->ask)
		answer(t, code, result.status);
	webhooks_transfer_free(t);
}


const struct webhooks_ask *
webhooks_transfer_ask(const struct webhooks_transfer *t)
{
	return t->ask;
}


struct webhooks_transfer *webhooks_transfer_of(struct list_node *node)
{
	return CONTAINER_OF(node, struct webhooks_transfer, node);
}
