/* Streams to a TURN server for the flows. */
#include "turn_stream.h"
#include <stdio.h>
#include "base/random.h"


enum { MESSAGE_MAX = 2048, ANSWER_MS = 1 };


/* -- a client -- */

int turn_stream_open(struct turn_stream *stream, struct rig *rig, unsigned n,
		     const char *name, const char *password)
{
	struct addr from;

	memset(stream, 0, sizeof(*stream));
	stream->rig = rig;
	stream->user = name;
	stream->password = password;
	stream->request = writer(MESSAGE_MAX);
	stream->taken = writer(MESSAGE_MAX);

	return wire_open(&stream->wire, rig, rig_dial(rig, n, &from));
}


void turn_stream_close(struct turn_stream *stream)
{
	wire_close(&stream->wire);
	writer_fini(&stream->wire.in);
	writer_fini(&stream->wire.out);
	writer_fini(&stream->request);
	writer_fini(&stream->taken);
}


void turn_stream_begin(struct turn_stream *stream, unsigned method)
{
	uint8_t id[STUN_ID_LEN];

	random_bytes(id, sizeof(id));
	stream->request.len = 0;
	stream->s = stun_begin(&stream->request, STUN_REQUEST, method, id);
}


static int sign(struct turn_stream *stream)
{
	struct stun_key key;
	int err;

	if (!stream->nonce[0])
		return 0;

	stun_put_text(&stream->s, STUN_USERNAME, str(stream->user));
	stun_put_text(&stream->s, STUN_REALM, str(stream->realm));
	stun_put_text(&stream->s, STUN_NONCE, str(stream->nonce));
	err = stun_key_long_term(&key, STUN_KEY_MD5, str(stream->user),
				 str(stream->realm), str(stream->password));
	if (!err)
		stun_put_integrity(&stream->s, stun_key_slice(&key));

	return err ? err : stream->request.err;
}


int turn_stream_take(struct turn_stream *stream)
{
	struct stun_message m;
	struct slice value;
	struct stun_error e = { .code = 0 };

	if (stun_message_parse(writer_slice(&stream->wire.in), &m))
		return -EAGAIN;

	stream->taken.len = 0;
	put_bytes(&stream->taken, m.bytes);
	writer_drop(&stream->wire.in, m.bytes.len);
	stun_message_parse(writer_slice(&stream->taken), &stream->answer);
	if (!stun_message_find(&stream->answer, STUN_ERROR_CODE, &value))
		stun_error_read(value, &e);
	stream->code = e.code;

	return 0;
}


static int ask(struct turn_stream *stream, struct slice behind)
{
	wire_send(&stream->wire, writer_slice(&stream->request));
	wire_send(&stream->wire, behind);
	rig_run(stream->rig, ANSWER_MS);

	return turn_stream_take(stream);
}


static void note(const struct stun_message *m, unsigned type, char *text)
{
	struct slice value;

	if (!stun_message_find(m, type, &value))
		snprintf(text, TURN_STREAM_TEXT_MAX, "%.*s",
			 PRINT_STR(str_of(value)));
}


/* Learn realm and nonce from a request that is not signed. */
static int learn(struct turn_stream *stream)
{
	const struct stun_writer s = stream->s;
	struct writer kept = stream->request;
	int err;

	stream->request = writer(MESSAGE_MAX);
	turn_stream_begin(stream, STUN_ALLOCATE);
	err = ask(stream, slice(NULL, 0));
	writer_fini(&stream->request);
	stream->request = kept;
	stream->s = s;
	note(&stream->answer, STUN_REALM, stream->realm);
	note(&stream->answer, STUN_NONCE, stream->nonce);

	return err ? err : stream->code == 401 ? 0 : -EPROTO;
}


int turn_stream_ask(struct turn_stream *stream, struct slice behind)
{
	int err = stream->nonce[0] ? 0 : learn(stream);

	if (!err)
		err = sign(stream);
	if (!err)
		err = ask(stream, behind);

	return err ? err : (int)stream->code;
}
