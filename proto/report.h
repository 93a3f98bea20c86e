/*
 * report - one report as plain C: who reports what about whom for which period.
 *
 * A report holds all observations of one form about one subject (an entity, or the unit
 * itself: a statement), period and vintage. Everything it points at lives in one arena
 * or is borrowed from the catalogue; strings are UTF-8 in NFC, "" and NULL both mean not
 * given. On the wire it is the bytes that wire.h packs; those bytes are what is signed.
 */
#ifndef HTX_REPORT_H
#define HTX_REPORT_H

#include "proto/base/clock.h"
#include "proto/base/err.h"

enum { HASH_LEN = 32, ID_LEN = 16 };

struct hash { /* BLAKE2b-256 with a domain prefix, see crypto.h */
    unsigned char b[HASH_LEN];
};

struct uuid { /* UUIDv7: begins with the time, so indexes stay local */
    unsigned char b[ID_LEN];
};

/* Codes of units are reused: the key is (code, valid_from), never the code alone. */
struct unit_key {
    const char *code;
    int32_t valid_from; /* date */
};

enum vintage { VINTAGE_NONE, VINTAGE_PLAN, VINTAGE_ESTIMATE, VINTAGE_ACTUAL };

enum channel {
    CHANNEL_NONE,
    CHANNEL_TERRITORIAL, /* the unit of the place */
    CHANNEL_SECTORAL,    /* a department */
    CHANNEL_ON_BEHALF,   /* nhập thay: the province's desk files for the unit */
    CHANNEL_EARLIER,     /* số liệu cũ */
};

enum subject_kind {
    SUBJECT_NONE,
    SUBJECT_UNIT, /* the report is a statement of the unit itself */
    SUBJECT_HTX,
    SUBJECT_THT,
    SUBJECT_LHHTX,
    SUBJECT_QTDND,
};

/* How the entity is identified: never by name. */
enum id_scheme {
    ID_NONE,        /* a statement, or an entity that gave no number: a finding says so */
    ID_TAX,         /* 10 digits, last one a check digit */
    ID_CERTIFICATE, /* certificate number with its issuing unit */
    ID_REGISTER,    /* THT: the commune's register number */
};

enum entity_state {
    STATE_NONE,
    STATE_ACTIVE,    /* đang hoạt động */
    STATE_SUSPENDED, /* tạm ngừng kinh doanh */
    STATE_STOPPED,   /* ngừng hoạt động chờ giải thể */
    STATE_DISSOLVED,
};

/* The subject's facts as written. */
struct subject {
    enum subject_kind kind;
    enum id_scheme scheme;
    const char *id;        /* digits only for ID_TAX */
    const char *id_issuer; /* for ID_CERTIFICATE, ID_REGISTER */
    const char *name;
    const char *sector; /* code of the breakdown "sector" */
    const char *commune;
    enum entity_state state;
};

enum obs_state {
    OBS_MISSING,        /* blank: not carried on the wire */
    OBS_VALUE,          /* a number, zero included */
    OBS_NIL,            /* "-": không phát sinh; counts as zero in sums */
    OBS_NOT_APPLICABLE, /* "x" */
    OBS_NOT_AVAILABLE,  /* "…": chưa có số liệu */
    OBS_REFUSED,        /* "KCC": HTX không cung cấp */
};

enum qualifier {
    QUAL_NONE,
    QUAL_ABOUT,     /* khoảng */
    QUAL_MORE_THAN, /* hơn, trên */
    QUAL_AT_LEAST,  /* ít nhất, trở lên */
    QUAL_LESS_THAN, /* dưới */
    QUAL_AT_MOST,   /* không quá, tối đa */
    QUAL_RANGE,     /* từ ... đến ...: upper is given */
    QUAL_EXPECTED,  /* ước đạt */
};

/*
 * One value. value and upper are in the indicator's smallest unit (đồng, persons,
 * 1/100 %: indicator.scale of them make one printed unit). about + upper is "khoảng 600
 * đến 800". b1, b2 are breakdown codes, "" for all; a free name ("HTX Ngọc Minh") is
 * allowed where the indicator's dimension is open (dim "entity").
 */
