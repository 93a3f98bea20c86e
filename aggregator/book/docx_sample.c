/* The sample template: a six-month report as NĐ 30/2020 lays it out, with placeholders.
 */
#include "aggregator/book/docx.h"
#include "proto/forms/sheet_repack.h"
#include "proto/forms/sheet_xml.h"

#define W "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
#define R "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKAGE "http://schemas.openxmlformats.org/package/2006"
#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define TYPE "application/vnd.openxmlformats-officedocument.wordprocessingml."

static const char TYPES[] = XML
    "<Types xmlns=\"" PACKAGE "/content-types\">"
    "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package."
    "relationships+xml\"/>"
    "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
    "<Override PartName=\"/word/document.xml\" ContentType=\"" TYPE
    "document.main+xml\"/>"
    "<Override PartName=\"/word/styles.xml\" ContentType=\"" TYPE "styles+xml\"/>"
    "<Override PartName=\"/word/footer1.xml\" ContentType=\"" TYPE "footer+xml\"/>"
    "</Types>\n";
static const char ROOT_RELATIONS[] =
    XML "<Relationships xmlns=\"" PACKAGE "/relationships\">"
        "<Relationship Id=\"rId1\" Type=\"" R
        "/officeDocument\" Target=\"word/document.xml\"/>"
        "</Relationships>\n";
static const char RELATIONS[] =
    XML "<Relationships xmlns=\"" PACKAGE "/relationships\">"
        "<Relationship Id=\"rId1\" Type=\"" R "/styles\" Target=\"styles.xml\"/>"
        "<Relationship Id=\"rId2\" Type=\"" R "/footer\" Target=\"footer1.xml\"/>"
        "</Relationships>\n";
/* Times New Roman 14, 6 pt between paragraphs */
static const char STYLES[] =
    XML "<w:styles xmlns:w=\"" W "\"><w:docDefaults><w:rPrDefault><w:rPr>"
        "<w:rFonts w:ascii=\"Times New Roman\" w:hAnsi=\"Times New Roman\" "
        "w:eastAsia=\"Times New Roman\" w:cs=\"Times New Roman\"/>"
        "<w:sz w:val=\"28\"/><w:szCs w:val=\"28\"/><w:lang w:val=\"vi-VN\"/>"
        "</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>"
        "<w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\">"
        "<w:name w:val=\"Normal\"/></w:style></w:styles>\n";
static const char FOOTER[] = XML
    "<w:ftr xmlns:w=\"" W "\"><w:p><w:pPr><w:jc w:val=\"center\"/></w:pPr>"
    "<w:r><w:rPr><w:sz w:val=\"24\"/></w:rPr><w:t xml:space=\"preserve\">Trang "
    "</w:t></w:r>"
    "<w:fldSimple w:instr=\" PAGE \"><w:r><w:rPr><w:sz w:val=\"24\"/></w:rPr><w:t>1</w:t>"
    "</w:r></w:fldSimple><w:r><w:rPr><w:sz w:val=\"24\"/></w:rPr><w:t>/</w:t></w:r>"
    "<w:fldSimple w:instr=\" NUMPAGES \"><w:r><w:rPr><w:sz "
    "w:val=\"24\"/></w:rPr><w:t>1</w:t>"
    "</w:r></w:fldSimple></w:p></w:ftr>\n";

/* ---- paragraphs and tables ---- */

enum look {
    PLAIN = 0,
    BOLD = 1,
    ITALIC = 2,
    CENTRE = 4,
    RIGHT = 8,
    BODY = 16,
    SMALL = 32,
    TINY = 64, /* of tables with many columns */
    KEEP = 128 /* on one page with what follows */
};

