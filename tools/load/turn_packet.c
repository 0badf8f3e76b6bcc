/* The packets of the load through a relay. */
#include "turn_packet.h"
#include <string.h>

enum { MAGIC = 0x534c5433 };

/* As it lies in the packet; both ends are on this machine. */
struct head {
	uint32_t magic;
	uint32_t run;
	uint32_t flow;
	uint32_t seq;
	int64_t sent_us;
	uint32_t len;
	uint32_t sum;            /* of all before */
};

_Static_assert(sizeof(struct head) == TURN_PACKET_HEAD, "no padding");


static uint32_t sum_of(const struct head *head)
{
	const uint8_t *p = (const uint8_t *)head;
	uint32_t sum = 2166136261u, word;

	for (size_t i = 0; i < offsetof(struct head, sum); i += 4) {
		memcpy(&word, p + i, 4);
		sum = (sum ^ word) * 16777619u;
	}

	return sum;
}


const uint8_t *turn_packet_filler(void)
{
	static uint8_t filler[TURN_PACKET_MAX];

	for (size_t i = 0; !filler[1] && i < sizeof(filler); i++)
		filler[i] = (uint8_t)(i * 31);

	return filler;
}


void turn_packet_write(uint8_t *p, size_t len,
		       const struct turn_packet *packet)
{
	struct head head = {
		MAGIC, packet->run, packet->flow, packet->seq,
		packet->sent_us, (uint32_t)len, 0
	};

	head.sum = sum_of(&head);
	memcpy(p, &head, sizeof(head));
}


bool turn_packet_read(const uint8_t *p, size_t len,
		      struct turn_packet *packet)
{
	struct head head;

	if (len < sizeof(head) || len > sizeof(head) + TURN_PACKET_MAX)
		return false;

	memcpy(&head, p, sizeof(head));
	if (head.magic != MAGIC || head.len != len ||
	    head.sum != sum_of(&head) ||
	    memcmp(p + sizeof(head), turn_packet_filler(),
		   len - sizeof(head)))
		return false;

	packet->run = head.run;
	packet->flow = head.flow;
	packet->seq = head.seq;
	packet->sent_us = head.sent_us;

	return true;
}
