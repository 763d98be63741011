/*
 * SPDX-License-Identifier: ISC
 *
 * hot.c: a plugin of qemu's emulator that counts how often each block of the
 * guest's code ran: lines "address instructions times" at the end.
 *
 *	-plugin hot.so,out=FILE
 *
 * Debian ships no header for plugins; what is declared here is what the
 * interface, version 1, has for it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INLINE_ADD_U64	0

struct tb;
typedef uint64_t plugin_id;

void	 qemu_plugin_register_vcpu_tb_trans_cb(plugin_id,
	    void (*)(plugin_id, struct tb *));
void	 qemu_plugin_register_vcpu_tb_exec_inline(struct tb *, int, void *,
	    uint64_t);
void	 qemu_plugin_register_atexit_cb(plugin_id,
	    void (*)(plugin_id, void *), void *);
size_t	 qemu_plugin_tb_n_insns(const struct tb *);
uint64_t qemu_plugin_tb_vaddr(const struct tb *);

int	 qemu_plugin_install(plugin_id, const void *, int, char **);

int	 qemu_plugin_version = 1;

struct block {
	struct block	*b_next;
	uint64_t	 b_addr, b_size, b_count;
};

static struct block	*blocks;
static const char	*out = "hot.txt";

static void
translated(plugin_id id, struct tb *tb)
{
	struct block *b = calloc(1, sizeof(*b));

	if (b == NULL)
		abort();
	b->b_addr = qemu_plugin_tb_vaddr(tb);
	b->b_size = qemu_plugin_tb_n_insns(tb);
	b->b_next = blocks;
	blocks = b;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64,
	    &b->b_count, 1);
}

static void
finished(plugin_id id, void *arg)
{
	FILE *f = fopen(out, "w");
	struct block *b;

	if (f == NULL)
		return;
	for (b = blocks; b != NULL; b = b->b_next) {
		if (b->b_count != 0)
			fprintf(f, "%lx %lu %lu\n", b->b_addr, b->b_size,
			    b->b_count);
	}
	fclose(f);
}

int
qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++) {
		if (strncmp(argv[i], "out=", 4) == 0)
			out = strdup(argv[i] + 4);
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, finished, NULL);
	return (0);
}
