/* sheet_styles - how a workbook shows numbers: the same 45000 is a date or a sum. */
#ifndef HTX_SHEET_STYLES_H
#define HTX_SHEET_STYLES_H

#include "proto/forms/sheet_part.h"

enum number_style { STYLE_PLAIN, STYLE_DATE, STYLE_PERCENT };

struct styles {
    unsigned char *list; /* enum number_style of each cell format */
    size_t n;
    struct number_format {
        unsigned id;
        enum number_style style;
    } * formats; /* the file's own */
    size_t n_formats;
    bool in_cell_formats;
};

bool styles_read(struct styles *s, struct package *p, const char *part,
                 struct err *e) MUST_CHECK;
void styles_clear(struct styles *s);
enum number_style styles_of(const struct styles *s, unsigned index);
/* A format code as written: "dd/mm/yyyy", "0.00%", "#,##0". */
enum number_style style_of_code(const char *code);

#endif
