/* AMF0 (amf0.txt): writing.  The writer's error sticks, so a whole message is
 * put together and w->err tested once:
 *
 *	put_amf0_string(w, str("onStatus"));
 *	put_amf0_number(w, 0);
 *	put_amf0_null(w);
 *	put_amf0_object_begin(w);
 *	put_amf0_key_string(w, "level", str("status"));
 *	put_amf0_key_string(w, "code", str("NetStream.Publish.Start"));
 *	put_amf0_object_end(w);
 *
 * All arguments are borrowed and copied.  Errors go to w->err: -ENOMEM, or
 * -EMSGSIZE (above w->max, or a key above 65535 bytes).  Thread: that of w. */
#ifndef AMF0_WRITER_H
#define AMF0_WRITER_H

#include "base/writer.h"

void put_amf0_number(struct writer *w, double v);
void put_amf0_boolean(struct writer *w, bool v);
void put_amf0_null(struct writer *w);
void put_amf0_undefined(struct writer *w);

/* A string, or a long string above 65535 bytes. */
void put_amf0_string(struct writer *w, struct str s);

/* ms: since 1970 UTC; the time zone is 0, as amf0.txt s2.13 wants. */
void put_amf0_date(struct writer *w, double ms);
void put_amf0_xml_document(struct writer *w, struct str s);

/* An object: begin; a key and a value for each member; end.  A class that is
 * not empty makes it a typed object. */
void put_amf0_object_begin(struct writer *w);
void put_amf0_typed_object_begin(struct writer *w, struct str class_name);
void put_amf0_key(struct writer *w, struct str key);
void put_amf0_object_end(struct writer *w);

/* An ECMA array: as an object, with the number of members told before. */
void put_amf0_ecma_array_begin(struct writer *w, uint32_t n);
void put_amf0_ecma_array_end(struct writer *w);

/* A strict array: `n` values follow, and no end. */
void put_amf0_strict_array_begin(struct writer *w, uint32_t n);

/* A key and its value in one. */
void put_amf0_key_string(struct writer *w, const char *key, struct str v);
void put_amf0_key_number(struct writer *w, const char *key, double v);
void put_amf0_key_boolean(struct writer *w, const char *key, bool v);

#endif
