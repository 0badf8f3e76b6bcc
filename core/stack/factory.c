/* The factory: protocols and chains by name. */
#include "stack/factory.h"
#include "base/mem.h"


struct known_protocol {
	struct list_node node;
	const struct protocol *protocol;
};

struct known_chain {
	struct list_node node;
	struct recipe recipe;
	char name[];
};


static const struct protocol *find_protocol(const struct factory *factory,
					    struct str name)
{
	LIST_EACH(&factory->protocols, node) {
		const struct protocol *protocol =
			CONTAINER_OF(node, struct known_protocol, node)
				->protocol;

		if (str_is(name, protocol->name))
			return protocol;
	}

	return NULL;
}


static const struct known_chain *find_chain(const struct factory *factory,
					    struct str name)
{
	LIST_EACH(&factory->chains, node) {
		const struct known_chain *chain =
			CONTAINER_OF(node, struct known_chain, node);

		if (str_is(name, chain->name))
			return chain;
	}

	return NULL;
}


static int find_protocols(const struct factory *factory,
			  const struct str *names, size_t n,
			  struct recipe *recipe, struct str *unknown)
{
	if (n < 2 || (!str_is(names[0], "tcp") && !str_is(names[0], "udp")))
		return -EBADMSG;
	if (n - 1 > CHAIN_NODES_MAX)
		return -EMSGSIZE;

	recipe->is_datagram = str_is(names[0], "udp");
	recipe->n = n - 1;

	for (size_t i = 1; i < n; i++) {
		recipe->protocols[i - 1] = find_protocol(factory, names[i]);
		if (!recipe->protocols[i - 1]) {
			*unknown = names[i];
			return -ENOENT;
		}
	}

	return 0;
}


/* The words of `text`, at most `max` of them. */
static size_t split(const char *text, struct str *words, size_t max)
{
	size_t n = 0;

	while (n < max && *text) {
		size_t len = strcspn(text, " ");

		words[n++] = str_n(text, len);
		text += len;
		text += strspn(text, " ");
	}

	return n;
}


static int add_recipe(struct factory *factory, const char *name,
		      const struct recipe *recipe)
{
	const size_t len = strlen(name);
	struct known_chain *known = mem_zalloc(sizeof(*known) + len + 1);

	if (!known)
		return -ENOMEM;

	known->recipe = *recipe;
	memcpy(known->name, name, len + 1);
	list_add(&factory->chains, &known->node);

	return 0;
}


void factory_fini(struct factory *factory)
{
	LIST_EACH(&factory->protocols, node) {
		list_del(node);
		mem_free(CONTAINER_OF(node, struct known_protocol, node));
	}

	LIST_EACH(&factory->chains, node) {
		list_del(node);
		mem_free(CONTAINER_OF(node, struct known_chain, node));
	}
}


int factory_add_protocol(struct factory *factory,
			 const struct protocol *protocol)
{
	struct known_protocol *known;

	if (find_protocol(factory, str(protocol->name)))
		return -EEXIST;

	known = mem_zalloc(sizeof(*known));
	if (!known)
		return -ENOMEM;

	known->protocol = protocol;
	list_add(&factory->protocols, &known->node);

	return 0;
}


int factory_copy(struct factory *to, const struct factory *from)
{
	int err = 0;

	LIST_EACH(&from->protocols, node) {
		const struct known_protocol *known =
			CONTAINER_OF(node, struct known_protocol, node);

		err = err ? err : factory_add_protocol(to, known->protocol);
	}

	LIST_EACH(&from->chains, node) {
		const struct known_chain *known =
			CONTAINER_OF(node, struct known_chain, node);

		err = err ? err : add_recipe(to, known->name, &known->recipe);
	}

	return err;
}


int factory_add_chain(struct factory *factory, const char *name,
		      const char *protocols)
{
	struct str words[CHAIN_NODES_MAX + 2], unknown;
	struct recipe recipe = { 0 };
	int err;

	if (find_chain(factory, str(name)))
		return -EEXIST;

	err = find_protocols(factory, words,
			     split(protocols, words, ARRAY_LEN(words)),
			     &recipe, &unknown);
	if (err)
		return err;

	return add_recipe(factory, name, &recipe);
}


int factory_find(const struct factory *factory, const struct str *names,
		 size_t n, struct recipe *recipe, struct str *unknown)
{
	const struct known_chain *chain;

	if (n != 1)
		return find_protocols(factory, names, n, recipe, unknown);

	chain = find_chain(factory, names[0]);
	if (!chain) {
		*unknown = names[0];
		return -ENOENT;
	}

	*recipe = chain->recipe;

	return 0;
}


void factory_each_chain(const struct factory *factory,
			void (*fn)(const char *name, void *arg), void *arg)
{
	LIST_EACH(&factory->chains, node)
		fn(CONTAINER_OF(node, struct known_chain, node)->name, arg);
}
