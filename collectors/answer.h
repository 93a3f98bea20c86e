/*
 * answer - what an office reads about its file: NAME.ket-qua.txt beside it, and where
 * there is something to correct or to explain NAME.ket-qua.xlsx, its own workbook with
 * the findings in it.
 *
 * Both say the same: they are written from one struct answer. Written at intake with what
 * is known offline, and once more when the last receipt is in. Vietnamese: they are for
 * the officer, whatever the locale of the daemon. A workbook that somebody has saved
 * since is never written over.
 */
#ifndef HTX_ANSWER_H
#define HTX_ANSWER_H

#include "collectors/outbox.h"
#include "collectors/say.h"
#include "collectors/spool.h"
#include "proto/forms/form.h"

/* What a line says in one word: a verdict, or why there is none. */
enum answer_state {
    LINE_WAITING = VERDICT_CONFLICT + 1, /* no receipt yet */
    LINE_REFUSED_HERE,
    LINE_SAME,
    LINE_CHECKED, /* of `check`: nothing was sent */
    LINE_STATES,
};

/* What the unit has explained, as it was taken. */
struct answer_said {
    const char *finding, *b1, *b2, *text; /* finding "": about the report as a whole */
    uint32_t indicator;
    int64_t made_at;
};

struct answer_line {
    const char *title, *place; /* "HTX Ngọc Minh", "Biểu 01!C12" */
    size_t state;              /* a verdict or one of above */
    uint32_t revision;
    bool has_item, has_receipt, late;
    struct hash hash; /* of the item */
    struct uuid id;
    uint64_t epoch, seq;
    int64_t time;
    struct findings findings; /* ours, and behind them what the province added */
    struct answer_said *says; /* in the order they were made */
    size_t n_says;
};

struct answer {
    const char *name, *unit;
    int64_t taken_at; /* 0: only checked */
    struct hash file;
    struct findings sheet; /* about the file as a whole */
    struct answer_line *lines;
    size_t n;
    struct arena arena;
};

bool answer_gather(const struct catalogue *cat, struct outbox *ob, const char *claim,
                   struct answer *out, struct err *e) MUST_CHECK;
/* The same of a file that was only read; form is borrowed. */
void answer_of_form(const struct catalogue *cat, const char *name, const char *unit,
                    const struct form_read *form, struct answer *out);
void answer_clear(struct answer *a);
bool answer_has_findings(const struct answer *a);

/* "HTX Ngọc Minh (0100...), 6 tháng đầu năm 2025, thực hiện" into the arena. */
const char *answer_title(struct arena *a, const struct catalogue *cat,
                         const struct report *r);
/* What the answer begins with: whose file, when, how many reports came to what. */
void answer_head(const struct catalogue *cat, enum lang lang, const struct answer *a,
                 struct bytes *out);
/* The newest explanation of this finding, or NULL. */
const struct answer_said *answer_explained(const struct answer_line *l,
                                           const struct finding *f);
const char *answer_state_text(const struct catalogue *cat, enum lang lang, size_t state);

/* The text of a file's answer so far. */
bool answer_text(const struct catalogue *cat, struct outbox *ob, const char *claim,
                 enum lang lang, struct bytes *out, struct err *e) MUST_CHECK;
bool answer_write(const struct catalogue *cat, struct outbox *ob, struct spool *sp,
                  const char *claim, struct err *e) MUST_CHECK;

/* Writes every answer whose last receipt has come; troubles are logged, not lost. */
void answer_pending(const struct catalogue *cat, struct outbox *ob, struct spool *sp);

/*
 * The workbook at path with the answer in it. ERR_INPUT: it cannot be given back, the
 * text is the answer. The bytes tell whether anybody changed them since:
 * answer_is_ours().
 */
bool answer_book(const struct catalogue *cat, const struct answer *a, const char *path,
                 struct bytes *out, struct err *e) MUST_CHECK;
bool answer_is_ours(struct span book);

#endif
