/*
 * SPDX-License-Identifier: ISC
 *
 * portmap.h: which port number belongs to which name, also after a restart.
 *
 * The file has a line "NAME NUMBER" for each; the newest line for a name or a
 * number counts.  It is opened by somebody with privileges and written in
 * place.  Without a file the map lasts as long as the process.  It holds some
 * thousand names, then the one that nobody used for longest is forgotten; its
 * port may be there still.
 */
#ifndef _USER_PORTMAP_H_
#define _USER_PORTMAP_H_

#include <stdint.h>

/* Read the map from a file, and keep it there; -1: no file. */
void	portmap_open(int fd);

/* The number that belongs to a name, 0: none. */
uint32_t portmap_get(const char *name);

/* The lowest number above this one that belongs to no name. */
uint32_t portmap_free(uint32_t);

/* Remember.  Whoever had the number before loses it. */
void	portmap_set(const char *name, uint32_t no);

#endif /* _USER_PORTMAP_H_ */
