/* How a connection of HTTP/2 begins (RFC 9113 s3.4). */
#include "base/error.h"
#include "httpd/http2_node.h"


static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";


int http2_preface(struct slice in)
{
	size_t len = sizeof(preface) - 1;
	size_t n = in.len < len ? in.len : len;

	if (memcmp(in.p, preface, n))
		return 0;

	return n < len ? -EAGAIN : 1;
}
