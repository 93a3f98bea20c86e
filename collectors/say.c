#include "collectors/say.h"
#include "collectors/schedule.h"

#include <stdarg.h>

enum { ARGS_MAX = 9 };

enum lang say_lang(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    const char *locale = NULL, *list = getenv("LANGUAGE");

    for (size_t i = 0; i < COUNT(names) && (locale == NULL || *locale == 0); i++)
        locale = getenv(names[i]);
    if (locale == NULL || *locale == 0)
        locale = "C";
    /* LANGUAGE refines a locale; it does not replace C */
    if (list != NULL && *list != 0 && strcmp(locale, "C") != 0 &&
        strcmp(locale, "C.UTF-8") != 0 && strcmp(locale, "POSIX") != 0)
        locale = list;
    return strncmp(locale, "vi", 2) == 0 ? LANG_VI : LANG_EN;
}

void say(struct bytes *out, const struct catalogue *c, enum lang lang, const char *key,
         ...)
{
    const char *args[ARGS_MAX] = {0};
    const char *p = catalogue_text(c, key, lang);
    va_list ap;

    va_start(ap, key);
    for (size_t i = 0; i < ARGS_MAX; i++) {
        args[i] = va_arg(ap, const char *);
        if (args[i] == NULL)
            break;
    }
    va_end(ap);
    while (*p != 0) {
        if (p[0] == '{' && p[1] >= '1' && p[1] <= '9' && p[2] == '}') {
            const char *arg = args[p[1] - '1'];

            bytes_str(out, arg != NULL ? arg : "");
            p += 3;
            continue;
        }
        bytes_char(out, *p++);
    }
}

const char *say_word(const struct catalogue *c, enum lang lang, const char *prefix,
                     const char *word)
{
    char key[96];

    snprintf(key, sizeof key, "%s.%s", prefix, word);
    return catalogue_text(c, key, lang);
}

void say_finding(struct bytes *out, const struct catalogue *c, enum lang lang,
                 const struct finding *f)
{
    static const char *const words[] = {
        [SEV_NOTE] = "note", [SEV_WARNING] = "warning", [SEV_ERROR] = "error"};
    const char *word =
        f->severity >= SEV_NOTE && f->severity <= SEV_ERROR ? words[f->severity] : "note";

    bytes_printf(out, "[%s] ", say_word(c, lang, "severity", word));
    finding_render(c, f, lang, out);
}

void say_time(struct bytes *out, int64_t wall_ms)
{
    struct civil t = civil_now(DATE_NONE, wall_ms);
    char date[11];

    bytes_printf(out, "%s %02d:%02d", date_vi(t.date, date), t.minute / 60,
                 t.minute % 60);
}
