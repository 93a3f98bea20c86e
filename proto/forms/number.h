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
    NUMBER_ROUNDED,   /* a computed mean or ratio, rounded to the smallest unit: a note */
    NUMBER_AMBIGUOUS, /* could be thousands or decimals, one number or two */
    NUMBER_BAD,       /* no number at all */
    NUMBER_UNIT,      /* names a unit that does not fit the indicator's */
    NUMBER_A_YEAR,    /* says "a year" of what arose in a part of one, or in several */
    NUMBER_TOO_FINE,  /* more decimals than the smallest unit holds */
    NUMBER_RANGE,     /* does not fit 64 bit */
};

struct number {
    enum obs_state state; /* "-", "x", "…", "KCC", blank */
    enum qualifier qualifier;
    bool has_upper;
    int64_t value, upper; /* in smallest units of the indicator */
};

/* One number without a unit of its own is num / den smallest units of the indicator. */
struct number_unit {
    int64_t num, den;
    bool part; /* the period is not one year: "350 triệu/năm" is no figure of it */
};

/* The indicator's printed unit: what a bare number means where no unit is written. */
struct number_unit number_unit_of(const struct indicator *ind);
/*
 * The unit a column, row or sheet head names ("tỷ đồng", "triệu đồng/người/tháng");
 * false when it does not fit the indicator's. "" is the printed unit. part: as in the
 * unit.
 */
bool number_unit_read(const char *written, const struct indicator *ind, bool part,
                      struct number_unit *out) MUST_CHECK;

/* text is one cell as written; ind gives the expected unit and scale. */
enum number_status number_read(const char *text, const struct indicator *ind,
                               struct number *out);
/* The same where bare numbers are in another unit; bare NULL: the indicator's. */
enum number_status number_read_in(const char *text, const struct indicator *ind,
                                  const struct number_unit *bare, struct number *out);
/*
 * A cell that was a number in the workbook: "-1234.5", point as the decimal sign, no
 * thousands, a final "%" where the cell shows a percentage. Nothing in it is ambiguous.
 */
enum number_status number_read_decimal(const char *text, const struct indicator *ind,
                                       const struct number_unit *bare,
                                       struct number *out);

/* dd/mm/yyyy, d.m.yyyy, "ngày 17 tháng 5 năm 2021", ISO; DATE_NONE otherwise. */
int32_t number_date(const char *text);

/*
 * Ten digits with a right check digit, separators stripped; or with "-001". out holds
 * the digits ("0100233488", "0100233488-001"), or "" where there are not ten or 13.
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
