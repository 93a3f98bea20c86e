#include "collectors/schedule.h"

enum { MINUTE_MS = 60000, DAY_MINUTES = 1440, VIETNAM_MINUTES = 7 * 60 };

static int two_digits(const char *p)
{
    if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
        return -1;
    return (p[0] - '0') * 10 + (p[1] - '0');
}

bool schedule_read(const char *text, struct schedule *out)
{
    char date[11];
    int hour, minute;

    out->at = (struct civil){DATE_NONE, 0};
    if (strcmp(text, "now") == 0) {
        out->when = SEND_NOW;
        return true;
    }
    if (strcmp(text, "window") == 0) {
        out->when = SEND_WINDOW;
        return true;
    }
    if (strncmp(text, "at ", 3) != 0)
        return false;
    text += 3;
    while (*text == ' ')
        text++;
    if (strlen(text) != 16 || text[10] != 'T' || text[13] != ':')
        return false;
    memcpy(date, text, 10);
    date[10] = 0;
    hour = two_digits(text + 11);
    minute = two_digits(text + 14);
    out->when = SEND_AT;
    out->at.date = date_read(date);
    out->at.minute = hour * 60 + minute;
    return out->at.date != DATE_NONE && hour >= 0 && hour < 24 && minute >= 0 &&
           minute < 60;
}

struct civil civil_now(int32_t fixed_date, int64_t wall_ms)
{
    int64_t minutes = wall_ms / MINUTE_MS + VIETNAM_MINUTES;
    int in_day = (int)(minutes % DAY_MINUTES);

    return (struct civil){fixed_date != DATE_NONE ? fixed_date : date_of_wall(wall_ms),
                          in_day < 0 ? in_day + DAY_MINUTES : in_day};
}

bool schedule_due(const struct schedule *s, bool approved, int32_t opens,
                  struct civil now)
{
    if (s->approval && !approved)
        return false;
    switch (s->when) {
    case SEND_NOW:
        return true;
    case SEND_WINDOW:
        return opens == DATE_NONE || now.date >= opens;
    case SEND_AT:
        return now.date > s->at.date ||
               (now.date == s->at.date && now.minute >= s->at.minute);
    }
    return false;
}

char *schedule_text(const struct schedule *s, char out[24])
{
    char iso[11];

    switch (s->when) {
    case SEND_NOW:
        snprintf(out, 24, "now");
        break;
    case SEND_WINDOW:
        snprintf(out, 24, "window");
        break;
    case SEND_AT:
        snprintf(out, 24, "at %sT%02u:%02u", date_iso(s->at.date, iso),
                 (unsigned)s->at.minute / 60 % 24, (unsigned)s->at.minute % 60);
        break;
    }
    return out;
}
