/* AMF3 (amf3.txt): reading, by rewriting as AMF0, so that everything above
 * this folder sees AMF0 only.  Thread: any. */
#ifndef AMF3_H
#define AMF3_H

#include "base/reader.h"
#include "base/writer.h"

enum {
	AMF3_STRINGS_MAX = 1024,
	AMF3_OBJECTS_MAX = 1024,
	AMF3_TRAITS_MAX = 64,
	AMF3_NAMES_MAX = 512,    /* sealed members of all traits together */
};

/* An object as it was written out: a run of the writer's bytes. */
struct amf3_object {
	size_t start;
	size_t end;              /* 0 while it is being read */
};

struct amf3_traits {
	struct str class_name;   /* empty: anonymous */
	size_t name;             /* its first sealed name, in names[] */
	size_t n_names;
	bool is_dynamic;
};

/* The reference tables (amf3.txt s2.2), common to all AMF3 values of one
 * message.  About 43 KB: lives on the stack while a message is read.  Texts
 * are borrowed from the message. */
struct amf3 {
	struct reader *r;        /* in use during a call only, as w and depth */
	struct writer *w;
	int depth;
	size_t n_strings;
	size_t n_objects;
	size_t n_traits;
	size_t n_names;
	struct str strings[AMF3_STRINGS_MAX];
	struct amf3_object objects[AMF3_OBJECTS_MAX];
	struct amf3_traits traits[AMF3_TRAITS_MAX];
	struct str names[AMF3_NAMES_MAX];
};

/* Begin a message: empty tables. */
void amf3_init(struct amf3 *a);

/* Read one AMF3 value, and write it as one AMF0 value; README.md has the
 * table of what becomes what.  A reference becomes a copy of what it names,
 * one that would close a circle becomes null.
 * a: of this message; not to be used again after an error.  r: at the value's
 * marker (behind the avmplus marker); left behind the value, or with its
 * error set.  w: the same for all values of a message; its `max` bounds what
 * references can grow to, and so the time.  depth: containers around the
 * value, at most AMF_DEPTH_MAX.
 * Returns 0, -EBADMSG (short, unknown marker or reference), -ENOTSUP (an
 * externalizable class, whose length only its class knows), -EMSGSIZE (too
 * deep, too much for a table or for w), -ENOMEM, or the error that r or w
 * already had; never -EAGAIN. */
int amf3_to_amf0(struct amf3 *a, struct reader *r, struct writer *w,
		 int depth);

#endif
