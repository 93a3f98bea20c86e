/* verdict - the five answers a report can get; the wire numbers are for ever. */
#ifndef HTX_VERDICT_H
#define HTX_VERDICT_H

enum verdict {
    VERDICT_NONE,
    VERDICT_ACCEPTED, /* Đã tiếp nhận */
    VERDICT_WARNINGS, /* Đã tiếp nhận, cần giải trình */
    VERDICT_HELD,     /* stored and receipted, counts after a person's decision */
    VERDICT_REFUSED,  /* Không tiếp nhận, đề nghị sửa và gửi lại */
    VERDICT_CONFLICT, /* Trùng mã, khác nội dung */
};

const char *verdict_word(enum verdict v);

#endif
