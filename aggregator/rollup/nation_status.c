#include "aggregator/rollup/nation.h"
#include "aggregator/table.h"

#include <inttypes.h>

static const struct column COLUMNS[] = {
    {"province",      COL_TEXT, "Mã",                "Code"       },
    {"name",          COL_TEXT, "Tỉnh",             "Province"   },
    {"state",         COL_TEXT, "Tình hình",        "State"      },
    {"units_due",     COL_INT,  "Phải báo cáo",   "Units due"  },
    {"units_sent",    COL_INT,  "Đã gửi",         "Sent"       },
    {"units_nothing", COL_INT,  "Không phát sinh",  "Nothing"    },
    {"reports",       COL_INT,  "Số báo cáo",     "Reports"    },
    {"held",          COL_INT,  "Chờ xử lý",     "Held"       },
    {"closed",        COL_INT,  "Khóa kỳ lần",   "Closed"     },
    {"published",     COL_INT,  "Bản phát hành",  "Publication"},
    {"issued",        COL_TEXT, "Văn bản",         "Paper"      },
    {"position",      COL_TEXT, NULL,                 NULL         },
    {"page",          COL_TEXT, "Trang",              "Page"       },
    {"page_at",       COL_TEXT, "Trang lập lúc",   "Page sealed"},
    {"page_age_s",    COL_INT,  NULL,                 NULL         },
    {"cursor",        COL_TEXT, "Nhận từ tỉnh", "Cursor"     },
};

enum {
    CODE,
    NAME,
    STATE,
    DUE,
    SENT,
    NOTHING,
    REPORTS,
    HELD,
    CLOSED,
    PUBLISHED,
    ISSUED,
    POSITION,
    PAGE,
    PAGE_AT,
    PAGE_AGE,
    CURSOR
};

/* The words of a state and of a cursor, for people. */
static const char *words(void *ctx, size_t col, const char *word)
{
    static const struct {
        size_t col;
        const char *word, *vi, *en;
    } list[] = {
        {STATE,  "away",      "chưa nhận được trang nào",      "nothing has come"          },
        {STATE,  "unknown",   "chưa có kỳ báo cáo này",         "does not have the period"  },
        {STATE,  "none",      "chưa đơn vị nào gửi",           "no unit has sent"          },
        {STATE,  "partly",    "đang gửi",                           "sending"                   },
        {STATE,  "sent",      "đã gửi đủ",                      "all have sent"             },
        {STATE,  "closed",    "đã khóa kỳ",                       "closed"                    },
        {STATE,  "published", "đã phát hành",                      "published"                 },
        {STATE,  "issued",    "đã ban hành",                        "issued"                    },
        {CURSOR, "following", "đang nhận",                          "following"                 },
        {CURSOR, "refused",   "dừng: trang bị từ chối",        "stands: a page was refused"},
        {CURSOR, "unknown",   "dừng: loại bản ghi chưa biết", "stands: unknown record"    },
        {CURSOR, "fork",      "dừng: tỉnh đã khôi phục",      "stands: restored province" },
    };
    const struct app *app = ctx;

    for (size_t i = 0; i < COUNT(list); i++)
        if (list[i].col == col && strcmp(list[i].word, word) == 0)
            return app_say(app, list[i].vi, list[i].en);
    return NULL;
}

bool nation_status(struct app *app, struct pg *pg, const struct nation_at *at, bool json,
                   struct err *e)
{
    static const char SQL[] =
        "select p.code, p.name, case when v.code is null then 'away'"
        " when s.due is null then 'unknown' when s.issued <> '' then 'issued'"
        " when s.published is not null and s.closed is not null then 'published'"
        " when s.closed is not null then 'closed' when s.sent + s.nothing = 0 then 'none'"
        " when s.sent + s.nothing < s.due then 'partly' else 'sent' end,"
        " s.due, s.sent, s.nothing, s.reports, s.held, s.closed, s.published, s.issued,"
        " v.epoch || '.' || v.seq, case when c.page > 0 then c.epoch || '.' || c.page "
        "end,"
        " to_char(c.sealed_at at time zone 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD HH24:MI'),"
        " extract(epoch from now() - c.sealed_at)::bigint,"
        " coalesce(nullif(h.reason, ''), 'following')"
        " from nation.province p"
        " left join unnest($4::text[], $5::bigint[], $6::bigint[]) v (code, epoch, seq)"
        "  on v.code = p.code"
        " left join nation.status($1, $2, $3, $4, $5, $6) s on s.code = p.code"
        " left join nation.cursor c on c.code = p.code"
        " left join nation.stopped h on h.code = p.code"
        " order by p.code collate \"C\"";
    const struct pg_arg args[] = {pg_text(at->scheme),        pg_text(at->period),
                                  pg_text(at->vintage),       pg_texts(at->codes, at->n),
                                  pg_ints(at->epochs, at->n), pg_ints(at->seqs, at->n)};
    int64_t due = 0, sent = 0, closed = 0, published = 0;
    struct pg_rows rows = {0};
    struct table table;

    if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
        return err_in(e, "how far the provinces are with %s", at->period);
    table_init(&table, COLUMNS, COUNT(COLUMNS));
    for (size_t i = 0; i < rows.n; i++) {
        table_row_shown(&table, &rows, i, words, app);
        due += pg_get_int(&rows, i, DUE);
        sent += pg_get_int(&rows, i, SENT) + pg_get_int(&rows, i, NOTHING);
        closed += !pg_is_null(&rows, i, CLOSED);
        published += !pg_is_null(&rows, i, PUBLISHED);
    }
    table_print(&table, app->lang, json, stdout);
    if (!json)
        app_print(app,
                  "\nTổng số tỉnh: %zu; đã khóa kỳ %" PRId64 "; đã phát hành %" PRId64
                  "; đơn vị đã gửi %" PRId64 "/%" PRId64 "\n",
                  "\nProvinces: %zu; closed %" PRId64 "; published %" PRId64
                  "; units that sent %" PRId64 "/%" PRId64 "\n",
                  rows.n, closed, published, sent, due);
    table_clear(&table);
    pg_rows_clear(&rows);
    return true;
}
