/* The composition root: reads the command line, makes everything in order,
 * waits for a signal, and undoes it in reverse. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <openssl/crypto.h>
#include <lua.h>
#ifdef HAVE_NGHTTP2
#include <nghttp2/nghttp2.h>
#endif
#include "base/error.h"
#include "host/config_doc.h"
#include "host/log_appender.h"
#include "host/options.h"
#include "host/process.h"
#include "host/reload.h"
#include "host/server.h"
#include "detect/detect_node.h"
#include "dtls/dtls_node.h"
#include "httpd/http_node.h"
#include "rtmp/rtmp_node.h"
#include "tls/tls_node.h"


/* Each protocol that an acceptor line can name, and the chains that have a
 * name of their own. */
static const struct protocol *const protocols[] = {
	&detect_protocol,
	&dtls_protocol,
	&http_protocol,
	&rtmp_protocol,
	&tls_protocol,
	&tls_or_plain_protocol,
};

static const struct {
	const char *name;
	const char *protocols;
} chains[] = {
	{ "inboundAny", "tcp detect" },
	{ "inboundHttp", "tcp http" },
	{ "inboundHttps", "tcp tls http" },
	{ "inboundRtmp", "tcp rtmp" },
	{ "inboundRtmps", "tcp tls rtmp" },
};

enum {
	DOC_MAX = 1 << 20,
	APPENDERS_MAX = LOG_APPENDERS_MAX - 1,  /* one is for the start */
};


static int write_doc(const struct options *o, struct writer *w)
{
	const char *why;
	int err;

	if (o->config) {
		err = application_doc(o->config, o->is_markdown, w, &why);
		if (err == -EBADMSG)
			fprintf(stderr, "%s: %s\n", o->config, why);
		return err;
	}

	if (o->is_markdown)
		config_doc_markdown(w);
	else
		config_doc_text(w);

	return w->err;
}


static int print_doc(const struct options *o)
{
	struct writer w = writer(DOC_MAX);
	int err = write_doc(o, &w);

	if (!err)
		fwrite(w.data, 1, w.len, stdout);
	writer_fini(&w);

	return err;
}


/* What each application has to tell for `user`; returns how many had. */
static unsigned print_credentials(const struct server *server,
				  const char *user)
{
	unsigned n = 0;

	for (size_t i = 0; i < server->setup->n_apps; i++) {
		const struct application *app = &server->setup->apps[i];
		struct writer w = writer(DOC_MAX);
		int err;

		if (!app->module->credentials)
			continue;
		err = app->module->credentials(app, str(user), &w);
		if (err)
			fprintf(stderr, "%s: %s\n", app->name,
				error_text(err));
		else
			printf("%.*s\n", PRINT_STR(str_of(writer_slice(&w))));
		n += !err;
		writer_fini(&w);
	}

	return n;
}


static void print_version(void)
{
	printf("sluice %s\n%s\n%s\nprotocols:", SLUICE_VERSION, LUA_RELEASE,
	       OpenSSL_version(OPENSSL_VERSION));
	for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
		printf(" %s", protocols[i]->name);
	printf("\n");
#ifdef HAVE_NGHTTP2
	printf("HTTP/2: nghttp2 %s\n", nghttp2_version(0)->version_str);
#else
	printf("HTTP/2: left out, it was built without nghttp2\n");
#endif
	printf("module ABI: %d\n", APPLICATION_ABI);
	if (SLUICE_LEFT_OUT[0])
		printf("left out, for want of libraries: %s\n",
		       SLUICE_LEFT_OUT);
}


static int add_protocols(struct factory *factory)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(protocols) && !err; i++)
		err = factory_add_protocol(factory, protocols[i]);
	for (size_t i = 0; i < ARRAY_LEN(chains) && !err; i++)
		err = factory_add_chain(factory, chains[i].name,
					chains[i].protocols);

	return err;
}


static void read_appender(struct log_appender_conf *conf,
			  const struct config_section *section,
			  const struct options *o)
{
	conf->name = config_str(section, "name");
	conf->type = (enum log_appender_type)config_enum(section, "type");
	conf->level = o->has_level ? o->level
				   : (enum log_level)config_enum(section,
								 "level");
	conf->file_name = config_str(section, "fileName");
	conf->file_length = config_int(section, "fileLength");
	conf->file_history_size = config_int(section, "fileHistorySize");
}


/* The appenders of the configuration, or a console if it has none; returns
 * their number. */
