/*
 * outbox - what this office has read, sealed, sent and got answered, in one SQLite file.
 *
 * When outbox_intake() or outbox_declare() returns true, the work survives a power cut,
 * and the file it came from is known as done: file and reports are one transaction. A
 * report arises only where its content differs from the newest one of its key. What was
 * sealed into a batch never changes and never moves; sending is "at least once", the
 * province knows repeats by their hash. Nothing is deleted: reports, batches, receipts
 * and notices stay.
 *
 * One outbox per process, used from one thread. ERR_RETRY: disk full or file locked.
 * ERR_SETUP: cannot be opened, or written by a newer release. See db.h.
 */
#ifndef HTX_OUTBOX_H
#define HTX_OUTBOX_H

#include "proto/batch.h"
#include "proto/notice.h"
#include "proto/reconcile.h"

extern const char *const outbox_steps[]; /* schema/outbox, embedded by the Makefile */

struct outbox;

/* min_free: bytes of the disk that must stay free when new work comes in. */
bool outbox_open(struct outbox **out, const char *path, uint64_t min_free,
                 struct err *e) MUST_CHECK;
void outbox_close(struct outbox **ob);

/* ERR_RETRY with the numbers when the disk is too full for new work. */
bool outbox_room(struct outbox *ob, struct err *e) MUST_CHECK;

/* -- files ------------------------------------------------------------------------- */

enum outcome {
    OUTCOME_NONE,
    OUTCOME_NEW,     /* the first report of its key */
    OUTCOME_REVISED, /* differs from the newest one: the next revision */
    OUTCOME_SAME,    /* says what the newest one says: nothing to send */
    OUTCOME_REFUSED, /* findings refuse it: not sent */
    OUTCOME_SHEET,   /* no report: what was found about the sheet as a whole */
};

struct outbox_file {
    const char *claim; /* names this file for ever */
    struct unit_key unit;
    const char *name;  /* as dropped */
    const char *shown; /* as it lies in the folder of answered files */
    struct hash hash;  /* of the original */
    bool bad;          /* nothing could be taken from it */
    int64_t taken_at;
};

/* One line of a file's answer. */
struct outbox_line {
    const char *title; /* "HTX Ngọc Minh" */
    const char *place; /* "Biểu 01!12" */
    enum outcome outcome;
    struct report *report; /* to be sent, or NULL; revision and supersedes are filled */
    struct span findings;  /* packed */
    /* what the file explains about it; about the report that the line comes to, so the
     * field `about` is not read */
    const struct explanation *says;
    size_t n_says;
};

/*
 * Stores the file as taken, its lines and their reports in one transaction. Lines with a
 * report come out as NEW, REVISED or SAME.
 */
bool outbox_intake(struct outbox *ob, const struct outbox_file *f,
                   struct outbox_line *lines, size_t n, struct err *e) MUST_CHECK;

/* In the place of a verdict: read again under a newer catalogue, never answered. */
enum { OUTBOX_REREAD = 9 };

/* The file of the oldest of these reports that has no receipt and was made under a
 * version older than this; *claim (the caller's to free) NULL when there is none. */
bool outbox_outdated(struct outbox *ob, const struct hash *items, size_t n,
                     uint32_t version, char **claim, struct err *e) MUST_CHECK;
/*
 * The file was read again: its reports among these items end without an answer, and what
 * the lines say now takes their place, approved as they were. lines: as for intake; those
 * of other reports are left alone. In one transaction.
 */
bool outbox_reread(struct outbox *ob, const char *claim, const struct hash *items,
                   size_t n_items, struct outbox_line *lines, size_t n, uint32_t version,
                   struct err *e) MUST_CHECK;

/* A file taken before? *f is borrowed until the next call on ob. */
bool outbox_file(struct outbox *ob, const char *claim, bool *known, struct outbox_file *f,
                 struct err *e) MUST_CHECK;
bool outbox_shown_taken(struct outbox *ob, const char *unit, const char *shown,
                        bool *taken, struct err *e) MUST_CHECK;

/* What a line came to so far. All borrowed during the call. */
struct outbox_answer {
    const char *title, *place;
    enum outcome outcome;
    struct span findings; /* local ones, packed */
    bool has_item;        /* a report stands behind it */
    struct uuid id;
    struct hash hash; /* of the item */
    uint32_t revision;
    bool sealed;
    enum verdict verdict; /* VERDICT_NONE: no receipt yet */
    struct span receipt;  /* packed */
    bool moved; /* sent from another place, of a file before: the receipt's cells are
                   there */
};
typedef void outbox_answer_fn(void *ctx, const struct outbox_answer *a);
bool outbox_lines(struct outbox *ob, const char *claim, outbox_answer_fn *fn, void *ctx,
                  struct err *e) MUST_CHECK;

/* The first file behind `after` ("" for none) whose answer is complete but not yet
 * written; *claim (the caller's to free) NULL when there is none. */
bool outbox_answerable(struct outbox *ob, const char *after, char **claim,
                       struct err *e) MUST_CHECK;
bool outbox_answered(struct outbox *ob, const char *claim, struct err *e) MUST_CHECK;

