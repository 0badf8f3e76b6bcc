/* What the parts of a stream share.  Thread: the stream's loop. */
#ifndef STREAM_INT_H
#define STREAM_INT_H

#include "media/stream.h"

/* The stream's log in that format, opened if it is not; NULL: no memory, or
 * STREAM_FORMATS_MAX are open. */
struct stream_format *stream_open_format(struct stream *stream,
					 const struct packager *packager);

/* Answer those who wait for a packager that is ready by now; all of them, if
 * it is late or the stream is closed. */
void stream_answer_waiting(struct stream *stream, bool is_late);

#endif
