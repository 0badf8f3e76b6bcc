/* Deciders: whom the configuration can let decide beside its own functions
 * and an application's module: a URL that is asked, a token that is checked.
 * Core knows the keys; a module that knows how offers it to all applications
 * of the server, by being one of them. */
#ifndef DECIDER_H
#define DECIDER_H

#include "host/application.h"

enum decider_kind {
	DECIDER_TOKEN,           /* the key `jwt` */
	DECIDER_URL,             /* a URL as onConnect, onPublish, onPlay */
};

/* What a module offers; static. */
struct decider {
	enum decider_kind kind;

	/* Read what `app` says about questions of `type`; what is wrong is
	 * told by config_fail.  *conf is given to ask and close; it is read by
	 * all workers.  of_module: the application that brought the module.
	 * 0, -EBADMSG or -ENOMEM.  Thread: main. */
	int (*open)(struct application *of_module,
		    const struct application *app, enum question_type type,
		    void **conf);

	/* As application_module's on_publish: the verdict, or LATER after
	 * decision_defer.  Thread: the session's. */
	struct verdict (*ask)(void *conf, const struct question *q);

	/* Thread: main, after all workers. */
	void (*close)(void *conf);
};

/* Open what the applications' sections ask for.  Errors are added to the
 * configuration's.  0, -EBADMSG or -ENOMEM.  Thread: main. */
int deciders_open(struct setup *setup);
void deciders_close(struct setup *setup);

#endif
