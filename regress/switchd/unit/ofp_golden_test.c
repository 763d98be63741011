/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_golden_test.c: every golden message: its bytes mean its text, and come
 * out again; cut short at every byte, and with every length field wrong, it
 * gives the error it should.  A message always lies alone in memory of its
 * size, behind which there is none to read.
 */
#include <sys/mman.h>

#include <glob.h>
#include <string.h>
#include <unistd.h>

#include "golden.h"
#include "ofp_flow.h"
#include "ofp_print.h"
#include "recode.h"
#include "test.h"

static struct golden	 g;
static uint8_t		*guard;		/* two pages, the second not there */
static size_t		 page;

/* The message at the very end of what can be read. */
static uint8_t *
place(const uint8_t *msg, size_t len)
{
	uint8_t	*p = guard + 2 * page - len;

	memcpy(p, msg, len);
	return (p);
}

static enum ofp_error
decode(const uint8_t *p, size_t len, uint8_t *out, size_t *outlen)
{
	struct ofp_wr	wr;
	enum ofp_error	error;

	ofp_wr_init(&wr, out, OFP_MSG_MAX);
	error = recode(p, len, &wr);
	*outlen = ofp_wr_err(&wr) ? 0 : ofp_wr_pos(&wr);
	return (error);
}

static void
print(const uint8_t *p, size_t len, char *buf, size_t size)
{
	struct ofp_text	tx;

	ofp_text_init(&tx, buf, size);
	ofp_print_msg(&tx, p, len);
}

static bool
is(enum ofp_error error, const char *name)
{
	if (strcmp(ofp_error_name(error), name) == 0)
		return (true);
	printf("# %s: %s instead of %s\n", g.g_name, ofp_error_name(error),
	    name);
	return (false);
}

static void
test_text(void)
{
	static char	buf[sizeof(g.g_text)];

	print(place(g.g_msg, g.g_len), g.g_len, buf, sizeof(buf));
	if (!CHECK(strcmp(buf, g.g_text) == 0))
		printf("# %s\n# printed\n%s\n# instead of\n%s\n", g.g_name,
		    buf, g.g_text);
}

static void
print_flow(const struct ofp_flow *f, char *buf, size_t size)
{
	struct ofp_text	tx;

	ofp_text_init(&tx, buf, size);
	ofp_text_add(&tx, "table=%u,priority=%u,cookie=0x%llx,", f->f_table,
	    f->f_priority, (unsigned long long)f->f_cookie);
	ofp_print_match(&tx, &f->f_match);
	ofp_text_add(&tx, "%s", f->f_match.m_fields != 0 ? "," : "");
	ofp_print_instructions(&tx, f->f_instr_bytes);
}

/* A flow mod's match and actions as text, read as a person's, as text again. */
static void
test_parse(void)
{
	static char		one[4096], two[4096], err[256];
	static uint8_t		instr[4096];
	static struct ofp_flow	f;
	struct ofp_hdr		h;
	struct ofp_rd		rd;
	struct ofp_wr		wr;

	if (!CHECK(ofp_msg_check(g.g_msg, g.g_len, OFP_VERSION_13,
	    OFP_TO_SWITCH, &h, &rd) == OFP_OK) ||
	    !CHECK(ofp_flow_decode(&rd, &f) == OFP_OK))
		return;
	print_flow(&f, one, sizeof(one));
	ofp_wr_init(&wr, instr, sizeof(instr));
	if (!CHECK(ofp_parse_flow(one, f.f_command, &f, &wr, err,
	    sizeof(err)) == 0)) {
		printf("# %s: %s: %s\n", g.g_name, one, err);
		return;
	}
	ofp_rd_init(&f.f_instr_bytes, instr, ofp_wr_pos(&wr));
	print_flow(&f, two, sizeof(two));
	if (!CHECK(strcmp(one, two) == 0))
		printf("# %s: %s\n# %s\n", g.g_name, one, two);
}

static void
test_bytes(void)
{
	static uint8_t	out[OFP_MSG_MAX];
	size_t		n;
	enum ofp_error	error;

	error = decode(place(g.g_msg, g.g_len), g.g_len, out, &n);
	CHECK(is(error, "OK"));
	if (g.g_one_way)
		return;
	CHECK(n == g.g_len);
	CHECK(memcmp(out, g.g_msg, g.g_len) == 0);
}

