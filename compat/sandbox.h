/*
 * SPDX-License-Identifier: ISC
 *
 * sandbox.h: pledge(2) and unveil(2) on Linux, by seccomp and landlock, so
 * that the intent reads the same as on OpenBSD.
 *
 * Steps of a daemon: open everything, privdrop, unveil what it will still
 * open and lock that with unveil(NULL, NULL), pledge.  Each step only takes
 * away; none can be undone.
 *
 *	if (privdrop("_switchd", "/run/switchd/empty") == -1)
 *		fatal("privdrop");
 *	if (unveil(NULL, NULL) == -1)		nothing is opened by name
 *		fatal("unveil");
 *	if (pledge("stdio recvfd", NULL) == -1)
 *		fatal("pledge");
 *
 * Promises: stdio rpath wpath cpath fattr flock inet unix dns route recvfd
 * sendfd proc exec id; the table in sandbox_linux.c says which system calls
 * each allows.  Ours are, for who gets all sockets from somebody else,
 * "packet", settings of packet sockets, taps and netlink sockets, and
 * "accept", what comes to a socket that listens; for who makes them, "raw",
 * packet sockets, "netns", to enter network namespaces, "bpf", programs for the
 * kernel; and for who starts programs that confine themselves, "drop".
 *
 * What differs from OpenBSD.  A call that was not promised fails with EPERM
 * instead of ending the process: the error is logged and counted where it
 * happens, and a libc that comes to use another call does not stop a network.
 * A descriptor in a message cannot be told from data, so recvfd and sendfd
 * allow no more than stdio.  execpromises must be NULL; a program executed
 * later keeps the promises of its parent.
 *
 * A kernel without landlock is no error: sandbox_state says so, and chroot
 * and seccomp still hold.  Not thread safe; call before there are threads.
 */
#ifndef _COMPAT_SANDBOX_H_
#define _COMPAT_SANDBOX_H_

/* 0, or -1: EINVAL (unknown promise), EPERM (more than before), EFAULT. */
int	pledge(const char *promises, const char *execpromises);

/*
 * Permissions of "rwxc".  0, or -1 with errno; E2BIG past 16 paths; EPERM
 * when locked.
 */
int	unveil(const char *path, const char *permissions);

/*
 * Become user and see only dir, which must belong to root and be writable by
 * nobody else.  0, or -1 with errno; then the process must end.
 */
int	privdrop(const char *user, const char *dir);

/* What is in force, for people: "pledge stdio recvfd, unveil (landlock 3)". */
const char *sandbox_state(void);

/* What a sanitizer needs to be told; sandbox_san.c or sandbox_nosan.c. */
void	sandbox_sanitizer(void);

#endif /* _COMPAT_SANDBOX_H_ */
