#include "aggregator/acts/audit_words.h"
#include "aggregator/acts/register.h"
#include "aggregator/acts/signers.h"

/* ---- words of a field ---- */

static const struct {
    const char *field, *word, *vi, *en;
} LABELS[] = {
  /* clang-format off */
    {"use", "sign", "ký báo cáo", "signs reports"},
    {"use", "curve", "kết nối", "connects"},
    {"use", "desk", "nhập thay", "files on behalf"},
    {"use", "receipt", "ký phiếu tiếp nhận", "signs receipts"},
    {"use", "person", "ký của người dùng", "signs as a person"},
    {"use", "feed", "nhận toàn bộ luồng dữ liệu", "reads the whole feed"},
    {"use", "publications", "nhận các bản phát hành", "reads publications"},
    {"chain", "full", "toàn bộ", "everything"},
    {"chain", "publications", "các bản phát hành", "publications"},
    {"reason", "right", "khóa xác thực không có quyền này", "its key has not this right"},
    {"reason", "future", "con trỏ chỉ đến trang chưa có", "its cursor is on a page that is not there"},
    {"reason", "province", "bên nhận ghim tỉnh khác", "another province was pinned"},
    {"notice", "accept", "chấp nhận giải trình", "explanation accepted"},
    {"notice", "ask", "câu hỏi", "question"},
    {"notice", "return", "trả lại", "return"},
    {"notice", "reminder", "đôn đốc", "reminder"},
    {"notice", "extension", "gia hạn", "extension"},
    {"notice", "decide", "quyết định", "decision"},
    {"event", "founded", "thành lập", "founded"},
    {"event", "renamed", "đổi tên", "renamed"},
    {"event", "moved", "chuyển đơn vị quản lý", "moved"},
    {"event", "suspended", "tạm ngừng hoạt động", "suspended"},
    {"event", "resumed", "hoạt động trở lại", "resumed"},
    {"event", "dissolved", "giải thể", "dissolved"},
    {"event", "bankrupt", "phá sản", "bankrupt"},
    {"event", "revoked", "bị thu hồi giấy chứng nhận", "its certificate revoked"},
    {"event", "merged", "sáp nhập, hợp nhất", "merged"},
    {"event", "split", "chia, tách", "split"},
    {"event", "converted", "chuyển đổi loại hình", "converted"},
    {"event", "confirmed", "được xác nhận", "confirmed"},
    {"part", "full", "toàn bộ", "as a whole"},
    {"part", "part", "một phần", "in part"},
    {"part", "none", "bỏ dòng ghi sai", "the line was an error"},
    {"reason", "malformed", "không đọc được", "malformed"},
    {"reason", "signature", "chữ ký không đúng", "bad signature"},
    {"reason", "speaker", "không phải người được gửi thay đơn vị này", "not one who speaks for it"},
    {"reason", "recipient", "gửi nhầm tỉnh", "for another province"},
    {"reason", "equivocation", "hai nội dung dưới một số", "two contents under one number"},
    {"kind", "withdrawal", "thu hồi báo cáo", "withdrawal"},
    {"kind", "report", "báo cáo", "report"},
  /* clang-format on */
};

enum { HASH_SHOWN = 16 };

static bool one_of(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, list[i]) == 0)
            return true;
    return false;
}

static const char *role_label(const char *word, enum lang lang)
{
    const struct reg_word *w = reg_person.columns[reg_index(&reg_person, "role")].words;

    for (; w->code != NULL; w++)
        if (strcmp(w->code, word) == 0)
            return lang == LANG_VI ? w->vi : w->en;
    return word;
}

static bool is_date(const char *s)
{
    return strlen(s) == 10 && date_read(s) != DATE_NONE;
}

/* As people read it: no control characters, whatever the record holds. */
static void put_plain(const char *s, struct bytes *out)
{
    for (; *s != 0; s++)
        bytes_char(out, (unsigned char)*s < ' ' || *s == 0x7f ? ' ' : *s);
}

static void put_value(const char *name, const char *value, enum lang lang,
                      struct bytes *out)
{
    static const char *const hashes[] = {"key", "public", "hash", "about", "totals"};
    char day[11];

    if (strcmp(name, "vintage") == 0) {
        put_plain(vintage_label(value, lang), out);
        return;
    }
    if (strcmp(name, "role") == 0) {
        put_plain(role_label(value, lang), out);
        return;
    }
    for (size_t i = 0; i < COUNT(LABELS); i++)
        if (strcmp(LABELS[i].field, name) == 0 && strcmp(LABELS[i].word, value) == 0) {
            bytes_str(out, lang == LANG_VI ? LABELS[i].vi : LABELS[i].en);
            return;
        }
    if (strcmp(name, "reason") == 0)
        put_plain(refusal_label(value, lang), out);
    else if (one_of(name, hashes, COUNT(hashes)) && strlen(value) > HASH_SHOWN)
        bytes_printf(out, "%.*s…", HASH_SHOWN, value);
    else if (lang == LANG_VI && is_date(value))
        bytes_str(out, date_vi(date_read(value), day));
    else
        put_plain(value, out);
}

/* ---- sentences ---- */

/*
 * The first line whose kind and, where given, field with value match. {name} is a field;
 * what stands in brackets is left out when a field in it is empty.
 */
static const struct {
    const char *kind, *field, *value, *vi, *en;
} WORDS[] = {
  /* clang-format off */
    {"genesis", NULL, NULL, "{who} lập tệp khởi tạo của {name}", "{who} made the genesis file of {name}"},
    {"key", "revoked", "true", "{who} thu hồi khóa xác thực {public} ({use})[ của {unit}][: {reason}]",
     "{who} revoked the key {public} ({use})[ of {unit}][: {reason}]"},
    {"key", NULL, NULL, "{who} đăng ký khóa xác thực {public} ({use})[ của {unit}]",
     "{who} enrolled the key {public} ({use})[ of {unit}]"},
    {"unit", NULL, NULL, "{who} ghi đơn vị báo cáo {code} {name} từ {valid_from}[ đến {valid_to}][, theo {act}]",
     "{who} wrote the unit {code} {name} from {valid_from}[ to {valid_to}][, by {act}]"},
    {"lineage", NULL, NULL, "{who} ghi đơn vị {old} thành đơn vị {new} từ {day} ({part})[, theo {act}]",
     "{who} wrote that unit {old} became {new} on {day} ({part})[, by {act}]"},
    {"entity", NULL, NULL, "{who} ghi {name} ({subject}) vào danh bạ, đơn vị {unit}",
     "{who} wrote {name} ({subject}) into the register, unit {unit}"},
    {"entity_event", NULL, NULL, "{who} ghi {subject}: {event} ngày {day}[, tên {name}][, đơn vị {unit}][, với {other}][, theo {act}][: {note}]",
     "{who} wrote of {subject}: {event} on {day}[, name {name}][, unit {unit}][, with {other}][, by {act}][: {note}]"},
    {"entity_merge", "act", "merge", "{who} gộp {subject} vào {into} (một tổ chức, hai mã): {why}",
     "{who} merged {subject} into {into} (one entity under two numbers): {why}"},
    {"entity_merge", "act", "unmerge", "{who} tách lại {subject} khỏi {into}: {why}",
     "{who} unmerged {subject} from {into}: {why}"},
    {"period", NULL, NULL, "{who} ghi kỳ báo cáo {scheme}:{code}, hạn gửi {due}",
     "{who} wrote the period {scheme}:{code}, due {due}"},
    {"person", NULL, NULL, "{who} ghi người dùng {code} {name}, vai trò {role}[, khóa xác thực {key}][, đến {valid_to}]",
     "{who} wrote the person {code} {name}, {role}[, key {key}][, until {valid_to}]"},
    {"catalogue", "act", "load", "{who} nạp danh mục phiên bản {version}", "{who} loaded catalogue version {version}"},
    {"catalogue", "act", "propose", "{who} ký đề nghị đưa danh mục phiên bản {version} vào sử dụng từ {from}",
     "{who} signed the proposal to put catalogue version {version} into force on {from}"},
    {"catalogue", "act", "activate", "{who} ký xác nhận đưa danh mục phiên bản {version} vào sử dụng từ {from}",
     "{who} confirmed catalogue version {version}, in force on {from}"},
    {"remark", "act", "accept", "{who} chấp nhận giải trình của {unit} về báo cáo {report} kỳ {period}[ ({finding})][: {note}]",
     "{who} accepted the explanation of {unit} on report {report} of {period}[ ({finding})][: {note}]"},
    {"remark", "act", "ask", "{who} hỏi {unit} về báo cáo {report} kỳ {period}[ ({finding})][: {note}]",
     "{who} asked {unit} about report {report} of {period}[ ({finding})][: {note}]"},
    {"remark", "act", "return", "{who} trả lại {unit} báo cáo {report} kỳ {period}[ ({finding})][: {note}]",
     "{who} returned report {report} of {period} to {unit}[ ({finding})][: {note}]"},
    {"extension", NULL, NULL, "{who} gia hạn cho {unit} kỳ {period} đến {due}: {why}",
     "{who} gave {unit} until {due} for {period}: {why}"},
    {"notice", NULL, NULL, "{who} gửi thông báo ({notice}) cho {unit}[, kỳ {period}][: {text}]",
     "{who} sent a notice ({notice}) to {unit}[, {period}][: {text}]"},
    {"decision", "act", "count", "{who} quyết định tính {kind} {report} của {unit}, kỳ {period} ({vintage}): {why}",
     "{who} decided that {kind} {report} of {unit} counts, {period} ({vintage}): {why}"},
    {"decision", "act", "reject", "{who} quyết định không tính {kind} {report} của {unit}, kỳ {period} ({vintage}): {why}",
     "{who} decided that {kind} {report} of {unit} does not count, {period} ({vintage}): {why}"},
    {"target", NULL, NULL, "{who} ghi mục tiêu {id}: {indicator}[, theo {act}]",
     "{who} wrote the target {id}: {indicator}[, by {act}]"},
    {"seal", "act", "propose", "{who} ký đề nghị khóa kỳ {scheme}:{period} ({vintage}), lần {number}, số liệu đến vị trí {as_epoch}.{as_seq}",
     "{who} signed the proposal to close {scheme}:{period} ({vintage}) as number {number}, as of {as_epoch}.{as_seq}"},
    {"seal", "act", "withdraw", "{who} thu hồi đề nghị khóa kỳ {scheme}:{period} ({vintage}): {why}",
     "{who} took back the proposal to close {scheme}:{period} ({vintage}): {why}"},
    {"seal", "act", "close", "{who} ký xác nhận khóa kỳ {scheme}:{period} ({vintage}), lần {number}",
     "{who} confirmed the closing of {scheme}:{period} ({vintage}) as number {number}"},
    {"seal", "act", "reopen_propose", "{who} ký đề nghị mở lại kỳ {scheme}:{period} ({vintage}), đã khóa lần {number}: {why}",
     "{who} signed the proposal to reopen {scheme}:{period} ({vintage}), closed as number {number}: {why}"},
    {"seal", "act", "reopen_withdraw", "{who} thu hồi đề nghị mở lại kỳ {scheme}:{period} ({vintage}): {why}",
     "{who} took back the proposal to reopen {scheme}:{period} ({vintage}): {why}"},
    {"seal", "act", "reopen", "{who} ký xác nhận mở lại kỳ {scheme}:{period} ({vintage}), đã khóa lần {number}",
     "{who} confirmed the reopening of {scheme}:{period} ({vintage}), closed as number {number}"},
    {"seal", "act", "issue", "{who} ghi số, ngày của bản phát hành lần {number}, kỳ {scheme}:{period} ({vintage}): {paper_number}, {paper_date}",
     "{who} noted the paper of publication {number} of {scheme}:{period} ({vintage}): {paper_number}, {paper_date}"},
    {"publication", NULL, NULL, "{who} lập bản phát hành lần {number}, kỳ {scheme}:{period} ({vintage}), số liệu đến vị trí {as_epoch}.{as_seq}",
     "{who} made publication {number} of {scheme}:{period} ({vintage}), as of {as_epoch}.{as_seq}"},
    {"close_refused", NULL, NULL, "[{who} ]bị từ chối khóa kỳ {period}[ ({vintage})]: {reason}",
     "closing {period}[ ({vintage})] was refused[ to {who}]: {reason}"},
    {"reopen_refused", NULL, NULL, "[{who} ]bị từ chối mở lại kỳ {period}[ ({vintage})]: {reason}",
     "reopening {period}[ ({vintage})] was refused[ to {who}]: {reason}"},
    {"publish_refused", NULL, NULL, "[{who} ]bị từ chối phát hành kỳ {period}[ ({vintage})]: {reason}",
     "publishing {period}[ ({vintage})] was refused[ to {who}]: {reason}"},
    {"issued_refused", NULL, NULL, "[{who} ]bị từ chối ghi số văn bản kỳ {period}[ ({vintage})]: {reason}",
     "noting a paper for {period}[ ({vintage})] was refused[ to {who}]: {reason}"},
    {"batch_rejected", NULL, NULL, "không nhận gói {batch} gửi cho {unit}: {reason}",
     "batch {batch} for {unit} was rejected: {reason}"},
    {"message_rejected", NULL, NULL, "không đọc được một thông điệp: {detail}", "a message was rejected: {detail}"},
    {"reconcile_rejected", NULL, NULL, "từ chối đối chiếu số liệu: máy của {unit} hỏi về {asked}",
     "reconciliation was refused: the line of {unit} asked about {asked}"},
    {"epoch", NULL, NULL, "{who} bắt đầu thế hệ {new} của nhật ký sau vị trí {as_epoch}.{as_seq}: {why}",
     "{who} began epoch {new} of the log behind {as_epoch}.{as_seq}: {why}"},
    {"feed_opened", NULL, NULL, "{consumer} nhận luồng dữ liệu ({chain}) từ sau trang {after}",
     "{consumer} reads the feed ({chain}) from behind page {after}"},
    {"feed_refused", NULL, NULL, "từ chối {consumer} nhận luồng dữ liệu[ ({chain})]: {reason}",
     "the feed[ ({chain})] was refused to {consumer}: {reason}"},
    {"more_not_listed", NULL, NULL, "{rows} dòng khác không ghi lại trong một phút",
     "{rows} more lines of one minute are not listed"},
  /* clang-format on */
};

