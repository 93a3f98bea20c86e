/*
 * htx-pdf - draws on stdout what comes on stdin, see pdf.h. Run by htx-aggregator
 * extract.
 */
#include "aggregator/pdf/pdf.h"

#include <unistd.h>

int main(void)
{
    enum { MOST = 64 << 20, PIECE = 65536 };
    struct bytes in = {0}, out = {0};
    struct pdf_input input = {0};
    struct err e = {0};
    bool ok = true;
    ssize_t n;

    while (ok && (n = read(0, bytes_room(&in, PIECE), PIECE)) > 0) {
        in.n += (size_t)n;
        ok = in.n <= MOST || err_set(&e, ERR_INPUT, "more than %d bytes", MOST);
    }
    ok = ok && pdf_read(span_of(&in), &input, &e) && pdf_draw(&input, &out, &e);
    if (ok && (fwrite(out.p, 1, out.n, stdout) != out.n || fflush(stdout) != 0))
        ok = err_set(&e, ERR_RETRY, "stdout cannot be written");
    if (!ok)
        fprintf(stderr, "htx-pdf: %s\n", e.text);
    pdf_clear(&input);
    bytes_clear(&in);
    bytes_clear(&out);
    return ok                    ? EXIT_DONE
           : e.kind == ERR_INPUT ? EXIT_DATA
           : e.kind == ERR_SETUP ? EXIT_SETUP
                                 : EXIT_LATER;
}
