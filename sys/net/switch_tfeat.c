/*
 * SPDX-License-Identifier: ISC
 *
 * switch_tfeat.c: table features, 7.3.5.5.
 */
#include "switch_chan.h"

void
switch_tfeat_get(struct switch_softc *sc, uint8_t table,
    struct ofp_table_features *tf)
{
	memset(tf, 0, sizeof(*tf));
	tf->tf_table = table;
}

enum ofp_error
switch_tfeat_set(struct switch_softc *sc, struct ofp_rd rd)
{
	return (OFP_TFFC_EPERM);
}

enum ofp_error
switch_tfeat_check(struct switch_softc *sc, const struct ofp_flow *f)
{
	return (OFP_OK);
}

void
switch_tfeat_free(struct switch_softc *sc)
{
}