static void paragraph(struct bytes *b, unsigned look, const char *text)
{
    static const char *const aligns[] = {"left", "center", "right"};
    const char *align = aligns[(look & CENTRE) != 0 ? 1 : (look & RIGHT) != 0 ? 2 : 0];

    bytes_printf(b,
                 "<w:p><w:pPr>%s%s<w:jc w:val=\"%s\"/></w:pPr><w:r><w:rPr>%s%s%s</w:rPr>",
                 (look & KEEP) != 0 ? "<w:keepNext/>" : "",
                 (look & BODY) != 0 ? "<w:spacing w:before=\"120\" w:after=\"60\"/>"
                                      "<w:ind w:firstLine=\"720\"/>"
                                    : "",
                 (look & BODY) != 0 ? "both" : align, (look & BOLD) != 0 ? "<w:b/>" : "",
                 (look & ITALIC) != 0 ? "<w:i/>" : "",
                 (look & TINY) != 0    ? "<w:sz w:val=\"20\"/>"
                 : (look & SMALL) != 0 ? "<w:sz w:val=\"22\"/>"
                                       : "");
    bytes_str(b, "<w:t xml:space=\"preserve\">");
    xml_words(b, text);
    bytes_str(b, "</w:t></w:r></w:p>");
}

static void table_begin(struct bytes *b, bool lines, const int *widths, int columns)
{
    bytes_str(b, "<w:tbl><w:tblPr><w:tblW w:w=\"5000\" w:type=\"pct\"/>");
    if (lines)
        bytes_str(
            b, "<w:tblBorders>"
               "<w:top w:val=\"single\" w:sz=\"4\"/><w:left w:val=\"single\" w:sz=\"4\"/>"
               "<w:bottom w:val=\"single\" w:sz=\"4\"/>"
               "<w:right w:val=\"single\" w:sz=\"4\"/>"
               "<w:insideH w:val=\"single\" w:sz=\"4\"/>"
               "<w:insideV w:val=\"single\" w:sz=\"4\"/></w:tblBorders>");
    bytes_str(b, "<w:tblLayout w:type=\"fixed\"/><w:tblCellMar><w:left w:w=\"50\" "
                 "w:type=\"dxa\"/><w:right w:w=\"50\" w:type=\"dxa\"/></w:tblCellMar>"
                 "</w:tblPr><w:tblGrid>");
    for (int i = 0; i < columns; i++)
        bytes_printf(b, "<w:gridCol w:w=\"%d\"/>", widths[i]);
    bytes_str(b, "</w:tblGrid>");
}

struct cell {
    unsigned look;
    const char *lines[4];
};

static void row(struct bytes *b, bool head, const int *widths, const struct cell *cells,
                int columns)
{
    bytes_printf(b, "<w:tr><w:trPr><w:cantSplit/>%s</w:trPr>",
                 head ? "<w:tblHeader/>" : "");
    for (int i = 0; i < columns; i++) {
        bytes_printf(b, "<w:tc><w:tcPr><w:tcW w:w=\"%d\" w:type=\"dxa\"/>%s</w:tcPr>",
                     widths[i], head ? "<w:vAlign w:val=\"center\"/>" : "");
        for (size_t n = 0; n < COUNT(cells[i].lines) && cells[i].lines[n] != NULL; n++)
            paragraph(b, cells[i].look, cells[i].lines[n]);
        bytes_str(b, "</w:tc>");
    }
    bytes_str(b, "</w:tr>");
}

static void letterhead(struct bytes *b)
{
    static const int widths[] = {3900, 5400};
    static const struct cell above[] = {
        {CENTRE | SMALL,        {"ỦY BAN NHÂN DÂN", "{{co_quan}}"}                             },
        {BOLD | CENTRE | SMALL,
         {"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"}},
    };
    static const struct cell maker[] = {
        {BOLD | CENTRE | SMALL, {"{{co_quan_lap}}", "_______"}},
        {BOLD | CENTRE | SMALL, {"_______________________"}   },
    };
    static const struct cell numbers[] = {
        {CENTRE | SMALL,          {"Số: {{so_ky_hieu}}"}  },
        {CENTRE | SMALL | ITALIC, {"{{dia_danh}}, {{ngay}}"}},
    };

    table_begin(b, false, widths, COUNT(widths));
    row(b, false, widths, above, COUNT(above));
    row(b, false, widths, maker, COUNT(maker));
    row(b, false, widths, numbers, COUNT(numbers));
    bytes_str(b, "</w:tbl>");
    paragraph(b, PLAIN, "");
    paragraph(b, BOLD | CENTRE, "BÁO CÁO");
    paragraph(b, BOLD | CENTRE, "Tình hình kinh tế tập thể, hợp tác xã {{ky}}");
    paragraph(
        b, ITALIC | CENTRE | SMALL,
        "({{loai_so_lieu}}; thời điểm chốt số liệu {{thoi_diem_chot}}; bản phát hành "
        "lần {{lan}})");
    paragraph(b, CENTRE, "Kính gửi: {{bo}}");
}

