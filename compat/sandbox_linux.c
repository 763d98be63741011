/*
 * SPDX-License-Identifier: ISC
 *
 * sandbox_linux.c: pledge(2) by seccomp, unveil(2) by landlock.
 *
 * One table says which promise allows which system call with which argument.
 * Filters stack in the kernel and the strictest verdict counts, so a second
 * pledge is one more filter.  landlock is used through system calls, because
 * the libc has no functions for it and may have older headers.
 */

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/sched.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <malloc.h>
#include <netinet/in.h>
#include <pwd.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sandbox.h"

#define nitems(a)	(sizeof(a) / sizeof((a)[0]))

enum promise {
	P_STDIO = 0x001,
	P_RPATH = 0x002,
	P_WPATH = 0x004,
	P_CPATH = 0x008,
	P_INET = 0x010,
	P_UNIX = 0x020,
	P_DNS = 0x040,
	P_FD = 0x080,
	P_PACKET = 0x100,
	P_PROC = 0x200,
	P_EXEC = 0x400,
	P_ID = 0x800,
	P_ACCEPT = 0x1000,
	P_FATTR = 0x2000,
	P_FLOCK = 0x4000,
	P_ROUTE = 0x8000,
	P_RAW = 0x10000,
	P_DROP = 0x20000,
	P_BPF = 0x40000,
	P_NETNS = 0x80000
};

static const struct {
	const char	*pn_name;
	uint32_t	 pn_bit;
} promise_names[] = {
	{ "stdio", P_STDIO },
	{ "rpath", P_RPATH },
	{ "wpath", P_WPATH },
	{ "cpath", P_CPATH },
	{ "inet", P_INET },
	{ "unix", P_UNIX },
	{ "dns", P_DNS },
	{ "recvfd", P_FD },
	{ "sendfd", P_FD },
	{ "packet", P_PACKET },
	{ "proc", P_PROC },
	{ "exec", P_EXEC },
	{ "id", P_ID },
	{ "accept", P_ACCEPT },
	{ "fattr", P_FATTR },
	{ "flock", P_FLOCK },
	{ "route", P_ROUTE },
	{ "raw", P_RAW },
	{ "drop", P_DROP },
	{ "bpf", P_BPF },
	{ "netns", P_NETNS }
};

#define P_SOCKET	(P_INET | P_UNIX | P_DNS)
#define P_PATH		(P_RPATH | P_WPATH | P_CPATH | P_DNS)
#define OPEN_WRITES	(O_ACCMODE | O_CREAT | O_TRUNC)
#define NO_NAMESPACE	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | \
			 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | \
			 CLONE_NEWCGROUP)
#define SELF		UINT64_MAX	/* the value is our process id */

/*
 * Promises: a call that any of them allows.  With a mask, only if the bits of
 * argument sr_arg that the mask selects have the value.
 */
