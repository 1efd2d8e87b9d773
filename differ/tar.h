/* Comparing archives entry by entry. Nothing is unpacked: a listing of each is made in one pass. */
#ifndef BUGFORBUG_DIFFER_TAR_H
#define BUGFORBUG_DIFFER_TAR_H

#include "differ/scope.h"

#define TAR_ENTRIES_MAX ((size_t)1 << 20)
#define TAR_NAMES_MAX ((size_t)64 << 20) /* bytes of names and link targets in one archive */
#define TAR_KEEP_MAX ((size_t)256 << 10) /* content that is kept, to say where it differs */
#define TAR_KEPT_MAX ((size_t)16 << 20)  /* in one archive */

/* 1: compared; 0: the baseline's body is no archive, nothing was told; -1. */
int tar_compare(struct scope *s, struct err *e);

#endif
