/*
 * cluster - a throwaway PostgreSQL for a unit test, by tests/lib/pg.sh.
 *
 * Tests run from the root of the tree. Without PostgreSQL 15 cluster_start() returns false
 * after saying so: a test then calls skip(), which counts as skipped, never as passed.
 */
#ifndef HTX_TEST_CLUSTER_H
#define HTX_TEST_CLUSTER_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct cluster {
    char dir[128];
    char conninfo[256];
};

static inline bool cluster_start(struct cluster *c, const char *conf_line)
{
    char command[256];
    FILE *f;

    memset(c, 0, sizeof *c);
    snprintf(command, sizeof command, "tests/lib/pg.sh start \"%s\"", conf_line);
    f = popen(command, "r");
    if (f != NULL) {
        if (fgets(c->dir, sizeof c->dir, f) == NULL)
            c->dir[0] = 0;
        pclose(f);
    }
    c->dir[strcspn(c->dir, "\n")] = 0;
    if (c->dir[0] == 0) {
        fprintf(stderr, "# PostgreSQL 15 is not here: skipped\n");
        return false;
    }
    snprintf(c->conninfo, sizeof c->conninfo, "host=%s dbname=postgres user=postgres",
             c->dir);
    return true;
}

/* act: "stop", "crash" or "again" */
static inline bool cluster_do(const struct cluster *c, const char *act)
{
    char command[256];

    if (c->dir[0] == 0)
        return true;
    snprintf(command, sizeof command, "tests/lib/pg.sh %s %s", act, c->dir);
    return system(command) == 0;
}

#endif
