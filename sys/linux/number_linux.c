/*
 * SPDX-License-Identifier: ISC
 *
 * number_linux.c: a device that was a port of a switch gets the number it had
 * when it comes back, and nobody else does meanwhile.  Flows name ports by
 * number, and a virtual machine that is started again should meet its own.
 *
 * What is remembered is the name.  The switch keeps the last HOST_NAMES of
 * those that left; all of it under RTNL.
 */
#include <linux/bitmap.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "host_linux.h"

#define HOST_NAMES	1024

struct host_number {
	struct list_head	 hn_entry;
	char			 hn_name[IFNAMSIZ];
	uint32_t		 hn_no;
};

static void
number_forget(struct host_switch *hs, struct host_number *hn)
{
	list_del(&hn->hn_entry);
	kfree(hn);
	hs->hsw_nnames--;
}

static struct host_number *
number_find(struct host_switch *hs, const char *name)
{
	struct host_number *hn;

	list_for_each_entry(hn, &hs->hsw_names, hn_entry) {
		if (strcmp(hn->hn_name, name) == 0)
			return (hn);
	}
	return (NULL);
}

static bool
number_in_use(struct host_switch *hs, uint32_t no)
{
	const struct host_port *hp;

	list_for_each_entry(hp, &hs->hsw_ports, hp_entry) {
		if (hp->hp_port != NULL && switch_port_no(hp->hp_port) == no)
			return (true);
	}
	return (false);
}

/* The lowest number that no port has and none will come back for. */
static int
number_lowest(struct host_switch *hs, uint32_t *no)
{
	const struct host_port *hp;
	const struct host_number *hn;
	unsigned long *taken;
	unsigned int n = hs->hsw_nnames + 2;

	list_for_each_entry(hp, &hs->hsw_ports, hp_entry)
		n++;
	taken = bitmap_zalloc(n, GFP_KERNEL_ACCOUNT);
	if (taken == NULL)
		return (ENOMEM);
	set_bit(0, taken);
	list_for_each_entry(hp, &hs->hsw_ports, hp_entry) {
		if (hp->hp_port != NULL && switch_port_no(hp->hp_port) < n)
			set_bit(switch_port_no(hp->hp_port), taken);
	}
	list_for_each_entry(hn, &hs->hsw_names, hn_entry) {
		if (hn->hn_no < n)
			set_bit(hn->hn_no, taken);
	}
	*no = find_first_zero_bit(taken, n);
	bitmap_free(taken);
	return (0);
}

/* A number for a port that asks for none.  0 or ENOMEM. */
int
host_number_choose(struct host_switch *hs, const char *name, uint32_t *no)
{
	const struct host_number *hn = number_find(hs, name);

	ASSERT_RTNL();
	if (hn == NULL || number_in_use(hs, hn->hn_no))
		return (number_lowest(hs, no));
	*no = hn->hn_no;
	return (0);
}

/* A port leaves.  Without memory its number is not kept. */
void
host_number_keep(struct host_switch *hs, const char *name, uint32_t no)
{
	struct host_number *hn = number_find(hs, name);

	ASSERT_RTNL();
	if (hn != NULL)
		number_forget(hs, hn);
	if (hs->hsw_nnames == HOST_NAMES)
		number_forget(hs, list_last_entry(&hs->hsw_names,
		    struct host_number, hn_entry));
	hn = kzalloc(sizeof(*hn), GFP_KERNEL_ACCOUNT);
	if (hn == NULL)
		return;
	strscpy(hn->hn_name, name, sizeof(hn->hn_name));
	hn->hn_no = no;
	list_add(&hn->hn_entry, &hs->hsw_names);
	hs->hsw_nnames++;
}

void
host_number_free(struct host_switch *hs)
{
	struct host_number *hn, *next;

	list_for_each_entry_safe(hn, next, &hs->hsw_names, hn_entry)
		number_forget(hs, hn);
}
