/* H.264: the configuration record (ISO/IEC 14496-15 s5.3.3.1). */
#include "codec/avc.h"
#include "base/reader.h"
#include "base/writer.h"
#include "codec/nal.h"


enum {
	VERSION = 1,
	SPS_HEAD_LEN = 4,        /* NAL header, profile, constraints, level */
	PROFILE_BASELINE = 66,
	PROFILE_MAIN = 77,
	PROFILE_EXTENDED = 88,
};


/* `n` parameter sets of 16-bit length. */
static int get_sets(struct reader *r, size_t n, size_t max,
		    struct slice *sets)
{
	if (n > max)
		return -EMSGSIZE;

	for (size_t i = 0; i < n; i++) {
		sets[i] = get_bytes(r, get_be16(r));
		if (r->err || !sets[i].len)
			return -EBADMSG;
	}

	return 0;
}


static void put_sets(struct writer *w, size_t n, const struct slice *sets)
{
	for (size_t i = 0; i < n; i++) {
		put_be16(w, (unsigned)sets[i].len);
		put_bytes(w, sets[i]);
	}
}


int avc_config_parse(struct slice record, struct avc_config *c)
{
	struct reader r = reader(record);
	struct avc_config out;
	uint8_t version;
	int err;

	version = get_u8(&r);
	out.profile_idc = get_u8(&r);
	out.constraints = get_u8(&r);
	out.level_idc = get_u8(&r);
	out.nal_len_size = (get_u8(&r) & 0x03) + 1u;
	out.n_sps = get_u8(&r) & 0x1f;
	if (r.err || version != VERSION)
		return -EBADMSG;

	err = get_sets(&r, out.n_sps, AVC_SPS_MAX, out.sps);
	if (err)
		return err;

	out.n_pps = get_u8(&r);
	if (r.err)
		return -EBADMSG;
	err = get_sets(&r, out.n_pps, AVC_PPS_MAX, out.pps);
	if (err)
		return err;

	*c = out;

	return 0;
}


int avc_config_set(struct avc_config *c, struct slice sps, struct slice pps)
{
	if (sps.len < SPS_HEAD_LEN || nal_avc_type(sps) != NAL_AVC_SPS ||
	    !pps.len)
		return -EBADMSG;

	c->profile_idc = sps.p[1];
	c->constraints = sps.p[2];
	c->level_idc = sps.p[3];
	c->nal_len_size = 4;
	c->n_sps = 1;
	c->n_pps = 1;
	c->sps[0] = sps;
	c->pps[0] = pps;

	return 0;
}


void avc_config_print(struct writer *w, const struct avc_config *c)
{
	struct avc_sps sps;

	put_u8(w, VERSION);
	put_u8(w, c->profile_idc);
	put_u8(w, c->constraints);
	put_u8(w, c->level_idc);
	put_u8(w, 0xfcu | (c->nal_len_size - 1));
	put_u8(w, 0xe0u | (unsigned)c->n_sps);
	put_sets(w, c->n_sps, c->sps);
	put_u8(w, (unsigned)c->n_pps);
	put_sets(w, c->n_pps, c->pps);

	if (c->profile_idc == PROFILE_BASELINE ||
	    c->profile_idc == PROFILE_MAIN ||
	    c->profile_idc == PROFILE_EXTENDED)
		return;
	if (!c->n_sps || avc_sps_parse(c->sps[0], &sps))
		return;

	put_u8(w, 0xfcu | sps.chroma_format);
	put_u8(w, 0xf8u | (sps.bit_depth_luma - 8u));
	put_u8(w, 0xf8u | (sps.bit_depth_chroma - 8u));
	put_u8(w, 0);            /* numOfSequenceParameterSetExt */
}
