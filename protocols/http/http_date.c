/* Dates (RFC 9110 s5.6.7). */
#include "http/http_date.h"
#include <stdio.h>
#include "http/http_text.h"


enum { DAY_S = 86400 };

/* 0000-01-01 and the last second of 9999. */
#define FIRST_S (-62167219200)
#define LAST_S 253402300799

static const char *const days[] = {
	"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
	"Saturday"
};

static const char *const months[] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
};

/* What a letter stands for is in match_one(); others stand for themselves. */
static const char *const forms[] = {
	"w, d m Y H:N:S GMT",
	"W, d-m-y H:N:S GMT",
	"w m e H:N:S Y",
};

struct date {
	int year, month, day, hour, minute, second;      /* month: 1..12 */
	bool is_short_year;
};


/* Days since 1970-01-01.  The year is taken to begin in March, so that its
 * odd day is its last; 400 of them are a cycle. */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = year - (month <= 2) + 400;
	int64_t m = (month + 9) % 12;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 +
		day - 1 - 719468 - 146097;
}


static int days_in(int year, int month)
{
	return (int)(days_of(year + month / 12, month % 12 + 1, 1) -
		     days_of(year, month, 1));
}


/* Take a number of `n` digits off `s`. */
static bool match_number(struct str *s, size_t n, int *v)
{
	*v = 0;
	if (s->len < n)
		return false;

	for (size_t i = 0; i < n; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		*v = *v * 10 + (s->p[i] - '0');
	}
	*s = http_text_from(*s, n);

	return true;
}


/* Take one of `n` names off `s`, its first `len` letters, or all (0). */
static bool match_name(struct str *s, const char *const *names, int n,
		       size_t len, int *v)
{
	for (int i = 0; i < n; i++) {
		size_t want = len ? len : strlen(names[i]);

		if (s->len >= want && !memcmp(s->p, names[i], want)) {
			*s = http_text_from(*s, want);
			*v = i + 1;
			return true;
		}
	}

	return false;
}


static bool match_char(struct str *s, char c)
{
	if (!s->len || s->p[0] != c)
		return false;
	*s = http_text_from(*s, 1);

	return true;
}


/* Take what `letter` stands for off `s`. */
static bool match_one(struct date *d, struct str *s, char letter)
{
	int any;

	switch (letter) {

	case 'w':
		return match_name(s, days, 7, 3, &any);

	case 'W':
		return match_name(s, days, 7, 0, &any);

	case 'd':
		return match_number(s, 2, &d->day);

	case 'e':
		return match_number(s, match_char(s, ' ') ? 1 : 2, &d->day);

	case 'm':
		return match_name(s, months, 12, 3, &d->month);

	case 'Y':
		return match_number(s, 4, &d->year);

	case 'y':
		d->is_short_year = true;
		return match_number(s, 2, &d->year);

	case 'H':
		return match_number(s, 2, &d->hour);

	case 'N':
		return match_number(s, 2, &d->minute);

	case 'S':
		return match_number(s, 2, &d->second);

	default:
		return match_char(s, letter);
	}
}


static bool match(struct date *d, struct str s, const char *form)
{
	memset(d, 0, sizeof(*d));

	for (; *form; form++) {
		if (!match_one(d, &s, *form))
			return false;
	}

	return !s.len;
}


/* Is there such a moment?  60: a leap second. */
static bool is_valid(const struct date *d)
{
	return d->day >= 1 && d->day <= days_in(d->year, d->month) &&
		d->hour < 24 && d->minute < 60 && d->second <= 60;
}


static int64_t seconds_of(const struct date *d)
{
	return days_of(d->year, d->month, d->day) * DAY_S +
		d->hour * 3600 + d->minute * 60 + d->second;
}


/* Of the year and the month in which `time_s` is. */
static struct date date_of(int64_t time_s)
{
	int64_t day = (time_s - FIRST_S) / DAY_S;
	int rest = (int)((time_s - FIRST_S) % DAY_S);
	struct date d = { .hour = rest / 3600, .minute = rest / 60 % 60,
			  .second = rest % 60, .month = 1 };

	/* 366 days are a year or more: the guess is never too late. */
	d.year = (int)(day / 366);
	day += FIRST_S / DAY_S;
	while (days_of(d.year + 1, 1, 1) <= day)
		++d.year;
	while (d.month < 12 && days_of(d.year, d.month + 1, 1) <= day)
		++d.month;
	d.day = (int)(day - days_of(d.year, d.month, 1)) + 1;

	return d;
}


/* The century that is meant by a year of two digits. */
static void complete_year(struct date *d, int64_t now_s)
{
	int now = date_of(now_s).year;

	d->year += now - now % 100 + 100;
	while (d->year > now + 50)
		d->year -= 100;
}


int http_date_parse(int64_t *time_s, struct str s, int64_t now_s)
{
	struct date d;
	size_t i = 0;

	while (i < ARRAY_LEN(forms) && !match(&d, s, forms[i]))
		++i;
	if (i == ARRAY_LEN(forms))
		return -EBADMSG;

	if (d.is_short_year)
		complete_year(&d, now_s);
	if (!is_valid(&d))
		return -EBADMSG;

	*time_s = seconds_of(&d);

	return 0;
}


const char *http_date_print(char out[HTTP_DATE_SIZE], int64_t time_s)
{
	int64_t t = time_s < FIRST_S ? FIRST_S :
		time_s > LAST_S ? LAST_S : time_s;
	struct date d = date_of(t);
	int64_t day = (t - FIRST_S) / DAY_S;

	/* 0000-01-01 was a Saturday. */
	snprintf(out, HTTP_DATE_SIZE, "%.3s, %02d %s %04d %02d:%02d:%02d GMT",
		 days[(day + 6) % 7], d.day, months[d.month - 1], d.year,
		 d.hour, d.minute, d.second);

	return out;
}
