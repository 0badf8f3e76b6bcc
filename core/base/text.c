/* Text: numbers, escapes, spelling, copies. */
#include "base/text.h"
#include <stdio.h>
#include "base/mem.h"


int text_parse_int(struct str s, int64_t min, int64_t max, int64_t *v)
{
	bool is_neg = s.len && s.p[0] == '-', is_big = false;
	uint64_t limit = (uint64_t)INT64_MAX + is_neg, n = 0;
	size_t i = s.len && (is_neg || s.p[0] == '+');
	int64_t signed_n;

	if (i == s.len)
		return -EBADMSG;

	for (; i < s.len; i++) {
		unsigned digit = (unsigned)s.p[i] - '0';

		if (digit > 9)
			return -EBADMSG;
		if (is_big || n > (limit - digit) / 10)
			is_big = true;
		else
			n = n * 10 + digit;
	}

	signed_n = is_neg ? -(int64_t)(n - (n > 0)) - (n > 0) : (int64_t)n;
	if (is_big || signed_n < min || signed_n > max)
		return -EMSGSIZE;

	*v = signed_n;

	return 0;
}


int text_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;

	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}


size_t text_utf8(struct str s, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t first;
	size_t len;
	uint32_t c;

	if (!s.len)
		return 0;

	first = (uint8_t)s.p[0];
	if (first < 0x80) {
		*code = first;
		return 1;
	}

	len = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
	if (first < 0xc0 || first > 0xf7 || len > s.len)
		return 0;

	c = first & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((s.p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s.p[i] & 0x3f);
	}

	/* Overlong forms, surrogates, beyond Unicode. */
	if (c < least[len] || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff)
		return 0;

	*code = c;

	return len;
}


/* May a terminal be shown this character as it is?  U+2028 and U+2029 end
 * lines, U+202A-202E and U+2066-2069 change what stands before what. */
static bool is_plain(uint32_t code)
{
	return code >= 0x20 && (code < 0x7f || code > 0x9f) &&
		(code < 0x2028 || code > 0x202e) &&
		(code < 0x2066 || code > 0x2069);
}


size_t text_escape(char *out, size_t size, struct str s)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	while (s.len) {
		uint32_t code = 0;
		size_t len = text_utf8(s, &code);

		if (len && is_plain(code)) {
			if (len >= size - n)
				break;
			memcpy(out + n, s.p, len);
			n += len;
		}
		else {
			if (size - n <= 4)
				break;
			len = 1;
			out[n++] = '\\';
			out[n++] = 'x';
			out[n++] = hex[(uint8_t)s.p[0] >> 4];
			out[n++] = hex[(uint8_t)s.p[0] & 15];
		}
		s = str_n(s.p + len, s.len - len);
	}
	out[n] = '\0';

	return n;
}


static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}


static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}


