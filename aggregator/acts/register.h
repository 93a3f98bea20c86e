/*
 * register - tables of the register as TSV files: read, checked, compared, loaded,
 * listed.
 *
 * One description per table names its columns; reading, the control record, the typed row
 * and the listing follow from it. Every bad line is reported with line, column, value and
 * remedy, and then nothing is loaded. Loading the same again changes nothing. One control
 * record a row, one commit a file.
 */
#ifndef HTX_REGISTER_H
#define HTX_REGISTER_H

#include "aggregator/store/acts.h"
#include "aggregator/cmd/commands.h"
#include "aggregator/table.h"

enum reg_type {
    REG_TEXT,
    REG_CODE, /* no blanks, no commas, no hidden characters */
    REG_DATE,
    REG_DATE_LATER, /* a column of a later release: a blank is not written into the
                       record, so that a file loaded before is known again */
    REG_BOOL,       /* yes, no */
    REG_WORD,       /* one of words */
    REG_KEY,        /* Ed25519 public key, hex */
    REG_BESIDE,     /* no column of the table: reg.more makes records of it */
};

struct reg_word {
    const char *code, *vi, *en;
};

struct reg_column {
    const char *name;
    enum reg_type type;
    bool required;                /* not empty */
    const char *vi, *en;          /* heads of the listing */
    const struct reg_word *words; /* REG_WORD; ends with a NULL code */
    const char *absent;           /* value when the file has no such column or is empty */
};

enum { REG_COLUMNS = 16, REG_PROBLEMS = 200 /* printed ones */ };

struct reg_row {
    size_t line;
    const char *v[REG_COLUMNS]; /* canonical; "" is not given */
};

struct reg_load; /* one file on its way in */

struct reg {
    const char *kind; /* of the control record, and the table's name */
    const char *now;  /* the view with the current rows */
    const char *key;  /* its key columns, to sort the listing: "code, valid_from" */
    size_t n_key;     /* the first n_key columns are the key */
    const struct reg_column *columns;
    size_t n;
    /* What one line alone cannot know; adds problems. May be NULL. */
    bool (*check)(struct reg_load *l, struct pg *pg, struct err *e);
    /* The first column that older releases did not have (0: none). It and those after it
       are not in the record while they are absent, so that what was loaded then is the
       same now. */
    size_t young;
    /* Records that follow those of the rows; *same counts what they would not change. May
       be NULL. */
    bool (*more)(struct reg_load *l, struct pg *pg, struct acts *acts, size_t *same,
                 struct err *e);
};

struct reg_load {
    struct app *app;
    const struct reg *reg;
    const char *file;
    struct reg_row *rows;
    size_t n, cap, problems;
    void *extra; /* what check found for more; freed with the load */
    size_t n_extra;
    struct arena arena;
};

/* Prints "FILE:LINE: column: value: what and what to do" on stderr, and counts. */
void reg_problem(struct reg_load *l, size_t line, const char *column, const char *value,
                 const char *vi, const char *en);

/* first must not be after second, a problem of second: both name date columns. */
void reg_in_order(struct reg_load *l, const struct reg_row *row, const char *first,
                  const char *second);

/* Index of a column; our mistake when there is none. */
size_t reg_index(const struct reg *reg, const char *column);
const char *reg_get(const struct reg_load *l, const struct reg_row *row,
                    const char *column);
int32_t reg_date(const struct reg_load *l, const struct reg_row *row, const char *column);

/* The control record and typed row of these values. */
void reg_record(const struct reg *reg, const char *const *values, struct acts *acts);
/* Adds records for the rows that differ from the register; *same counts the others. */
bool reg_changes(const struct reg *reg, struct pg *pg, const struct reg_row *rows,
                 size_t n, struct acts *acts, size_t *same, struct err *e) MUST_CHECK;

/* The commands `X load FILE [--by PERSON]` and `X list`. */
int reg_cmd_load(struct app *app, const struct reg *reg, int argc, char **argv);
int reg_cmd_list(struct app *app, const struct reg *reg, int argc, char **argv);
/* where may be NULL; its arguments follow. */
int reg_list(struct app *app, const struct reg *reg, bool json, const char *where,
             const struct pg_arg *args, size_t n);

extern const struct reg reg_unit, reg_entity, reg_period, reg_person;

#endif