static const struct sandbox_rule {
	const char	*sr_call;
	uint32_t	 sr_promises;
	unsigned int	 sr_arg;
	uint64_t	 sr_mask;
	uint64_t	 sr_value;
} rules[] = {
	/* Descriptors there are. */
	{ "read", P_STDIO, 0, 0, 0 },
	{ "readv", P_STDIO, 0, 0, 0 },
	{ "pread64", P_STDIO, 0, 0, 0 },
	{ "preadv", P_STDIO, 0, 0, 0 },
	{ "write", P_STDIO, 0, 0, 0 },
	{ "writev", P_STDIO, 0, 0, 0 },
	{ "pwrite64", P_STDIO, 0, 0, 0 },
	{ "pwritev", P_STDIO, 0, 0, 0 },
	{ "lseek", P_STDIO, 0, 0, 0 },
	{ "_llseek", P_STDIO, 0, 0, 0 },
	{ "fsync", P_STDIO, 0, 0, 0 },
	{ "fdatasync", P_STDIO, 0, 0, 0 },
	{ "fstat", P_STDIO, 0, 0, 0 },
	{ "fstat64", P_STDIO, 0, 0, 0 },
	{ "newfstatat", P_STDIO, 3, AT_EMPTY_PATH, AT_EMPTY_PATH },
	{ "fcntl", P_STDIO, 0, 0, 0 },
	{ "fcntl64", P_STDIO, 0, 0, 0 },
	{ "close", P_STDIO, 0, 0, 0 },
	{ "close_range", P_STDIO, 0, 0, 0 },
	{ "dup", P_STDIO, 0, 0, 0 },
	{ "dup2", P_STDIO, 0, 0, 0 },
	{ "dup3", P_STDIO, 0, 0, 0 },
	{ "pipe", P_STDIO, 0, 0, 0 },
	{ "pipe2", P_STDIO, 0, 0, 0 },
	{ "eventfd2", P_STDIO, 0, 0, 0 },
	{ "signalfd4", P_STDIO, 0, 0, 0 },
	{ "timerfd_create", P_STDIO, 0, 0, 0 },
	{ "timerfd_settime", P_STDIO, 0, 0, 0 },
	{ "ftruncate", P_STDIO, 0, 0, 0 },
	{ "ioctl", P_STDIO, 1, UINT32_MAX, FIONREAD },
	{ "ioctl", P_STDIO, 1, UINT32_MAX, FIONBIO },
	{ "ioctl", P_STDIO, 1, UINT32_MAX, TCGETS },
	{ "ioctl", P_PACKET, 0, 0, 0 },

	/* Waiting. */
	{ "poll", P_STDIO, 0, 0, 0 },
	{ "ppoll", P_STDIO, 0, 0, 0 },
	{ "select", P_STDIO, 0, 0, 0 },
	{ "pselect6", P_STDIO, 0, 0, 0 },
	{ "epoll_create", P_STDIO, 0, 0, 0 },
	{ "epoll_create1", P_STDIO, 0, 0, 0 },
	{ "epoll_ctl", P_STDIO, 0, 0, 0 },
	{ "epoll_wait", P_STDIO, 0, 0, 0 },
	{ "epoll_pwait", P_STDIO, 0, 0, 0 },
	{ "epoll_pwait2", P_STDIO, 0, 0, 0 },
	{ "nanosleep", P_STDIO, 0, 0, 0 },
	{ "clock_nanosleep", P_STDIO, 0, 0, 0 },
	{ "futex", P_STDIO, 0, 0, 0 },
	{ "sched_yield", P_STDIO, 0, 0, 0 },

	/* Sockets there are. */
	{ "recvfrom", P_STDIO, 0, 0, 0 },
	{ "recvmsg", P_STDIO, 0, 0, 0 },
	{ "recvmmsg", P_STDIO, 0, 0, 0 },
	{ "sendto", P_STDIO, 0, 0, 0 },
	{ "sendmsg", P_STDIO, 0, 0, 0 },
	{ "sendmmsg", P_STDIO, 0, 0, 0 },
	{ "shutdown", P_STDIO, 0, 0, 0 },
	{ "getsockopt", P_STDIO, 0, 0, 0 },
	{ "getsockname", P_STDIO, 0, 0, 0 },
	{ "getpeername", P_STDIO, 0, 0, 0 },
	{ "socketpair", P_STDIO, 0, UINT32_MAX, AF_UNIX },
	{ "setsockopt", P_SOCKET | P_PACKET | P_ROUTE, 0, 0, 0 },
	{ "setsockopt", P_ACCEPT, 1, UINT32_MAX, IPPROTO_TCP },
	{ "accept", P_INET | P_UNIX | P_ACCEPT, 0, 0, 0 },
	{ "accept4", P_INET | P_UNIX | P_ACCEPT, 0, 0, 0 },

	/* New sockets. */
	{ "socket", P_INET | P_DNS, 0, UINT32_MAX, AF_INET },
	{ "socket", P_INET | P_DNS, 0, UINT32_MAX, AF_INET6 },
	{ "socket", P_UNIX | P_DNS, 0, UINT32_MAX, AF_UNIX },
	{ "socket", P_DNS | P_ROUTE, 0, UINT32_MAX, AF_NETLINK },
	{ "socket", P_RAW, 0, UINT32_MAX, AF_PACKET },
	{ "bpf", P_BPF, 0, 0, 0 },
	{ "connect", P_SOCKET, 0, 0, 0 },
	{ "bind", P_SOCKET | P_PACKET | P_ROUTE, 0, 0, 0 },
	{ "listen", P_INET | P_UNIX, 0, 0, 0 },

	/* Memory, but no new code. */
	{ "brk", P_STDIO, 0, 0, 0 },
	{ "mmap", P_STDIO, 2, PROT_EXEC, 0 },
	{ "mmap2", P_STDIO, 2, PROT_EXEC, 0 },
	{ "mprotect", P_STDIO, 2, PROT_EXEC, 0 },
	{ "munmap", P_STDIO, 0, 0, 0 },
	{ "mremap", P_STDIO, 0, 0, 0 },
	{ "madvise", P_STDIO, 0, 0, 0 },
	{ "membarrier", P_STDIO, 0, 0, 0 },

	/* Itself. */
	{ "exit", P_STDIO, 0, 0, 0 },
	{ "exit_group", P_STDIO, 0, 0, 0 },
	{ "rt_sigaction", P_STDIO, 0, 0, 0 },
	{ "rt_sigprocmask", P_STDIO, 0, 0, 0 },
	{ "rt_sigreturn", P_STDIO, 0, 0, 0 },
	{ "sigreturn", P_STDIO, 0, 0, 0 },
	{ "sigaltstack", P_STDIO, 0, 0, 0 },
	{ "restart_syscall", P_STDIO, 0, 0, 0 },
	{ "set_robust_list", P_STDIO, 0, 0, 0 },
	{ "rseq", P_STDIO, 0, 0, 0 },
	{ "kill", P_STDIO, 0, UINT32_MAX, SELF },
	{ "tgkill", P_STDIO, 0, UINT32_MAX, SELF },
	{ "getpid", P_STDIO, 0, 0, 0 },
	{ "gettid", P_STDIO, 0, 0, 0 },
	{ "getppid", P_STDIO, 0, 0, 0 },
	{ "getuid", P_STDIO, 0, 0, 0 },
	{ "geteuid", P_STDIO, 0, 0, 0 },
	{ "getgid", P_STDIO, 0, 0, 0 },
	{ "getegid", P_STDIO, 0, 0, 0 },
	{ "getresuid", P_STDIO, 0, 0, 0 },
	{ "getresgid", P_STDIO, 0, 0, 0 },
	{ "getrusage", P_STDIO, 0, 0, 0 },
	{ "getrlimit", P_STDIO, 0, 0, 0 },
	{ "prlimit64", P_STDIO, 2, UINT64_MAX, 0 },
	{ "times", P_STDIO, 0, 0, 0 },
	{ "umask", P_STDIO, 0, 0, 0 },
	{ "uname", P_STDIO, 0, 0, 0 },
	{ "sysinfo", P_STDIO, 0, 0, 0 },
	{ "sched_getaffinity", P_STDIO, 0, 0, 0 },
	{ "getrandom", P_STDIO, 0, 0, 0 },
	{ "time", P_STDIO, 0, 0, 0 },
	{ "gettimeofday", P_STDIO, 0, 0, 0 },
	{ "clock_gettime", P_STDIO, 0, 0, 0 },
	{ "clock_getres", P_STDIO, 0, 0, 0 },
	{ "prctl", P_STDIO, 0, UINT32_MAX, PR_SET_NAME },
	/* To give up more. */
	{ "prctl", P_STDIO, 0, UINT32_MAX, PR_SET_NO_NEW_PRIVS },
	{ "prctl", P_STDIO, 0, UINT32_MAX, PR_SET_SECCOMP },
	{ "prctl", P_STDIO, 0, UINT32_MAX, PR_GET_SECCOMP },
	{ "seccomp", P_STDIO, 0, 0, 0 },

	/* Files by name. */
	{ "open", P_RPATH | P_DNS, 1, OPEN_WRITES, O_RDONLY },
	{ "open", P_WPATH, 1, O_CREAT, 0 },
	{ "open", P_CPATH, 0, 0, 0 },
	{ "openat", P_RPATH | P_DNS, 2, OPEN_WRITES, O_RDONLY },
	{ "openat", P_WPATH, 2, O_CREAT, 0 },
	{ "openat", P_CPATH, 0, 0, 0 },
	{ "stat", P_PATH, 0, 0, 0 },
	{ "stat64", P_PATH, 0, 0, 0 },
	{ "lstat", P_PATH, 0, 0, 0 },
	{ "lstat64", P_PATH, 0, 0, 0 },
	{ "newfstatat", P_PATH, 0, 0, 0 },
	{ "fstatat64", P_PATH, 0, 0, 0 },
	{ "statx", P_PATH, 0, 0, 0 },
	{ "access", P_PATH, 0, 0, 0 },
	{ "faccessat", P_PATH, 0, 0, 0 },
	{ "faccessat2", P_PATH, 0, 0, 0 },
	{ "readlink", P_PATH, 0, 0, 0 },
	{ "readlinkat", P_PATH, 0, 0, 0 },
	{ "getcwd", P_PATH, 0, 0, 0 },
	{ "getdents64", P_RPATH, 0, 0, 0 },
	{ "chdir", P_RPATH, 0, 0, 0 },
	{ "fchdir", P_RPATH, 0, 0, 0 },
	{ "truncate", P_WPATH, 0, 0, 0 },
	{ "unlink", P_CPATH, 0, 0, 0 },
	{ "unlinkat", P_CPATH, 0, 0, 0 },
	{ "rename", P_CPATH, 0, 0, 0 },
	{ "renameat", P_CPATH, 0, 0, 0 },
	{ "renameat2", P_CPATH, 0, 0, 0 },
	{ "chmod", P_FATTR, 0, 0, 0 },
	{ "fchmod", P_FATTR, 0, 0, 0 },
	{ "fchmodat", P_FATTR, 0, 0, 0 },
	{ "chown", P_FATTR, 0, 0, 0 },
	{ "fchown", P_FATTR, 0, 0, 0 },
	{ "fchownat", P_FATTR, 0, 0, 0 },
	{ "flock", P_FLOCK, 0, 0, 0 },
	{ "mkdir", P_CPATH, 0, 0, 0 },
	{ "mkdirat", P_CPATH, 0, 0, 0 },
	{ "rmdir", P_CPATH, 0, 0, 0 },

	/* Processes. */
	{ "clone", P_PROC, 0, NO_NAMESPACE, 0 },
	{ "fork", P_PROC, 0, 0, 0 },
	{ "vfork", P_PROC, 0, 0, 0 },
	{ "wait4", P_PROC, 0, 0, 0 },
	{ "waitid", P_PROC, 0, 0, 0 },
	{ "kill", P_PROC, 0, 0, 0 },
	{ "setns", P_NETNS, 1, UINT32_MAX, CLONE_NEWNET },
	{ "setsid", P_PROC, 0, 0, 0 },
	{ "setpgid", P_PROC, 0, 0, 0 },
	{ "execve", P_EXEC, 0, 0, 0 },
	{ "execveat", P_EXEC, 0, 0, 0 },
	/* What a program starts with; its code is never writable. */
	{ "mmap", P_EXEC, 2, PROT_EXEC | PROT_WRITE, PROT_EXEC },
	{ "mprotect", P_EXEC, 2, PROT_EXEC | PROT_WRITE, PROT_EXEC },
	{ "arch_prctl", P_EXEC, 0, 0, 0 },
	{ "set_tid_address", P_EXEC, 0, 0, 0 },
	{ "setuid", P_ID, 0, 0, 0 },
	{ "setgid", P_ID, 0, 0, 0 },
	{ "setreuid", P_ID, 0, 0, 0 },
	{ "setregid", P_ID, 0, 0, 0 },
	{ "setresuid", P_ID, 0, 0, 0 },
	{ "setresgid", P_ID, 0, 0, 0 },
	{ "setgroups", P_ID, 0, 0, 0 },
	{ "setrlimit", P_ID, 0, 0, 0 },
	{ "prlimit64", P_ID, 0, 0, 0 },

	/* Programs started here confine themselves further. */
	{ "chroot", P_DROP, 0, 0, 0 },
	{ "landlock_create_ruleset", P_DROP, 0, 0, 0 },
	{ "landlock_add_rule", P_DROP, 0, 0, 0 },
	{ "landlock_restrict_self", P_DROP, 0, 0, 0 },
	{ "prctl", P_DROP, 0, UINT32_MAX, PR_SET_DUMPABLE },
	{ "prctl", P_DROP, 0, UINT32_MAX, PR_SET_PDEATHSIG }
};

