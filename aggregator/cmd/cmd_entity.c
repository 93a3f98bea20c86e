/* entity event, entity confirm: what the province knows of an entity, with its document.
 */
#include "aggregator/acts/entity.h"
#include "aggregator/ingest/talk.h"
#include "aggregator/rollup/effect_total.h"
#include "proto/wire.h"

#include <getopt.h>

/* ---- entity event ---- */

struct event { /* of the command line; NULL: not given */
    const char *subject, *event, *on, *kind, *name, *sector, *unit, *commune, *state,
        *other, *act, *note, *by;
    bool yes;
    int32_t day;
    const char *unit_from;
};

static bool is_word(const struct reg_word *words, const char *code)
{
    while (words->code != NULL && strcmp(words->code, code) != 0)
        words++;
    return words->code != NULL;
}

static bool check_word(struct app *app, const char *option, const struct reg_word *words,
                       const char *code, struct err *e)
{
    struct bytes list = {0};

    if (code == NULL || is_word(words, code))
        return true;
    for (; words->code != NULL; words++)
        bytes_printf(&list, "%s%s (%s)", list.n != 0 ? ", " : "", words->code,
                     app_say(app, words->vi, words->en));
    app_set(app, e, ERR_INPUT, "%s \"%s\": không có từ này, chọn một trong: %s",
            "%s \"%s\": no such word, use one of: %s", option, code, bytes_cstr(&list));
    bytes_clear(&list);
    return false;
}

static bool any_of(const char *word, const char *list)
{
    const char *at = strstr(list, word);

    return at != NULL && (at == list || at[-1] == ' ') &&
           (at[strlen(word)] == ' ' || at[strlen(word)] == 0);
}

/* What an event must say to be one. */
static bool check_content(struct app *app, const struct event *v, struct err *e)
{
    if (any_of(v->event, "renamed") && v->name == NULL)
        return app_set(app, e, ERR_INPUT, "--event renamed: cần --name (tên mới)",
                       "--event renamed: --name is needed (the new name)");
    if (any_of(v->event, "moved") && v->unit == NULL && v->commune == NULL)
        return app_set(app, e, ERR_INPUT,
                       "--event moved: cần --unit hoặc --commune (nơi chuyển đến)",
                       "--event moved: --unit or --commune is needed (where to)");
    if (any_of(v->event, "merged split") && v->other == NULL)
        return app_set(
            app, e, ERR_INPUT, "--event %s: cần --other (tổ chức kia, theo văn bản)",
            "--event %s: --other is needed (the other one, by the act)", v->event);
    if (any_of(v->event, "changed") && v->kind == NULL && v->name == NULL &&
        v->sector == NULL && v->unit == NULL && v->commune == NULL && v->state == NULL)
        return app_set(
            app, e, ERR_INPUT,
            "--event changed: cần ít nhất một nội dung thay đổi (--name, --sector, "
            "--unit, --commune, --state, --kind)",
            "--event changed: at least one change is needed (--name, --sector, --unit, "
            "--commune, --state, --kind)");
    if (v->state != NULL && (strcmp(v->state, "dissolved") == 0 ||
                             any_of(v->event, "dissolved bankrupt revoked merged")))
        return app_set(
            app, e, ERR_INPUT,
            "--state không dùng với biến động này: giải thể ghi bằng --event "
            "dissolved|bankrupt|revoked|merged",
            "--state does not go with this: a dissolution is entered by --event "
            "dissolved|bankrupt|revoked|merged");
    return true;
}

/* The unit of that code on the day of the event. */
static bool check_unit(struct app *app, struct pg *pg, struct event *v, struct arena *a,
                       struct err *e)
{
    static const char SQL[] =
        "select to_char(valid_from, 'YYYY-MM-DD') from unit_now where code = $1"
        " and valid_from <= $2 and (valid_to is null or valid_to >= $2)"
        " order by valid_from desc limit 1";
    const struct pg_arg args[] = {pg_text(v->unit), pg_date(v->day)};
    struct pg_rows r = {0};
    char day[11];

