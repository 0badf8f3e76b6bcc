/* Who begins a connection like that? */
#include "detect/detect_start.h"


static const uint8_t rtmp[] = { 3 };
static const uint8_t rtmpe[] = { 6 };
static const uint8_t rtmpe_blowfish[] = { 8 };
static const uint8_t tls[] = { 22, 3 };
static const uint8_t cookie[] = { 0x21, 0x12, 0xa4, 0x42 };

enum {
	STUN_COOKIE_AT = 4,
};


/* 1: `in` begins with these bytes, 0: it does not, -EAGAIN: so far. */
static int begins(struct slice in, const void *with, size_t len)
{
	size_t n = in.len < len ? in.len : len;

	if (n && memcmp(in.p, with, n))
		return 0;

	return n < len ? -EAGAIN : 1;
}


static int is_rtmp(struct slice in)
{
	return begins(in, rtmp, sizeof(rtmp));
}


static int is_rtmpe(struct slice in)
{
	int yes = begins(in, rtmpe, sizeof(rtmpe));

	return yes ? yes : begins(in, rtmpe_blowfish, sizeof(rtmpe_blowfish));
}


static int is_http(struct slice in)
{
	static const char *const methods[] = {
		"GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ",
		"PATCH ", "TRACE ", "CONNECT ", "PRI ",
	};
	int result = 0;

	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		int yes = begins(in, methods[i], strlen(methods[i]));

		if (yes > 0)
			return yes;
		if (yes)
			result = yes;
	}

	return result;
}


static int is_tls(struct slice in)
{
	return begins(in, tls, sizeof(tls));
}


/* A client begins with a request, whose method is below 0x80. */
static int is_turn(struct slice in)
{
	if (!in.len)
		return -EAGAIN;
	if (in.p[0])
		return 0;
	if (in.len >= STUN_COOKIE_AT && in.p[STUN_COOKIE_AT - 1] & 3)
		return 0;        /* lengths are multiples of four */
	if (in.len <= STUN_COOKIE_AT)
		return -EAGAIN;

	return begins(slice_from(in, STUN_COOKIE_AT), cookie, sizeof(cookie));
}


int detect_start(struct slice in, unsigned mask)
{
	static int (*const is[DETECT_STARTS])(struct slice in) = {
		[DETECT_RTMP] = is_rtmp,
		[DETECT_RTMPE] = is_rtmpe,
		[DETECT_HTTP] = is_http,
		[DETECT_TLS] = is_tls,
		[DETECT_TURN] = is_turn,
	};
	int result = -ENOENT;

	for (int i = 0; i < DETECT_STARTS; i++) {
		int yes = mask >> i & 1 ? is[i](in) : 0;

		if (yes > 0)
			return i;
		if (yes)
			result = yes;
	}

	return result;
}
