#include "aggregator/json.h"

#include <jansson.h>

struct json {
    json_t *object;
};

static json_t *sure(json_t *value)
{
    if (value == NULL) /* no memory: as everywhere, work is kept by ending here */
        exit(EXIT_LATER);
    return value;
}

struct json *json_new(void)
{
    struct json *j = mem_new(sizeof *j);

    j->object = sure(json_object());
    return j;
}

void json_free(struct json **jp)
{
    if (*jp == NULL)
        return;
    json_decref((*jp)->object);
    free(*jp);
    *jp = NULL;
}

static void set(struct json *j, const char *key, json_t *value)
{
    if (json_object_set_new(j->object, key, sure(value)) != 0)
        exit(EXIT_LATER);
}

void json_text(struct json *j, const char *key, const char *text)
{
    json_t *value = text != NULL ? json_string(text) : NULL;

    set(j, key, value != NULL ? value : json_null());
}

void json_int(struct json *j, const char *key, int64_t i)
{
    set(j, key, json_integer(i));
}

void json_bool(struct json *j, const char *key, bool b)
{
    set(j, key, json_boolean(b));
}

void json_date(struct json *j, const char *key, int32_t date)
{
    char iso[11];

    json_text(j, key, date == DATE_NONE ? NULL : date_iso(date, iso));
}

void json_none(struct json *j, const char *key)
{
    set(j, key, json_null());
}

static int append(const char *buffer, size_t size, void *ctx)
{
    bytes_add(ctx, buffer, size);
    return 0;
}

void json_write(const struct json *j, bool sorted, struct bytes *out)
{
    size_t flags = sorted ? JSON_COMPACT | JSON_SORT_KEYS : JSON_PRESERVE_ORDER;

    if (json_dump_callback(j->object, append, out, flags) != 0)
        exit(EXIT_LATER);
}
