/*
 * clock - the only place that asks the system for the time.
 *
 * Wall time is milliseconds since 1970 UTC; nothing is ordered by it. Timers use the
 * monotonic clock. A civil date is days since 1970-01-01 as seen in Asia/Ho_Chi_Minh
 * (UTC+7, no daylight saving).
 */
#ifndef HTX_CLOCK_H
#define HTX_CLOCK_H

#include "proto/base/base.h"

#define DATE_NONE INT32_MIN

int64_t clock_ms(void);   /* monotonic */
int64_t clock_wall(void); /* since 1970 UTC */

int32_t date_of_wall(int64_t wall_ms);
int32_t date_make(int year, int month, int day); /* DATE_NONE if there is no such day */
bool date_is_day(int32_t date); /* one that date_make can make */
void date_split(int32_t date, int *year, int *month, int *day);
/* "2025-06-14", whole string; DATE_NONE otherwise. */
int32_t date_read(const char *iso);
/* ISO form into out[11]; "" for DATE_NONE. Returns out. */
char *date_iso(int32_t date, char out[11]);
/* dd/mm/yyyy into out[11]; "" for DATE_NONE. Returns out. */
char *date_vi(int32_t date, char out[11]);

#endif
