#include "aggregator/ingest/talk.h"
#include "proto/base/text.h"

bool talk_speaker(struct app *app, struct arena *a, const char *by, struct speaker *out,
                  struct err *e)
{
    const struct pg_arg code = pg_text(by);
    struct pg_rows rows = {0};
    struct pg *pg;

    out->code = app_actor(app, a, by, e); /* also: is there such a person? */
    pg = out->code != NULL ? app_pg(app, DB_ADMIN, e) : NULL;
    if (pg == NULL ||
        !pg_query(pg, "select name from person_now where code = $1", &code, 1, &rows, e))
        return false;
    out->name = arena_str(a, rows.n > 0 ? pg_get_text(&rows, 0, 0) : by);
    pg_rows_clear(&rows);
    return true;
}

static size_t characters(const char *s)
{
    size_t n = 0;

    for (; *s != 0; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

bool talk_text(const struct app *app, const char *option, const char *text,
               struct arena *a, const char **out, struct err *e)
{
    char *nfc = text_nfc(a, span_str(text));

    *out = nfc;
    if (nfc == NULL)
        return app_set(app, e, ERR_INPUT, "%s: không phải chữ Unicode (UTF-8)",
                       "%s: not Unicode text (UTF-8)", option);
    if (characters(nfc) > TALK_TEXT)
        return app_set(app, e, ERR_INPUT,
                       "%s: dài %zu ký tự, tối đa %d; đề nghị viết gọn lại",
                       "%s: %zu characters, at most %d; please shorten it", option,
                       characters(nfc), TALK_TEXT);
    for (const char *p = nfc; *p != 0; p++)
        if ((unsigned char)*p < ' ' && *p != '\n' && *p != '\t')
            return app_set(app, e, ERR_INPUT, "%s: có ký tự điều khiển, đề nghị gõ lại",
                           "%s: has control characters, please type it again", option);
    return nfc[strspn(nfc, " \t\n")] != 0 ||
           app_set(app, e, ERR_INPUT, "%s: không được để trống", "%s: must not be empty",
                   option);
}
