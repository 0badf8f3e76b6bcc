/* Opus: the ID header (RFC 7845 s5.1). */
#include "codec/opus.h"
#include "base/reader.h"
#include "base/writer.h"


enum {
	MAGIC_LEN = 8,
	VERSION = 1,
	VERSION_MAX = 15,        /* the upper four bits are incompatible */
	MAPPING_SILENT = 255,
};

static const char magic[] = "OpusHead";


static uint16_t get_le16(struct reader *r)
{
	return __builtin_bswap16(get_be16(r));
}


static void put_le16(struct writer *w, unsigned v)
{
	put_be16(w, __builtin_bswap16((uint16_t)v));
}


/* Each channel comes from one of the decoded ones, or is silent. */
static bool is_mapped(const struct opus_config *c)
{
	unsigned n_decoded = (unsigned)c->n_streams + c->n_coupled;

	if (!c->n_streams || c->n_coupled > c->n_streams ||
	    n_decoded > MAPPING_SILENT)
		return false;

	for (size_t i = 0; i < c->mapping.len; i++) {
		if (c->mapping.p[i] >= n_decoded &&
		    c->mapping.p[i] != MAPPING_SILENT)
			return false;
	}

	return true;
}


int opus_config_parse(struct slice head, struct opus_config *c)
{
	struct reader r = reader(head);
	struct opus_config out = { .n_streams = 1 };
	struct slice tag = get_bytes(&r, MAGIC_LEN);
	uint8_t version = get_u8(&r);

	out.n_channels = get_u8(&r);
	out.pre_skip = get_le16(&r);
	out.input_hz = get_le32(&r);
	out.gain_q8 = (int16_t)get_le16(&r);
	out.mapping_family = get_u8(&r);
	if (r.err || !str_is(str_of(tag), magic) || version > VERSION_MAX ||
	    !out.n_channels)
		return -EBADMSG;

	if (!out.mapping_family) {
		if (out.n_channels > 2)
			return -EBADMSG;
		out.n_coupled = out.n_channels - 1;
	}
	else {
		out.n_streams = get_u8(&r);
		out.n_coupled = get_u8(&r);
		out.mapping = get_bytes(&r, out.n_channels);
		if (r.err || !is_mapped(&out))
			return -EBADMSG;
	}

	*c = out;

	return 0;
}


void opus_config_set(struct opus_config *c, unsigned n_channels)
{
	*c = (struct opus_config) {
		.n_channels = (uint8_t)n_channels,
		.pre_skip = OPUS_PRE_SKIP,
		.input_hz = OPUS_CLOCK_HZ,
		.n_streams = 1,
		.n_coupled = (uint8_t)(n_channels - 1),
	};
}


void opus_config_print(struct writer *w, const struct opus_config *c)
{
	put_str(w, str(magic));
	put_u8(w, VERSION);
	put_u8(w, c->n_channels);
	put_le16(w, c->pre_skip);
	put_le32(w, c->input_hz);
	put_le16(w, (uint16_t)c->gain_q8);
	put_u8(w, c->mapping_family);
	if (c->mapping_family) {
		put_u8(w, c->n_streams);
		put_u8(w, c->n_coupled);
		put_bytes(w, c->mapping);
	}
}
