/*
 * spool - files on their way in: inbox, claims, originals, answered.
 *
 *   INBOX/NAME                      dropped by an officer, perhaps over a network share
 *   INBOX/da-xu-ly/NAME             taken in, with NAME.ket-qua.txt beside it
 *   INBOX/can-sua/NAME              nothing could be taken from it; the answer says why
 *   INBOX/thong-bao/NAME.txt        what the province tells the unit, a file each
 *   .../NAME.ket-qua.xlsx           where there is something to correct or to explain:
 * the same file with the findings in it, to be dropped again STATE/claims/UNIT/CLAIM/NAME
 * claimed, being read STATE/originals/HASH.EXT        every file as it came, once
 *
 * A file is claimed by rename when size and time stood still for rest_ms: two looks at
 * least. A share on another file system is claimed inside itself first
 * (INBOX/.htx-CLAIM/NAME) and copied. Temporary and lock files of office programs, dot
 * files, folders, links and our own answers of text are left alone. Whatever a crash
 * leaves behind is found again by spool_left() and comes to the same end.
 */
#ifndef HTX_SPOOL_H
#define HTX_SPOOL_H

#include "proto/crypto.h"

#define SPOOL_DONE "da-xu-ly"
#define SPOOL_BAD "can-sua"
#define SPOOL_NOTICES "thong-bao"
#define SPOOL_ANSWER ".ket-qua.txt"
#define SPOOL_BOOK ".ket-qua.xlsx"

struct spool;

struct spool_folder {
    const char *unit, *inbox; /* borrowed for the life of the spool */
};

/* A claimed file; strings are borrowed during the call. */
struct spool_claim {
    const char *unit, *inbox;
    const char *claim; /* 32 hex digits */
    const char *name;
    const char *path; /* in work */
};
/* False: claim no more for now. */
typedef bool spool_fn(void *ctx, const struct spool_claim *c);
/* Asked before each claim: is there room for it? */
typedef bool spool_room_fn(void *ctx);

/* Makes an inbox and its folders of answered files where they are missing. */
bool spool_inbox(const char *inbox, struct err *e) MUST_CHECK;

/* Makes missing folders. rest_ms 0 takes files at the second look. */
bool spool_open(struct spool **out, const char *state, const struct spool_folder *folders,
                size_t n, int64_t rest_ms, struct err *e) MUST_CHECK;
void spool_close(struct spool **sp);

/* A descriptor that becomes readable when an inbox changes, or -1; drain before a scan.
 */
int spool_watch(struct spool *sp);
void spool_drain(struct spool *sp);

/* Would this name be taken from an inbox? */
bool spool_wants(const char *name);

/*
 * Looks at every inbox once; claims what rests and hands it over. A full disk leaves the
 * files where the officers put them. Troubles are logged.
 */
void spool_scan(struct spool *sp, int64_t now, spool_room_fn *room, spool_fn *fn,
                void *ctx);

/*
 * Everything claimed and not yet moved on: after a start, and again after a trouble.
 * known(claim) says whether the outbox has the file.
 */
typedef bool spool_known_fn(void *ctx, const char *claim);
void spool_left(struct spool *sp, spool_known_fn *known, spool_fn *fn, void *ctx);

/* Takes a file that a person named on the command line: the file itself stays. *claim is
 * the caller's to free. */
bool spool_add(struct spool *sp, const char *unit, const char *path, char **claim,
               struct err *e) MUST_CHECK;
bool spool_get(struct spool *sp, const char *unit, const char *claim, spool_fn *fn,
               void *ctx, struct err *e) MUST_CHECK;

/* Keeps a copy in originals, durable. *path is the caller's to free. */
bool spool_keep(struct spool *sp, const struct spool_claim *c, struct hash *hash,
                char **path, struct err *e) MUST_CHECK;

/* Is a file or answer of this name in the unit's done or bad folder? */
bool spool_lies(struct spool *sp, const char *unit, const char *shown);
/* The answered file to its place; a file that is no longer in work is there already. */
bool spool_finish(struct spool *sp, const struct spool_claim *c, const char *shown,
                  bool bad, struct err *e) MUST_CHECK;
/* Writes SHOWN.ket-qua.txt beside it. */
bool spool_answer(struct spool *sp, const char *unit, const char *shown, bool bad,
                  struct span text, struct err *e) MUST_CHECK;

/* Where spool_keep() has put it. The caller's to free. */
char *spool_original(struct spool *sp, const struct hash *hash, const char *name);

/*
 * May SHOWN.ket-qua.xlsx be written? Not while a person has it open or has changed it.
 * ours(): are these bytes as we wrote them?
 */
bool spool_book_free(struct spool *sp, const char *unit, const char *shown, bool bad,
                     bool (*ours)(struct span book));
bool spool_book(struct spool *sp, const char *unit, const char *shown, bool bad,
                struct span book, struct err *e) MUST_CHECK;

/*
 * The name of a file whose answer this is ("biểu.xlsx.ket-qua.xlsx" to "biểu.xlsx"), or
 * the name itself. The caller's to free.
 */
char *spool_answered_name(const char *name);

/* Writes a file of this name into the unit's folder of notices. */
bool spool_notice(struct spool *sp, const char *unit, const char *name, struct span text,
                  struct err *e) MUST_CHECK;

#endif
