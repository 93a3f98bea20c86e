/*
 * number - numbers and dates as Vietnamese officers write them.
 *
 * Dot groups thousands, comma is the decimal sign (Luật Kế toán); "1,100" and "3.24" are
 * ambiguous and asked back, never guessed. Pure; no floating point anywhere.
 */
#ifndef HTX_NUMBER_H
#define HTX_NUMBER_H

#include "proto/catalogue.h"

enum number_status {
    NUMBER_OK,
    NUMBER_AMBIGUOUS, /* could be thousands or decimals */
    NUMBER_BAD,       /* no number at all */
    NUMBER_UNIT,      /* names a unit that does not fit the indicator's */
    NUMBER_TOO_FINE,  /* more decimals than the smallest unit holds */
    NUMBER_RANGE,     /* does not fit 64 bit */
};

struct number {
    enum obs_state state; /* "-", "x", "…", "KCC", blank */
    enum qualifier qualifier;
    bool has_upper;
    int64_t value, upper; /* in smallest units of the indicator */
};

/* text is one cell as written; ind gives the expected unit and scale. */
enum number_status number_read(const char *text, const struct indicator *ind,
                               struct number *out);

/* dd/mm/yyyy, d.m.yyyy, "ngày 17 tháng 5 năm 2021", ISO; DATE_NONE otherwise. */
int32_t number_date(const char *text);

/* Ten digits with a right check digit, separators stripped into out[11]; or with "-001".
 */
enum tax_status {
    TAX_OK,
    TAX_BRANCH, /* a dependent unit: not a cooperative of its own */
    TAX_LENGTH,
    TAX_SERIAL,
    TAX_CHECK,
};
enum tax_status tax_number(const char *text, char out[16]);

#endif
