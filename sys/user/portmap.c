/*
 * SPDX-License-Identifier: ISC
 *
 * portmap.c: which port number belongs to which name; see portmap.h.
 */
#include <sys/stat.h>

#include <stdlib.h>
#include <unistd.h>

#include "kern.h"
#include "portmap.h"
#include "uswitch_ctl.h"

#define FILE_MAX	(1 << 20)	/* bytes of a map that is read */
#define NAME_LEN	(UCTL_NAME_LEN - 1)
#define NAMES_MAX	4096	/* libvirt gives each machine a new name */

struct entry {
	char		e_name[NAME_LEN + 1];
	uint32_t	e_no;
};

static struct entry	*map;		/* last used last */
static size_t		 nmap, room;
static int		 file = -1;

static struct entry *
map_find(const char *name)
{
	size_t	i;

	for (i = 0; i < nmap; i++)
		if (strcmp(map[i].e_name, name) == 0)
			return (&map[i]);
	return (NULL);
}

static struct entry *
map_find_no(uint32_t no)
{
	size_t	i;

	for (i = 0; i < nmap; i++)
		if (map[i].e_no == no)
			return (&map[i]);
	return (NULL);
}

/* Room for one more. */
static bool
map_grow(void)
{
	struct entry	*more;
	size_t		 n = room * 2 + 16;

	if (nmap < room)
		return (true);
	more = realloc(map, n * sizeof(map[0]));
	if (more == NULL)
		return (false);
	map = more;
	room = n;
	return (true);
}

static void
map_drop(struct entry *e)
{
	struct entry	*end = map + --nmap;

	memmove(e, e + 1, (size_t)(end - e) * sizeof(*e));
}

/* True if the map says something else now. */
static bool
map_put(const char *name, uint32_t no)
{
	struct entry	*e;
	bool		 other = true;

	if (!map_grow())
		return (false);
	if ((e = map_find(name)) != NULL) {
		other = e->e_no != no;
		map_drop(e);
	}
	if ((e = map_find_no(no)) != NULL)
		map_drop(e);
	if (nmap == NAMES_MAX)
		map_drop(map);
	e = &map[nmap++];
	snprintf(e->e_name, sizeof(e->e_name), "%s", name);
	e->e_no = no;
	return (other);
}

/* A line that is not "NAME NUMBER" is left out. */
static void
map_line(char *line)
{
	char		*sp = strchr(line, ' '), *end;
	unsigned long	 no;

	if (sp == NULL || sp == line || sp - line > NAME_LEN)
		return;
	*sp = '\0';
	errno = 0;
	no = strtoul(sp + 1, &end, 10);
	if (errno == 0 && *end == '\0' && no > 0 && no <= UINT32_MAX)
		map_put(line, (uint32_t)no);
}

static void
map_read(void)
{
	struct stat	 st;
	char		*text, *line, *next;
	ssize_t		 n;

	if (fstat(file, &st) == -1 || st.st_size > FILE_MAX ||
	    (text = malloc((size_t)st.st_size + 1)) == NULL)
		return;
	n = pread(file, text, (size_t)st.st_size, 0);
	text[n > 0 ? n : 0] = '\0';
	for (line = text; line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		map_line(line);
	}
	free(text);
}

static void
map_write(void)
{
	size_t	 i, len = 0, size = nmap * (NAME_LEN + 16) + 1;
	char	*text;

	if (file == -1 || (text = malloc(size)) == NULL)
		return;
	for (i = 0; i < nmap; i++)
		len += (size_t)snprintf(text + len, size - len, "%s %u\n",
		    map[i].e_name, map[i].e_no);
	errno = ENOSPC;		/* which a short write does not say */
	if (pwrite(file, text, len, 0) != (ssize_t)len ||
	    ftruncate(file, (off_t)len) == -1)
		kern_log("port numbers cannot be kept: %s", strerror(errno));
	free(text);
}

void
portmap_open(int fd)
{
	file = fd;
	nmap = 0;
	if (file != -1)
		map_read();
}

uint32_t
portmap_get(const char *name)
{
	const struct entry	*e = map_find(name);

	return (e != NULL ? e->e_no : 0);
}

uint32_t
portmap_free(uint32_t above)
{
	uint32_t	no = above + 1;

	while (map_find_no(no) != NULL)
		no++;
	return (no);
}

void
portmap_set(const char *name, uint32_t no)
{
	if (map_put(name, no))
		map_write();
}
