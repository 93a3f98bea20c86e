/* form: the filled sample of every form, from its workbook over the wire to a page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/crypto.h"
#include "proto/forms/reading.h"
#include "proto/show.h"
#include "proto/wire.h"
#include "tests/lib/shipped_catalogue.h"

#define DATA "tests/data/bieu_mau/"

static const struct {
    const char *file, *form, *unit, *today;
    size_t reports, warnings;
    const char *shown[4]; /* what a person finds on the pages of its reports */
} sheets[] = {
    {"bieu-01-hop-tac-xa.xlsx",
     "htx_list",    "106",
     "2024-12-20", 4,
     0, {"HTX do tổ chức đoàn thể vận động thành lập | Hội Liên hiệp Phụ nữ: 1",
      "Trong đó: thành viên nữ: 14 thành", "HTX theo quy mô | Siêu nhỏ: 1",
      "Tạm ngừng từ tháng 3"}                                                               },
    {"bieu-04-bien-dong.xlsx",
     "bien_dong",   "106",
     "2025-06-16", 6,
     0, {"Giải thể | 112/QĐ-UBND", "HTX đổi tên: 1",
      "HTX Dệt Nà Tăm (mẫu) | HTX Thổ cẩm Nà Tăm (mẫu)", "thời điểm 31/03/2025"}},
    {"bieu-05-to-hop-tac.xlsx",
     "tht_list",    "03390",
     "2025-07-20", 4,
     0, {"Thành viên tổ hợp tác: 12", "số đăng ký tại xã 03/2024", "HTX không cung cấp",
      "Thành viên nữ của tổ hợp tác: 11"}                                               },
    {"bieu-06-lien-hiep.xlsx",
     "lhhtx_list",  "106",
     "2024-12-20", 2,
     0, {"HTX thành viên của LHHTX, theo tên | HTX Chè Phúc Khoa (mẫu): 1",
      "HTX thành viên của LHHTX: 4", "LHHTX", "8.400"}                                         },
    {"bieu-07-quy-tin-dung.xlsx",
     "qtdnd_list",  "105",
     "2024-12-20", 2,
     0, {"Tổng dư nợ: 75.600", "Nợ xấu: 302,4", "QTDND", "Vốn huy động của QTDND: 46.300"}},
    {"bieu-08-vay-von.xlsx",
     "vay_von",     "106",
     "2025-06-16", 1,
     0, {"| Ngân hàng Nông nghiệp và Phát triển nông thôn: 3.700",
      "Ngân hàng Chính sách xã hội | THT Nuôi ong Hồ Thầu (mẫu)", "4.884",
      "Số tổ chức vay vốn"}                                                                },
    {"bieu-09-ho-tro.xlsx",
     "ho_tro",      "106",
     "2024-12-20", 1,
     0, {"| Ngân sách trung ương | Kết cấu hạ tầng: 16.475", "35.874", "chưa có số liệu",
      "Số tổ chức được hỗ trợ"}                                                      },
    {"bieu-10-so-nganh.xlsx",
     "so_nganh",    "106",
     "2024-12-20", 3,
     0, {"| 4 sao | 02/GCN-OCOP: 1", "\"Chè Shan tuyết\"", "thời điểm 20/12/2023",
      "Diện tích đất được giao, cho thuê: 2,35"}                                        },
    {"bieu-11-thuyet-minh.xlsx",
     "thuyet_minh", "106",
     "2024-12-20", 1,
     0, {"Đánh giá tác động\n", "cao hơn thị trường khoảng 8%.\nLao động nữ",
      "Kiến nghị, đề xuất\n", "Khó khăn, vướng mắc\n"}                             },
};

static struct catalogue *cat;

static int open_catalogue(void **state)
{
    (void)state;
    cat = shipped_catalogue();
    return 0;
}

static int close_catalogue(void **state)
{
    (void)state;
    catalogue_close(&cat);
    return 0;
}

static size_t tell(const char *file, const struct findings *fs)
{
    struct bytes b = {0};
    size_t bad = 0;

    for (size_t i = 0; i < fs->n; i++) {
        if (fs->list[i].severity <= SEV_NOTE)
            continue;
        b.n = 0;
        finding_render(cat, &fs->list[i], LANG_VI, &b);
        print_message("%s: %s: %s\n", file, fs->list[i].code, bytes_cstr(&b));
        bad++;
    }
    bytes_clear(&b);
    return bad;
}

/* Over the wire and onto the page; the page is appended. */
static void travel(struct report *r, struct bytes *page)
{
    struct bytes packed = {0}, again = {0};
    struct arena a = {0};
    struct report back;
    struct err e = {0};

    r->revision = 1;
    if (!wire_pack_report(r, &packed, &e) ||
        !wire_read_report(span_of(&packed), &a, &back, &e) ||
        !wire_pack_report(&back, &again, &e))
        fail_msg("%s", e.text);
    assert_true(span_eq(span_of(&packed), span_of(&again)));
    assert_int_equal(back.n_obs, r->n_obs);
    assert_int_equal(back.n_texts, r->n_texts);
    show_report(cat, &back, NULL, LANG_VI, page);
    bytes_clear(&packed);
    bytes_clear(&again);
    arena_clear(&a);
}

static void every_sample_arrives_and_is_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(sheets); i++) {
        const struct reading_context ctx = {
            .cat = cat,
            .unit = {sheets[i].unit, date_read("2004-01-01")},
            .channel = CHANNEL_TERRITORIAL,
            .today = date_read(sheets[i].today)
        };
        char *path = mem_printf("%s%s", DATA, sheets[i].file);
        struct bytes page = {0};
        struct form_read read;
        struct err e = {0};
        size_t warnings = 0;

        if (!reading_file(&ctx, path, &read, &e))
            fail_msg("%s: %s", path, e.text);
        assert_int_equal(tell(path, &read.sheet), 0);
        assert_int_equal(read.n, sheets[i].reports);
        for (size_t k = 0; k < read.n; k++) {
            warnings += tell(path, &read.per_report[k]);
            assert_string_equal(read.reports[k].form, sheets[i].form);
            assert_false(findings_refuse(&read.per_report[k]));
            travel(&read.reports[k], &page);
        }
        assert_int_equal(warnings, sheets[i].warnings);
        for (size_t k = 0; k < COUNT(sheets[i].shown); k++)
            if (strstr(bytes_cstr(&page), sheets[i].shown[k]) == NULL)
                fail_msg("%s: no \"%s\"", path, sheets[i].shown[k]);
        bytes_clear(&page);
        form_read_clear(&read);
        free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_arrives_and_is_shown),
    };

    return cmocka_run_group_tests(tests, open_catalogue, close_catalogue);
}
