# SPDX-License-Identifier: ISC
#
# prog.mk: from lists of sources to $(OBJ)/, the only make logic.
#
#	$(eval $(call lib,NAME,SRCS,OBJECTS))		$(OBJ)/NAME.a
#	$(eval $(call prog,NAME,SRCS,ARCHIVES,LIBS))	$(OBJ)/NAME
#
# A list without sources makes nothing, so a part that is not written yet is
# left out.  ARCHIVES are names of earlier lib lines; they may need each other.
# sys/net/x.c becomes $(OBJ)/net/x.o; any other dir/x.c $(OBJ)/dir/x.o.
#
# Variables for the command line: CC, SAN=1 (ASan and UBSan, in obj/san),
# V=1 (show the commands), CFLAGS_EXTRA.

ifeq ($(origin CC),default)
CC =		gcc
endif
ifeq ($(origin YACC),default)
YACC =		bison
endif
Q :=		$(if $(V),,@)

WARN =		-Wall -Wextra -Werror -Wno-unused-parameter \
		-Wmissing-prototypes -Wstrict-prototypes -Wpointer-arith \
		-Wshadow -Wwrite-strings -Wvla -Wdeclaration-after-statement \
		-Wimplicit-fallthrough
CPPFLAGS =	-D_GNU_SOURCE -Isys -Isys/net -Ilib/libutil -Icompat

ifdef SAN
OBJ =		obj/san
OPT =		-O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
		-fno-sanitize-recover=all
CPPFLAGS +=	-DSANITIZED
else
OBJ =		obj
OPT =		-O2 -fstack-protector-strong -Wframe-larger-than=2048
CPPFLAGS +=	-D_FORTIFY_SOURCE=2
endif
CFLAGS =	-std=gnu11 -g $(OPT) -fno-strict-aliasing -fno-common \
		$(WARN) $(CFLAGS_EXTRA)
LDFLAGS =	$(filter -fsanitize=%,$(OPT)) -Wl,-z,relro,-z,now,--as-needed

BPFCC =		clang -O2 -g -ffreestanding -target bpf -mcpu=v3 -Wall -Wextra -Werror \
		-I/usr/include/$(shell $(CC) -print-multiarch) -MMD -MP

ALL :=
OBJS :=
objs =		$(patsubst sys/%,%,$(addsuffix .o,$(basename $(1))))

define lib
ifneq ($(strip $(2)),)
OBJS += $(addprefix $(OBJ)/,$(call objs,$(2)))
ALL += $(OBJ)/$(1).a
$(OBJ)/$(1).a: $(addprefix $(OBJ)/,$(call objs,$(2))) $(3)
	@echo "ar $$@"
	$(Q)rm -f $$@
	$(Q)ar rcs $$@ $$^
endif
endef

# The archives that exist, of the names in $(1).
have =		$(filter $(addprefix $(OBJ)/,$(addsuffix .a,$(1))),$(ALL))

define prog
ifneq ($(strip $(2)),)
OBJS += $(addprefix $(OBJ)/,$(call objs,$(2)))
ALL += $(OBJ)/$(1)
$(OBJ)/$(1): $(addprefix $(OBJ)/,$(call objs,$(2))) $(call have,$(3))
	@mkdir -p $$(@D)
	@echo "ld $$@"
	$(Q)$$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$(filter %.o,$$^) \
	    -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group $(4)
endif
endef

.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:

$(OBJ)/%.o: sys/%.c $(OBJ)/.flags
	@mkdir -p $(@D)
	@echo "cc $@"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(OBJ)/%.o: %.c $(OBJ)/.flags
	@mkdir -p $(@D)
	@echo "cc $@"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(OBJ)/%.o: $(OBJ)/%.c $(OBJ)/.flags
	@echo "cc $@"
	$(Q)$(CC) $(CPPFLAGS) -I$(patsubst $(OBJ)/%,%,$(@D)) $(CFLAGS) \
	    -MMD -MP -c -o $@ $<

$(OBJ)/%.c: %.y
	@mkdir -p $(@D)
	@echo "yacc $@"
	$(Q)$(YACC) -o $@ $<

# What the kernel runs.
$(OBJ)/%.bpf.o: sys/%.c $(OBJ)/.flags
	@mkdir -p $(@D)
	@echo "bpf $@"
	$(Q)$(BPFCC) -c -o $@ $<

$(OBJ)/%.bpf.o: %.c $(OBJ)/.flags
	@mkdir -p $(@D)
	@echo "bpf $@"
	$(Q)$(BPFCC) -c -o $@ $<

# Named one by one: the general rule for C would come before a pattern.
define bpf
$(1): $(1:.o=.bpf.o)
	@echo "ld $$@"
	$$(Q)cd $$(@D) && ld -r -z noexecstack -b binary -o $$(@F) $$(<F)
endef

# Another compiler or other flags: build all anew.
FLAGS :=	$(shell $(CC) -dumpfullversion 2>/dev/null) $(CC) $(CPPFLAGS) \
		$(CFLAGS) $(LDFLAGS)
$(OBJ)/.flags: FORCE
	@mkdir -p $(@D)
	@echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' > $@
FORCE:
