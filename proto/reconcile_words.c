#include "proto/reconcile_words.h"

static const char *const STATES[] = {
    "",       "counts",   "replaced",   "withdrawn", "duplicate", "not_counted",
    "let_in", "left_out", "unapproved", "waiting",   "on_the_way"};

_Static_assert(COUNT(STATES) == RECONCILE_ON_THE_WAY + 1, "a word for each state");

const char *reconcile_state_word(enum reconcile_state s)
{
    return (size_t)s < COUNT(STATES) ? STATES[s] : "";
}

enum reconcile_state reconcile_state_of(const char *word)
{
    for (size_t i = 1; i < COUNT(STATES); i++)
        if (strcmp(STATES[i], word) == 0)
            return (enum reconcile_state)i;
    return RECONCILE_NONE;
}

struct words {
    const char *in[2]; /* by enum lang */
};

/* clang-format off */
static const struct words WHY[] = {
    [DIFFER_UNAPPROVED] =
        {{"đơn vị chưa khai báo bộ báo cáo nên chưa gửi",
          "the unit has not declared it yet, so it was not sent"}},
    [DIFFER_WAITING] =
        {{"đang chờ đến lịch gửi của đơn vị",
          "waits at the unit for its time to be sent"}},
    [DIFFER_ON_THE_WAY] =
        {{"đơn vị đã ký và gửi đi, tỉnh chưa tiếp nhận",
          "signed and sent by the unit, not received by the province yet"}},
    [DIFFER_RECEIPT_MISSING] =
        {{"tỉnh đã tiếp nhận, phiếu tiếp nhận chưa về đến đơn vị",
          "the province has it, its receipt has not reached the unit yet"}},
    [DIFFER_DESK] =
        {{"tỉnh nhập thay đơn vị, không gửi qua máy của đơn vị",
          "filed by the province's desk on the unit's behalf, not sent by the unit"}},
    [DIFFER_LATER] =
        {{"phát sinh sau thời điểm lấy số liệu của bên kia",
          "newer than what the other side knew when it was compared"}},
    [DIFFER_LOST] =
        {{"đã có phiếu tiếp nhận nhưng tỉnh không còn lưu: đề nghị báo ngay cho tỉnh, giữ "
          "nguyên phiếu và bản gốc để gửi lại",
          "receipted, but the province holds it no more: tell the province at once, keep "
          "receipt and original to send them again"}},
    [DIFFER_UNKNOWN] =
        {{"tỉnh đã tiếp nhận từ đơn vị nhưng máy này không có: gửi từ máy khác, hoặc máy "
          "được khôi phục từ bản sao cũ",
          "received from the unit, but not known on this machine: sent from another one, "
          "or this one was restored from an older copy"}},
    [DIFFER_VERDICT] =
        {{"hai bên ghi hai kết quả tiếp nhận: đề nghị đối chiếu phiếu tiếp nhận có chữ ký",
          "two verdicts of one item: compare the signed receipt"}},
};

/* between province and ministry */
static const struct words WHY_FEED[] = {
    [DIFFER_LATER] =
        {{"mới hơn phần luồng dữ liệu mà Bộ đã nhận",
          "newer than the part of the feed that the ministry has"}},
    [DIFFER_LOST] =
        {{"Bộ đã nhận luồng dữ liệu qua vị trí này nhưng không có: đề nghị Bộ nạp lại từ "
          "các trang đã lưu",
          "the ministry is past this position of the feed and does not hold it: load the "
          "stored pages again"}},
    [DIFFER_UNKNOWN] =
        {{"Bộ đã nhận từ tỉnh nhưng tỉnh không còn lưu: đề nghị tỉnh kiểm tra việc khôi "
          "phục dữ liệu",
          "received from the province, which holds it no more: the province must look at "
          "what was restored"}},
    [DIFFER_VERDICT] = {{NULL, NULL}},
};

/* of two copies of one side */
static const struct words WHY_COPY[] = {
    [DIFFER_LOST] = {{"chỉ có ở bên thứ nhất", "only the first side has it"}},
    [DIFFER_UNKNOWN] = {{"chỉ có ở bên thứ hai", "only the second side has it"}},
    [DIFFER_VERDICT] = {{NULL, NULL}},
};

