/* AMF0 (amf0.txt): reading.  A value is a view: it points into the bytes it
 * was read from, and nothing is allocated or copied.
 *
 * A command is read value by value, and the error tested once:
 *
 *	amf0_read(r, &name);
 *	amf0_read(r, &transaction);
 *	amf0_read(r, &object);
 *	if (r->err)
 *		return r->err;
 *	app = amf_object_text(&object, "app");
 *
 * Thread: any, pure, for all functions here. */
#ifndef AMF0_H
#define AMF0_H

#include "base/reader.h"

enum {
	AMF_DEPTH_MAX = 32,      /* containers within containers */
};

/* The type markers of the wire (amf0.txt s2.1). */
enum amf_type {
	AMF_NUMBER = 0x00,
	AMF_BOOLEAN = 0x01,
	AMF_STRING = 0x02,
	AMF_OBJECT = 0x03,
	AMF_MOVIECLIP = 0x04,    /* reserved: never read */
	AMF_NULL = 0x05,
	AMF_UNDEFINED = 0x06,
	AMF_REFERENCE = 0x07,
	AMF_ECMA_ARRAY = 0x08,
	AMF_OBJECT_END = 0x09,   /* not a value */
	AMF_STRICT_ARRAY = 0x0a,
	AMF_DATE = 0x0b,
	AMF_LONG_STRING = 0x0c,  /* read as AMF_STRING */
	AMF_UNSUPPORTED = 0x0d,
	AMF_RECORDSET = 0x0e,    /* reserved: never read */
	AMF_XML_DOCUMENT = 0x0f,
	AMF_TYPED_OBJECT = 0x10,
	AMF_AVMPLUS = 0x11,      /* an AMF3 value follows: amf_message.h */
};

struct amf_value {
	enum amf_type type;
	bool boolean;            /* of AMF_BOOLEAN */
	double number;           /* of AMF_NUMBER; AMF_DATE: ms since 1970 UTC;
				  * AMF_REFERENCE: its index; arrays: the
				  * count that the peer claims */
	struct str text;         /* of AMF_STRING, AMF_XML_DOCUMENT; the
				  * class of AMF_TYPED_OBJECT; not checked to
				  * be UTF-8 */
	struct slice body;       /* objects and ECMA arrays: members without
				  * the end marker; AMF_STRICT_ARRAY: items */
	struct slice raw;        /* the whole value as it came */
};

/* Read one whole value, everything inside it included.
 * r: left behind the value; after an error the reader's error is set, and
 * each further read fails.  v: filled with borrowed bytes of r; AMF_UNDEFINED
 * after an error.
 * Returns 0, -EBADMSG (short, reserved or unknown marker, an AMF3 value) or
 * -EMSGSIZE (deeper than AMF_DEPTH_MAX), or the error r already had; never
 * -EAGAIN, since a message is complete. */
int amf0_read(struct reader *r, struct amf_value *v);

/* Read the next member of an object, typed object or ECMA array.
 * members: at first reader(object.body).  key, value: filled, borrowed.
 * Returns false when there are no more.  (The items of a strict array are
 * read by amf0_read() while the reader has bytes left.) */
bool amf0_object_next(struct reader *members, struct str *key,
		      struct amf_value *value);

/* True for what has members: object, typed object, ECMA array. */
bool amf_is_object(const struct amf_value *v);

/* Find a member; of several with one name the last counts, as in Flash.
 * object: any value.  member: filled on success, else AMF_UNDEFINED.
 * Returns 0, or -ENOENT: no such member, or not an object at all. */
int amf_object_find(const struct amf_value *object, const char *key,
		    struct amf_value *member);

/* The member's text, borrowed; empty if there is no such string. */
struct str amf_object_text(const struct amf_value *object, const char *key);

/* The member's number (a boolean counts as 0 or 1), or `otherwise`. */
double amf_object_number(const struct amf_value *object, const char *key,
			 double otherwise);

/* The member's truth (a number counts as not 0), or `otherwise`. */
bool amf_object_boolean(const struct amf_value *object, const char *key,
			bool otherwise);

#endif
