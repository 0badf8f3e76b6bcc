/* What the two halves of the sequence parameter set share. */
#ifndef HEVC_INT_H
#define HEVC_INT_H

struct bits;
struct hevc_sps;

/* Read the second half, from the coding blocks' sizes to the VUI's timing:
 * sample aspect ratio and rate.  b: its error says that it made no sense.
 * n_poc_bits: log2_max_pic_order_cnt_lsb. */
void hevc_sps_tail(struct bits *b, unsigned n_poc_bits, struct hevc_sps *s);

#endif
