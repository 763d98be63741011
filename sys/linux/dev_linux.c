/*
 * SPDX-License-Identifier: ISC
 *
 * dev_linux.c: /dev/switchN, the controller's end of a switch.
 *
 * One opener at a time, who must be root of the machine: the node is global,
 * while links are made in any user namespace.  What is read and written is
 * OpenFlow, cut as it comes; if the reader's buffer holds a message, it gets
 * whole ones.
 *
 * The link may go while the device is open: hsw_gate is held (shared) by
 * everybody who uses the channel, and (alone) by whoever makes or ends it.
 * User memory is touched before or after, never under it: a page fault may
 * take as long as a process likes.
 *
 * Whoever waits uses wait_woken: its conditions take locks that sleep.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "host_linux.h"

#define DEV_UNITS	4096
#define DEV_BUF		65536		/* any OpenFlow message fits */

static int	dev_fop_open(struct inode *, struct file *);
static int	dev_fop_release(struct inode *, struct file *);
static ssize_t	dev_fop_read(struct file *, char __user *, size_t, loff_t *);
static ssize_t	dev_fop_write(struct file *, const char __user *, size_t,
		    loff_t *);
static __poll_t	dev_fop_poll(struct file *, poll_table *);

static const struct file_operations	 dev_fops = {
	.owner = THIS_MODULE,
	.open = dev_fop_open,
	.release = dev_fop_release,
	.read = dev_fop_read,
	.write = dev_fop_write,
	.poll = dev_fop_poll,
};

static struct class	 dev_class = {
	.name = "switch",
};
static dev_t		 dev_first;
static DEFINE_IDA(dev_units);

int
host_dev_init(void)
{
	int error;

	error = -alloc_chrdev_region(&dev_first, 0, DEV_UNITS, "switch");
	if (error != 0)
		return (error);
	error = -class_register(&dev_class);
	if (error != 0)
		unregister_chrdev_region(dev_first, DEV_UNITS);
	return (error);
}

void
host_dev_fini(void)
{
	class_unregister(&dev_class);
	unregister_chrdev_region(dev_first, DEV_UNITS);
	ida_destroy(&dev_units);
}

static void
dev_release(struct device *device)
{
	struct host_switch *hs = container_of(device, struct host_switch,
	    hsw_device);

	ida_free(&dev_units, hs->hsw_unit);
	kfree(hs);
}

/*
 * A switch that nobody sees yet; unit -1: any.  EEXIST: the unit is taken (in
 * some namespace); ENOMEM.  put_device(&hs->hsw_device) frees.
 */
int
host_dev_new(int unit, struct host_switch **out)
{
	struct host_switch *hs;
	int id;

	hs = kzalloc(sizeof(*hs), GFP_KERNEL_ACCOUNT);
	if (hs == NULL)
		return (ENOMEM);
	id = unit >= DEV_UNITS ? -ENOSPC : ida_alloc_range(&dev_units,
	    unit < 0 ? 0 : unit, unit < 0 ? DEV_UNITS - 1 : unit, GFP_KERNEL);
	if (id < 0) {
		kfree(hs);
		return (id == -ENOMEM ? ENOMEM : EEXIST);
	}
	hs->hsw_unit = id;
	snprintf(hs->hsw_name, sizeof(hs->hsw_name), "switch%u", id);
	INIT_LIST_HEAD(&hs->hsw_ports);
	INIT_LIST_HEAD(&hs->hsw_names);
	init_rwsem(&hs->hsw_gate);
	mutex_init(&hs->hsw_rlock);
	mutex_init(&hs->hsw_wlock);
	init_waitqueue_head(&hs->hsw_wait);
	device_initialize(&hs->hsw_device);
	hs->hsw_device.class = &dev_class;
	hs->hsw_device.devt = dev_first + id;
	hs->hsw_device.release = dev_release;
	cdev_init(&hs->hsw_cdev, &dev_fops);
	hs->hsw_cdev.owner = THIS_MODULE;
	if (dev_set_name(&hs->hsw_device, "switch%u", id) != 0) {
		put_device(&hs->hsw_device);
		return (ENOMEM);
	}
	*out = hs;
	return (0);
}

int
host_dev_add(struct host_switch *hs)
{
	return (-cdev_device_add(&hs->hsw_cdev, &hs->hsw_device));
}

