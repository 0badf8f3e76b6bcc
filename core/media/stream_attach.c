/* A viewer comes to a stream, from whatever worker: by mail, there and back. */
#include "base/mem.h"
#include "media/stream_int.h"


struct stream_attach {
	struct mail mail;
	struct list_node node;           /* of those that wait */
	struct stream *stream;           /* a reference */
	const struct packager *packager;
	struct loop *loop;               /* the viewer's */
	stream_attach_fn *fn;            /* NULL: cancelled */
	void *arg;
	int err;
	bool goes_on;
	bool has_start;
	bool has_waited;
	struct stream_reader *reader;    /* held until opened */
	struct log_start start;
	struct chunk *prologue;          /* owned */
};


static void attach_free(struct stream_attach *attach)
{
	if (attach->reader)
		stream_reader_release(attach->reader);
	chunk_unref(attach->prologue);
	stream_unref(attach->stream);
	mem_free(attach);
}


static void on_attached(struct mail *mail)
{
	struct stream_attach *attach =
		CONTAINER_OF(mail, struct stream_attach, mail);

	if (attach->fn)
		attach->fn(attach, attach->err, attach->arg);
	attach_free(attach);
}


/* The framing, and the bytes behind it; nothing for nothing. */
static struct chunk *frame_prologue(const struct packager *packager,
				    struct slice bytes)
{
	uint8_t framing[STREAM_FRAMING_MAX];
	size_t n = packager->framing && bytes.len
			   ? packager->framing(framing, bytes.len)
			   : 0;
	struct chunk *chunk = chunk_new(n + bytes.len);

	if (!chunk)
		return NULL;

	chunk->len = n + bytes.len;
	memcpy(chunk->data, framing, n);
	if (bytes.len)
		memcpy(chunk->data + n, bytes.p, bytes.len);

	return chunk;
}


static struct chunk *make_prologue(const struct stream_attach *attach,
				   const struct stream_format *format,
				   int64_t dts_ms)
{
	size_t head = attach->goes_on ? format->packager->head_len : 0;
	struct writer w = writer(SIZE_MAX / 2);
	struct chunk *chunk = NULL;
	struct slice bytes;

	format->packager->prologue(format->state, attach->stream, dts_ms, &w);
	bytes = writer_slice(&w);
	if (!w.err)
		chunk = frame_prologue(
			format->packager,
			slice_from(bytes, head < bytes.len ? head
							   : bytes.len));
	writer_fini(&w);

	return chunk;
}


static int find_place(struct stream_attach *attach)
{
	const struct packager *packager = attach->packager;
	struct stream *stream = attach->stream;
	struct stream_format *format;

	if (stream->is_closed)
		return -ENOENT;

	format = stream_open_format(stream, packager);
	if (!format)
		return -ENOMEM;

	/* Who waits for the packager misses nothing that comes meanwhile. */
	if (!attach->has_start)
		attach->start = stream_log_start(format->log);
	attach->has_start = true;
	if (packager->is_ready && !packager->is_ready(stream))
		return -EAGAIN;

	if (attach->has_waited)
		attach->start = stream_log_start_from(format->log,
						      &attach->start);
	if (attach->start.is_waiting)
		attach->start.dts_ms = atomic_load(&stream->last_ms);
	attach->prologue = make_prologue(attach, format,
					 attach->start.dts_ms);
	if (!attach->prologue)
		return -ENOMEM;

	attach->reader = stream_log_reader(format->log, attach->loop,
					   stream->limits.merge_ms);

	return attach->reader ? 0 : -ENOMEM;
}


static void answer(struct stream_attach *attach, int err)
{
	attach->err = err;
	attach->mail.fn = on_attached;
	loop_post(attach->loop, &attach->mail);
}


void stream_answer_waiting(struct stream *stream, bool is_late)
{
	LIST_EACH(&stream->waiting, node) {
		struct stream_attach *attach =
			CONTAINER_OF(node, struct stream_attach, node);
		int err = find_place(attach);

		if (err == -EAGAIN && !is_late)
			continue;

		list_del(node);
		answer(attach, err);
	}

	if (!stream->waiting.n)
		timer_stop(&stream->ready);
}


static void on_late(void *arg)
{
	stream_answer_waiting(arg, true);
}


static void wait_until_ready(struct stream_attach *attach)
{
	struct stream *stream = attach->stream;

	attach->has_waited = true;
	list_add(&stream->waiting, &attach->node);
	if (!timer_is_running(&stream->ready))
		timer_start(loop_timers(stream->loop), &stream->ready,
			    STREAM_READY_MS, on_late, stream);
}


static void on_attach(struct mail *mail)
{
	struct stream_attach *attach =
		CONTAINER_OF(mail, struct stream_attach, mail);
	int err = find_place(attach);

	if (err == -EAGAIN)
		wait_until_ready(attach);
	else
		answer(attach, err);
}


struct stream_attach *stream_attach(struct stream *stream,
				    const struct packager *packager,
				    struct loop *loop, bool goes_on,
				    stream_attach_fn *fn, void *arg)
{
	struct stream_attach *attach = mem_zalloc(sizeof(*attach));

	if (!attach)
		return NULL;

	attach->stream = stream_ref(stream);
	attach->packager = packager;
	attach->loop = loop;
	attach->goes_on = goes_on;
	attach->fn = fn;
	attach->arg = arg;
	attach->mail.fn = on_attach;
	loop_post(stream->loop, &attach->mail);

	return attach;
}


void stream_attach_open(struct stream_attach *attach,
			struct stream_cursor *cursor)
{
	stream_cursor_open(cursor, attach->reader, &attach->start,
			   attach->prologue);
	attach->reader = NULL;
	attach->prologue = NULL;
}


void stream_attach_cancel(struct stream_attach *attach)
{
	attach->fn = NULL;
}