/* landlock: rights as in linux/landlock.h, and the first ABI to have them. */
#define LL_EXECUTE	(1ULL << 0)
#define LL_WRITE_FILE	(1ULL << 1)
#define LL_READ_FILE	(1ULL << 2)
#define LL_READ_DIR	(1ULL << 3)
#define LL_MAKE		(0x1ff0ULL)	/* remove and make anything */
#define LL_ABI1		((1ULL << 13) - 1)
#define LL_REFER	(1ULL << 13)	/* 2 */
#define LL_TRUNCATE	(1ULL << 14)	/* 3 */
#define LL_FILE		(LL_EXECUTE | LL_WRITE_FILE | LL_READ_FILE | \
			 LL_TRUNCATE)	/* what a file can have */
#define LL_VERSION	1		/* flag: ask for the ABI */
#define LL_BENEATH	1		/* type of rule */
#define LL_NRCREATE	444		/* the numbers on every architecture */
#define LL_NRADD	445
#define LL_NRRESTRICT	446

struct ll_beneath {
	uint64_t	lb_allowed;
	int32_t		lb_fd;
} __attribute__((__packed__));

static uint32_t	promised = UINT32_MAX;
static char	promised_text[128] = "none";
static struct ll_beneath veils[16];
static unsigned int nveils;
static bool	veiled;			/* locked */
static char	veiled_text[64] = "none";
static char	state_text[224];