    if (v->unit == NULL)
        return true;
    if (!app_unit_known(app, "--unit", v->unit, e) ||
        !pg_query(pg, SQL, args, COUNT(args), &r, e))
        return false;
    if (r.n > 0)
        v->unit_from = arena_str(a, pg_get_text(&r, 0, 0));
    pg_rows_clear(&r);
    return v->unit_from != NULL ||
           app_set(app, e, ERR_INPUT,
                   "--unit %s: ngày %s không có đơn vị mã này (xem unit list)",
                   "--unit %s: no unit had this code on %s (see unit list)", v->unit,
                   date_vi(v->day, day));
}

static bool check_texts(struct app *app, struct event *v, struct arena *a, struct err *e)
{
    const struct {
        const char *option, **text;
    } texts[] = {
        {"--name",    &v->name   },
        {"--commune", &v->commune},
        {"--act",     &v->act    },
        {"--note",    &v->note   }
    };

    for (size_t i = 0; i < COUNT(texts); i++) {
        if (*texts[i].text == NULL)
            continue;
        if (!talk_text(app, texts[i].option, *texts[i].text, a, texts[i].text, e))
            return false;
        if (strlen(*texts[i].text) > WIRE_STRING_LEN) /* units could not read it */
            return app_set(app, e, ERR_INPUT, "%s: quá dài (tối đa 300 ký tự)",
                           "%s: too long (at most 300 characters)", texts[i].option);
    }
    return true;
}

static bool check_sector(struct app *app, const struct event *v, struct err *e)
{
    const struct catalogue *cat = v->sector != NULL ? app_catalogue(app, e) : NULL;

    if (v->sector == NULL)
        return true;
    if (cat == NULL)
        return false;
    return catalogue_breakdown(cat, "sector", v->sector) != NULL ||
           app_set(app, e, ERR_INPUT,
                   "--sector %s: danh mục đang dùng không có lĩnh vực này",
                   "--sector %s: the active catalogue has no such sector", v->sector);
}

/* The day fits what is known of it. */
static bool check_day(struct app *app, const struct event *v, const struct entity_fact *f,
                      struct err *e)
{
    bool ends = any_of(v->event, "dissolved bankrupt revoked merged");
    char day[11];

    if (v->day == DATE_NONE || v->day < date_make(1945, 1, 1) ||
        v->day > settings_today(&app->settings) + 366)
        return app_set(
            app, e, ERR_INPUT,
            "--on \"%s\": không phải ngày có thể có (ghi theo dạng 2025-06-30, "
            "không quá một năm sau hôm nay)",
            "--on \"%s\": no possible day (write it as 2025-06-30, at most a "
            "year from today)",
            v->on);
    if (f->known && f->founded != DATE_NONE && v->day < f->founded &&
        strcmp(v->event, "founded") != 0)
        return app_set(
            app, e, ERR_INPUT,
            "--on %s: sớm hơn ngày thành lập (%s): kiểm tra ngày, hoặc ghi lại "
            "ngày thành lập (--event founded)",
            "--on %s: before its founding (%s): check the day, or enter the "
            "founding again (--event founded)",
            v->on, date_vi(f->founded, day));
    if (f->known && f->dissolved != DATE_NONE && v->day > f->dissolved && !ends &&
        !any_of(v->event, "founded resumed changed"))
        return app_set(
            app, e, ERR_INPUT,
            "--on %s: sau ngày giải thể (%s). Nếu việc giải thể ghi nhầm, ghi "
            "--event resumed từ ngày đó rồi ghi biến động này",
            "--on %s: after its end (%s). If that was entered by mistake, enter "
            "--event resumed from that day, then this one",
            v->on, date_vi(f->dissolved, day));
    return true;
}

/* Who it is about; of a first entry all that a register row needs. */
static bool check_known(struct app *app, struct pg *pg, struct event *v, struct arena *a,
                        struct entity_fact *f, struct err *e)
{
    struct entity_fact other;

