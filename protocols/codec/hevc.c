/* HEVC: the configuration record (ISO/IEC 14496-15 s8.3.3.1). */
#include "codec/hevc.h"
#include "base/reader.h"
#include "base/writer.h"
#include "codec/nal.h"


enum {
	VERSION = 1,             /* drafts had 0, which we read */
	IS_COMPLETE = 0x80,
	NAL_TYPE_MASK = 0x3f,
};


static void get_profile(struct reader *r, struct hevc_profile *p)
{
	uint8_t b = get_u8(r);

	p->space = b >> 6;
	p->is_high_tier = b & 0x20;
	p->idc = b & 0x1f;
	p->compatibility = get_be32(r);
	p->constraints = (uint64_t)get_be16(r) << 32;
	p->constraints |= get_be32(r);
	p->level_idc = get_u8(r);
}


static void put_profile(struct writer *w, const struct hevc_profile *p)
{
	put_u8(w, (unsigned)p->space << 6 | (p->is_high_tier ? 0x20u : 0) |
	       p->idc);
	put_be32(w, p->compatibility);
	put_be16(w, (unsigned)(p->constraints >> 32));
	put_be32(w, (uint32_t)p->constraints);
	put_u8(w, p->level_idc);
}


/* The units of one array. */
static int get_array(struct reader *r, struct hevc_config *c)
{
	uint8_t head = get_u8(r);
	size_t n = get_be16(r);

	if (r->err)
		return -EBADMSG;
	if (n > HEVC_NALS_MAX - c->n_nals)
		return -EMSGSIZE;

	for (size_t i = 0; i < n; i++) {
		struct hevc_nal *nal = &c->nals[c->n_nals++];

		nal->type = head & NAL_TYPE_MASK;
		nal->is_complete = head & IS_COMPLETE;
		nal->data = get_bytes(r, get_be16(r));
		if (r->err || !nal->data.len)
			return -EBADMSG;
	}

	return 0;
}


int hevc_config_parse(struct slice record, struct hevc_config *c)
{
	struct reader r = reader(record);
	struct hevc_config out;
	uint8_t version, layers;
	size_t n_arrays;
	int err;

	version = get_u8(&r);
	get_profile(&r, &out.profile);
	out.min_spatial_segmentation = get_be16(&r) & 0x0fff;
	out.parallelism = get_u8(&r) & 0x03;
	out.chroma_format = get_u8(&r) & 0x03;
	out.bit_depth_luma = (uint8_t)(8 + (get_u8(&r) & 0x07));
	out.bit_depth_chroma = (uint8_t)(8 + (get_u8(&r) & 0x07));
	out.avg_frame_rate = get_be16(&r);
	layers = get_u8(&r);
	n_arrays = get_u8(&r);
	if (r.err || version > VERSION)
		return -EBADMSG;

	out.constant_frame_rate = layers >> 6;
	out.n_temporal_layers = (layers >> 3) & 0x07;
	out.is_temporal_nested = layers & 0x04;
	out.nal_len_size = (layers & 0x03) + 1u;
	out.n_nals = 0;
	for (size_t i = 0; i < n_arrays; i++) {
		err = get_array(&r, &out);
		if (err)
			return err;
	}

	*c = out;

	return 0;
}


int hevc_config_set(struct hevc_config *c, struct slice vps,
		    struct slice sps, struct slice pps)
{
	struct hevc_sps s;
	int err;

	err = hevc_sps_parse(sps, &s);
	if (err)
		return err;

	*c = (struct hevc_config) {
		.profile = s.profile,
		.chroma_format = s.chroma_format,
		.bit_depth_luma = s.bit_depth_luma,
		.bit_depth_chroma = s.bit_depth_chroma,
		.n_temporal_layers = s.n_temporal_layers,
		.is_temporal_nested = s.is_temporal_nested,
		.nal_len_size = 4,
		.n_nals = 3,
		.nals = {
			{ NAL_HEVC_VPS, true, vps },
			{ NAL_HEVC_SPS, true, sps },
			{ NAL_HEVC_PPS, true, pps },
		},
	};

	return 0;
}


/* How many units from `i` on share an array. */
static size_t array_len(const struct hevc_config *c, size_t i)
{
	size_t end = i;

	while (end < c->n_nals && c->nals[end].type == c->nals[i].type)
		++end;

	return end - i;
}


void hevc_config_print(struct writer *w, const struct hevc_config *c)
{
	size_t n_arrays = 0, n;

	for (size_t i = 0; i < c->n_nals; i += array_len(c, i))
		++n_arrays;

	put_u8(w, VERSION);
	put_profile(w, &c->profile);
	put_be16(w, 0xf000u | c->min_spatial_segmentation);
	put_u8(w, 0xfcu | c->parallelism);
	put_u8(w, 0xfcu | c->chroma_format);
	put_u8(w, 0xf8u | (c->bit_depth_luma - 8u));
	put_u8(w, 0xf8u | (c->bit_depth_chroma - 8u));
	put_be16(w, c->avg_frame_rate);
	put_u8(w, (unsigned)c->constant_frame_rate << 6 |
	       (unsigned)c->n_temporal_layers << 3 |
	       (c->is_temporal_nested ? 0x04u : 0) | (c->nal_len_size - 1));
	put_u8(w, (unsigned)n_arrays);

	for (size_t i = 0; i < c->n_nals; i += n) {
		n = array_len(c, i);
		put_u8(w, (c->nals[i].is_complete ? IS_COMPLETE : 0u) |
		       c->nals[i].type);
		put_be16(w, (unsigned)n);
		for (size_t k = i; k < i + n; k++) {
			put_be16(w, (unsigned)c->nals[k].data.len);
			put_bytes(w, c->nals[k].data);
		}
	}
}


struct slice hevc_config_find(const struct hevc_config *c, unsigned type)
{
	for (size_t i = 0; i < c->n_nals; i++) {
		if (c->nals[i].type == type)
			return c->nals[i].data;
	}

	return slice(NULL, 0);
}
