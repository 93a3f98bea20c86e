/* The guide: signs, how to fill, save and hand in, the days of the period. */
#include "collectors/template_own.h"

static const double widths[] = {4, 22, 66};
enum { COLUMNS = COUNT(widths) };

static void line(struct maker *m, const char *text)
{
    struct paper *p = &m->paper;

    paper_across(p, 0, COLUMNS - 1, text, PAPER_LINE);
    paper_height(p, paper_lines(text, paper_width(p, 0, COLUMNS - 1) * 0.9));
    p->row++;
}

static void title(struct maker *m, const char *key)
{
    m->paper.row++;
    paper_across(&m->paper, 0, COLUMNS - 1, template_text(m, key), PAPER_GUIDE);
    paper_height(&m->paper, 1);
    m->paper.row++;
}

static void row(struct maker *m, const char *sign, const char *meaning)
{
    paper_text(&m->paper, 1, sign, PAPER_CENTRE);
    paper_text(&m->paper, 2, meaning, PAPER_TEXT);
    paper_height(&m->paper, paper_lines(meaning, widths[2]));
    m->paper.row++;
}

static void signs(struct maker *m)
{
    static const char *const of[][2] = {
        {"0",   "template.sign_zero"          },
        {"-",   "template.sign_nil"           },
        {"x",   "template.sign_not_applicable"},
        {"…", "template.sign_not_available" },
        {"KCC", "template.sign_refused"       },
    };

    title(m, "template.guide_signs");
    for (size_t i = 0; i < COUNT(of); i++)
        row(m, of[i][0], template_text(m, of[i][1]));
    row(m, template_text(m, "template.sign_blank"),
        template_text(m, "template.sign_missing"));
}

static void days(struct maker *m)
{
    const struct period *p = m->job->period;
    const struct {
        const char *key;
        int32_t day;
    } of[] = {
        {"template.day_starts", p->starts},
        {"template.day_opens",  p->opens },
        {"template.day_cutoff", p->cutoff},
        {"template.day_due",    period_due(m->job->cat, p)},
        {"template.day_closes", p->closes},
    };
    char day[11];

    title(m, "template.guide_days");
    for (size_t i = 0; i < COUNT(of); i++)
        if (of[i].day != DATE_NONE)
            row(m, date_vi(of[i].day, day), template_text(m, of[i].key));
}

static void steps(struct maker *m, const char *head, const char *prefix, int n)
{
    title(m, head);
    for (int i = 1; i <= n; i++)
        line(m, arena_printf(
                    &m->paper.arena, "%d. %s", i,
                    template_text(m, arena_printf(&m->paper.arena, "%s_%d", prefix, i))));
}

void template_guide(struct maker *m, const struct form *const *forms, size_t n)
{
    struct paper *p = &m->paper;

    paper_guide_sheet(p, template_text(m, "template.guide"), widths, COLUMNS);
    paper_name(p, "HTX_FORM", "-", true); /* a page of ours that holds no form */
    paper_across(p, 0, COLUMNS - 1, template_text(m, "template.guide_title"),
                 PAPER_TITLE);
    paper_height(p, 1);
    p->row++;
    line(m, template_say(m, "template.guide_head", m->job->period->name_vi, NULL, NULL,
                         NULL));
    for (size_t i = 0; i < n; i++)
        line(m, arena_printf(&p->arena, "- %s", forms[i]->name_vi));
    signs(m);
    steps(m, "template.guide_fill", "template.fill", 7);
    steps(m, "template.guide_send", "template.send", 4);
    days(m);
    paper_guide_done(p);
}
