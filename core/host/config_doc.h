/* The tables of keys, for people. */
#ifndef CONFIG_DOC_H
#define CONFIG_DOC_H

#include "base/writer.h"
#include "host/config.h"

/* Write core's keys as plain text (sluice --help-config).  Thread: any. */
void config_doc_text(struct writer *w);

/* The same as the tables of docs/configuration.md. */
void config_doc_markdown(struct writer *w);

/* The keys of a module, `title` standing for its section: as plain text, or
 * as tables. */
void config_doc_module(struct writer *w, const char *title,
		       const struct config_key *keys, bool is_markdown);

#endif
