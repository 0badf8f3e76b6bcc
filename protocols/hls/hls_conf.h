/* How an application's streams are offered by HLS: its section `hls`. */
#ifndef HLS_CONF_H
#define HLS_CONF_H

#include "base/api.h"
#include "hls/hls_mux.h"
#include "hls/hls_window.h"
#include "host/config.h"

/* The keys of the section, for a module's own table. */
API extern const struct config_key hls_keys[];

struct hls_conf {
	bool is_on;
	struct hls_mux_conf mux;
	struct hls_window_conf window;
	int64_t grace_ms;        /* for the next publisher */
	int64_t wait_ms;         /* for the first one */
};

/* Read the section `hls` of the application's section.  Thread: main. */
void hls_conf_read(struct hls_conf *conf, const struct config_section *app);

#endif
