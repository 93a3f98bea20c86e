/*
 * settings - the configuration of htx-aggregator: one table of keys, read once.
 */
#ifndef HTX_SETTINGS_H
#define HTX_SETTINGS_H

#include "proto/base/conf.h"
#include "proto/base/log.h"

struct settings { /* strings are borrowed from conf */
    struct conf *conf;
    const char *province_code, *province_name;
    const char *dir;       /* keys/, genesis.conf, genesis.sig */
    const char *catalogue; /* folder of TSV files */
    const char *template;  /* of the written report; "" for the sample */
    /* conninfo */
    const char *db_owner, *db_admin, *db_serve, *db_read, *db_feed, *db_pull;
    const char *endpoint;
    int32_t civil_date; /* DATE_NONE: the clock's */
    enum log_level log_level;
    int64_t max_peers;
    const char *feed_endpoint;
    int64_t max_consumers;
    int64_t pull_poll_ms, pull_answer_ms;
};

enum { FEED_CONSUMERS = 64 };

/* ERR_SETUP names file and line. */
bool settings_open(struct settings *s, const char *path, struct err *e) MUST_CHECK;
void settings_close(struct settings *s);

/* A commented sample file. */
void settings_sample(struct bytes *out);

/* dir/name; the caller frees it. */
char *settings_path(const struct settings *s, const char *name);

/* Today in Vietnam, by which windows of periods are judged. */
int32_t settings_today(const struct settings *s);
/* The day of a group: that of its commit's time, which never goes back behind the log's.
 */
int32_t settings_day(const struct settings *s, int64_t now, int64_t log_time);

#endif
