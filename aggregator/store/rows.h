/*
 * rows - what was decided about items, as rows of the log's tables, by binary COPY.
 *
 * Filled item by item, written in one go inside the caller's transaction; serve writes a
 * group of its own with it, pull what a province decided. Memory is that of the rows not
 * yet written.
 */
#ifndef HTX_ROWS_H
#define HTX_ROWS_H

#include "aggregator/store/store.h"

enum rows_table { /* in the order of writing */
                  ROWS_COMMIT,
                  ROWS_SIGNATURE,
                  ROWS_CONTROL,
                  ROWS_PROOF,
                  ROWS_EVIDENCE,
                  ROWS_EVIDENCE_LATER,
                  ROWS_RECEIPT,
                  ROWS_REPORT,
                  ROWS_CELL,
                  ROWS_FINDING,
                  ROWS_ID,
                  ROWS_KEY,
                  ROWS_SUPERSESSION,
                  ROWS_SUBMISSION,
                  ROWS_ANSWER,
                  ROWS_TABLES
};

struct rows { /* starts as {0}, or with the commit that the items are in */
    uint64_t epoch, number;
    struct bytes copy[ROWS_TABLES];
    size_t n[ROWS_TABLES];
};

void rows_evidence(struct rows *w, const struct evidence *e);
/* A receipt and its findings, id, key, supersession, and the report, submission or
 * answer; an item whose body is not known (kind ITEM_NONE) has the first three alone. */
void rows_item(struct rows *w, const struct judged *d);
/* The report with its rare cells alone. */
void rows_report(struct rows *w, const struct judged *d);

/* Of a copy of the log: what the province wrote itself by other ways. */
struct rows_commit {
    const struct statement *st;
    struct span statement, leaves;
    const struct signature *signature; /* NULL: none was made */
    bool control;
};
/* The items and records that follow are this commit's. */
void rows_commit(struct rows *w, const struct rows_commit *c);
void rows_control(struct rows *w, uint64_t seq, const char *kind, struct span body,
                  const char *actor);
/* A record whose commit is not there: what proves it. c->leaves are not used. */
void rows_proof(struct rows *w, uint64_t seq, const struct rows_commit *c);
/* A batch that has evidence already, as this commit has it. */
void rows_later(struct rows *w, const struct hash *batch, struct span envelope);

size_t rows_bytes(const struct rows *w);
/* Empties w. */
bool rows_write(struct rows *w, struct pg *pg, struct err *e) MUST_CHECK;
void rows_clear(struct rows *w);

#endif