const char *const AUDIT_FIELDS[] = {
    "about",   "act",        "after",        "as_epoch", "as_seq",    "asked",   "batch",
    "chain",   "code",       "consumer",     "day",      "detail",    "due",     "event",
    "finding", "from",       "hash",         "id",       "indicator", "into",    "key",
    "kind",    "name",       "new",          "note",     "notice",    "number",  "old",
    "other",   "paper_date", "paper_number", "part",     "period",    "public",  "reason",
    "report",  "revoked",    "role",         "rows",     "scheme",    "subject", "text",
    "unit",    "use",        "valid_from",   "valid_to", "version",   "vintage", "who",
    "why"};
const size_t AUDIT_FIELDS_N = COUNT(AUDIT_FIELDS);

struct saying {
    audit_field *field;
    void *ctx;
    enum lang lang;
};

/* Appends [p, end). False: a field in it is empty. */
static bool expand(const struct saying *s, const char *p, const char *end,
                   struct bytes *out)
{
    bool whole = true;

    while (p < end) {
        const char *close = strchr(p, *p == '[' ? ']' : '}');
        char name[24];
        const char *value;

        if (*p == '[') {
            const size_t mark = out->n;

            if (!expand(s, p + 1, close, out))
                out->n = mark;
            p = close + 1;
            continue;
        }
        if (*p != '{') {
            bytes_char(out, *p++);
            continue;
        }
        snprintf(name, sizeof name, "%.*s", (int)(close - p - 1), p + 1);
        value = s->field(s->ctx, name);
        whole = whole && *value != 0;
        put_value(name, *value != 0 ? value : "—", s->lang, out);
        p = close + 1;
    }
    return whole;
}

bool audit_say(const char *what, audit_field *field, void *ctx, enum lang lang,
               struct bytes *out)
{
    const struct saying s = {field, ctx, lang};

    for (size_t i = 0; i < COUNT(WORDS); i++) {
        const char *text = lang == LANG_VI ? WORDS[i].vi : WORDS[i].en;

        if (strcmp(WORDS[i].kind, what) != 0 ||
            (WORDS[i].field != NULL &&
             strcmp(field(ctx, WORDS[i].field), WORDS[i].value) != 0))
            continue;
        expand(&s, text, text + strlen(text), out);
        return true;
    }
    put_plain(field(ctx, "who"), out);
    bytes_str(out, ": ");
    put_plain(what, out);
    return false;
}