static uint32_t	 promises_parse(const char *);
static int	 filter_fill(scmp_filter_ctx, uint32_t);
static int	 rule_add(scmp_filter_ctx, const struct sandbox_rule *);
static int	 veil_lock(void);
static void	 veils_close(void);

int
pledge(const char *promises, const char *execpromises)
{
	scmp_filter_ctx	ctx;
	uint32_t	set;
	int		error;

	if (promises == NULL || execpromises != NULL ||
	    (set = promises_parse(promises)) == 0) {
		errno = EINVAL;
		return (-1);
	}
	if ((set & ~promised) != 0) {
		errno = EPERM;
		return (-1);
	}
	sandbox_sanitizer();
	if ((ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM))) == NULL) {
		errno = ENOMEM;
		return (-1);
	}
	if ((error = filter_fill(ctx, set)) == 0)
		error = -seccomp_load(ctx);
	seccomp_release(ctx);
	(void)malloc_trim(0);		/* what the filter was made in */
	if (error != 0) {
		errno = error;
		return (-1);
	}
	promised = set;
	snprintf(promised_text, sizeof(promised_text), "%s", promises);
	return (0);
}

/* The set of promises, 0 if one is unknown. */
static uint32_t
promises_parse(const char *text)
{
	uint32_t	set = 0;
	size_t		i, len;

	for (;;) {
		text += strspn(text, " ");
		if ((len = strcspn(text, " ")) == 0)
			return (set);
		for (i = 0; i < nitems(promise_names); i++)
			if (strlen(promise_names[i].pn_name) == len &&
			    memcmp(promise_names[i].pn_name, text, len) == 0)
				break;
		if (i == nitems(promise_names))
			return (0);
		set |= promise_names[i].pn_bit;
		text += len;
	}
}

