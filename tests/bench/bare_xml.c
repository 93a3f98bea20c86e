/*
 * The measure for reading a workbook: each part unpacked by libzip and parsed by expat with
 * handlers that only count. Prints bytes of XML, elements and bytes of text.
 */
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

struct counts {
    unsigned long bytes, elements, text;
};

static void XMLCALL on_start(void *ctx, const char *name, const char **attributes)
{
    struct counts *c = ctx;

    (void)name;
    (void)attributes;
    c->elements++;
}

static void XMLCALL on_end(void *ctx, const char *name)
{
    (void)ctx;
    (void)name;
}

static void XMLCALL on_text(void *ctx, const char *s, int n)
{
    struct counts *c = ctx;

    (void)s;
    c->text += (unsigned long)n;
}

static int read_part(zip_t *zip, zip_uint64_t i, struct counts *c)
{
    XML_Parser xml = XML_ParserCreate(NULL);
    zip_file_t *f = zip_fopen_index(zip, i, 0);
    zip_int64_t n = 0;
    int ok = xml != NULL && f != NULL;

    XML_SetUserData(xml, c);
    XML_SetElementHandler(xml, on_start, on_end);
    XML_SetCharacterDataHandler(xml, on_text);
    do {
        void *block = XML_GetBuffer(xml, 65536);

        n = zip_fread(f, block, 65536);
        ok = ok && n >= 0 && XML_ParseBuffer(xml, (int)n, n == 0) == XML_STATUS_OK;
        c->bytes += n > 0 ? (unsigned long)n : 0;
    } while (ok && n > 0);
    zip_fclose(f);
    XML_ParserFree(xml);
    return ok;
}

int main(int argc, char **argv)
{
    struct counts c = {0, 0, 0};
    int code, ok = 1;
    zip_t *zip = zip_open(argc > 1 ? argv[1] : "", ZIP_RDONLY, &code);

    if (zip == NULL)
        return EXIT_FAILURE;
    for (zip_int64_t i = 0; ok && i < zip_get_num_entries(zip, 0); i++) {
        const char *name = zip_get_name(zip, (zip_uint64_t)i, 0);
        size_t len = name == NULL ? 0 : strlen(name);

        if (len > 4 && (strcmp(name + len - 4, ".xml") == 0 ||
                        strcmp(name + len - 5, ".rels") == 0))
            ok = read_part(zip, (zip_uint64_t)i, &c);
    }
    zip_discard(zip);
    printf("%lu bytes, %lu elements, %lu of text\n", c.bytes, c.elements, c.text);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