static void story(struct bytes *b)
{
    paragraph(b, ITALIC | BODY, "Căn cứ {{can_cu.ten}};");
    paragraph(
        b, BODY,
        "{{ten_co_quan_lap}} {{tinh_thuong}} báo cáo tình hình kinh tế tập thể, hợp "
        "tác xã {{ky}} như sau:");
    paragraph(b, BOLD | BODY, "I. TÌNH HÌNH CHUNG");
    paragraph(
        b, BODY,
        "Đến hết ngày {{thoi_diem_chot}}, toàn tỉnh có {{htx.total}} hợp tác xã (cùng kỳ "
        "năm trước: {{cung_ky:htx.total}}), trong đó {{htx.active}} hợp tác xã đang hoạt "
        "động; thành lập mới {{htx.new}}, giải thể {{htx.dissolved}} hợp tác xã. Tổng số "
        "thành viên {{member.total}} người, bằng {{phan_tram_cung_ky:member.total}}% "
        "cùng "
        "kỳ và {{phan_tram_ke_hoach:member.total}}% kế hoạch; lao động thường xuyên "
        "{{worker.regular}} người.");
    paragraph(b, BODY,
              "Doanh thu bình quân của một hợp tác xã: {{revenue.avg}} "
              "{{don_vi_tinh:revenue.avg}}; lãi bình quân: {{profit.avg}} "
              "{{don_vi_tinh:profit.avg}}; thu nhập bình quân của lao động thường xuyên: "
              "{{income.worker_avg}} {{don_vi_tinh:income.worker_avg}} (mục tiêu: "
              "{{muc_tieu:income.worker_avg}}; kết quả: {{ket_qua:income.worker_avg}}).");
    paragraph(
        b, BODY,
        "Đã gửi báo cáo: {{don_vi_da_gui}}/{{don_vi_phai_bao_cao}} đơn vị. Chưa gửi: "
        "{{chua_gui}}. Đã gửi một phần: {{gui_mot_phan}}. Gửi chậm: {{gui_cham}}. "
        "{{chua_xac_nhan}}.");
    paragraph(b, BODY,
              "Ngày {{gian_doan.ngay}}, {{gian_doan.don_vi}}: {{gian_doan.noi_dung}}");
}

static void overall(struct bytes *b)
{
    static const int widths[] = {550, 2000, 1650, 1150, 1150, 850, 1100, 850};
    static const struct cell heads[] = {
        {BOLD | CENTRE | TINY, {"STT"}                     },
        {BOLD | CENTRE | TINY, {"Chỉ tiêu"}             },
        {BOLD | CENTRE | TINY, {"Đơn vị tính"}        },
        {BOLD | CENTRE | TINY, {"Kỳ báo cáo"}          },
        {BOLD | CENTRE | TINY, {"Cùng kỳ năm trước"}},
        {BOLD | CENTRE | TINY, {"% cùng kỳ"}            },
        {BOLD | CENTRE | TINY, {"Kế hoạch"}            },
        {BOLD | CENTRE | TINY, {"% kế hoạch"}          },
    };
    static const struct cell cells[] = {
        {CENTRE | TINY, {"{{chi_tieu.stt}}"}               },
        {TINY,          {"{{chi_tieu.ten}}"}               },
        {CENTRE | TINY, {"{{chi_tieu.don_vi_tinh}}"}       },
        {RIGHT | TINY,  {"{{chi_tieu.gia_tri}}"}           },
        {RIGHT | TINY,  {"{{chi_tieu.cung_ky}}"}           },
        {RIGHT | TINY,  {"{{chi_tieu.phan_tram_cung_ky}}"} },
        {RIGHT | TINY,  {"{{chi_tieu.ke_hoach}}"}          },
        {RIGHT | TINY,  {"{{chi_tieu.phan_tram_ke_hoach}}"}},
    };

    paragraph(b, BOLD | BODY, "II. CÁC CHỈ TIÊU CHỦ YẾU");
    paragraph(b, ITALIC | RIGHT | TINY, "Đơn vị tính: theo từng chỉ tiêu");
    table_begin(b, true, widths, COUNT(widths));
    row(b, true, widths, heads, COUNT(heads));
    row(b, false, widths, cells, COUNT(cells));
    bytes_str(b, "</w:tbl>");
    paragraph(b, ITALIC | SMALL, "{{ky_hieu_so_sanh.dau}} {{ky_hieu_so_sanh.nghia}}.");
}

