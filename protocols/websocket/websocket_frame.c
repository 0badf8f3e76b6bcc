/* Frame headers and masks (RFC 6455 s5.2, s5.3). */
#include "websocket/websocket_frame.h"
#include "base/reader.h"


enum {
	FINAL = 0x80,            /* of the first byte */
	RESERVED = 0x70,
	OPCODE = 0x0f,
	MASKED = 0x80,           /* of the second */
	LENGTH = 0x7f,
	LENGTH_16 = 126,         /* the length follows in 16 bits, */
	LENGTH_64 = 127,         /* or in 64 */
	LENGTH_7_MAX = 125,
	LENGTH_16_MAX = 0xffff,
};


static bool is_opcode(unsigned v)
{
	return v <= WEBSOCKET_BINARY ||
		(v >= WEBSOCKET_CLOSE && v <= WEBSOCKET_PONG);
}


/* What the first two bytes may say; a length not yet there is 0. */
static bool is_legal(unsigned first, unsigned length)
{
	enum websocket_opcode opcode = first & OPCODE;

	if (first & RESERVED || !is_opcode(opcode))
		return false;
	if (!websocket_opcode_is_control(opcode))
		return true;

	return first & FINAL && length <= WEBSOCKET_CONTROL_MAX;
}


/* The length, 0 to 2^63 - 1, in its only legal form. */
static int read_len(struct reader *r, unsigned length, uint64_t *len)
{
	uint64_t least = 0;

	*len = length;
	if (length == LENGTH_16) {
		*len = get_be16(r);
		least = LENGTH_7_MAX + 1;
	}
	else if (length == LENGTH_64) {
		*len = get_be64(r);
		least = LENGTH_16_MAX + 1;
	}

	if (r->err)
		return -EAGAIN;

	return *len < least || *len > INT64_MAX ? -EBADMSG : 0;
}


int websocket_frame_read(struct slice in, enum websocket_role sender,
			 uint64_t max, struct websocket_frame *frame)
{
	bool is_masked = sender == WEBSOCKET_CLIENT;
	struct reader r = reader(in);
	unsigned first = get_u8(&r), second;
	struct slice mask;
	uint64_t len;
	int err;

	/* What is wrong is said as soon as it is seen. */
	if (in.len && !is_legal(first, 0))
		return -EBADMSG;
	second = get_u8(&r);
	if (r.err)
		return -EAGAIN;
	if (!is_legal(first, second & LENGTH) ||
	    !(second & MASKED) == is_masked)
		return -EBADMSG;

	err = read_len(&r, second & LENGTH, &len);
	if (err)
		return err;
	if (len > max)
		return -EMSGSIZE;

	mask = get_bytes(&r, is_masked ? WEBSOCKET_MASK_LEN : 0);
	if (r.err)
		return -EAGAIN;

	memset(frame, 0, sizeof(*frame));
	if (is_masked)
		memcpy(frame->mask, mask.p, WEBSOCKET_MASK_LEN);
	frame->opcode = first & OPCODE;
	frame->is_final = first & FINAL;
	frame->header_len = in.len - reader_left(&r);
	frame->len = len;

	return 0;
}


size_t websocket_frame_write(uint8_t *out, enum websocket_opcode opcode,
			     bool is_final, uint64_t len)
{
	unsigned n_bytes = len <= LENGTH_7_MAX ? 0 :
		len <= LENGTH_16_MAX ? 2 : 8;

	out[0] = (uint8_t)((is_final ? FINAL : 0) | opcode);
	out[1] = (uint8_t)(!n_bytes ? len :
			   n_bytes == 2 ? LENGTH_16 : LENGTH_64);
	for (unsigned i = 0; i < n_bytes; i++)
		out[2 + i] = (uint8_t)(len >> 8 * (n_bytes - 1 - i));

	return 2 + n_bytes;
}


void websocket_frame_mask(uint8_t *out, struct slice in,
			  const uint8_t mask[WEBSOCKET_MASK_LEN],
			  uint64_t at)
{
	uint8_t turned[sizeof(uint64_t)];
	uint64_t key, word;
	size_t i = 0;

	for (size_t j = 0; j < sizeof(turned); j++)
		turned[j] = mask[(at + j) % WEBSOCKET_MASK_LEN];
	memcpy(&key, turned, sizeof(key));

	for (; in.len - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, in.p + i, sizeof(word));
		word ^= key;
		memcpy(out + i, &word, sizeof(word));
	}
	for (; i < in.len; i++)
		out[i] = in.p[i] ^ turned[i % WEBSOCKET_MASK_LEN];
}
