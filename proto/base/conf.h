/*
 * conf - INI files read against a table of keys.
 *
 * One table per program names every key with section, type, default and help; the sample
 * file, --help and the checks come from it. An unknown key, a repeated one, a bad number
 * or a missing required value is ERR_SETUP "FILE:LINE: key: reason".
 *
 * A section spelled "unit *" in the table matches "[unit 106]": the part behind the word
 * is the instance, and every instance seen is listed.
 */
#ifndef HTX_CONF_H
#define HTX_CONF_H

#include "proto/base/err.h"

enum conf_type { CONF_TEXT, CONF_PATH, CONF_INT, CONF_BOOL, CONF_DATE };

struct conf_key {
    const char *section; /* "collector", "unit *" */
    const char *name;
    enum conf_type type;
    const char *def; /* NULL: must be given */
    const char *help;
};

struct conf;

/* Relative CONF_PATH values are taken from the folder of the file. */
bool conf_open(struct conf **out, const char *path, const struct conf_key *keys, size_t n,
               struct err *e) MUST_CHECK;
void conf_close(struct conf **c);

size_t conf_instances(const struct conf *c, const char *section_word);
const char *conf_instance(const struct conf *c, const char *section_word, size_t i);

/* instance is NULL for plain sections. Asking for a key not in the table is our mistake.
 */
const char *conf_text(const struct conf *c, const char *section, const char *instance,
                      const char *name);
int64_t conf_int(const struct conf *c, const char *section, const char *instance,
                 const char *name);
bool conf_bool(const struct conf *c, const char *section, const char *instance,
               const char *name);

/* A commented sample file. */
void conf_sample(const struct conf_key *keys, size_t n, struct bytes *out);

#endif