static void targets(struct bytes *b)
{
    static const int widths[] = {600, 2600, 1100, 1300, 1100, 1100, 1500};
    static const struct cell heads[] = {
        {BOLD | CENTRE | TINY, {"STT"}                        },
        {BOLD | CENTRE | TINY, {"Chỉ tiêu có mục tiêu"}},
        {BOLD | CENTRE | TINY, {"Giai đoạn"}               },
        {BOLD | CENTRE | TINY, {"Mục tiêu"}                },
        {BOLD | CENTRE | TINY, {"Thực hiện"}              },
        {BOLD | CENTRE | TINY, {"Kết quả"}                },
        {BOLD | CENTRE | TINY, {"Lý do"}                     },
    };
    static const struct cell cells[] = {
        {CENTRE | TINY, {"{{muc_tieu.stt}}"}                           },
        {TINY,          {"{{muc_tieu.ten}} ({{muc_tieu.don_vi_tinh}})"}},
        {CENTRE | TINY, {"{{muc_tieu.giai_doan}}"}                     },
        {CENTRE | TINY, {"{{muc_tieu.muc_tieu}}"}                      },
        {RIGHT | TINY,  {"{{muc_tieu.thuc_hien}}"}                     },
        {CENTRE | TINY, {"{{muc_tieu.ket_qua}}"}                       },
        {TINY,          {"{{muc_tieu.ly_do}}"}                         },
    };

    paragraph(b, BOLD | BODY, "IV. KẾT QUẢ THỰC HIỆN MỤC TIÊU");
    paragraph(b, BODY,
              "Đạt {{muc_tieu_dat}}, chưa đạt {{muc_tieu_chua_dat}}, không so sánh được "
              "{{muc_tieu_khong_so_sanh}} mục tiêu.");
    paragraph(b, PLAIN, "{{#co_muc_tieu}}");
    paragraph(b, ITALIC | RIGHT | TINY, "Đơn vị tính: theo từng chỉ tiêu");
    table_begin(b, true, widths, COUNT(widths));
    row(b, true, widths, heads, COUNT(heads));
    row(b, false, widths, cells, COUNT(cells));
    bytes_str(b, "</w:tbl>");
    paragraph(b, PLAIN, "{{/co_muc_tieu}}");
}

static void by_unit(struct bytes *b)
{
    static const int widths[] = {700, 3000, 1800, 1200, 1300, 1300};
    static const struct cell heads[] = {
        {BOLD | CENTRE | SMALL, {"STT"}              },
        {BOLD | CENTRE | SMALL, {"Đơn vị"}       },
        {BOLD | CENTRE | SMALL, {"Tình hình gửi"}},
        {BOLD | CENTRE | SMALL, {"Số HTX"}         },
        {BOLD | CENTRE | SMALL, {"Thành viên"}     },
        {BOLD | CENTRE | SMALL, {"Lao động"}      },
    };
    static const struct cell cells[] = {
        {CENTRE | SMALL, {"{{don_vi.stt}}"}           },
        {SMALL,          {"{{don_vi.ten}}"}           },
        {CENTRE | SMALL, {"{{don_vi.tinh_hinh}}"}     },
        {RIGHT | SMALL,  {"{{don_vi.htx.total}}"}     },
        {RIGHT | SMALL,  {"{{don_vi.member.total}}"}  },
        {RIGHT | SMALL,  {"{{don_vi.worker.regular}}"}},
    };

    paragraph(b, BOLD | BODY, "III. THEO ĐƠN VỊ BÁO CÁO");
    paragraph(b, ITALIC | RIGHT | SMALL, "Đơn vị tính: hợp tác xã, người");
    table_begin(b, true, widths, COUNT(widths));
    row(b, true, widths, heads, COUNT(heads));
    row(b, false, widths, cells, COUNT(cells));
    bytes_str(b, "</w:tbl>");
}

