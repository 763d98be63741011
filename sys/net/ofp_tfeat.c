/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_tfeat.c: table features (7.3.5.5).
 *
 * A row of the table below says of a property what its list holds and where
 * the bit set lies.  An id that we do not know does not break the list: it is
 * noted in tf_error, which a switch answers with and a controller need not
 * mind.
 */
#include "ofp_mp.h"

enum tfeat_kind { INSTRUCTIONS, TABLES, ACTIONS, FIELDS };

struct tfeat_row {
	uint16_t	tr_type;
	uint8_t		tr_kind;
	uint16_t	tr_off;
};

#define ROW(type, kind, member)						\
	{ OFP_TFPT_##type, kind, offsetof(struct ofp_table_features, member) }
static const struct tfeat_row tfeat_rows[] = {
	ROW(INSTRUCTIONS, INSTRUCTIONS, tf_instr[0]),
	ROW(INSTRUCTIONS_MISS, INSTRUCTIONS, tf_instr[1]),
	ROW(NEXT_TABLES, TABLES, tf_next[0]),
	ROW(NEXT_TABLES_MISS, TABLES, tf_next[1]),
	ROW(WRITE_ACTIONS, ACTIONS, tf_write[0]),
	ROW(WRITE_ACTIONS_MISS, ACTIONS, tf_write[1]),
	ROW(APPLY_ACTIONS, ACTIONS, tf_apply[0]),
	ROW(APPLY_ACTIONS_MISS, ACTIONS, tf_apply[1]),
	ROW(MATCH, FIELDS, tf_match),
	ROW(WILDCARDS, FIELDS, tf_wildcards),
	ROW(WRITE_SETFIELD, FIELDS, tf_write_set[0]),
	ROW(WRITE_SETFIELD_MISS, FIELDS, tf_write_set[1]),
	ROW(APPLY_SETFIELD, FIELDS, tf_apply_set[0]),
	ROW(APPLY_SETFIELD_MISS, FIELDS, tf_apply_set[1]),
};

static void
tfeat_refuse(struct ofp_table_features *tf, enum ofp_error error)
{
	if (tf->tf_error == OFP_OK)
		tf->tf_error = error;
}

/*
 * Decode.
 */

/* Ids of instructions or actions: type and length; known ones below n. */
static void
tfeat_ids(struct ofp_rd *rd, struct ofp_table_features *tf, uint32_t *bits,
    uint32_t known)
{
	uint16_t	type, len;

	while (ofp_rd_left(rd) > 0) {
		type = ofp_rd_u16(rd);
		len = ofp_rd_u16(rd);
		ofp_rd_skip(rd, (size_t)len - 4);
		if (type < 32 && (known & 1U << type) != 0)
			*bits |= 1U << type;
		else
			tfeat_refuse(tf, OFP_TFFC_BAD_ARGUMENT);
	}
}

static void
tfeat_fields(struct ofp_rd *rd, struct ofp_table_features *tf, uint64_t *bits,
    bool is_match)
{
	uint32_t	header, id;
	int		f;

	while (ofp_rd_left(rd) > 0) {
		header = ofp_rd_u32(rd);
		id = header >> 16 == OFP_XMC_EXPERIMENTER ? ofp_rd_u32(rd) : 0;
		f = ofp_oxm_find(header >> 16, header >> 9 & 0x7f, id);
		if (f == -1) {
			tfeat_refuse(tf, OFP_TFFC_BAD_ARGUMENT);
			continue;
		}
		*bits |= OFP_FIELD_BIT(f);
		if (is_match && (header & 0x100) != 0)
			tf->tf_match_masked |= OFP_FIELD_BIT(f);
	}
}

static void
tfeat_tables(struct ofp_rd *rd, uint64_t next[4])
{
	uint8_t	table;

	while (ofp_rd_left(rd) > 0) {
		table = ofp_rd_u8(rd);
		next[table / 64] |= (uint64_t)1 << table % 64;
	}
}

#define KNOWN_INSTRUCTIONS	0x7eU		/* 1 to 6 */
#define KNOWN_ACTIONS		0x0fff9801U	/* 0, 11, 12, 15 to 27 */

static void
tfeat_list(struct ofp_rd *rd, struct ofp_table_features *tf,
    const struct tfeat_row *row)
{
	void	*at = (uint8_t *)tf + row->tr_off;

	switch (row->tr_kind) {
	case INSTRUCTIONS:
		tfeat_ids(rd, tf, at, KNOWN_INSTRUCTIONS);
		break;
	case ACTIONS:
		tfeat_ids(rd, tf, at, KNOWN_ACTIONS);
		break;
	case FIELDS:
		tfeat_fields(rd, tf, at, row->tr_type == OFP_TFPT_MATCH);
		break;
	case TABLES:
		tfeat_tables(rd, at);
		break;
	}
}

/* One property with its padding. */
static void
tfeat_prop(struct ofp_rd *rd, struct ofp_table_features *tf)
{
	struct ofp_rd	list;
	uint16_t	type, len;
	unsigned int	i;

	type = ofp_rd_u16(rd);
	len = ofp_rd_u16(rd);
	ofp_rd_sub(rd, (size_t)len - 4, &list);
	ofp_rd_skip(rd, -len & 7);
	if (ofp_rd_err(rd))
		return;
	for (i = 0; i < nitems(tfeat_rows); i++) {
		if (tfeat_rows[i].tr_type != type)
			continue;
		if ((tf->tf_props & 1U << type) != 0)
			tfeat_refuse(tf, OFP_TFFC_BAD_ARGUMENT);
		tf->tf_props |= 1U << type;
		tfeat_list(&list, tf, &tfeat_rows[i]);
		if (ofp_rd_err(&list))
			ofp_rd_fail(rd);
		return;
	}
	tfeat_refuse(tf, OFP_TFFC_BAD_TYPE);
}

bool
ofp_table_features_next(struct ofp_rd *rd, struct ofp_table_features *tf,
    enum ofp_error *err)
{
	struct ofp_rd	entry;
	uint16_t	len;

	*err = OFP_OK;
	if (ofp_rd_left(rd) == 0)
		return (false);
	memset(tf, 0, sizeof(*tf));
	len = ofp_rd_u16(rd);
	ofp_rd_sub(rd, (size_t)len - 2, &entry);
	tf->tf_table = ofp_rd_u8(&entry);
	ofp_rd_skip(&entry, 5);
	ofp_rd_str(&entry, tf->tf_name, 32);
	tf->tf_metadata_match = ofp_rd_u64(&entry);
	tf->tf_metadata_write = ofp_rd_u64(&entry);
	tf->tf_config = ofp_rd_u32(&entry);
	tf->tf_max_entries = ofp_rd_u32(&entry);
	while (ofp_rd_left(&entry) > 0)
		tfeat_prop(&entry, tf);
	if (ofp_rd_err(&entry) || (len & 7) != 0) {
		*err = OFP_TFFC_BAD_LEN;
		return (false);
	}
	return (true);
}

/*
 * Encode.
 */

static void
tfeat_ids_encode(struct ofp_wr *wr, uint32_t bits)
{
	for (; bits != 0; bits &= bits - 1) {
		ofp_wr_u16(wr, (uint16_t)__builtin_ctz(bits));
		ofp_wr_u16(wr, 4);
	}
}

static void
tfeat_fields_encode(struct ofp_wr *wr, uint64_t bits, uint64_t masked)
{
	enum ofp_field	f;

	for (; bits != 0; bits &= bits - 1) {
		f = (enum ofp_field)__builtin_ctzll(bits);
		ofp_oxm_header_encode(wr, f, (masked & OFP_FIELD_BIT(f)) != 0);
	}
}

static void
tfeat_tables_encode(struct ofp_wr *wr, const uint64_t next[4])
{
	unsigned int	i;

	for (i = 0; i < 256; i++) {
		if ((next[i / 64] >> i % 64 & 1) != 0)
			ofp_wr_u8(wr, (uint8_t)i);
	}
}

static void
tfeat_prop_encode(struct ofp_wr *wr, const struct ofp_table_features *tf,
    const struct tfeat_row *row)
{
	const void	*at = (const uint8_t *)tf + row->tr_off;
	size_t		 start = ofp_wr_pos(wr);

	ofp_wr_u16(wr, row->tr_type);
	ofp_wr_u16(wr, 0);
	switch (row->tr_kind) {
	case INSTRUCTIONS:
	case ACTIONS:
		tfeat_ids_encode(wr, *(const uint32_t *)at);
		break;
	case FIELDS:
		tfeat_fields_encode(wr, *(const uint64_t *)at,
		    row->tr_type == OFP_TFPT_MATCH ? tf->tf_match_masked : 0);
		break;
	case TABLES:
		tfeat_tables_encode(wr, at);
		break;
	}
	ofp_wr_put16(wr, start + 2, (uint16_t)(ofp_wr_pos(wr) - start));
	ofp_wr_pad8(wr, start);
}

void
ofp_table_features_encode(struct ofp_wr *wr,
    const struct ofp_table_features *tf)
{
	size_t		start = ofp_wr_pos(wr);
	unsigned int	i;

	ofp_wr_u16(wr, 0);
	ofp_wr_u8(wr, tf->tf_table);
	ofp_wr_zero(wr, 5);
	ofp_wr_str(wr, tf->tf_name, 32);
	ofp_wr_u64(wr, tf->tf_metadata_match);
	ofp_wr_u64(wr, tf->tf_metadata_write);
	ofp_wr_u32(wr, tf->tf_config);
	ofp_wr_u32(wr, tf->tf_max_entries);
	for (i = 0; i < nitems(tfeat_rows); i++) {
		if ((tf->tf_props & 1U << tfeat_rows[i].tr_type) != 0)
			tfeat_prop_encode(wr, tf, &tfeat_rows[i]);
	}
	ofp_wr_put16(wr, start, (uint16_t)(ofp_wr_pos(wr) - start));
}