/* -- declarations ------------------------------------------------------------------ */

/* Standing reports of a form for this unit, period and vintage: subjects, not revisions.
 */
bool outbox_rows(struct outbox *ob, const struct submission *s, const char *form,
                 uint32_t *rows, struct err *e) MUST_CHECK;
/* Every form that has such reports, in the arena. */
bool outbox_forms(struct outbox *ob, const struct submission *s, struct arena *a,
                  const char ***forms, size_t *n, struct err *e) MUST_CHECK;

/*
 * Stores the submission and approves the reports it speaks of, in one transaction. *same:
 * the newest one says the same; no second is made, the reports are approved all the same.
 * *approved: how many were waiting for it.
 */
bool outbox_declare(struct outbox *ob, const struct submission *s, bool *same,
                    int64_t *approved, struct err *e) MUST_CHECK;

/* The newest declaration of this unit, period and vintage that may count, in the arena.
 */
bool outbox_declared(struct outbox *ob, const struct submission *of, struct arena *a,
                     bool *known, struct submission *out, struct err *e) MUST_CHECK;

/* -- what the unit says about its reports ------------------------------------------- */

/*
 * Stores explanations and withdrawals as items, in one transaction. Of each `about`,
 * finding, indicator, b1, b2, cell, text, withdraw and maker are read; the rest follows
 * from the report. What was said before in the same words is not said again; *fresh
 * counts the others. An explanation leaves with its report's approval. ERR_INPUT: no
 * report of ours, or a withdrawal of one that is replaced already.
 */
bool outbox_explain(struct outbox *ob, const struct explanation *list, size_t n,
                    int64_t now, size_t *fresh, struct err *e) MUST_CHECK;

/* One report of ours; everything lives in the caller's arena. */
struct outbox_found {
    struct hash hash;
    struct unit_key unit;
    struct span body, receipt; /* packed; receipt empty: none yet */
    struct span findings;      /* packed, of the local check */
    const char *shown;         /* its file, as it lies in the folder of answered files */
    bool withdrawn;
};
/* The report whose id or hash begins with this hex (dashes are fine). ERR_INPUT: none, or
 * several. */
bool outbox_find(struct outbox *ob, const char *prefix, struct arena *a,
                 struct outbox_found *out, struct err *e) MUST_CHECK;

/* What was said about a report, oldest first; borrowed during the call. */
struct outbox_said {
    bool withdraw;
    const char *finding, *cell, *text;
    uint32_t indicator;
    const char *b1, *b2;
    int64_t made_at;
    bool sealed;
    enum verdict verdict;
};
typedef void outbox_said_fn(void *ctx, const struct outbox_said *s);
bool outbox_said(struct outbox *ob, const struct hash *about, outbox_said_fn *fn,
                 void *ctx, struct err *e) MUST_CHECK;

/* A period in which the unit has reports or has declared. */
struct outbox_period {
    const char *scheme, *period;
    enum vintage vintage;
    int64_t reports;          /* that stand */
    bool declared, nothing;   /* by the newest declaration that still counts */
    int64_t rows;             /* of that declaration */
    const char *paper_number; /* of that declaration */
};
typedef void outbox_period_fn(void *ctx, const struct outbox_period *p);
bool outbox_periods(struct outbox *ob, const struct unit_key *unit, outbox_period_fn *fn,
                    void *ctx, struct err *e) MUST_CHECK;

/* -- batches ----------------------------------------------------------------------- */

struct outbox_head {
    uint64_t epoch;
    uint64_t sealed; /* newest number of the epoch; 0: none yet */
    uint64_t done;   /* up to here every item has its receipt */
    struct hash hash;
};
bool outbox_head(struct outbox *ob, const struct unit_key *unit, struct outbox_head *h,
                 struct err *e) MUST_CHECK;
/* The newest batch of every epoch, for hello; unit.code is borrowed from the argument. */
bool outbox_heads(struct outbox *ob, const struct unit_key *unit, struct arena *a,
                  struct head **heads, size_t *n, struct err *e) MUST_CHECK;

struct outbox_waiting { /* an item that is in no batch */
    const char *scheme, *period;
    bool approved;
};
struct outbox_seal {
    struct unit_key unit;
    struct hash recipient;
    const struct keypair *key;
    int64_t now;
    bool (*due)(void *ctx, const struct outbox_waiting *w);
    void *ctx;
};
/* Seals the oldest due items into the next batch; *number 0 when nothing is due. */
bool outbox_seal(struct outbox *ob, const struct outbox_seal *s, uint64_t *number,
                 struct hash *hash, struct err *e) MUST_CHECK;
/* Is the batch of this number another one than the hash says? False for none of ours. */
bool outbox_forked(struct outbox *ob, const struct head *theirs, bool *forked,
                   struct err *e) MUST_CHECK;
/* Is nothing of it waited for any more? */
bool outbox_batch_complete(struct outbox *ob, const struct batch_ref *b, bool *complete,
                           struct err *e) MUST_CHECK;
/* The envelope as sealed; out stays empty for a batch we do not have. */
bool outbox_batch(struct outbox *ob, const struct unit_key *unit, uint64_t epoch,
                  uint64_t number, struct bytes *out, struct err *e) MUST_CHECK;