/* Every shorter message whose header says how long it is. */
static void
test_cuts(void)
{
	static uint8_t	out[OFP_MSG_MAX];
	static char	buf[2048];
	enum ofp_error	error;
	const char	*want;
	uint8_t		*p;
	size_t		 n, m;

	for (n = 0; n < g.g_len; n++) {
		p = place(g.g_msg, n);
		if (n >= 4) {
			p[2] = (uint8_t)(n >> 8);
			p[3] = (uint8_t)n;
		}
		want = n < g.g_min ? "BAD_REQUEST/BAD_LEN" :
		    g.g_cut[n].gc_error;
		error = decode(p, n, out, &m);
		if (!CHECK(is(error, want)))
			printf("# cut to %zu bytes\n", n);
		print(p, n, buf, sizeof(buf));
	}
}

/* A length that is not what it was: an error, or a message that means it. */
static void
try_len(const struct golden_len *gl, unsigned int v, bool exact)
{
	static uint8_t	out[OFP_MSG_MAX], twice[OFP_MSG_MAX];
	static char	buf[2048];
	enum ofp_error	error;
	uint8_t		*p;
	size_t		 n, m;

	p = place(g.g_msg, g.g_len);
	if (gl->gl_size == 2)
		p[gl->gl_pos] = (uint8_t)(v >> 8);
	p[gl->gl_pos + gl->gl_size - 1] = (uint8_t)v;
	if (memcmp(p, g.g_msg, g.g_len) == 0)
		return;
	print(p, g.g_len, buf, sizeof(buf));
	error = decode(p, g.g_len, out, &n);
	if (exact) {
		if (!CHECK(is(error, gl->gl_error)))
			printf("# length at %zu is %u\n", gl->gl_pos, v);
	} else if (error == OFP_OK) {
		error = decode(out, n, twice, &m);
		if (!CHECK(error == OFP_OK && n == m &&
		    memcmp(out, twice, n) == 0))
			printf("# %s: length at %zu is %u\n", g.g_name,
			    gl->gl_pos, v);
	}
}

static void
test_lens(void)
{
	const struct golden_len	*gl;
	size_t			 i, top;
	unsigned int		 v;

	for (i = 0; i < g.g_nlens; i++) {
		gl = &g.g_lens[i];
		for (v = gl->gl_zero ? 4 : 0; v < 4; v++)
			try_len(gl, v, true);
		top = gl->gl_size == 1 ? 0xff : g.g_len + 64;
		for (v = 4; v < top; v++)
			try_len(gl, v, false);
		try_len(gl, gl->gl_size == 1 ? 0xff : 0xffff, true);
		try_len(gl, gl->gl_size == 1 ? 0xfe : 0xfff8, true);
	}
}

/* The header's own length. */
static void
test_header(void)
{
	static uint8_t	out[OFP_MSG_MAX];
	enum ofp_error	error;
	uint8_t		*p;
	unsigned int	 v;
	size_t		 n;

	for (v = 0; v < g.g_len + 16; v++) {
		if (v == g.g_len)
			continue;
		p = place(g.g_msg, g.g_len);
		p[2] = (uint8_t)(v >> 8);
		p[3] = (uint8_t)v;
		error = decode(p, g.g_len, out, &n);
		CHECK(is(error, "BAD_REQUEST/BAD_LEN"));
	}
}

static void
test_file(const char *path)
{
	const char	*base = strrchr(path, '/') + 1;
	static char	 why[1200];
	FILE		*f;
	int		 n, count = 0;

	if (!CHECK((f = fopen(path, "r")) != NULL))
		return;
	memset(&g, 0, sizeof(g));
	while ((n = golden_next(f, &g, why, sizeof(why))) == 1) {
		count++;
		test_case("%s: %s: wrong text", base, g.g_name);
		test_text();
		if (!g.g_text_only && g.g_msg[0] == OFP_VERSION_13 &&
		    g.g_msg[1] == OFP_T_FLOW_MOD) {
			test_case("%s: %s: text read back as another flow",
			    base, g.g_name);
			test_parse();
		}
		test_case("%s: %s: wrong bytes", base, g.g_name);
		test_bytes();
		test_case("%s: %s: cut short, wrong error", base, g.g_name);
		test_cuts();
		test_case("%s: %s: length field, wrong error", base, g.g_name);
		test_header();
		test_lens();
	}
	test_case("%s: can be read", base);
	if (!CHECK(n == 0 && count > 0))
		printf("# %s\n", why);
	fclose(f);
}

TEST(golden)
{
	glob_t	gl;
	size_t	i;

	page = (size_t)sysconf(_SC_PAGESIZE);
	guard = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!CHECK(guard != MAP_FAILED &&
	    mprotect(guard + 2 * page, page, PROT_NONE) == 0))
		return;
	if (!CHECK(glob("regress/switchd/ofp/*.golden", 0, NULL, &gl) == 0))
		return;
	for (i = 0; i < gl.gl_pathc; i++)
		test_file(gl.gl_pathv[i]);
	globfree(&gl);
}

int
main(void)
{
	return (test_main());
}