static size_t read_appenders(struct log_appender_conf *confs,
			     const struct setup *setup,
			     const struct options *o)
{
	const struct config_section *list =
		config_section(config_top(setup->config), "logAppenders");
	size_t n = config_n(list);

	if (n > APPENDERS_MAX)
		n = APPENDERS_MAX;
	for (size_t i = 0; i < n; i++)
		read_appender(&confs[i], config_at(list, i), o);
	if (n)
		return n;

	confs[0] = (struct log_appender_conf){
		.name = "console",
		.type = LOG_APPENDER_COLOURED,
		.level = o->has_level ? o->level : LOG_LEVEL_INFO,
	};

	return 1;
}


/* Until the start has succeeded, errors go to standard error too: nobody
 * looks into a file for why a server is not there. */
static int open_log(struct log_appenders **appenders,
		    const struct server *server, const struct options *o)
{
	struct log_appender_conf confs[LOG_APPENDERS_MAX];
	size_t n = read_appenders(confs, server->setup, o);
	bool has_console = false;

	for (size_t i = 0; i < n; i++)
		has_console |= confs[i].type != LOG_APPENDER_FILE;
	if (!has_console)
		confs[n++] = (struct log_appender_conf){
			.name = "start",
			.type = LOG_APPENDER_CONSOLE,
			.level = LOG_LEVEL_WARN,
		};

	return log_appenders_open(appenders, confs, n);
}


static int settle_log(struct log_appenders *appenders,
		      const struct setup *setup, const struct options *o)
{
	struct log_appender_conf confs[LOG_APPENDERS_MAX];
	size_t n = read_appenders(confs, setup, o);

	return log_appenders_set(appenders, confs, n);
}


static int on_reload(struct server *server, const struct setup *next,
		     void *arg)
{
	return settle_log(server->appenders, next, arg);
}


/* Does this acceptor take `what`, by the chain for that alone or for any? */
static bool does_take(const struct binding *binding, const char *chain,
		      const char *what)
{
	size_t n = config_text_n(binding->section, "detects"), i = 0;

	if (strcmp(binding->chain_name, "inboundAny"))
		return !strcmp(binding->chain_name, chain);

	while (i < n && strcmp(config_text_at(binding->section, "detects", i),
			       what))
		++i;

	return !n || i < n;
}


/* The first acceptor that takes this and, unless that is NULL, is of
 * `module`. */
static const struct binding *find_binding(const struct server *server,
					  const char *chain, const char *what,
					  const char *module)
{
	for (size_t i = 0; i < server->setup->n_bindings; i++) {
		const struct binding *b = &server->setup->bindings[i];

		if (does_take(b, chain, what) &&
		    (!module || !strcmp(b->app->module->name, module)))
			return b;
	}

	return NULL;
}


static void print_listeners(const struct server *server)
{
	char text[ADDR_TEXT_MAX];

	printf("sluice %s, %u workers\n", SLUICE_VERSION, server->n_workers);
	for (size_t i = 0; i < server->setup->n_bindings; i++) {
		const struct binding *b = &server->setup->bindings[i];

		printf("  %-16s %s (application %s)\n", b->chain_name,
		       addr_print(&b->addr, text), b->app->name);
	}
}


/* Lines to copy, for whoever starts it for the first time. */
static void print_welcome(const struct server *server)
{
	const struct binding *rtmp = find_binding(server, "inboundRtmp",
						  "rtmp", NULL);
	const struct binding *http = find_binding(server, "inboundHttp",
						  "http", "live");
	const struct binding *admin = find_binding(server, "inboundHttp",
						   "http", "admin");
	char url[128];

	print_listeners(server);
	if (rtmp) {
		snprintf(url, sizeof(url), "rtmp://localhost:%u/%s/test",
			 addr_port(&rtmp->addr), rtmp->app->name);
		printf("\nPublish a test picture:\n"
		       "  ffmpeg -re -f lavfi -i testsrc2=size=1280x720:rate=30"
		       " -f lavfi -i sine=frequency=440 -c:v libx264"
		       " -preset veryfast -tune zerolatency -g 60"
		       " -pix_fmt yuv420p -c:a aac -f flv %s\n"
		       "Play it:\n  ffplay %s\n", url, url);
	}
	if (rtmp && http)
		printf("  ffplay http://localhost:%u/%s/test.flv\n",
		       addr_port(&http->addr), http->app->name);
	if (admin)
		printf("Watch it and the server in a browser:\n"
		       "  http://localhost:%u/\n", addr_port(&admin->addr));
	printf("\n");
}


