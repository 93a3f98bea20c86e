/*
 * letterhead - who makes a publication's papers, to whom, by which acts, and the number
 * and date of the paper: blanks until the paper office has given them.
 */
#ifndef HTX_LETTERHEAD_H
#define HTX_LETTERHEAD_H

#include "aggregator/rollup/extract.h"
#include "proto/offices.h"

struct letterhead { /* strings live in the arena, or with the totals and offices */
    const char *maker, *maker_code;  /* NULL where the catalogue names none */
    const char *ministry, *alliance; /* the same */
    const char *const *recipients;   /* NULL-terminated */
    const char *const *acts;         /* "Luật Hợp tác xã ngày ...": NULL-terminated */
    const char *province;            /* "tỉnh Lai Châu" */
    const char *place;               /* "Lai Châu", as it stands before a date */
    const char *number, *symbol;     /* "123/BC-STC", "BC-STC"; a blank for 123 */
    const char *digits;              /* "123", or the blank */
    const char *day;                 /* "ngày 02 tháng 3 năm 2025", or blanks */
    const char *attached;            /* below the title of an annex */
};

/*
 * Days as dd/mm/yyyy. published: of the publication; number and issued: what the paper
 * office gave, NULL before: then the offices of the day of publication count, else those
 * of the day of issue.
 */
void letterhead_make(const struct offices *o, const struct totals *t,
                     const char *published, const char *number, const char *issued,
                     struct arena *a, struct letterhead *out);

/* "ngày 02 tháng 3 năm 2025": zero before days below 10, months 1 and 2 (NĐ 30/2020). */
const char *day_in_words(int32_t day, struct arena *a);

#endif