/* 0 or errno. */
static int
filter_fill(scmp_filter_ctx ctx, uint32_t set)
{
	size_t		i;
	int		error;

	error = -seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS);
	/* A tree, not a list: each system call of a packet passes it. */
	if (error == 0)
		error = -seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	/* The libc takes this as "use clone", whose flags can be seen. */
	if (error == 0)
		error = -seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS),
		    SCMP_SYS(clone3), 0);
	for (i = 0; error == 0 && i < nitems(rules); i++)
		if (rules[i].sr_promises & set)
			error = rule_add(ctx, &rules[i]);
	return (error);
}

static int
rule_add(scmp_filter_ctx ctx, const struct sandbox_rule *sr)
{
	struct scmp_arg_cmp cmp;
	uint64_t	 value = sr->sr_value;
	int		 nr, error;

	nr = seccomp_syscall_resolve_name(sr->sr_call);
	if (nr < 0)		/* not on this architecture */
		return (0);
	if (value == SELF)
		value = (uint32_t)getpid();
	cmp = SCMP_CMP64(sr->sr_arg, SCMP_CMP_MASKED_EQ, sr->sr_mask, value);
	error = -seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, nr,
	    sr->sr_mask != 0 ? 1 : 0, &cmp);
	return (error == EEXIST ? 0 : error);
}