struct observation {
    uint32_t indicator; /* catalogue number */
    int32_t as_of;      /* DATE_NONE when the period's own cut-off */
    const char *b1, *b2;
    enum obs_state state;
    enum qualifier qualifier;
    bool has_upper;
    bool stated; /* a mean or ratio the document states, not one derived from parts */
    int64_t value, upper;
    const char *population; /* code of the breakdown "population", "" for the usual one */
    const char *text;       /* as written in the cell, "khoảng 630" */
    const char *cell;       /* where: "Biểu 01!C7"; provenance, outside the digest */
};

struct named_text { /* đánh giá tác động, kiến nghị ... */
    const char *key;
    const char *text; /* at most 8,000 characters */
};

struct report {
    uint32_t version; /* of the report message: REPORT_VERSION */
    struct uuid id;
    struct unit_key unit;
    const char *form;
    uint32_t form_version;
    struct subject subject;
    const char *scheme; /* period scheme */
    const char *period; /* period code */
    enum vintage vintage;
    enum channel channel;
    uint32_t revision; /* 1, 2, ... of this key */
    bool has_supersedes;
    struct hash supersedes; /* hash of the report it replaces */
    const char *reason;     /* why it was revised, or why filed on behalf */
    uint32_t catalogue;     /* version it was made under */

    /* provenance: outside the content digest */
    const char *source_name;  /* file as dropped */
    struct hash source_hash;  /* of the original, which is kept */
    const char *source_place; /* "Sheet!row 12" */
    const char *maker;
    const char *paper_hash; /* on behalf: hash of the paper, hex */
    int64_t made_at;        /* wall ms */

    struct observation *obs;
    size_t n_obs;
    struct named_text *texts;
    size_t n_texts;
};

enum { REPORT_VERSION = 1 };

/* A unit's signed declaration for a period and vintage: which forms, or nothing. */
struct submission {
    uint32_t version;
    struct uuid id;
    struct unit_key unit;
    const char *scheme, *period;
    enum vintage vintage;
    bool nothing_to_report;
    const char **forms; /* forms declared complete */
    uint32_t *rows;     /* rows of each */
    size_t n_forms;
    const char *paper_number;
    int32_t paper_date;
    const char *signer, *signer_title, *maker;
    const char *pdf_hash; /* hex, or "" */
    const char *approver; /* who let it leave, or "" */
    int64_t made_at;
};

/*
 * What a unit says about a report it sent: the explanation (giải trình) of a finding, or
 * that the report is withdrawn (thu hồi). finding "" is about the report as a whole.
 */
struct explanation {
    uint32_t version;
    struct uuid id;
    struct unit_key unit;
    struct hash about; /* of the report */
    const char *scheme, *period;
    enum vintage vintage;
    bool withdraw; /* text is the reason */
    const char *finding;
    uint32_t indicator; /* with b1, b2 and cell: which finding of that code */
    const char *b1, *b2, *cell;
    const char *text, *maker;
    int64_t made_at;
};

/* Words used in JSON, SQL and conf; NULL for no such value. */
const char *vintage_word(enum vintage v);
const char *channel_word(enum channel c);
const char *subject_word(enum subject_kind k);
const char *id_scheme_word(enum id_scheme s);
const char *entity_state_word(enum entity_state s);
const char *obs_state_word(enum obs_state s);
const char *qualifier_word(enum qualifier q);
enum vintage vintage_of(const char *word); /* VINTAGE_NONE for others; so the rest */
enum channel channel_of(const char *word);
enum subject_kind subject_of(const char *word);
enum id_scheme id_scheme_of(const char *word);
enum entity_state entity_state_of(const char *word);

/* The observation with this key, or NULL. */
const struct observation *report_find(const struct report *r, uint32_t indicator,
                                      const char *b1, const char *b2);

/* Deep copy into an arena. */
void report_copy(struct report *dst, const struct report *src, struct arena *a);

/* 36 characters and NUL; out is returned. */
char *uuid_text(const struct uuid *id, char out[37]);

#endif