void
host_dev_del(struct host_switch *hs)
{
	cdev_device_del(&hs->hsw_cdev, &hs->hsw_device);
}

/* End the channel.  Gate held alone. */
static void
dev_chan_close(struct host_switch *hs)
{
	struct switch_chan *chan = hs->hsw_chan;

	hs->hsw_chan = NULL;
	if (chan != NULL)
		switch_chan_close(chan);
}

/*
 * The link goes: take the core from the device.  Whoever has it open reads
 * end of file from now on.  Returns the core, to be destroyed.
 */
struct switch_softc *
host_dev_dead(struct host_switch *hs)
{
	struct switch_softc *core;

	down_write(&hs->hsw_gate);
	dev_chan_close(hs);
	core = hs->hsw_core;
	hs->hsw_core = NULL;
	up_write(&hs->hsw_gate);
	wake_up_all(&hs->hsw_wait);
	return (core);
}

static int
dev_chan_open(struct host_switch *hs)
{
	int error = ENXIO;

	down_write(&hs->hsw_gate);
	if (hs->hsw_core != NULL) {
		clear_bit(HSW_FULL, &hs->hsw_flags);
		error = switch_chan_open(hs->hsw_core, hs, &hs->hsw_chan);
	}
	up_write(&hs->hsw_gate);
	return (error);
}

static void
dev_free_bufs(struct host_switch *hs)
{
	kvfree(hs->hsw_rbuf);
	kvfree(hs->hsw_wbuf);
	hs->hsw_rbuf = hs->hsw_wbuf = NULL;
}

static int
dev_fop_open(struct inode *inode, struct file *file)
{
	struct host_switch *hs = container_of(inode->i_cdev,
	    struct host_switch, hsw_cdev);
	int error;

	if (!capable(CAP_NET_ADMIN))
		return (-EPERM);
	if (test_and_set_bit(HSW_OPEN, &hs->hsw_flags))
		return (-EBUSY);
	error = ENOMEM;
	hs->hsw_rbuf = kvmalloc(DEV_BUF, GFP_KERNEL_ACCOUNT);
	hs->hsw_wbuf = kvmalloc(DEV_BUF, GFP_KERNEL_ACCOUNT);
	if (hs->hsw_rbuf == NULL || hs->hsw_wbuf == NULL)
		goto fail;
	error = dev_chan_open(hs);
	if (error != 0)
		goto fail;
	file->private_data = hs;
	return (stream_open(inode, file));

fail:
	dev_free_bufs(hs);
	clear_bit_unlock(HSW_OPEN, &hs->hsw_flags);
	return (-error);
}

static int
dev_fop_release(struct inode *inode, struct file *file)
{
	struct host_switch *hs = file->private_data;

	down_write(&hs->hsw_gate);
	dev_chan_close(hs);
	up_write(&hs->hsw_gate);
	dev_free_bufs(hs);
	clear_bit_unlock(HSW_OPEN, &hs->hsw_flags);
	return (0);
}

/* What could be done now without waiting. */
static __poll_t
dev_ready(struct host_switch *hs)
{
	const __poll_t in = EPOLLIN | EPOLLRDNORM;
	const __poll_t out = EPOLLOUT | EPOLLWRNORM;
	__poll_t mask = 0;

	down_read(&hs->hsw_gate);
	if (hs->hsw_chan == NULL)
		mask = in | out | EPOLLHUP;
	else {
		if (switch_chan_readable(hs->hsw_chan))
			mask |= in;
		else if (switch_chan_closing(hs->hsw_chan))
			mask |= in | EPOLLHUP;
		/* One that is closing swallows what is written. */
		if (!test_bit(HSW_FULL, &hs->hsw_flags) ||
		    switch_chan_closing(hs->hsw_chan))
			mask |= out;
	}
	up_read(&hs->hsw_gate);
	return (mask);
}

static __poll_t
dev_fop_poll(struct file *file, poll_table *table)
{
	struct host_switch *hs = file->private_data;

	poll_wait(file, &hs->hsw_wait, table);
	return (dev_ready(hs));
}

/*
 * Wait for one of mask.  0, EAGAIN or ERESTARTSYS.  What poll calls ready does
 * not say EAGAIN: a long reply that has nothing to show yet is worked on.
 */
