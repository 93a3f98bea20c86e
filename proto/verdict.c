#include "proto/verdict.h"

#include "proto/base/base.h"

const char *verdict_word(enum verdict v)
{
    static const char *const words[] = {"",     "accepted", "warnings",
                                        "held", "refused",  "conflict"};

    return (size_t)v < COUNT(words) ? words[v] : "";
}
