/*
 * file - whole files in and out. Writing is temp + fsync + rename + fsync of the folder:
 * after true the new content is there after a power cut, before it the old one.
 */
#ifndef HTX_FILE_H
#define HTX_FILE_H

#include "proto/base/err.h"

/* Refuses more than max bytes (ERR_INPUT). Follows no symbolic link in the last step. */
bool file_read(const char *path, size_t max, struct bytes *out, struct err *e) MUST_CHECK;
bool file_write(const char *path, struct span data, unsigned mode,
                struct err *e) MUST_CHECK;
/* Every missing folder of the path, mode 0700 for new ones. */
bool file_mkdirs(const char *path, struct err *e) MUST_CHECK;
/* fsync of a folder, after a rename in it. */
bool file_sync_dir(const char *path, struct err *e) MUST_CHECK;

#endif