static int
dev_wait(struct host_switch *hs, const struct file *file, __poll_t mask)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	int error = 0;

	if ((dev_ready(hs) & mask) != 0) {
		cond_resched();
		return (signal_pending(current) ? ERESTARTSYS : 0);
	}
	if ((file->f_flags & O_NONBLOCK) != 0)
		return (EAGAIN);
	add_wait_queue(&hs->hsw_wait, &wait);
	while ((dev_ready(hs) & mask) == 0) {
		if (signal_pending(current)) {
			error = ERESTARTSYS;
			break;
		}
		wait_woken(&wait, TASK_INTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT);
	}
	remove_wait_queue(&hs->hsw_wait, &wait);
	return (error);
}

/* Any context. */
void
host_chan_wakeup(void *hc)
{
	struct host_switch *hs = hc;

	if (wq_has_sleeper(&hs->hsw_wait))
		wake_up_interruptible_poll(&hs->hsw_wait,
		    EPOLLIN | EPOLLRDNORM);
}

/* There is room again for what the controller writes. */
static void
dev_drained(struct host_switch *hs)
{
	if (test_and_clear_bit(HSW_FULL, &hs->hsw_flags))
		wake_up_interruptible_poll(&hs->hsw_wait,
		    EPOLLOUT | EPOLLWRNORM);
}

/* Take bytes from the core: count, 0 when there are none, or -EFAULT. */
static ssize_t
dev_pull(struct host_switch *hs, char __user *to, size_t len)
{
	ssize_t n = 0;

	if (mutex_lock_interruptible(&hs->hsw_rlock) != 0)
		return (-ERESTARTSYS);
	down_read(&hs->hsw_gate);
	if (hs->hsw_chan != NULL)
		n = switch_chan_read(hs->hsw_chan, hs->hsw_rbuf,
		    min_t(size_t, len, DEV_BUF));
	up_read(&hs->hsw_gate);
	if (n > 0) {
		dev_drained(hs);
		if (copy_to_user(to, hs->hsw_rbuf, n) != 0)
			n = -EFAULT;
	}
	mutex_unlock(&hs->hsw_rlock);
	return (n);
}

static ssize_t
dev_fop_read(struct file *file, char __user *to, size_t len, loff_t *pos)
{
	struct host_switch *hs = file->private_data;
	ssize_t n;
	int error;

	if (len == 0)
		return (0);
	for (;;) {
		n = dev_pull(hs, to, len);
		if (n != 0 || (dev_ready(hs) & EPOLLHUP) != 0)
			return (n);
		error = dev_wait(hs, file, EPOLLIN);
		if (error != 0)
			return (-error);
	}
}

/*
 * Give bytes to the core: count, less than len when its queue is full, or
 * -errno.  HSW_FULL is set first: a read that comes between takes it away.
 */
static ssize_t
dev_push(struct host_switch *hs, const char __user *from, size_t len)
{
	ssize_t n = -ENXIO;

	len = min_t(size_t, len, DEV_BUF);
	if (copy_from_user(hs->hsw_wbuf, from, len) != 0)
		return (-EFAULT);
	set_bit(HSW_FULL, &hs->hsw_flags);
	down_read(&hs->hsw_gate);
	if (hs->hsw_chan != NULL)
		n = switch_chan_write(hs->hsw_chan, hs->hsw_wbuf, len);
	up_read(&hs->hsw_gate);
	if (n < 0 || n == len)
		dev_drained(hs);
	return (n);
}

/* As with a socket: all of it, unless it may not wait or a signal comes. */
static ssize_t
dev_fop_write(struct file *file, const char __user *from, size_t len,
    loff_t *pos)
{
	struct host_switch *hs = file->private_data;
	size_t done = 0;
	ssize_t n = 0;

	if (mutex_lock_interruptible(&hs->hsw_wlock) != 0)
		return (-ERESTARTSYS);
	while (done < len) {
		n = dev_push(hs, from + done, len - done);
		if (n == 0)
			n = -dev_wait(hs, file, EPOLLOUT);
		if (n < 0)
			break;
		done += n;
		if (signal_pending(current)) {
			n = -ERESTARTSYS;
			break;
		}
		cond_resched();
	}
	mutex_unlock(&hs->hsw_wlock);
	return (done > 0 ? done : n);
}
