/* Mail from one thread to another. */
#include "io/mailbox.h"
#include <stddef.h>


/* Append all that was posted, turned round, to what is taken. */
static void take(struct mailbox *box)
{
	struct mail *posted = atomic_exchange(&box->posted, NULL);
	struct mail *ordered = NULL;
	struct mail **end = &box->taken;

	while (posted) {
		struct mail *next = posted->next;

		posted->next = ordered;
		ordered = posted;
		posted = next;
	}

	while (*end)
		end = &(*end)->next;
	*end = ordered;
}


bool mailbox_post(struct mailbox *box, struct mail *mail)
{
	struct mail *head;

	if (atomic_exchange(&mail->is_queued, true))
		return false;

	head = atomic_load(&box->posted);
	do {
		mail->next = head;
	} while (!atomic_compare_exchange_weak(&box->posted, &head, mail));

	return true;
}


void mailbox_run(struct mailbox *box)
{
	struct mail *mail;
	size_t n = 0;

	take(box);
	for (mail = box->taken; mail; mail = mail->next)
		++n;

	/* What the calls post is for the next time. */
	while (n-- > 0 && (mail = box->taken)) {
		box->taken = mail->next;

		/* An exchange, not a store, so that what was written before a
		 * post that found it queued is seen by fn. */
		atomic_exchange(&mail->is_queued, false);
		mail->fn(mail);
	}
}


void mailbox_cancel(struct mailbox *box, struct mail *mail)
{
	struct mail **at = &box->taken;

	if (!atomic_load(&mail->is_queued))
		return;

	take(box);
	while (*at && *at != mail)
		at = &(*at)->next;

	if (*at)
		*at = mail->next;
	atomic_store(&mail->is_queued, false);
}


bool mailbox_is_empty(const struct mailbox *box)
{
	return !box->taken && !atomic_load(&box->posted);
}
