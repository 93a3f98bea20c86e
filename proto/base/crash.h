/*
 * crash - named points around durable steps where a test can end the process.
 *
 * HTX_CRASH_AT="intake.before_commit" ends the process at the first pass of that point,
 * "name:3" at the third: _exit(137), nothing flushed, as kill -9 would. Without the
 * variable a point costs one comparison. Call crash_init() first in main().
 */
#ifndef HTX_CRASH_H
#define HTX_CRASH_H

#include "proto/base/base.h"

void crash_init(void); /* reads the variable; again, to change it in a test */
void crash_point(const char *name);

#endif
