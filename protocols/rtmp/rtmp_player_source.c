/* What a player lends to its connection's outbox: bytes of the log as they
 * are; message by message only where a viewer is special, because its message
 * stream id is not the usual one, or it does not want all. */
#include "base/error.h"
#include "rtmp/rtmp_player_int.h"


static struct rtmp_player *of_source(struct outbox_source *source)
{
	return CONTAINER_OF(source, struct rtmp_player, source);
}


static bool is_unwanted(struct rtmp_player *p, const struct log_entry *entry)
{
	if (entry->flags & ENTRY_CONFIG)
		return false;
	if (p->muted & 1u << entry->kind)
		return true;
	if (entry->kind != MEDIA_VIDEO || !p->needs_key)
		return false;

	p->needs_key = !(entry->flags & ENTRY_START);

	return p->needs_key;
}


static void skip_unwanted(struct rtmp_player *p, struct stream_cursor *c)
{
	const struct log_entry *entry;

	while (!stream_cursor_is_inside(c) && !c->prologue &&
	       (entry = stream_cursor_entry(c)) && is_unwanted(p, entry))
		stream_cursor_skip(c);
}


/* Lend the message with its stream id changed. */
static int lend_restreamed(struct rtmp_player *p, struct iovec *iov,
			   int n_iov, size_t room)
{
	struct stream_cursor *c = viewer_cursor(&p->viewer);
	size_t sent = c->sent, head;
	int n;

	p->source.has_more = true;
	if (n_iov < 2)
		return 0;

	/* With less room nothing would be lent, and we would not be asked
	 * again. */
	if (room < RTMP_STREAM_ID_END)
		room = RTMP_STREAM_ID_END;

	/* The prologue is ours alone: it was changed when it came. */
	n = viewer_peek(&p->viewer, iov, n_iov, room, true,
			&p->source.has_more);
	if (!n || c->prologue || sent >= RTMP_STREAM_ID_END)
		return n;

	head = RTMP_STREAM_ID_END - sent;
	memcpy(p->header + sent, iov[0].iov_base, head);
	for (uint32_t i = 0; i < 4; i++)
		p->header[RTMP_STREAM_ID_END - 4 + i] =
			(uint8_t)(p->s->id >> 8 * i);

	iov[1].iov_base = (uint8_t *)iov[0].iov_base + head;
	iov[1].iov_len = iov[0].iov_len - head;
	iov[0].iov_base = p->header + sent;
	iov[0].iov_len = head;

	return iov[1].iov_len ? 2 : 1;
}


static int source_peek(struct outbox_source *source, struct iovec *iov,
		       int n_iov, size_t room, bool one_message)
{
	struct rtmp_player *p = of_source(source);
	struct stream_cursor *c = viewer_move_on(&p->viewer);
	bool is_choosy = p->muted || p->needs_key || p->is_paused;

	if (!c || (p->is_paused && !stream_cursor_is_inside(c)))
		return 0;
	if (is_choosy)
		skip_unwanted(p, c);
	if (p->is_restreamed)
		return lend_restreamed(p, iov, n_iov, room);

	source->has_more |= is_choosy;

	return viewer_peek(&p->viewer, iov, n_iov, room,
			   one_message || is_choosy, &source->has_more);
}


static void source_consume(struct outbox_source *source, size_t len)
{
	viewer_consume(&of_source(source)->viewer, len);
}


static bool source_is_inside(struct outbox_source *source)
{
	return viewer_is_inside(&of_source(source)->viewer);
}


const struct outbox_source_ops rtmp_player_source = {
	.peek = source_peek,
	.consume = source_consume,
	.is_inside = source_is_inside,
};


void rtmp_player_opened(struct rtmp_player *p, struct stream_cursor *c)
{
	/* It was made for this viewer: nobody else sees it. */
	if (c->prologue && p->is_restreamed)
		rtmp_pack_set_stream_id(c->prologue->data, c->prologue->len,
					p->s->id);
}
