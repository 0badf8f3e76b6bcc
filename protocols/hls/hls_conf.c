/* The section `hls` of an application. */
#include "hls/hls_conf.h"


enum {
	MILLISECOND_US = 1000,
	SEGMENT_SHARE = 4,       /* of the bytes, for one segment: 1/4 */
	WAIT_MS = 5000,          /* HTTP clients ask again: wait no longer */
};

const struct config_key hls_keys[] = {
	{ .name = "enabled", .type = CONFIG_BOOL, .def = "true",
	  .doc = "offer the streams by HLS: /NAME/STREAM/index.m3u8" },
	{ .name = "format", .type = CONFIG_ENUM, .def = "fmp4",
	  .choices = "ts fmp4",
	  .doc = "of segments; HEVC, AV1, VP9 and FLAC need \"fmp4\"" },
	{ .name = "segmentMs", .type = CONFIG_DURATION, .unit = "ms",
	  .def = "2000", .min = 500, .max = 30000,
	  .doc = "a segment ends at the first key frame after this" },
	{ .name = "partMs", .type = CONFIG_DURATION, .unit = "ms",
	  .def = "300", .min = 0, .max = 5000,
	  .doc = "longest part, for low latency, of \"fmp4\"; 0: none" },
	{ .name = "segments", .type = CONFIG_INT, .unit = "segments",
	  .def = "7", .min = 3, .max = 100,
	  .doc = "that a playlist lists" },
	{ .name = "maxBytes", .type = CONFIG_SIZE, .unit = "bytes",
	  .def = "64M", .min = 1 << 20, .max = 16LL << 30,
	  .doc = "kept of a stream; then fewer segments are" },
	{ .name = NULL }
};


void hls_conf_read(struct hls_conf *conf, const struct config_section *app)
{
	const struct config_section *s = config_section(app, "hls");
	enum hls_format format = config_enum(s, "format") ? HLS_FMP4 : HLS_TS;
	int64_t part_us = format == HLS_FMP4
			? config_int(s, "partMs") * MILLISECOND_US : 0;
	int64_t segment_us = config_int(s, "segmentMs") * MILLISECOND_US;
	size_t bytes = (size_t)config_int(s, "maxBytes");

	*conf = (struct hls_conf){
		.is_on = config_bool(s, "enabled"),
		.mux = {
			.format = format,
			.segment_us = segment_us,
			.part_us = part_us,
			.bytes_max = bytes / SEGMENT_SHARE,
		},
		.window = {
			.format = format,
			.window_us = config_int(s, "segments") * segment_us,
			.part_target_us = part_us ? part_us + HLS_PART_SLACK_US
						  : 0,
			.bytes_max = bytes,
		},
		.grace_ms = config_int(app, "publisherGraceMs"),
		.wait_ms = config_int(app, "waitForPublisherMs"),
	};
	if (conf->wait_ms > WAIT_MS)
		conf->wait_ms = WAIT_MS;
}
