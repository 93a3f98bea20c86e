#include "proto/base/clock.h"

#include <stdio.h>
#include <time.h>

enum { DAY_MS = 86400000, VIETNAM_MS = 7 * 3600 * 1000 };

static int64_t now(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_ms(void)
{
    return now(CLOCK_MONOTONIC);
}

int64_t clock_wall(void)
{
    return now(CLOCK_REALTIME);
}

int32_t date_of_wall(int64_t wall_ms)
{
    int64_t local = wall_ms + VIETNAM_MS;
    int64_t day = local / DAY_MS;

    return (int32_t)(local % DAY_MS < 0 ? day - 1 : day);
}

int32_t date_make(int y, int m, int d)
{
    static const int len[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    int era, yoe, doy;

    if (y < 1900 || y > 9999 || m < 1 || m > 12 || d < 1 ||
        d > len[m - 1] + (m == 2 && leap ? 1 : 0))
        return DATE_NONE;
    if (m <= 2)
        y--;
    era = y / 400;
    yoe = y - era * 400;
    doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

bool date_is_day(int32_t date)
{
    return date >= date_make(1900, 1, 1) && date <= date_make(9999, 12, 31);
}

void date_split(int32_t date, int *year, int *month, int *day)
{
    int z = date + 719468;
    int era = z / 146097;
    int doe = z - era * 146097;
    int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int mp = (5 * doy + 2) / 153;

    *day = doy - (153 * mp + 2) / 5 + 1;
    *month = mp < 10 ? mp + 3 : mp - 9;
    *year = yoe + era * 400 + (*month <= 2 ? 1 : 0);
}

int32_t date_read(const char *iso)
{
    int v[3] = {0, 0, 0};
    static const int width[] = {4, 2, 2};
    const char *p = iso;

    for (int i = 0; i < 3; i++) {
        if (i > 0 && *p++ != '-')
            return DATE_NONE;
        for (int k = 0; k < width[i]; k++, p++) {
            if (*p < '0' || *p > '9')
                return DATE_NONE;
            v[i] = v[i] * 10 + (*p - '0');
        }
    }
    return *p == 0 ? date_make(v[0], v[1], v[2]) : DATE_NONE;
}

char *date_iso(int32_t date, char out[11])
{
    int y, m, d;

    out[0] = 0;
    if (date == DATE_NONE)
        return out;
    date_split(date, &y, &m, &d);
    snprintf(out, 11, "%04u-%02u-%02u", (unsigned)y % 10000, (unsigned)m % 100,
             (unsigned)d % 100);
    return out;
}

char *date_vi(int32_t date, char out[11])
{
    int y, m, d;

    out[0] = 0;
    if (date == DATE_NONE)
        return out;
    date_split(date, &y, &m, &d);
    snprintf(out, 11, "%02u/%02u/%04u", (unsigned)d % 100, (unsigned)m % 100,
             (unsigned)y % 10000);
    return out;
}