int
unveil(const char *path, const char *permissions)
{
	struct ll_beneath *lb;
	struct stat	 st;
	const char	*p;

	if (veiled) {
		errno = EPERM;
		return (-1);
	}
	if (path == NULL && permissions == NULL)
		return (veil_lock());
	if (path == NULL || permissions == NULL ||
	    permissions[strspn(permissions, "rwxc")] != '\0') {
		errno = EINVAL;
		return (-1);
	}
	if (nveils == nitems(veils)) {
		errno = E2BIG;
		return (-1);
	}
	lb = &veils[nveils];
	if ((lb->lb_fd = open(path, O_PATH | O_CLOEXEC)) == -1)
		return (-1);
	lb->lb_allowed = 0;
	for (p = permissions; *p != '\0'; p++) {
		lb->lb_allowed |= *p == 'r' ? LL_READ_FILE | LL_READ_DIR :
		    *p == 'w' ? LL_WRITE_FILE | LL_TRUNCATE :
		    *p == 'x' ? LL_EXECUTE : LL_MAKE | LL_REFER;
	}
	if (fstat(lb->lb_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		lb->lb_allowed &= LL_FILE;
	nveils++;
	return (0);
}

/* From here on only what was unveiled can be opened. */
static int
veil_lock(void)
{
	uint64_t	handled = LL_ABI1;
	unsigned int	i;
	int		abi, rs, error = 0;

	veiled = true;
	abi = (int)syscall(LL_NRCREATE, NULL, 0, LL_VERSION);
	if (abi < 1) {
		snprintf(veiled_text, sizeof(veiled_text),
		    "none (no landlock: %s)", strerror(errno));
		veils_close();
		return (0);
	}
	handled |= abi >= 2 ? LL_REFER : 0;
	handled |= abi >= 3 ? LL_TRUNCATE : 0;
	rs = (int)syscall(LL_NRCREATE, &handled, sizeof(handled), 0);
	if (rs == -1)
		goto fail;
	for (i = 0; i < nveils; i++) {
		veils[i].lb_allowed &= handled;
		if (syscall(LL_NRADD, rs, LL_BENEATH, &veils[i], 0) == -1)
			goto fail;
	}
	sandbox_sanitizer();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    syscall(LL_NRRESTRICT, rs, 0) == -1)
		goto fail;
	snprintf(veiled_text, sizeof(veiled_text), "%u paths (landlock %d)",
	    nveils, abi);
	goto done;
fail:
	error = errno;
done:
	if (rs != -1)
		close(rs);
	veils_close();
	errno = error;
	return (error == 0 ? 0 : -1);
}

static void
veils_close(void)
{
	int		saved = errno;

	while (nveils > 0)
		close(veils[--nveils].lb_fd);
	errno = saved;
}

const char *
sandbox_state(void)
{
	snprintf(state_text, sizeof(state_text), "pledge %s, unveil %s",
	    promised_text, veiled_text);
	return (state_text);
}

int
privdrop(const char *user, const char *dir)
{
	struct passwd	*pw;
	struct stat	 st;

	errno = 0;
	if ((pw = getpwnam(user)) == NULL) {
		if (errno == 0)
			errno = ENOENT;
		return (-1);
	}
	if (stat(dir, &st) == -1)
		return (-1);
	if (!S_ISDIR(st.st_mode) || st.st_uid != 0 ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0 || pw->pw_uid == 0) {
		errno = EPERM;
		return (-1);
	}
	sandbox_sanitizer();
	if (chroot(dir) == -1 || chdir("/") == -1 ||
	    setgroups(1, &pw->pw_gid) == -1 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == -1 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return (-1);
	/* Trust, and see. */
	if (setuid(0) == 0 || setgid(0) == 0) {
		errno = EPERM;
		return (-1);
	}
	return (0);
}
