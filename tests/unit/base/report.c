/* report: the same description in three forms. */
#include "base/report.h"
#include "test.h"


static const int64_t bounds[] = { 1000, 2500, 1000000 };
static const uint64_t counts[] = { 3, 5, 1, 1 };


static void describe_track(struct report *r, const char *name)
{
	report_open(r, "track");
	report_label(r, "name", str(name));
	report_text(r, "codec", str("h264"));
	report_count(r, "frames", REPORT_PLAIN, 25, "Frames received");
	report_close(r);
}


static void describe_stream(struct report *r, const char *name)
{
	const struct report_histogram h = { bounds, counts, 3, 2125000 };

	report_open(r, "stream");
	report_label(r, "application", str("live"));
	report_label(r, "name", str(name));
	report_text(r, "query", str("a\n\"\\\xff"));
	report_gauge(r, "age", REPORT_US, 1500000, "Time since its start");
	report_count(r, "sent", REPORT_BYTES, 1536, "Bytes\nsent\\");
	report_gauge(r, "recorded", REPORT_BOOL, true, NULL);
	report_histogram(r, "delay", REPORT_US, &h, "Time to a viewer");
	report_list_open(r, "tracks");
	describe_track(r, "video");
	describe_track(r, "audio");
	report_list_close(r);
	report_close(r);
}


static void describe_server(struct report *r)
{
	report_open(r, "server");
	report_text(r, "version", str("1"));
	report_list_open(r, "streams");
	describe_stream(r, "demo");
	describe_stream(r, "a\"\\\n\xff");
	report_list_close(r);
	report_open(r, "limits");
	report_gauge(r, "left", REPORT_PLAIN, -5, "What is left");
	report_close(r);
	report_list_open(r, "nobody");
	report_list_close(r);
	report_close(r);
}


static int check(enum report_format format, const char *want)
{
	struct writer w = writer(1 << 16);
	struct report r;
	int err;

	report_init(&r, format, &w);
	TEST_EQ(format == REPORT_PROMETHEUS, report_is_samples(&r));
	describe_server(&r);
	TEST_ERR(report_fini(&r));
	if (w.len != strlen(want) || memcmp(want, w.data, w.len))
		TEST_FAIL("got:\n%.*s", (int)w.len, (const char *)w.data);
 out:
	writer_fini(&w);
	return err;
}


#define TEXT_STREAM(name)						\
	"    stream application=live " name "\n"			\
	"      query a\\x0a\"\\\\xff\n"					\
	"      age 1.5 s\n"						\
	"      sent 1.5 KiB\n"						\
	"      recorded yes\n"						\
	"      delay 10 times, mean 212 ms, 50 % to 2.5 ms, "		\
			"99 % above 1 s\n"				\
	"      tracks\n"						\
	"        track video\n"						\
	"          codec h264\n"					\
	"          frames 25\n"						\
	"        track audio\n"						\
	"          codec h264\n"					\
	"          frames 25\n"


TEST(report_text)
{
	return check(REPORT_TEXT,
		"server\n"
		"  version 1\n"
		"  streams\n"
		TEXT_STREAM("demo")
		TEXT_STREAM("a\"\\\\x0a\\xff")
		"  limits\n"
		"    left -5\n"
		"  nobody\n");
}


#define JSON_STREAM(name)						\
	"{\"application\":\"live\",\"name\":\"" name "\","		\
	"\"query\":\"a\\u000a\\\"\\\\\xef\xbf\xbd\","			\
	"\"age_seconds\":1.5,\"sent_bytes\":1536,\"recorded\":true,"	\
	"\"delay_seconds\":{\"count\":10,\"sum\":2.125,\"buckets\":["	\
	"{\"le\":0.001,\"count\":3},{\"le\":0.0025,\"count\":8},"	\
	"{\"le\":1,\"count\":9}]},"					\
	"\"tracks\":["							\
	"{\"name\":\"video\",\"codec\":\"h264\",\"frames\":25},"	\
	"{\"name\":\"audio\",\"codec\":\"h264\",\"frames\":25}]}"


TEST(report_json)
{
	return check(REPORT_JSON,
		"{\"version\":\"1\",\"streams\":["
		JSON_STREAM("demo") ","
		JSON_STREAM("a\\\"\\\\\\u000a\xef\xbf\xbd")
		"],\"limits\":{\"left\":-5},\"nobody\":[]}");
}


