/*
 * extract_docx - the written report of one publication, from a template (docx.h).
 *
 * Values: co_quan tinh dia_danh ky loai_so_lieu thoi_diem_chot lan ngay_phat_hanh ma_bam
 * chua_xac_nhan so ngay (blanks, filled by hand after signing) don_vi_phai_bao_cao
 * don_vi_da_gui chua_gui gui_mot_phan gui_cham; the code of an indicator, with "/code"
 * for a breakdown and "@unit" for a unit: htx.total, htx.total/agri@106; and before it
 * "ten:", "don_vi_tinh:", "da_bao_cao:", "nguon:".
 *
 * Lists: chi_tieu (stt ten don_vi_tinh gia_tri nguon da_bao_cao ghi_chu: the overall
 * table), don_vi (stt ma ten tinh_hinh gui_cham bieu da_bao_cao, or an indicator's code),
 * nganh (stt ma ten, or an indicator's code), thuyet_minh (stt don_vi tieu_de noi_dung);
 * co_thuyet_minh: one item when there are such texts.
 */
#ifndef HTX_EXTRACT_DOCX_H
#define HTX_EXTRACT_DOCX_H

#include "aggregator/rollup/extract.h"
#include "aggregator/book/layout.h"

/* What a unit wrote, from its signed report; borrowed. */
struct unit_text {
    const char *unit; /* its name */
    const char *title, *text;
};

bool extract_docx(const struct extract *x, const struct layout *l,
                  const struct unit_text *texts, size_t n_texts, struct span document,
                  struct bytes *out, struct err *e) MUST_CHECK;

#endif
