/* Permissions and channels (RFC 8656 s9, s12). */
#include "base/mem.h"
#include "turn/turn_table_int.h"


/* Who sends, or is sent to, within one allocation. */
static struct slice peer_key(uint8_t buf[TURN_PEER_KEY_MAX],
			     const struct turn_allocation *alloc,
			     const struct addr *peer, bool has_port)
{
	const struct slice ip = addr_ip(peer);
	const uint16_t port = addr_port(peer);
	size_t len = sizeof(alloc->slot);

	memcpy(buf, &alloc->slot, len);
	memcpy(buf + len, ip.p, ip.len);
	len += ip.len;
	if (has_port) {
		memcpy(buf + len, &port, sizeof(port));
		len += sizeof(port);
	}

	return slice(buf, len);
}


static struct slice number_key(uint8_t buf[TURN_NUMBER_KEY_LEN],
			       const struct turn_allocation *alloc,
			       uint16_t number)
{
	memcpy(buf, &alloc->slot, sizeof(alloc->slot));
	memcpy(buf + sizeof(alloc->slot), &number, sizeof(number));

	return slice(buf, TURN_NUMBER_KEY_LEN);
}


static int64_t now_us(const struct turn_allocation *alloc)
{
	return alloc->worker->loop->now_us;
}


/* -- permissions -- */

struct turn_permission *
turn_permission_get(const struct turn_allocation *alloc,
		    const struct addr *peer)
{
	uint8_t key[TURN_PEER_KEY_MAX];
	struct hash_node *node =
		hash_find(&alloc->worker->permissions,
			  peer_key(key, alloc, peer, false));

	return node ? CONTAINER_OF(node, struct turn_permission, node)
		    : NULL;
}


struct turn_permission *
turn_permission_find(const struct turn_relay *relay, const struct addr *peer)
{
	struct turn_permission *p = turn_permission_get(relay->alloc, peer);

	return p && turn_permission_is_alive(p) ? p : NULL;
}


bool turn_permission_is_alive(const struct turn_permission *permission)
{
	return permission->expires_us > now_us(permission->relay->alloc);
}


void turn_permission_del(struct turn_permission *permission)
{
	hash_del(&permission->node);
	list_del(&permission->of_alloc);
	mem_free(permission);
}


/* Make room: forget those that are over. */
static void purge_permissions(struct turn_allocation *alloc)
{
	LIST_EACH(&alloc->permissions, it) {
		struct turn_permission *p =
			CONTAINER_OF(it, struct turn_permission, of_alloc);

		if (!turn_permission_is_alive(p) && !p->n_channels)
			turn_permission_del(p);
	}
}


bool turn_permission_has_room(struct turn_allocation *alloc, size_t n)
{
	const unsigned max = alloc->worker->server->conf.limits.permissions;

	if (!max || alloc->permissions.n + n <= max)
		return true;
	purge_permissions(alloc);

	return alloc->permissions.n + n <= max;
}


int turn_permission_set(struct turn_relay *relay, const struct addr *peer)
{
	struct turn_allocation *alloc = relay->alloc;
	struct turn_permission *p = turn_permission_get(alloc, peer);
	int err;

	if (!p && !turn_permission_has_room(alloc, 1))
		return -EMSGSIZE;

	if (!p) {
		p = mem_zalloc(sizeof(*p));
		if (!p)
			return -ENOMEM;

		err = hash_add(&alloc->worker->permissions, &p->node,
			       peer_key(p->key, alloc, peer, false));
		if (err) {
			mem_free(p);
			return err;
		}
		p->relay = relay;
		p->peer = *peer;
		list_add(&alloc->permissions, &p->of_alloc);
	}

	p->expires_us = now_us(alloc) + TURN_PERMISSION_S * 1000000LL;

	return 0;
}


/* -- channels -- */

static struct turn_channel *find_number(const struct turn_allocation *alloc,
					uint16_t number)
{
	uint8_t key[TURN_NUMBER_KEY_LEN];
	struct hash_node *node = hash_find(&alloc->worker->channels,
					   number_key(key, alloc, number));

	return node ? CONTAINER_OF(node, struct turn_channel, by_number)
		    : NULL;
}


static struct turn_channel *find_peer(const struct turn_allocation *alloc,
				      const struct addr *peer)
{
	uint8_t key[TURN_PEER_KEY_MAX];
	struct hash_node *node = hash_find(&alloc->worker->peers,
					   peer_key(key, alloc, peer, true));

	return node ? CONTAINER_OF(node, struct turn_channel, by_peer) : NULL;
}


static struct turn_channel *if_alive(struct turn_channel *channel,
				     const struct turn_allocation *alloc)
{
	return channel && channel->expires_us > now_us(alloc) ? channel
							      : NULL;
}


struct turn_channel *turn_channel_find(const struct turn_allocation *alloc,
				       uint16_t number)
{
	return if_alive(find_number(alloc, number), alloc);
}


struct turn_channel *turn_channel_find_peer(const struct turn_relay *relay,
					    const struct addr *peer)
{
	return if_alive(find_peer(relay->alloc, peer), relay->alloc);
}


void turn_channel_del(struct turn_channel *channel)
{
	hash_del(&channel->by_number);
	hash_del(&channel->by_peer);
	list_del(&channel->of_alloc);
	--channel->permission->n_channels;
	mem_free(channel);
}


static void purge_channels(struct turn_allocation *alloc)
{
	LIST_EACH(&alloc->channels, it) {
		struct turn_channel *c =
			CONTAINER_OF(it, struct turn_channel, of_alloc);

		if (!if_alive(c, alloc))
			turn_channel_del(c);
	}
}


static int add_channel(struct turn_relay *relay, uint16_t number,
		       const struct addr *peer, struct turn_channel **cp)
{
	struct turn_allocation *alloc = relay->alloc;
	struct turn_worker *worker = alloc->worker;
	struct turn_channel *c = mem_zalloc(sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;

	err = hash_add(&worker->channels, &c->by_number,
		       number_key(c->number_key, alloc, number));
	if (!err)
		err = hash_add(&worker->peers, &c->by_peer,
			       peer_key(c->peer_key, alloc, peer, true));
	if (err) {
		hash_del(&c->by_number);
		mem_free(c);
		return err;
	}

	c->relay = relay;
	c->number = number;
	c->peer = *peer;
	c->hairpin = turn_server_relay_of(worker->server, peer);
	c->permission = turn_permission_get(alloc, peer);
	++c->permission->n_channels;
	list_add(&alloc->channels, &c->of_alloc);
	*cp = c;

	return 0;
}


int turn_channel_set(struct turn_relay *relay, uint16_t number,
		     const struct addr *peer)
{
	struct turn_allocation *alloc = relay->alloc;
	const unsigned max = alloc->worker->server->conf.limits.channels;
	struct turn_channel *c = turn_channel_find(alloc, number);
	struct turn_channel *other = turn_channel_find_peer(relay, peer);
	int err;

	if (c != other)
		return -EEXIST;

	/* What is over no longer holds its number and its peer. */
	if (!c)
		purge_channels(alloc);
	if (!c && max && alloc->channels.n >= max)
		return -EMSGSIZE;

	err = turn_permission_set(relay, peer);
	if (!err && !c)
		err = add_channel(relay, number, peer, &c);
	if (err)
		return err;

	c->expires_us = now_us(alloc) + TURN_CHANNEL_S * 1000000LL;

	return 0;
}
