#include "aggregator/book/sheets.h"
#include "aggregator/book/book.h"
#include "aggregator/book/letterhead.h"

#include <inttypes.h>

static struct paper_words words_of(const struct extract *x, struct arena *a)
{
    const struct totals *t = x->totals;
    const struct letterhead *h = x->letter;
    char cutoff[11];

    return (struct paper_words){
        .agency = arena_str(a, t->province_name),
        .maker = h != NULL ? arena_str(a, h->maker) : NULL,
        .attached = h != NULL ? arena_str(a, h->attached) : NULL,
        .dated = h != NULL ? arena_printf(a, "%s, %s", h->place, h->day) : NULL,
        .lines = {arena_printf(a, "Kỳ báo cáo: %s (%s); thời điểm chốt số liệu: %s",
                  t->name_vi, vintage_label(t->vintage, LANG_VI),
                  date_vi(t->cutoff, cutoff)),
                  arena_printf(a, "Bản phát hành lần %" PRId64 ", ngày %s", x->number,
                  x->published_vi),
                  provisional_vi(a, t)},
        .document = arena_printf(a, "Tổng hợp %s, bản phát hành lần %" PRId64, t->name_vi,
                                 x->number),
        .comments = arena_printf(a, "BLAKE2b-256 %s", x->hash_hex),
        .created = t->cutoff != DATE_NONE ? (int64_t)t->cutoff * 86400 : 0,
    };
}

void sheets_make(const struct extract *x, struct layout *out)
{
    struct book book;

    *out = (struct layout){0};
    out->words = words_of(x, &out->arena);
    book_open(&book, x, out);
    sheet_overall(&book);
    sheet_sectors(&book);
    sheet_units(&book);
    sheet_movements(&book);
    sheet_support(&book);
    sheet_loans(&book);
    sheet_status(&book);
    sheet_targets(&book);
    sheet_differences(&book);
    sheet_notes(&book);
    sheet_forms(&book);
}
