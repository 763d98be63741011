# SPDX-License-Identifier: ISC
#
# switch.ko, included by a Kbuild that stands alone in an object directory, so
# that several kernels can be built for side by side and no object lies beside
# a source (KERNEL.md calls it objdir + include + pattern rules):
#
#	include TOP/sys/linux/module.mk
#
# A header of the kernel says which form of an interface it has; the version
# does not (stable trees carry newer interfaces back).

S := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/..)

obj-m := switch.o

switch-y := $(patsubst $(S)/linux/%.c,%.o,$(wildcard $(S)/linux/*.c))

# The core: everything portable but what only programs use: messages as text,
# and the controller's side.
switch-y += $(filter-out ofp_print%.o ofp_parse.o ofp10%.o ofp_l2.o, \
	$(patsubst $(S)/net/%.c,%.o,$(wildcard $(S)/net/*.c)))

ccflags-y := -I$(S)/net -I$(S)/linux

# Kernels that zero every local variable would zero a pass twice.
$(foreach o,if_switch switch_pipeline switch_key switch_cache switch_action \
    switch_output,$(eval CFLAGS_REMOVE_$(o).o := \
    -ftrivial-auto-var-init=zero))

ccflags-y += -Wvla -Wmissing-prototypes -Wimplicit-fallthrough

# has TEXT,HEADER,MACRO: -DMACRO if include/linux/HEADER says TEXT
has = $(if $(shell grep -l '$(1)' $(srctree)/include/$(2) 2>/dev/null),-D$(3))
ccflags-y += $(call has,skb_gso_segment,net/gso.h,HAVE_NET_GSO_H)
ccflags-y += $(call has,netns_immutable:,linux/netdevice.h,HAVE_NETNS_IMMUTABLE)
ccflags-y += $(call has,IP_TUNNEL_KEY_BIT,uapi/linux/if_tunnel.h,HAVE_TUNNEL_FLAG_BITS)
ccflags-y += $(call has,struct rtnl_newlink_params,net/rtnetlink.h,HAVE_NEWLINK_PARAMS)

$(obj)/%.o: $(S)/linux/%.c FORCE
	$(call if_changed_rule,cc_o_c)

$(obj)/%.o: $(S)/net/%.c FORCE
	$(call if_changed_rule,cc_o_c)