/* Passwords are for whoever sits there, not for the journal of a service. */
static void welcome(const struct server *server, const struct options *o)
{
	bool has_any = false;

	print_welcome(server);
	for (size_t i = 0; i < server->setup->n_apps; i++)
		has_any |= server->setup->apps[i].module->credentials != NULL;
	if (has_any && isatty(STDOUT_FILENO))
		print_credentials(server, "me");
	if (has_any)
		printf("Passwords and tokens; NAME is a user of TURN:\n"
		       "  %s --credentials=NAME %s\n\n", o->program,
		       o->config);
	printf("Ctrl-C ends the server.\n\n");
	fflush(stdout);
}


static void wait_for_end(struct log_appenders *appenders,
			 struct server *server)
{
	for (;;) {
		switch (process_wait_signal()) {

		case SIGHUP:
			log_appenders_reopen(appenders);
			server_reload(server, NULL);
			break;

		case SIGUSR1:
			server_drain(server, !server->is_draining);
			break;

		case SIGTERM:
			log_info(server, "ends by SIGTERM");
			return;

		default:
			log_info(server, "ends by SIGINT");
			return;
		}
	}
}


/* Before the sockets were ours, the file may be another server's. */
static int write_pid(const struct server *server, const struct options *o)
{
	int err = o->pid ? process_write_pid(o->pid) : 0;

	if (err)
		log_error(server, "cannot write the process id to %s: %s",
			  o->pid, error_text(err));

	return err;
}


static int start(struct server *server, const struct options *o)
{
	int err;

	err = process_drop_privileges(o->uid, o->gid);
	if (err) {
		log_error(server, "cannot become user %s, group %s: %s",
			  o->uid ? o->uid : "-", o->gid ? o->gid : "-",
			  error_text(err));
		return err;
	}

	return server_start(server);
}


static int run(struct server *server, struct options *o,
	       struct log_appenders **appenders)
{
	const struct config_section *top = config_top(server->setup->config);
	bool is_daemon = o->is_daemon || config_bool(top, "daemon");
	bool has_pid = false;
	int err;

	err = is_daemon ? process_daemonize() : 0;
	if (!err)
		err = open_log(appenders, server, o);
	server->appenders = *appenders;
	if (!err)
		err = server_listen(server);
	if (!err) {
		err = write_pid(server, o);
		has_pid = !err && o->pid;
	}
	if (!err)
		err = start(server, o);

	if (!err)
		err = settle_log(*appenders, server->setup, o);

	if (!err) {
		if (!is_daemon)
			welcome(server, o);
		process_verdict(EXIT_SUCCESS);
		server->on_reload = on_reload;
		server->on_reload_arg = o;
		wait_for_end(*appenders, server);
	}

	server_stop(server);
	if (err && *appenders)
		log_appenders_flush(*appenders);
	if (err)
		process_verdict(EXIT_FAILURE);
	if (has_pid)
		remove(o->pid);

	return err;
}


static int run_or_check(struct options *o)
{
	struct server *server = calloc(1, sizeof(*server));
	struct log_appenders *appenders = NULL;
	int err = server ? add_protocols(&server->factory) : -ENOMEM;

	if (!err)
		server->is_check = o->action != OPTIONS_RUN;
	process_block_signals();
	process_raise_limits();
	if (!err)
		err = server_init(server, o->config);
	if (!err && o->action == OPTIONS_CHECK)
		printf("%s: nothing is wrong\n", o->config);
	if (!err && o->action == OPTIONS_CREDENTIALS &&
	    !print_credentials(server, o->user)) {
		fprintf(stderr, "%s: no application has any to give\n",
			o->config);
		err = -ENOENT;
	}
	if (!err && o->action == OPTIONS_RUN)
		err = run(server, o, &appenders);

	/* Modules log to the end. */
	if (server)
		server_fini(server);
	log_appenders_close(appenders);
	free(server);

	return err;
}


int main(int argc, char **argv)
{
	struct options o;
	int err = options_parse(&o, argc, argv);

	if (err) {
		fprintf(stderr, "sluice: %s\n", o.error);
		return EXIT_FAILURE;
	}

	switch (o.action) {

	case OPTIONS_HELP:
		fputs(options_help(), stdout);
		break;

	case OPTIONS_HELP_CONFIG:
		err = print_doc(&o);
		break;

	case OPTIONS_VERSION:
		print_version();
		break;

	default:
		err = run_or_check(&o);
		break;
	}

	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
