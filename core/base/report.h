/* What an object says of itself, once for all readers: text for the console,
 * JSON for the API, samples for Prometheus.  Each type of object has one
 * function x_describe(report, x), which never knows what it is writing:
 *
 *	void track_describe(struct report *r, const struct track *t)
 *	{
 *		report_open(r, "track");
 *		report_label(r, "name", t->name);
 *		report_text(r, "codec", t->codec);
 *		report_count(r, "frames", REPORT_PLAIN, t->n_frames,
 *			     "Frames that the publisher sent");
 *		report_close(r);
 *	}
 *
 *	void stream_describe(struct report *r, const struct stream *s)
 *	{
 *		report_open(r, "stream");
 *		report_label(r, "application", s->application);
 *		report_label(r, "name", s->name);
 *		report_text(r, "publisher", s->address);
 *		report_gauge(r, "viewers", REPORT_PLAIN, s->n_viewers,
 *			     "Viewers that play now");
 *		report_count(r, "sent", REPORT_BYTES, s->n_sent,
 *			     "Bytes that viewers were sent");
 *		report_gauge(r, "age", REPORT_US, now_us - s->start_us,
 *			     "Time since it was published");
 *		report_list_open(r, "tracks");
 *		LIST_EACH(&s->tracks, it)
 *			track_describe(r, CONTAINER_OF(it, struct track, it));
 *		report_list_close(r);
 *		report_close(r);
 *	}
 *
 * The three readers then get
 *
 *	stream application=live demo
 *	  publisher 192.0.2.1:50000
 *	  viewers 3
 *	  sent 1.5 MiB
 *	  age 2 min 05 s
 *	  tracks
 *	    track video
 *	      codec h264
 *	      frames 3125
 *
 *	{"application":"live","name":"demo","publisher":"192.0.2.1:50000",
 *	 "viewers":3,"sent_bytes":1572864,"age_seconds":125.0,"tracks":
 *	 [{"name":"video","codec":"h264","frames":3125}]}
 *
 *	sluice_stream_viewers{application="live",stream="demo"} 3
 *	sluice_stream_sent_bytes_total{application="live",stream="demo"} 1572864
 *	sluice_stream_age_seconds{application="live",stream="demo"} 125
 *	sluice_track_frames_total{application="live",stream="demo",
 *	                          track="video"} 3125
 *
 * A server's description nests those of its workers, applications and
 * streams; a session's is asked for by the API and the console only, since
 * samples with a label for each peer are without a bound:
 * `if (!report_is_samples(r))`.  A list may be built in several turns of the
 * loop; only report_open's and report_list_open's static texts are kept.
 * Keys are static texts of the form snake_case.
 * Thread: one at a time. */
#ifndef REPORT_H
#define REPORT_H

#include "base/hash.h"
#include "base/list.h"
#include "base/writer.h"

enum report_format {
	REPORT_TEXT,
	REPORT_JSON,             /* RFC 8259; one object or list on top */
	REPORT_PROMETHEUS,       /* its text format, version 0.0.4 */
};

enum report_unit {
	REPORT_PLAIN,            /* a count of what the key says */
	REPORT_BYTES,
	REPORT_US,               /* microseconds; read as seconds */
	REPORT_BOOL,             /* 0 or 1 */
	REPORT_MILLI,            /* thousandths; read as 29.97 */
};

enum {
	REPORT_DEPTH_MAX = 12,   /* objects and lists inside each other */
	REPORT_NAME_MAX = 128,   /* room for the name of a sample */
	REPORT_FAMILIES_MAX = 1024,
};

/* How often a value fell between two bounds. */
struct report_histogram {
	const int64_t *bounds;   /* growing; values up to and including */
	const uint64_t *counts;  /* n_bounds + 1; the last one: above all */
	size_t n_bounds;
	int64_t sum;             /* of all values */
};

struct report_level {
	const char *name;        /* the type, or the name of the list */
	bool is_list;
	bool has_values;         /* something other than labels */
	size_t n;                /* members so far */
	size_t labels_len;       /* of `labels` when it was opened */
};

struct report {
	const struct report_form *form;
	struct writer *out;      /* borrowed */
	struct report_level levels[REPORT_DEPTH_MAX];
	size_t depth;
	size_t n_top;            /* members outside of all levels */
	int err;                 /* the first one; all else is then ignored */

	/* Prometheus: what is around a sample, and the samples by name, since
	 * those of one name must stand together. */
	struct writer labels;
	struct hash families;
	struct list order;
};

/* Start a report that is appended to `out`, which is borrowed. */
API void report_init(struct report *r, enum report_format format,
		     struct writer *out);

/* End it.  Returns 0 if all is in `out`, or -ENOMEM, or -EMSGSIZE (`out` is
 * full, or there are too many names). */
API int report_fini(struct report *r);

/* Is this one made of samples, for which details of peers are too many? */
API bool report_is_samples(const struct report *r);

/* The media type to send with it, static. */
API const char *report_content_type(enum report_format format);

/* Describe an object: all until report_close belongs to it.  type: "stream";
 * NULL if its labels and values say enough.  Inside another object and
 * outside of a list, the type is also the key of the member. */
API void report_open(struct report *r, const char *type);
API void report_close(struct report *r);

/* A list of objects, each with report_open, or of texts. */
API void report_list_open(struct report *r, const char *name);
API void report_list_close(struct report *r);

/* Say which of its kind the object is; comes before all that is not a label.
 * "name" and "id" are called as the object's type in samples. */
API void report_label(struct report *r, const char *key, struct str s);

/* A text, any bytes; samples leave it out. */
API void report_text(struct report *r, const char *key, struct str s);

/* A text as a member of a list; samples leave it out. */
API void report_item(struct report *r, struct str s);

/* A number that only grows.  help: one static line, for samples. */
API void report_count(struct report *r, const char *key,
		      enum report_unit unit, int64_t v, const char *help);

/* A number as it is now. */
API void report_gauge(struct report *r, const char *key,
		      enum report_unit unit, int64_t v, const char *help);

/* A distribution; h: borrowed for the call. */
API void report_histogram(struct report *r, const char *key,
			  enum report_unit unit,
			  const struct report_histogram *h, const char *help);

#endif
