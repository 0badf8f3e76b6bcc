/* Tickets: any bytes are refused; one that was sealed opens again, and what
 * the input changes in it does not. */
#include <stdlib.h>
#include "turn/turn_ticket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


static void check(bool ok)
{
	if (!ok)
		abort();
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t key[TURN_TICKET_KEY_LEN] = { 1 };
	struct turn_ticket ticket = { .serial = (uint32_t)len };
	struct turn_ticket back;
	uint8_t sealed[TURN_TICKET_LEN];
	bool is_changed = false;
	int err = turn_ticket_open(slice(data, len), key, &back);

	check(err == (len == TURN_TICKET_LEN ? -EACCES : -EBADMSG));

	check(!turn_ticket_seal(sealed, key, &ticket));
	for (size_t i = 0; i < len && i < sizeof(sealed); i++) {
		sealed[i] ^= data[i];
		is_changed |= data[i];
	}
	err = turn_ticket_open(slice(sealed, sizeof(sealed)), key, &back);
	check(err == (is_changed ? -EACCES : 0));
	check(err || back.serial == (uint32_t)len);

	return 0;
}