static void signatures(struct bytes *b)
{
    static const int widths[] = {4650, 4650};
    static const struct cell cells[] = {
        {CENTRE | BOLD | SMALL | KEEP, {"Người lập biểu"}     },
        {CENTRE | BOLD | SMALL | KEEP, {"Thủ trưởng đơn vị"}},
    };
    static const struct cell below[] = {
        {CENTRE | ITALIC | SMALL, {"(Ký, họ và tên)"}                          },
        {CENTRE | ITALIC | SMALL, {"(Ký, đóng dấu, họ và tên)", "", "", ""}},
    };

    /* signatures do not stand alone on a page */
    paragraph(b, BODY | KEEP,
              "Trên đây là báo cáo tình hình kinh tế tập thể, hợp tác xã {{ky}} của "
              "{{ten_co_quan_lap}} {{tinh_thuong}}./.");
    paragraph(b, PLAIN | KEEP, "");
    table_begin(b, false, widths, COUNT(widths));
    row(b, false, widths, cells, COUNT(cells));
    row(b, false, widths, below, COUNT(below));
    bytes_str(b, "</w:tbl>");
    paragraph(b, BOLD | ITALIC | SMALL, "Nơi nhận:");
    paragraph(b, SMALL, "- {{noi_nhan.ten}};");
    paragraph(b, SMALL, "- Lưu: VT.");
}

static void annex(struct bytes *b)
{
    paragraph(b, PLAIN, "{{#co_thuyet_minh}}");
    bytes_str(b, "<w:p><w:r><w:br w:type=\"page\"/></w:r></w:p>");
    paragraph(b, BOLD | CENTRE, "Phụ lục");
    paragraph(b, BOLD | CENTRE, "THUYẾT MINH CỦA CÁC ĐƠN VỊ BÁO CÁO");
    paragraph(b, ITALIC | CENTRE | SMALL, "{{kem_theo}}");
    paragraph(b, PLAIN, "{{#thuyet_minh}}");
    paragraph(b, BOLD | BODY,
              "{{thuyet_minh.stt}}. {{thuyet_minh.don_vi}}: {{thuyet_minh.tieu_de}}");
    paragraph(b, BODY, "{{thuyet_minh.noi_dung}}");
    paragraph(b, PLAIN, "{{/thuyet_minh}}");
    paragraph(b, PLAIN, "{{/co_thuyet_minh}}");
}

static void put(struct repack *r, const char *name, const char *text)
{
    struct bytes b = {0};

    bytes_str(&b, text);
    repack_put(r, name, &b);
}

bool docx_sample(struct bytes *out, struct err *e)
{
    struct bytes b = {0};
    struct repack *r;
    bool ok;

    if (!repack_open(&r, (struct span){0}, e))
        return false;
    bytes_str(&b, XML "<w:document xmlns:w=\"" W "\" xmlns:r=\"" R "\"><w:body>");
    letterhead(&b);
    story(&b);
    overall(&b);
    by_unit(&b);
    targets(&b);
    signatures(&b);
    annex(&b);
    /* A4 upright; 20, 15, 20, 30 mm */
    bytes_str(&b, "<w:sectPr><w:footerReference w:type=\"default\" r:id=\"rId2\"/>"
                  "<w:pgSz w:w=\"11906\" w:h=\"16838\"/><w:pgMar w:top=\"1134\" "
                  "w:right=\"851\" w:bottom=\"1134\" w:left=\"1701\" w:header=\"567\" "
                  "w:footer=\"567\" w:gutter=\"0\"/></w:sectPr></w:body></w:document>\n");
    put(r, "[Content_Types].xml", TYPES);
    put(r, "_rels/.rels", ROOT_RELATIONS);
    repack_put(r, "word/document.xml", &b);
    put(r, "word/_rels/document.xml.rels", RELATIONS);
    put(r, "word/styles.xml", STYLES);
    put(r, "word/footer1.xml", FOOTER);
    ok = repack_write(r, out, e);
    repack_close(&r);
    return ok;
}