    if (!entity_argument(app, app_say(app, "mã", "number"), v->subject, a, &v->subject,
                         e) ||
        !entity_find(pg, v->subject, DATE_NONE, a, f, e))
        return false;
    if (!f->known && strcmp(v->event, "founded") != 0)
        return entity_must(app, pg, v->subject, a, f, e);
    if (f->known && strcmp(f->source, "report") == 0)
        return app_set(
            app, e, ERR_INPUT,
            "%s chưa xác nhận (mới có trong báo cáo): xác nhận trước bằng "
            "entity confirm %s",
            "%s is not confirmed (only a report knows it): first entity confirm "
            "%s",
            entity_shown(a, f), v->subject);
    if (!f->known && (v->name == NULL || v->unit == NULL))
        return app_set(app, e, ERR_INPUT,
                       "%s chưa có trong danh bạ: thành lập mới cần --name và --unit",
                       "%s is not in the register: its founding needs --name and --unit",
                       subject_shown(v->subject));
    if (!f->known && v->kind == NULL)
        v->kind = "htx";
    if (v->other == NULL)
        return true;
    if (!entity_argument(app, "--other", v->other, a, &v->other, e) ||
        !entity_must(app, pg, v->other, a, &other, e))
        return false;
    return strcmp(other.subject, f->subject) != 0 ||
           app_set(app, e, ERR_INPUT, "--other %s: là chính tổ chức này",
                   "--other %s: is the same one", subject_shown(v->other));
}

static void add_event(struct acts *acts, const struct event *v, const char *person)
{
    const char *const given[][2] = {
        {"kind",      v->kind     },
        {"name",      v->name     },
        {"sector",    v->sector   },
        {"unit",      v->unit     },
        {"unit_from", v->unit_from},
        {"commune",   v->commune  },
        {"state",     v->state    },
        {"other",     v->other    }
    };
    const char *note = v->note != NULL ? v->note : "";
    struct json *j = json_new();

    json_text(j, "subject", v->subject);
    json_text(j, "event", v->event);
    json_date(j, "day", v->day);
    for (size_t i = 0; i < COUNT(given); i++)
        if (given[i][1] != NULL)
            json_text(j, given[i][0], given[i][1]);
    json_text(j, "act", v->act);
    json_text(j, "note", note);
    json_text(j, "person", person);
    acts_add(acts, "entity_event", &j);
}

/* The very record that stands already: said twice, it is one event. */
static bool said_before(struct pg *pg, const struct acts *acts, bool *same, struct err *e)
{
    const struct hash hash = hash_of(DOMAIN_CONTROL, acts->list[0].body);
    const struct pg_arg arg = pg_hash(&hash);
    struct pg_rows r = {0};

    if (!pg_query(pg,
                  "select from control c join entity_event v using (epoch, seq)"
                  " where c.hash = $1 and not exists (select from entity_event n"
                  "  where n.subject = v.subject and (n.epoch, n.seq) > (v.epoch, v.seq))"
                  " limit 1",
                  &arg, 1, &r, e))
        return false;
    *same = r.n > 0;
    pg_rows_clear(&r);
    return true;
}