/* We were restored: the next batch begins a new epoch that names these heads and ours. */
bool outbox_new_epoch(struct outbox *ob, const struct unit_key *unit, uint64_t epoch,
                      const struct head *heads, size_t n, int64_t now,
                      struct err *e) MUST_CHECK;

/* -- answers ----------------------------------------------------------------------- */

struct outbox_receipt { /* checked by the caller */
    struct leaf leaf;
    int64_t time;
    struct span bytes; /* packed */
};
/*
 * Stores receipts of one batch. The first receipt of an item stays; *differ counts second
 * ones that are not the same bytes. ERR_INPUT: an item or batch that is not ours.
 * *complete: every item of the batch has one.
 */
bool outbox_receipts(struct outbox *ob, const struct batch_ref *batch,
                     const struct outbox_receipt *list, size_t n, int64_t now,
                     bool *complete, size_t *differ, struct err *e) MUST_CHECK;

/* -- notices ----------------------------------------------------------------------- */

/* The position up to which the unit's notices are here; all zero: none. */
bool outbox_notice_newest(struct outbox *ob, const struct unit_key *unit,
                          struct log_pos *at, struct err *e) MUST_CHECK;
/* Keeps a checked notice; record: its exact bytes, proof: the packed message. A second
 * time changes nothing. */
bool outbox_notice_put(struct outbox *ob, const struct notice_act *act,
                       struct span record, struct span proof, int64_t now,
                       struct err *e) MUST_CHECK;

struct outbox_notice { /* borrowed during the call */
    struct notice_act act;
    int64_t came_at;
    bool shown; /* its readable file was written */
    struct span proof;
};
/* In the order of the log. fn must not change the outbox. */
typedef void outbox_notice_fn(void *ctx, const struct outbox_notice *n);
bool outbox_notices(struct outbox *ob, const char *unit, bool unshown_only,
                    outbox_notice_fn *fn, void *ctx, struct err *e) MUST_CHECK;
/*
 * Does it wait for the unit still? A question until it is explained or accepted, a return
 * until the report is corrected or withdrawn, a reminder until the period is declared.
 */
bool outbox_notice_open(struct outbox *ob, const struct notice_act *act, int64_t came_at,
                        bool *open, struct err *e) MUST_CHECK;
bool outbox_notice_shown(struct outbox *ob, const struct unit_key *unit,
                         const struct log_pos *at, struct err *e) MUST_CHECK;

/* -- lists ------------------------------------------------------------------------- */

struct outbox_counts {
    int64_t waiting, unapproved; /* items in no batch; of these waiting for `declare` */
    int64_t on_the_way;          /* sealed without a receipt */
    int64_t verdicts[VERDICT_CONFLICT + 1];
    int64_t files, batches;
    int64_t oldest; /* ms, made_at of the oldest item without a receipt; 0: none */
};
bool outbox_count(struct outbox *ob, const struct unit_key *unit, struct outbox_counts *c,
                  struct err *e) MUST_CHECK;

struct outbox_disk {
    int64_t bytes;     /* of the file and its log */
    int64_t free;      /* above the reserve */
    int64_t days_left; /* at the pace so far; -1 unknown */
    int64_t since;     /* ms of the first item; 0: empty */
};
bool outbox_disk(struct outbox *ob, int64_t now, struct outbox_disk *d,
                 struct err *e) MUST_CHECK;

struct outbox_filter { /* NULL, "" or 0: any */
    const char *unit, *period;
    enum vintage vintage;
    enum item_kind kind;
    bool receipted; /* only items with a receipt */
};
struct outbox_row { /* borrowed during the call */
    enum item_kind kind;
    struct uuid id;
    struct hash hash;
    struct unit_key unit;
    const char *scheme, *period;
    enum vintage vintage;
    const char *form, *subject, *name; /* "" for a submission; of an answer's report */
    bool withdraw;                     /* an answer that withdraws its report */
    bool withdrawn;                    /* a report that was withdrawn */
    uint32_t revision;
    int64_t made_at;
    bool approved, sealed;
    enum verdict verdict;
    uint64_t epoch, pos; /* of the receipt */
    bool late;
    int64_t time;
    struct span receipt;
};
typedef void outbox_row_fn(void *ctx, const struct outbox_row *r);
bool outbox_list(struct outbox *ob, const struct outbox_filter *f, outbox_row_fn *fn,
                 void *ctx, struct err *e) MUST_CHECK;

/* What we hold of a period for a unit, in the arena, with or without a receipt; what was
 * read again under a newer catalogue is left out. */
bool outbox_reconcile(struct outbox *ob, const struct unit_key *unit, const char *scheme,
                      const char *period, struct arena *a, struct reconcile_line **lines,
                      size_t *n, struct err *e) MUST_CHECK;

/* The body of the report whose id begins with this hex (dashes are fine), with its packed
 * receipt when there is one. ERR_INPUT: none, or several. */
bool outbox_report(struct outbox *ob, const char *prefix, struct bytes *body,
                   struct bytes *receipt, struct err *e) MUST_CHECK;

#endif
