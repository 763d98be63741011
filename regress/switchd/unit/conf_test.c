/*
 * SPDX-License-Identifier: ISC
 *
 * conf_test.c: the parts of switchd.conf that are values: URIs, addresses,
 * datapath ids, pins, and the blocks that must fit each other.
 */
#include <stdlib.h>
#include <string.h>

#include "../../../usr.sbin/switchd/conf.h"
#include "../../../usr.sbin/switchd/log.h"
#include "test.h"

static const struct {
	const char	*in;
	const char	*out;	/* NULL: refused */
} uris[] = {
	{ "192.0.2.1", "tcp:192.0.2.1:6653" },
	{ "192.0.2.1:6633", "tcp:192.0.2.1:6633" },
	{ "tcp:controller.example", "tcp:controller.example:6653" },
	{ "tls:controller.example:1", "tls:controller.example:1" },
	{ "tls:[2001:db8::1]:65535", "tls:[2001:db8::1]:65535" },
	{ "2001:db8::1", "tcp:[2001:db8::1]:6653" },
	{ "[::1]", "tcp:[::1]:6653" },
	{ "tcp:[fe80::1%eth0]:7", "tcp:[fe80::1%eth0]:7" },
	{ "h:06633", "tcp:h:6633" },
	{ "7.example", "tcp:7.example:6653" },
	{ "", NULL },
	{ "tcp:", NULL },
	{ "tls::6653", NULL },
	{ "6653", NULL },
	{ "tcp:6653", NULL },
	{ "192.0.2.256:6653", NULL },
	{ "192.0.2", NULL },
	{ "010.0.0.1", NULL },
	{ "a:0", NULL },
	{ "a:65536", NULL },
	{ "a:http", NULL },
	{ "[::1", NULL },
	{ "[::1]x", NULL },
	{ "ssl:h:1:2 3", NULL },
	{ "a b:1", NULL },
};

TEST(uri)
{
	struct conf_uri	cu;
	char		text[CTL_ADDR_LEN + 32];
	const char	*why;
	size_t		i;

	for (i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		test_case("uri \"%s\" is not read as it should be",
		    uris[i].in);
		why = conf_uri_parse(&cu, uris[i].in);
		CHECK((why == NULL) == (uris[i].out != NULL));
		if (why != NULL || uris[i].out == NULL)
			continue;
		conf_uri_text(&cu, text, sizeof(text));
		CHECK(strcmp(text, uris[i].out) == 0);
	}
}

TEST(a_long_host_overflows)
{
	struct conf_uri	 cu;
	char		*host = calloc(1, 70001);

	memset(host, 'a', 70000);
	CHECK(conf_uri_parse(&cu, host) != NULL);
	host[sizeof(cu.cu_host)] = '\0';
	CHECK(conf_uri_parse(&cu, host) != NULL);
	host[sizeof(cu.cu_host) - 1] = '\0';
	CHECK(conf_uri_parse(&cu, host) == NULL);
	free(host);
}

static const struct {
	const char	*in;
	uint64_t	 out;	/* 0: refused */
} dpids[] = {
	{ "0xa1", 0xa1 }, { "a1", 0xa1 }, { "00000000000000a1", 0xa1 },
	{ "ffffffffffffffff", UINT64_MAX }, { "10", 0x10 },
	{ "0", 0 }, { "", 0 }, { "g", 0 }, { "-1", 0 }, { " 1", 0 },
	{ "10000000000000000", 0 }, { "0x", 0 }, { "1 ", 0 },
};

TEST(datapath_id)
{
	const char		*why = NULL;
	struct conf_switch	*cs = conf_switch_new("x", true, &why);
	size_t			 i;

	for (i = 0; i < sizeof(dpids) / sizeof(dpids[0]); i++) {
		test_case("datapath id \"%s\" is not read as it should be",
		    dpids[i].in);
		why = conf_switch_dpid(cs, dpids[i].in);
		CHECK((why == NULL) == (dpids[i].out != 0));
		if (why == NULL)
			CHECK(cs->cs_dpid == dpids[i].out);
	}
	conf_switch_free(cs);
}

static const struct {
	const char	*in;
	bool		 good;
} macs[] = {
	{ "02:00:00:00:00:01", true }, { "2:0:0:0:0:1", true },
	{ "fe:ff:ff:ff:ff:ff", true }, { "01:00:5e:00:00:01", false },
	{ "0:0:0:0:0:0", false }, { "ff:ff:ff:ff:ff:ff", false },
	{ "", false }, { "02", false },
	{ "02:00:00:00:00", false }, { "02:00:00:00:00:01:02", false },
	{ "02:00:00:00:00:001", false }, { "02-00-00-00-00-01", false },
	{ "02:00:00:00:00:0g", false }, { "0x2:0:0:0:0:0", false },
};

TEST(lladdr)
{
	uint8_t	mac[6];
	size_t	i;

	for (i = 0; i < sizeof(macs) / sizeof(macs[0]); i++) {
		test_case("address \"%s\" is not read as it should be",
		    macs[i].in);
		CHECK((conf_mac_parse(mac, macs[i].in) == NULL) ==
		    macs[i].good);
	}
}

TEST(a_name_of_a_switch_leaves_its_directory)
{
	static const char *const	bad[] = {
		"", ".", "..", "../x", "a/b", "a b", "sixteen-letters-",
		"a\n", "switchd.sock", "switch0.ctl", "switch0.pid"
	};
	const char			*why;
	size_t				 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(conf_switch_new(bad[i], false, &why) == NULL);
}

TEST(the_same_address_is_listened_on_twice)
{
	struct conf	*cf = conf_new();

	CHECK(conf_listen_add(cf, "::", 6653, false) == NULL);
	CHECK(conf_listen_add(cf, "0:0::0", 6653, true) != NULL);
	CHECK(conf_listen_add(cf, "::", 6654, false) == NULL);
	CHECK(conf_listen_add(cf, "::1", 6654, false) != NULL);
	CHECK(conf_listen_add(cf, "127.0.0.1", 6654, false) == NULL);
	CHECK(conf_listen_add(cf, "127.0.0.2", 6654, false) == NULL);
	CHECK(conf_listen_add(cf, "0.0.0.0", 6654, false) != NULL);
	CHECK(conf_listen_add(cf, "0.0.0.0", 0, false) != NULL);
	CHECK(conf_listen_add(cf, "0.0.0.0", 65536, false) != NULL);
	CHECK(conf_listen_add(cf, "localhost", 6653, false) != NULL);
	CHECK(conf_listen_add(cf, "6653", 6653, false) != NULL);
	CHECK(conf_listen_add(cf, "010.0.0.1", 6653, false) != NULL);
	CHECK(conf_listen_add(cf, "10.1", 6653, false) != NULL);
	conf_free(cf);
}

TEST(tls_is_used_without_certificates)
{
	struct conf	*cf = conf_new();

	CHECK(conf_check(cf, "") == NULL);
	CHECK(conf_listen_add(cf, "::", 6653, true) == NULL);
	CHECK(conf_check(cf, "") != NULL);
	cf->cf_ca = strdup("/a");
	cf->cf_cert = strdup("/b");
	CHECK(conf_check(cf, "") != NULL);
	cf->cf_key = strdup("/c");
	CHECK(conf_check(cf, "") == NULL);
	conf_free(cf);
}

int
main(void)
{
	log_init("conf_test", 1, 0);
	return (test_main());
}