/* Optimal string alignment: three rows of the usual table are enough. */
size_t text_distance(struct str a, struct str b)
{
	size_t rows[3][TEXT_WORD_MAX + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2], *spare;

	if (a.len > TEXT_WORD_MAX || b.len > TEXT_WORD_MAX)
		return SIZE_MAX;

	for (size_t j = 0; j <= b.len; j++)
		before[j] = row[j] = j;

	for (size_t i = 1; i <= a.len; i++) {
		spare = before;
		before = above;
		above = row;
		row = spare;

		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			char x = lower(a.p[i - 1]), y = lower(b.p[j - 1]);

			row[j] = least(above[j - 1] + (x != y),
				       least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && x == lower(b.p[j - 2]) &&
			    y == lower(a.p[i - 2]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}

	return row[b.len];
}


struct text_near text_near(struct str want)
{
	struct text_near near = { want, NULL, SIZE_MAX };

	return near;
}


void text_near_try(struct text_near *near, const char *name)
{
	struct str s = str(name);
	size_t distance = text_distance(near->want, s);

	if (distance < near->distance && distance < (s.len + 1) / 2) {
		near->best = name;
		near->distance = distance;
	}
}


char *text_dup(struct str s)
{
	char *z = mem_alloc(s.len + 1);

	if (!z)
		return NULL;

	if (s.len)
		memcpy(z, s.p, s.len);
	z[s.len] = '\0';

	return z;
}


/* `n` of a unit that has `per` parts, with a tenth if it is below 100. */
static void print_amount(char *out, int64_t n, int64_t per, const char *unit)
{
	int64_t whole = n / per, tenth = n % per * 10 / per;

	if (whole < 100 && tenth)
		snprintf(out, TEXT_AMOUNT_MAX, "%lld.%lld %s",
			 (long long)whole, (long long)tenth, unit);
	else
		snprintf(out, TEXT_AMOUNT_MAX, "%lld %s", (long long)whole,
			 unit);
}


const char *text_print_bytes(char *out, int64_t n)
{
	static const char *const units[] = {
		"B", "KiB", "MiB", "GiB", "TiB", "PiB"
	};
	size_t i = 0;
	int64_t per = 1;

	while (i + 1 < ARRAY_LEN(units) && n / per >= 1024) {
		per *= 1024;
		++i;
	}
	print_amount(out, n, per, units[i]);

	return out;
}


static char *print_digits(char *out, unsigned v, size_t n)
{
	for (size_t i = n; i-- > 0; v /= 10)
		out[i] = (char)('0' + v % 10);

	return out + n;
}


/* The date of a day since 1970-01-01: years begin with March, so that the leap
 * day is their last. */
static char *print_date(char *out, unsigned day)
{
	const unsigned n = day + 719468, of_era = n % 146097;
	const unsigned year_of_era = (of_era - of_era / 1460 +
				      of_era / 36524 - of_era / 146096) / 365;
	const unsigned of_year = of_era - (365 * year_of_era +
					   year_of_era / 4 -
					   year_of_era / 100);
	const unsigned from_march = (5 * of_year + 2) / 153;
	const unsigned month = from_march < 10 ? from_march + 3
					       : from_march - 9;

	out = print_digits(out, year_of_era + n / 146097 * 400 + (month < 3),
			   4);
	*out++ = '-';
	out = print_digits(out, month, 2);
	*out++ = '-';

	return print_digits(out, of_year - (153 * from_march + 2) / 5 + 1, 2);
}


/* gmtime_r takes a lock. */
const char *text_print_time(char *out, int64_t wall_us)
{
	const unsigned s = (unsigned)(wall_us / 1000000 % 86400);
	char *at = print_date(out, (unsigned)(wall_us / 86400000000));

	*at++ = 'T';
	at = print_digits(at, s / 3600, 2);
	*at++ = ':';
	at = print_digits(at, s / 60 % 60, 2);
	*at++ = ':';
	at = print_digits(at, s % 60, 2);
	*at++ = '.';
	at = print_digits(at, (unsigned)(wall_us / 1000 % 1000), 3);
	*at++ = 'Z';
	*at = '\0';

	return out;
}


const char *text_print_us(char *out, int64_t us)
{
	int64_t minutes = us / 60000000;

	if (us < 1000)
		print_amount(out, us, 1, "us");
	else if (us < 1000000)
		print_amount(out, us, 1000, "ms");
	else if (minutes < 1)
		print_amount(out, us, 1000000, "s");
	else if (minutes < 60)
		snprintf(out, TEXT_AMOUNT_MAX, "%lld min %02lld s",
			 (long long)minutes, (long long)(us / 1000000 % 60));
	else if (minutes < 24 * 60)
		snprintf(out, TEXT_AMOUNT_MAX, "%lld h %02lld min",
			 (long long)(minutes / 60), (long long)(minutes % 60));
	else
		snprintf(out, TEXT_AMOUNT_MAX, "%lld d %02lld h",
			 (long long)(minutes / 1440),
			 (long long)(minutes / 60 % 24));

	return out;
}
