/*
 * sheet_read - what the readers and the child process share; only for sheet*.c and the
 * programs that feed the readers directly (fuzzing).
 *
 * Readers write records into a sink: a type byte, fixed fields in host order, then text
 * with a NUL. The parent decodes the very same records (sheet.c) and checks each.
 */
#ifndef HTX_SHEET_READ_H
#define HTX_SHEET_READ_H

#include "proto/forms/sheet.h"
#include "proto/forms/sheet_part.h"

enum record_type {
    RECORD_PAGE = 'P',  /* hidden u8, name, form mark */
    RECORD_CELL = 'C',  /* row u32, col u32, kind u8, text */
    RECORD_MERGE = 'G', /* four u32 */
    RECORD_MARK = 'M',  /* form mark of the page, where it stands behind the cells */
    RECORD_FILE = 'F',  /* repaired u8, delimiter u8, encoding, form mark: all was read */
    RECORD_ERROR = 'X', /* text of the refusal */
};

enum { SHEET_ROWS = 1048576, SHEET_COLS = 16384 };

/* Where records go: to fd in blocks, or only into out where fd is -1. */
struct sink {
    int fd;
    struct bytes out;
    size_t cells, text_bytes, merges, pages;
    bool repaired;
    char delimiter;
    const char *encoding, *form_mark;
    struct arena arena; /* of encoding and form_mark */
};

bool sink_page(struct sink *s, const char *name, const char *form_mark, bool hidden,
               struct err *e) MUST_CHECK;
/* Blank text is left out; text is brought to NFC. */
bool sink_cell(struct sink *s, uint32_t row, uint32_t col, enum cell_kind kind,
               struct span text, struct err *e) MUST_CHECK;
void sink_mark(struct sink *s, const char *form_mark);
bool sink_merge(struct sink *s, const struct sheet_merge *m, struct err *e) MUST_CHECK;
/* The last record: everything, or the refusal in e. */
void sink_end(struct sink *s, bool ok, const struct err *e);
void sink_clear(struct sink *s);

/* "CODE: detail; remedy of that code", ERR_INPUT. Always false. */
bool sheet_refuse(struct err *e, const char *code, const char *fmt, ...) PRINTF_LIKE(3);

/* What is opened before the door shuts: conversion tables are files. */
struct sheet_codecs {
    void *tcvn3, *cp1258; /* iconv_t, or NULL where the system has none */
};
void sheet_codecs_open(struct sheet_codecs *c);
void sheet_codecs_close(struct sheet_codecs *c);

/* Any file by its first bytes: .xlsx, .ods, .csv, or a refusal. */
bool sheet_read_any(struct span file, const struct sheet_codecs *codecs, struct sink *s,
                    struct err *e) MUST_CHECK;
bool sheet_csv_read(struct span file, const struct sheet_codecs *codecs, struct sink *s,
                    struct err *e) MUST_CHECK;
/* The opened archive is borrowed. */
bool sheet_xlsx_read(struct package *p, struct sink *s, struct err *e) MUST_CHECK;
bool sheet_ods_read(struct package *p, struct sink *s, struct err *e) MUST_CHECK;

/*
 * Shows a binary number as Excel does, with 15 digits, never an exponent; shift 2 makes
 * a percentage. "" when it is none or beyond 1e21.
 */
const char *sheet_decimal(const char *text, int shift, char out[64]);
/* A serial day as ISO date; false for day 60 of the 1900 system and outside years
 * 1900-9999. */
bool sheet_serial_date(double serial, bool date1904, char out[11]);

/*
 * The child's whole output; false when it did not end in time, or wrote more than any
 * sheet may have.
 */
bool sheet_collect(int fd, size_t seconds, struct bytes *out, struct err *e) MUST_CHECK;
/* The parent's side: takes the stream over and checks every field of it. */
bool sheet_decode(struct sheet **out, struct bytes *stream, struct err *e) MUST_CHECK;

/*
 * In the child: runs the reader over fd and writes records to pipe. Never returns.
 */
NORETURN void sheet_child(int fd, int pipe);
/*
 * The same for other work on the file: what it makes goes into the pipe, and the child
 * ends with 0; its error goes there, and the child ends with 65. Never returns.
 */
typedef bool sheet_work(const void *ctx, struct span file, struct bytes *out,
                        struct err *e);
NORETURN void sheet_child_work(int fd, int pipe, sheet_work *work, const void *ctx);
/* Shuts the door: from here on only memory and writes to the pipe. */
bool sheet_child_lock(int pipe, struct err *e) MUST_CHECK;

#endif
