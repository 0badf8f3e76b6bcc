/* Close frames (RFC 6455 s5.5.1, s7.4). */
#include "websocket/websocket_close.h"
#include <assert.h>
#include "base/reader.h"
#include "base/text.h"
#include "websocket/websocket_utf8.h"


enum {
	CODE_RESERVED = 1004,    /* for a meaning yet to be found */
	CODE_OWN = 3000,         /* libraries and frameworks, applications */
	CODE_OWN_MAX = 4999,
};


bool websocket_code_is_legal(unsigned code)
{
	if (code >= CODE_OWN)
		return code <= CODE_OWN_MAX;

	return code >= WEBSOCKET_NORMAL && code <= WEBSOCKET_BAD_GATEWAY &&
		code != CODE_RESERVED && code != WEBSOCKET_NO_CODE &&
		code != WEBSOCKET_LOST;
}


enum websocket_code websocket_code_of(int err)
{
	switch (err) {

	case -EBADMSG:
	case -EPROTO:
		return WEBSOCKET_PROTOCOL_ERROR;

	case -EMSGSIZE:
		return WEBSOCKET_TOO_BIG;

	default:
		return WEBSOCKET_SERVER_ERROR;
	}
}


int websocket_close_read(struct slice payload, struct websocket_close *close)
{
	struct reader r = reader(payload);
	struct websocket_utf8 text = { 0 };
	uint16_t code;
	struct slice reason;

	memset(close, 0, sizeof(*close));
	close->code = WEBSOCKET_NO_CODE;
	close->answer = WEBSOCKET_NO_CODE;
	if (!payload.len)
		return 0;

	code = get_be16(&r);
	reason = get_rest(&r);
	close->answer = WEBSOCKET_PROTOCOL_ERROR;
	if (r.err || !websocket_code_is_legal(code))
		return -EBADMSG;

	close->answer = WEBSOCKET_BAD_DATA;
	if (!websocket_utf8_take(&text, reason) ||
	    !websocket_utf8_is_whole(&text))
		return -EBADMSG;

	close->code = code;
	close->reason = str_of(reason);
	close->answer = code;

	return 0;
}


/* `s` up to the last whole character within `max` bytes. */
static struct str cut(struct str s, size_t max)
{
	struct str rest = s;
	size_t used = 0, n;
	uint32_t code;

	while ((n = text_utf8(rest, &code)) && used + n <= max) {
		used += n;
		rest = str_n(s.p + used, s.len - used);
	}

	return str_n(s.p, used);
}


size_t websocket_close_write(uint8_t *out, unsigned code, struct str reason)
{
	size_t n;

	if (code == WEBSOCKET_NO_CODE)
		return websocket_frame_write(out, WEBSOCKET_CLOSE, true, 0);

	assert(websocket_code_is_legal(code));
	reason = cut(reason, WEBSOCKET_REASON_MAX);
	n = websocket_frame_write(out, WEBSOCKET_CLOSE, true, 2 + reason.len);
	out[n++] = (uint8_t)(code >> 8);
	out[n++] = (uint8_t)code;
	if (reason.len)
		memcpy(out + n, reason.p, reason.len);

	return n + reason.len;
}
