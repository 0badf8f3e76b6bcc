/* The values of an RTMP command or data message. */
#ifndef AMF_MESSAGE_H
#define AMF_MESSAGE_H

#include "base/reader.h"
#include "base/writer.h"

enum {
	AMF_MESSAGE_MAX = 256 * 1024,    /* of a message with AMF3 in it */
};

/* Give the values of a message as AMF0, to be read with amf0_read().  A plain
 * AMF0 message is given as it is; where it holds AMF3 values (behind avmplus
 * markers, enhanced-rtmp-v2 "Important AMF3-encoded ..."), these are
 * rewritten.  From the first malformed value on everything stays as it came:
 * who reads that far gets its -EBADMSG, who does not is not disturbed.
 * values: set.  w: empty, made by writer(AMF_MESSAGE_MAX); holds what is
 * rewritten, and must live as long as `values`; the caller calls
 * writer_fini() in any case.  payload: borrowed, also by `values`.  is_amf3:
 * of message type 15 or 17, whose first byte tells the format: 0 is passed
 * over, and it may be missing, since what comes first is a string.
 * Returns 0, or what befell w: -EMSGSIZE (more than w->max) or -ENOMEM.
 * Thread: that of w. */
int amf_message_read(struct reader *values, struct writer *w,
		     struct slice payload, bool is_amf3);

#endif