#define DEMO "application=\"live\",stream=\"demo\""
#define ODD "application=\"live\",stream=\"a\\\"\\\\\\n\xef\xbf\xbd\""
#define DELAY(labels)							\
	"sluice_stream_delay_seconds_bucket{" labels ",le=\"0.001\"} 3\n" \
	"sluice_stream_delay_seconds_bucket{" labels ",le=\"0.0025\"} 8\n" \
	"sluice_stream_delay_seconds_bucket{" labels ",le=\"1\"} 9\n"	\
	"sluice_stream_delay_seconds_bucket{" labels ",le=\"+Inf\"} 10\n" \
	"sluice_stream_delay_seconds_sum{" labels "} 2.125\n"		\
	"sluice_stream_delay_seconds_count{" labels "} 10\n"


TEST(report_prometheus)
{
	return check(REPORT_PROMETHEUS,
		"# HELP sluice_stream_age_seconds Time since its start\n"
		"# TYPE sluice_stream_age_seconds gauge\n"
		"sluice_stream_age_seconds{" DEMO "} 1.5\n"
		"sluice_stream_age_seconds{" ODD "} 1.5\n"
		"# HELP sluice_stream_sent_bytes_total Bytes\\nsent\\\\\n"
		"# TYPE sluice_stream_sent_bytes_total counter\n"
		"sluice_stream_sent_bytes_total{" DEMO "} 1536\n"
		"sluice_stream_sent_bytes_total{" ODD "} 1536\n"
		"# TYPE sluice_stream_recorded gauge\n"
		"sluice_stream_recorded{" DEMO "} 1\n"
		"sluice_stream_recorded{" ODD "} 1\n"
		"# HELP sluice_stream_delay_seconds Time to a viewer\n"
		"# TYPE sluice_stream_delay_seconds histogram\n"
		DELAY(DEMO) DELAY(ODD)
		"# HELP sluice_track_frames_total Frames received\n"
		"# TYPE sluice_track_frames_total counter\n"
		"sluice_track_frames_total{" DEMO ",track=\"video\"} 25\n"
		"sluice_track_frames_total{" DEMO ",track=\"audio\"} 25\n"
		"sluice_track_frames_total{" ODD ",track=\"video\"} 25\n"
		"sluice_track_frames_total{" ODD ",track=\"audio\"} 25\n"
		"# HELP sluice_limits_left What is left\n"
		"# TYPE sluice_limits_left gauge\n"
		"sluice_limits_left -5\n");
}


/* A report that does not fit says so, and leaks nothing. */
TEST(report_full)
{
	int err = 0;

	for (int format = REPORT_TEXT; format <= REPORT_PROMETHEUS; format++) {
		struct writer w = writer(300);
		struct report r;

		report_init(&r, (enum report_format)format, &w);
		describe_server(&r);
		err = report_fini(&r);
		writer_fini(&w);
		TEST_OK(err == -EMSGSIZE ||
			(err == -ENOMEM && test_alloc_failed()));
		err = 0;
	}
 out:
	return err;
}


/* Thousandths, and texts in a list. */
TEST(report_more)
{
	static const struct {
		enum report_format format;
		const char *want;
	} all[] = {
		{ REPORT_JSON, "{\"rate\":29.97,\"slow\":-0.5,\"none\":0,"
			       "\"names\":[\"a\\\"\",\"\"],\"empty\":[]}" },
		{ REPORT_TEXT, "x\n  rate 29.97\n  slow -0.5\n  none 0\n"
			       "  names\n    a\"\n    \n  empty\n" },
		{ REPORT_PROMETHEUS,
		  "# TYPE sluice_x_rate gauge\nsluice_x_rate 29.97\n"
		  "# TYPE sluice_x_slow gauge\nsluice_x_slow -0.5\n"
		  "# TYPE sluice_x_none gauge\nsluice_x_none 0\n" },
	};
	struct writer w = writer(1000);
	struct report r;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		report_init(&r, all[i].format, &w);
		report_open(&r, "x");
		report_gauge(&r, "rate", REPORT_MILLI, 29970, NULL);
		report_gauge(&r, "slow", REPORT_MILLI, -500, NULL);
		report_gauge(&r, "none", REPORT_MILLI, 0, NULL);
		report_list_open(&r, "names");
		report_item(&r, str("a\""));
		report_item(&r, str(""));
		report_list_close(&r);
		report_list_open(&r, "empty");
		report_list_close(&r);
		report_close(&r);
		TEST_ERR(report_fini(&r));
		TEST_MEM(all[i].want, strlen(all[i].want), w.data, w.len);
		writer_fini(&w);
	}
 out:
	writer_fini(&w);
	return err;
}
