/* reader, writer, list. */
#include "base/list.h"
#include "base/reader.h"
#include "base/writer.h"
#include "test.h"


TEST(reader)
{
	static const uint8_t in[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
	struct reader r = reader(slice(in, sizeof(in)));
	int err = 0;

	TEST_EQ(1, get_u8(&r));
	TEST_EQ(0x0203, get_be16(&r));
	TEST_EQ(0x040506, get_be24(&r));
	TEST_EQ(0x0a090807, get_le32(&r));
	TEST_EQ(0, r.err);
	TEST_EQ(0, reader_left(&r));
	TEST_EQ(0, get_u8(&r));
	TEST_EQ(-EAGAIN, r.err);
	TEST_EQ(0, get_rest(&r).len);
 out:
	return err;
}


TEST(writer)
{
	static const uint8_t want[] = {
		1, 2, 3, 0, 0, 4, 5, 0, 0, 0, 'a', '7'
	};
	struct writer w = writer(1000);
	int err = 0;

	put_u8(&w, 1);
	put_be16(&w, 0x0203);
	put_be24(&w, 4);
	put_le32(&w, 5);
	put_fmt(&w, "a%d", 7);
	TEST_ERR(w.err);
	TEST_MEM(want, sizeof(want), w.data, w.len);

	writer_drop(&w, 11);
	TEST_MEM("7", 1, w.data, w.len);

	put_room(&w, 999);
	TEST_ERR(w.err);
	put_u8(&w, 0);
	TEST_EQ(-EMSGSIZE, w.err);
 out:
	writer_fini(&w);
	return err;
}


TEST(list)
{
	struct list list = { 0 };
	struct list_node a = { 0 }, b = { 0 }, c = { 0 };
	int err = 0, n = 0;

	list_add(&list, &a);
	list_add(&list, &b);
	list_add(&list, &c);
	list_del(&b);
	list_del(&b);
	TEST_EQ(2, list.n);

	LIST_EACH(&list, it) {
		list_del(it);
		++n;
	}
	TEST_EQ(2, n);
	TEST_OK(!list_pop(&list));
 out:
	return err;
}


/* Empty input may have no address: nothing is added to NULL (clang's
 * sanitizer sees it). */
TEST(bytes_of_nothing)
{
	struct reader r = reader(slice(NULL, 0));
	struct writer w = writer(10);
	int err = 0;

	TEST_EQ(0, get_rest(&r).len);
	TEST_EQ(0, r.err);

	put_bytes(&w, slice(NULL, 0));
	TEST_ERR(w.err);
	TEST_EQ(0, w.len);
 out:
	writer_fini(&w);
	return err;
}
