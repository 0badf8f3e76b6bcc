/* How the VUI of a sequence parameter set begins. */
#include "codec/vui.h"


enum { SAR_EXTENDED = 255 };

/* Table E-1 of H.264, E.1 of HEVC. */
static const uint8_t aspects[][2] = {
	{ 0, 0 }, { 1, 1 }, { 12, 11 }, { 10, 11 }, { 16, 11 }, { 40, 33 },
	{ 24, 11 }, { 20, 11 }, { 32, 11 }, { 80, 33 }, { 18, 11 },
	{ 15, 11 }, { 64, 33 }, { 160, 99 }, { 4, 3 }, { 3, 2 }, { 2, 1 },
};


static void aspect(struct bits *b, uint32_t *width, uint32_t *height)
{
	uint32_t idc = bits_get(b, 8);

	if (idc == SAR_EXTENDED) {
		*width = bits_get(b, 16);
		*height = bits_get(b, 16);
	} else if (idc < ARRAY_LEN(aspects)) {
		*width = aspects[idc][0];
		*height = aspects[idc][1];
	}
}


void vui_read(struct bits *b, uint32_t *sar_width, uint32_t *sar_height)
{
	if (bits_flag(b))
		aspect(b, sar_width, sar_height);
	if (bits_flag(b))
		bits_flag(b);    /* overscan_appropriate */
	if (bits_flag(b)) {
		bits_skip(b, 4); /* video_format, full range */
		if (bits_flag(b))
			bits_skip(b, 24);
	}
	if (bits_flag(b)) {
		bits_ue(b);      /* chroma_sample_loc_type */
		bits_ue(b);
	}
}