static const struct words STATE_TEXTS[] = {
    [RECONCILE_NONE] = {{"", ""}},
    [RECONCILE_COUNTS] = {{"được tính", "counts"}},
    [RECONCILE_REPLACED] = {{"đã được thay bằng lần gửi sau", "replaced by a later one"}},
    [RECONCILE_WITHDRAWN] = {{"đã thu hồi", "withdrawn"}},
    [RECONCILE_DUPLICATE] =
        {{"trùng nội dung báo cáo đã gửi, tính một lần", "same content as one sent before, "
          "counts once"}},
    [RECONCILE_NOT_COUNTED] = {{"không được tính", "does not count"}},
    [RECONCILE_LET_IN] =
        {{"được tính theo quyết định của tỉnh", "counts by a decision of the province"}},
    [RECONCILE_LEFT_OUT] =
        {{"không tính theo quyết định của tỉnh", "left out by a decision of the province"}},
    [RECONCILE_UNAPPROVED] = {{"chờ khai báo", "waits for its declaration"}},
    [RECONCILE_WAITING] = {{"chờ đến lịch gửi", "waits for its time"}},
    [RECONCILE_ON_THE_WAY] =
        {{"đã gửi, chưa có phiếu tiếp nhận", "sent, without receipt yet"}},
};

static const struct words SIDE_NAMES[] = {
    [SIDE_NONE] = {{"", ""}},
    [SIDE_COLLECTOR] = {{"Đơn vị", "Unit"}},
    [SIDE_PROVINCE] = {{"Tỉnh", "Province"}},
    [SIDE_MINISTRY] = {{"Bộ", "Ministry"}},
};
/* clang-format on */

_Static_assert(COUNT(WHY) == DIFFER_VERDICT + 1, "words for each kind");
_Static_assert(COUNT(STATE_TEXTS) == RECONCILE_ON_THE_WAY + 1, "words for each state");

const char *reconcile_why(const struct reconcile_result *r,
                          const struct reconcile_difference *d, enum lang lang)
{
    const struct words *other = r->lower.side == r->upper.side   ? WHY_COPY
                                : r->upper.side == SIDE_MINISTRY ? WHY_FEED
                                                                 : NULL;
    size_t n = other == WHY_COPY ? COUNT(WHY_COPY) : COUNT(WHY_FEED);

    if (other != NULL && (size_t)d->kind < n && other[d->kind].in[lang] != NULL)
        return other[d->kind].in[lang];
    return WHY[d->kind].in[lang];
}

const char *reconcile_state_name(enum reconcile_state s, enum lang lang)
{
    return STATE_TEXTS[s].in[lang];
}

const char *reconcile_state_text(const struct reconcile_line *l, enum lang lang)
{
    if (l->state == RECONCILE_NOT_COUNTED && l->verdict == VERDICT_HELD)
        return lang == LANG_VI ? "chờ tỉnh xử lý, chưa được tính"
                               : "waits for the province's decision, does not count yet";
    return reconcile_state_name(l->state, lang);
}

const char *reconcile_side_name(enum reconcile_side s, enum lang lang)
{
    return SIDE_NAMES[s].in[lang];
}

const char *reconcile_item_name(const struct catalogue *c, const struct reconcile_line *l,
                                enum lang lang, struct arena *a)
{
    const char *form = *l->form != 0 && c != NULL ? catalogue_mark(c, l->form) : l->form;
    const char *name = *l->name != 0 ? l->name : l->subject;
    bool vi = lang == LANG_VI;

    if (strcmp(name, "unit") == 0)
        name = vi ? "đơn vị báo cáo" : "the unit itself";
    switch (l->kind) {
    case ITEM_SUBMISSION:
        return vi ? "bộ báo cáo (khai báo)" : "submission";
    case ITEM_ANSWER:
        return arena_printf(a, "%s%s%s",
                            vi ? "giải trình, thu hồi" : "answer of the unit",
                            *name != 0 ? ": " : "", name);
    case ITEM_REPORT:
    case ITEM_NONE:
        break;
    }
    return arena_printf(a, "%s%s%s", form, *name != 0 ? ": " : "", name);
}
