/*
 * SPDX-License-Identifier: ISC
 *
 * fuzz_switch.c: anything that a switch may say to the controller, in 1.0 and
 * 1.3, cut into pieces, after the hello or before it.  The controller must
 * live, hold no more memory than it may, and serve the next switch (CT-21).
 */
#include <stdlib.h>

#include "../unit/fake_switch.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/*
 * First byte: bit 0 the version, bit 1 no hello, bit 2 mute (so that the
 * set-up stands still), bit 3 one table, bits 4.. the size of the pieces.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct fk	*f;
	size_t		 piece, n;
	uint8_t		 how;

	if (len < 2)
		return (0);
	how = *p++;
	len--;
	f = fk_connect(1, how & 1 ? OFP_VERSION_10 : OFP_VERSION_13);
	f->f_mute = (how & 4) != 0;
	f->f_tables = how & 8 ? 1 : 2;
	if ((how & 2) == 0)
		fk_hello(f);
	piece = how >> 4 == 0 ? len : (size_t)(how >> 4) * 7;
	for (; len > 0 && !f->f_closed; p += n, len -= n) {
		n = len < piece ? len : piece;
		fk_send(f, p, n);
		pump(f);
	}
	dp_tick();
	pump(f);
	fk_close(f);
	if (conn_count != 0)
		abort();
	return (0);
}