static int enter_event(struct app *app, struct event *v)
{
    struct acts acts = {0};
    struct arena a = {0};
    struct entity_fact f = {0};
    struct speaker who;
    struct err e = {0};
    bool same = false, go = true, ok = false;
    struct pg *pg = app_writer(app, &e);
    char day[11];

    if (pg == NULL || !talk_speaker(app, &a, v->by, &who, &e) ||
        !check_word(app, "--event", ENTITY_EVENTS, v->event, &e) ||
        !check_word(app, "--kind", ENTITY_KINDS, v->kind, &e) ||
        !check_word(app, "--state", ENTITY_STATES, v->state, &e) ||
        !check_texts(app, v, &a, &e) || !check_content(app, v, &e) ||
        !check_sector(app, v, &e))
        goto out;
    v->day = date_read(v->on);
    if (!check_known(app, pg, v, &a, &f, &e) || !check_day(app, v, &f, &e) ||
        !check_unit(app, pg, v, &a, &e))
        goto out;
    if (f.known && strcmp(f.subject, v->subject) != 0) {
        fprintf(stderr, "%s %s %s\n", subject_shown(v->subject),
                app_say(app, "được tính dưới mã sau, biến động được ghi vào mã đó:",
                        "is counted under the following, where this is entered:"),
                subject_shown(f.subject));
        v->subject = f.subject;
    }
    add_event(&acts, v, who.code);
    if (!said_before(pg, &acts, &same, &e) ||
        (!same && !effect_total_ask(app, pg, &acts, NULL, 0, v->yes, false, &go, &e)) ||
        (!same && go && !acts_append(&acts, pg, who.code, &e)))
        goto out;
    ok = true;
    if (go)
        printf("%s: %s, %s %s\n",
               same ? app_say(app, "không thay đổi, đã ghi từ trước",
                              "unchanged, entered before")
                    : app_say(app, "đã ghi", "entered"),
               reg_word_shown(ENTITY_EVENTS, v->event, app->lang),
               f.known ? entity_shown(&a, &f)
                       : arena_printf(&a, "%s (%s)", v->name, subject_shown(v->subject)),
               date_vi(v->day, day));
out:
    acts_clear(&acts);
    arena_clear(&a);
    return !ok ? app_fail(app, &e) : go ? EXIT_DONE : EXIT_FINDINGS;
}

int cmd_entity_event(struct app *app, int argc, char **argv)
{
    struct event v = {.day = DATE_NONE};
    const struct {
        const char *option, **value;
    } words[] = {
        {"event",   &v.event  },
        {"on",      &v.on     },
        {"kind",    &v.kind   },
        {"name",    &v.name   },
        {"sector",  &v.sector },
        {"unit",    &v.unit   },
        {"commune", &v.commune},
        {"state",   &v.state  },
        {"other",   &v.other  },
        {"act",     &v.act    },
        {"note",    &v.note   },
        {"by",      &v.by     }
    };
    struct option options[COUNT(words) + 2] = {
        {"yes", no_argument, NULL, 'y'}
    };
    int c, at = 0;

    for (size_t i = 0; i < COUNT(words); i++)
        options[i + 1] =
            (struct option){words[i].option, required_argument, NULL, (int)(256 + i)};
    while ((c = getopt_long(argc, argv, "", options, &at)) != -1) {
        if (c == 'y')
            v.yes = true;
        else if (c >= 256)
            *words[c - 256].value = optarg;
        else
            return app_usage(app, NULL, NULL);
    }
    if (argc - optind != 1)
        return app_usage(app, "cần mã của một tổ chức",
                         "the number of one entity is needed");
    v.subject = argv[optind];
    if (v.event == NULL || v.on == NULL)
        return app_usage(app, "cần --event và --on (ngày có hiệu lực)",
                         "--event and --on (its day) are needed");
    if (v.act == NULL)
        return app_usage(app, "cần --act: số, ngày văn bản làm căn cứ",
                         "--act is needed: number and day of the document");
    if (v.by == NULL)
        return app_usage(app, "cần --by: người thực hiện", "--by is needed: who does it");
    return enter_event(app, &v);
}

/* ---- entity confirm ---- */

/* What only a report knows becomes a row of the register; a row gets its word. */
static void add_confirmation(struct app *app, struct acts *acts,
                             const struct entity_fact *f, const char *person)
{
    const char *values[REG_COLUMNS];
    struct event v = {.subject = f->subject,
                      .event = "confirmed",
                      .day = settings_today(&app->settings),
                      .act = ""};

    if (strcmp(f->source, "report") != 0) {
        add_event(acts, &v, person);
        return;
    }
    for (size_t i = 0; i < reg_entity.n; i++)
        values[i] = "";
    values[reg_index(&reg_entity, "subject")] = f->subject;
    values[reg_index(&reg_entity, "kind")] = f->kind;
    values[reg_index(&reg_entity, "name")] = f->name;
    values[reg_index(&reg_entity, "sector")] = f->sector;
    values[reg_index(&reg_entity, "unit")] = f->unit;
    values[reg_index(&reg_entity, "unit_from")] = f->unit_from;
    values[reg_index(&reg_entity, "commune")] = f->commune;
    values[reg_index(&reg_entity, "state")] = f->state;
    values[reg_index(&reg_entity, "confirmed")] = "yes";
    reg_record(&reg_entity, values, acts);
}

