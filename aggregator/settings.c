#include "aggregator/settings.h"
#include "proto/base/clock.h"

/* clang-format off */
static const struct conf_key KEYS[] = {
    {"province", "code", CONF_TEXT, NULL, "mã tỉnh / code of the province: 12"},
    {"province", "name", CONF_TEXT, NULL, "tên tỉnh / its name: Tỉnh Lai Châu"},
    {"state", "dir", CONF_PATH, "/var/lib/htx", "keys and genesis.conf of the province"},
    {"state", "catalogue", CONF_PATH, "/usr/local/share/htx/catalogue",
     "folder of the catalogue's TSV files"},
    {"extract", "template", CONF_PATH, "",
     "the office's own .docx with placeholders; empty: the sample (extract --sample FILE)"},
    {"database", "owner", CONF_TEXT, "dbname=htx",
     "conninfo of migrate: owns the tables, may create roles"},
    {"database", "admin", CONF_TEXT, "dbname=htx user=htx_admin",
     "conninfo of administrators' commands"},
    {"database", "serve", CONF_TEXT, "dbname=htx user=htx_serve", "conninfo of serve"},
    {"database", "read", CONF_TEXT, "dbname=htx user=htx_read",
     "conninfo of roll-ups and lists"},
    {"database", "pull", CONF_TEXT, "dbname=htx user=htx_pull",
     "conninfo of pull: the ministry's copies of its provinces"},
    {"database", "feed", CONF_TEXT, "dbname=htx user=htx_feed", "conninfo of feed"},
    {"serve", "endpoint", CONF_TEXT, "tcp://127.0.0.1:7106",
     "where collectors connect: the address of the VPN, never of the open network"},
    {"serve", "civil_date", CONF_DATE, "",
     "day by which windows of periods are judged; empty: the clock"},
    {"serve", "log_level", CONF_INT, "6",
     "2 alarms, 3 errors, 4 warnings, 6 events, 7 details"},
    {"serve", "max_peers", CONF_INT, "64", "connected collectors at most"},
    {"feed", "endpoint", CONF_TEXT, "tcp://127.0.0.1:7107",
     "where consumers of the feed connect: the ministry, Liên minh HTX tỉnh"},
    {"feed", "max_consumers", CONF_INT, "16", "connected consumers at most"},
    {"pull", "poll_ms", CONF_INT, "10000",
     "how often a province is asked whether there is more"},
    {"pull", "answer_ms", CONF_INT, "30000",
     "after so long without an answer a province is away"},
};
/* clang-format on */

bool settings_open(struct settings *s, const char *path, struct err *e)
{
    struct conf *c;
    int64_t level, peers, consumers, poll, answer;

    *s = (struct settings){0};
    if (!conf_open(&c, path, KEYS, COUNT(KEYS), e))
        return false;
    level = conf_int(c, "serve", NULL, "log_level");
    peers = conf_int(c, "serve", NULL, "max_peers");
    consumers = conf_int(c, "feed", NULL, "max_consumers");
    if (level < LOG_ALARM || level > LOG_DEBUG || peers < 1 || peers > 4096) {
        conf_close(&c);
        return err_set(e, ERR_SETUP,
                       "%s: [serve] log_level is 2 to 7, max_peers 1 to 4096", path);
    }
    if (consumers < 1 || consumers > FEED_CONSUMERS) {
        conf_close(&c);
        return err_set(e, ERR_SETUP, "%s: [feed] max_consumers is 1 to %d", path,
                       FEED_CONSUMERS);
    }
    poll = conf_int(c, "pull", NULL, "poll_ms");
    answer = conf_int(c, "pull", NULL, "answer_ms");
    if (poll < 50 || poll > 3600000 || answer < 500 || answer > 600000) {
        conf_close(&c);
        return err_set(e, ERR_SETUP,
                       "%s: [pull] poll_ms is 50 to 3600000, answer_ms 500 to 600000",
                       path);
    }
    *s = (struct settings){
        .conf = c,
        .province_code = conf_text(c, "province", NULL, "code"),
        .province_name = conf_text(c, "province", NULL, "name"),
        .dir = conf_text(c, "state", NULL, "dir"),
        .catalogue = conf_text(c, "state", NULL, "catalogue"),
        .template = conf_text(c, "extract", NULL, "template"),
        .db_owner = conf_text(c, "database", NULL, "owner"),
        .db_admin = conf_text(c, "database", NULL, "admin"),
        .db_serve = conf_text(c, "database", NULL, "serve"),
        .db_read = conf_text(c, "database", NULL, "read"),
        .db_feed = conf_text(c, "database", NULL, "feed"),
        .db_pull = conf_text(c, "database", NULL, "pull"),
        .endpoint = conf_text(c, "serve", NULL, "endpoint"),
        .civil_date = date_read(conf_text(c, "serve", NULL, "civil_date")),
        .log_level = (enum log_level)level,
        .max_peers = peers,
        .feed_endpoint = conf_text(c, "feed", NULL, "endpoint"),
        .max_consumers = consumers,
        .pull_poll_ms = poll,
        .pull_answer_ms = answer,
    };
    return true;
}

void settings_close(struct settings *s)
{
    conf_close(&s->conf);
    *s = (struct settings){0};
}

void settings_sample(struct bytes *out)
{
    conf_sample(KEYS, COUNT(KEYS), out);
}

char *settings_path(const struct settings *s, const char *name)
{
    return mem_printf("%s/%s", s->dir, name);
}

int32_t settings_day(const struct settings *s, int64_t now, int64_t log_time)
{
    return s->civil_date != DATE_NONE ? s->civil_date
                                      : date_of_wall(now > log_time ? now : log_time);
}

int32_t settings_today(const struct settings *s)
{
    return settings_day(s, clock_wall(), 0);
}
