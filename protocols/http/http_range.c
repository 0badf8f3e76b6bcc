/* Ranges of bytes (RFC 9110 s14). */
#include "http/http_range.h"
#include "http/http_text.h"


/* `first-last`, `first-` or `-suffix` (s14.1.1, s14.1.2).  Numbers that are
 * too large for us are beyond every end all the same.  Returns 0, -ENOENT:
 * not within `size`, or -EBADMSG. */
static int parse_one(struct http_range *range, struct str s, int64_t size)
{
	struct str first = http_text_cut(&s, '-');
	bool has_first = first.len, has_last = s.len;
	int64_t from = INT64_MAX, last = INT64_MAX;

	if (has_first && http_text_number(&from, first) == -EBADMSG)
		return -EBADMSG;
	if (has_last && http_text_number(&last, s) == -EBADMSG)
		return -EBADMSG;
	if (has_first ? from > last : !has_last)
		return -EBADMSG;

	if (!has_first) {
		from = last < size ? size - last : 0;
		last = last ? INT64_MAX : -1;
	}
	if (from >= size || last < from)
		return -ENOENT;

	range->from = from;
	range->len = (last < size ? last + 1 : size) - from;

	return 0;
}


int http_range_parse(struct http_range *ranges, struct str value,
		     int64_t size)
{
	struct str unit = http_text_cut(&value, '='), item;
	int64_t room = size;
	int n = 0, n_asked = 0;

	if (!http_text_eq(unit, str("bytes")))
		return -ENOTSUP;

	while (http_text_list_next(&value, &item)) {
		int err;

		if (!memchr(item.p, '-', item.len))
			return -EBADMSG;
		if (n_asked++ == HTTP_RANGES_MAX)
			return -EMSGSIZE;

		err = parse_one(&ranges[n], item, size);
		if (err == -ENOENT)
			continue;
		if (err)
			return err;

		/* Overlaps would have us send more than there is. */
		if (ranges[n].len > room)
			return -EMSGSIZE;
		room -= ranges[n++].len;
	}

	if (!n_asked)
		return -EBADMSG;

	return n ? n : -ENOENT;
}


void http_range_write(struct writer *w, const struct http_range *range,
		      int64_t size)
{
	if (range)
		put_fmt(w, "bytes %lld-%lld/%lld", (long long)range->from,
			(long long)(range->from + range->len - 1),
			(long long)size);
	else
		put_fmt(w, "bytes */%lld", (long long)size);
}


void http_range_part_write(struct writer *w, const struct http_range *range,
			   int64_t size, struct str boundary, struct str type)
{
	put_fmt(w, "\r\n--%.*s\r\nContent-Type: %.*s\r\nContent-Range: ",
		PRINT_STR(boundary), PRINT_STR(type));
	http_range_write(w, range, size);
	put_str(w, str("\r\n\r\n"));
}


void http_range_end_write(struct writer *w, struct str boundary)
{
	put_fmt(w, "\r\n--%.*s--\r\n", PRINT_STR(boundary));
}