/* Every unconfirmed one of a unit. */
static bool of_unit(struct app *app, struct pg *pg, const char *unit, struct arena *a,
                    const char ***list, size_t *n, struct err *e)
{
    const struct pg_arg arg = pg_text(unit);
    struct pg_rows r = {0};

    if (!app_unit_known(app, "--unit", unit, e) ||
        !pg_query(pg,
                  "select subject from entity_fact_at(" LOG_END ", 'infinity')"
                  " where unit = $1 and not confirmed order by subject collate \"C\"",
                  &arg, 1, &r, e))
        return false;
    *list = arena_new(a, (r.n + 1) * sizeof **list);
    *n = r.n;
    for (size_t i = 0; i < r.n; i++)
        (*list)[i] = arena_str(a, pg_get_text(&r, i, 0));
    pg_rows_clear(&r);
    return true;
}

static int confirm(struct app *app, const char *unit, char **subjects, size_t n,
                   const char *by)
{
    struct acts acts = {0};
    struct arena a = {0};
    struct speaker who;
    struct err e = {0};
    struct pg *pg = app_writer(app, &e);
    struct bytes lines = {0};
    const char **list = NULL;
    size_t same = 0;
    bool ok = pg != NULL && talk_speaker(app, &a, by, &who, &e);

    if (ok && unit != NULL) {
        ok = of_unit(app, pg, unit, &a, &list, &n, &e);
    } else if (ok) {
        list = arena_new(&a, n * sizeof *list);
        for (size_t i = 0; ok && i < n; i++)
            ok = entity_argument(app, app_say(app, "mã", "number"), subjects[i], &a,
                                 &list[i], &e);
    }
    for (size_t i = 0; ok && i < n; i++) {
        struct entity_fact f;
        bool twice = false;

        ok = entity_must(app, pg, list[i], &a, &f, &e);
        if (!ok)
            break;
        for (size_t k = 0; k < i; k++)
            twice = twice || strcmp(list[k], f.subject) == 0;
        list[i] = f.subject;
        if (f.confirmed || twice) {
            same++;
            continue;
        }
        add_confirmation(app, &acts, &f, who.code);
        bytes_printf(&lines, "  %s, %s, %s %s\n", entity_shown(&a, &f),
                     reg_word_shown(ENTITY_KINDS, f.kind, app->lang), f.unit,
                     f.unit_name);
    }
    ok = ok && acts_append(&acts, pg, who.code, &e);
    if (ok) {
        app_print(app, "đã xác nhận %zu tổ chức, %zu đã xác nhận từ trước\n",
                  "%zu confirmed, %zu were confirmed before\n", acts.n, same);
        fputs(bytes_cstr(&lines), stdout);
    }
    bytes_clear(&lines);
    acts_clear(&acts);
    arena_clear(&a);
    return ok ? EXIT_DONE : app_fail(app, &e);
}

int cmd_entity_confirm(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"unit", required_argument, NULL, 'u'},
        {"by",  required_argument, NULL, 'b'},
        {0     }
    };
    const char *unit = NULL, *by = NULL;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'u':
            unit = optarg;
            break;
        case 'b':
            by = optarg;
            break;
        default:
            return app_usage(app, NULL, NULL);
        }
    }
    if ((optind < argc) == (unit != NULL))
        return app_usage(app, "cần các mã, hoặc --unit", "numbers are needed, or --unit");
    if (by == NULL)
        return app_usage(app, "cần --by: người thực hiện", "--by is needed: who does it");
    return confirm(app, unit, argv + optind, (size_t)(argc - optind), by);
}
