# SPDX-License-Identifier: ISC
#
# make			everything, into obj/
# make demo		watch traffic cross the switch
# make check		install what tests need, build, run all tests
# make SAN=1 check	the same under ASan and UBSan, in obj/san/
# make lint fuzz bench kmod kcheck install uninstall clean
# make install-dkms bench-kernel kasan-kernel check-kasan

PREFIX ?=	/usr/local
SYSCONFDIR ?=	/etc
DESTDIR ?=

all:

include share/mk/prog.mk

## The sources.

R :=		regress/switchd
NOTSAN :=	compat/sandbox_$(if $(SAN),nosan,san).c
OFP :=		$(wildcard sys/net/ofp*.c)
CORE :=		$(wildcard sys/net/if_switch.c sys/net/switch_*.c)
KERN :=		$(wildcard sys/user/kern_*.c)
USCTL :=	$(wildcard sys/user/uswitch_*.c sys/user/unl.c)
BPF :=		$(OBJ)/user/bpf/uswitch_fast.o $(OBJ)/user/bpf/uswitch_tunnel.o
BPFTEST :=	$(OBJ)/$(R)/bench/bpf/load.o
USER :=		$(filter-out $(KERN) $(USCTL) %/uswitch.c,\
		$(wildcard sys/user/*.c))
UTIL :=		$(wildcard lib/libutil/*.c) $(filter-out $(NOTSAN),\
		$(wildcard compat/*.c))
SWITCHD :=	$(filter-out %/switchd.c,$(wildcard usr.sbin/switchd/*.[cy]))
SWITCHCTL :=	$(filter-out %/switchctl.c,$(wildcard usr.sbin/switchctl/*.c))
TESTLIB :=	$(filter-out %_test.c,$(wildcard $(R)/unit/*.c))

## The programs.

$(eval $(call lib,libkern,$(KERN)))
$(eval $(call lib,libofp,$(OFP)))
$(eval $(call lib,libswitch,$(CORE)))
$(eval $(call lib,libutil,$(UTIL)))
$(eval $(call lib,libuser,$(USER)))
$(eval $(call lib,libusctl,$(USCTL),$(BPF)))
# What the kernel runs is data of programs: _binary_NAME_bpf_o_start, _end.
$(foreach o,$(BPF),$(eval $(call bpf,$(o))))
$(eval $(call lib,libswitchd,$(SWITCHD)))
$(eval $(call lib,libswitchctl,$(SWITCHCTL)))
$(eval $(call bpf,$(BPFTEST)))
$(eval $(call lib,libtest,$(TESTLIB),$(BPFTEST)))

BASE :=		libofp libutil libkern
$(eval $(call prog,uswitch,$(if $(wildcard sys/net/if_switch.c),\
    $(wildcard sys/user/uswitch.c)),\
    libuser libswitch libusctl $(BASE),-lbpf -lseccomp))
$(eval $(call prog,switchd,$(wildcard usr.sbin/switchd/switchd.c),\
    libswitchd libusctl $(BASE),-levent -lbpf -lseccomp))
$(eval $(call prog,switchctl,$(wildcard usr.sbin/switchctl/switchctl.c),\
    libswitchctl $(BASE),-ljansson -lpcap -lseccomp))
# Apart, so that it is never taken for the one of Open vSwitch.
$(eval $(call prog,vsctl/ovs-vsctl,$(wildcard libexec/ovs-vsctl/*.c),\
    libswitchctl libusctl $(BASE),-ljansson -lpcap -lseccomp))

ARCHIVES :=	libtest libuser libusctl libswitch libswitchd libswitchctl $(BASE)
LIBS :=		-levent -ltls -ljansson -lseccomp -lpcap -lbpf
$(foreach t,$(wildcard $(R)/unit/*_test.c),\
    $(eval $(call prog,test/$(basename $(notdir $(t))),$(t),\
    $(ARCHIVES),$(LIBS))))
$(foreach t,$(wildcard $(R)/tool/*.c),\
    $(eval $(call prog,tool/$(basename $(notdir $(t))),$(t),\
    $(ARCHIVES),$(LIBS))))
$(eval $(call prog,tool/emul,$(wildcard $(R)/emul/*.c),libofp libkern))
$(eval $(call prog,scenario,$(wildcard $(R)/scenario/*.c),\
    $(ARCHIVES),$(LIBS)))
$(foreach t,$(wildcard $(R)/bench/*.c),\
    $(eval $(call prog,bench/$(basename $(notdir $(t))),$(t),\
    $(ARCHIVES),$(LIBS))))

all: $(ALL)

-include $(OBJS:.o=.d) $(patsubst %.o,%.bpf.d,$(BPF) $(BPFTEST))

## Fuzzing: the same sources once more, by clang, in obj/fuzz/.

FUZZERS :=	$(wildcard $(R)/fuzz/fuzz_*.c)
FUZZ_OPT :=	-O1 -fno-omit-frame-pointer \
		-fsanitize=address,undefined,fuzzer-no-link \
		-fno-sanitize-recover=all
ifdef FUZZ
$(foreach t,$(FUZZERS),\
    $(eval $(call prog,$(basename $(notdir $(t))),$(t),\
    $(ARCHIVES),$(LIBS) -fsanitize=fuzzer)))
fuzzers-here: $(addprefix $(OBJ)/,$(basename $(notdir $(FUZZERS))))
-include $(OBJS:.o=.d)
endif

fuzzers:
ifneq ($(FUZZERS),)
	@$(MAKE) --no-print-directory FUZZ=1 SAN=1 OBJ=obj/fuzz CC=clang \
	    OPT='$(FUZZ_OPT)' fuzzers-here
endif

fuzz: fuzzers
	@$(R)/fuzz/run $(or $(SECONDS),600)

## Tests.

deps:
	@share/mk/deps

# Build on all processors, but only once the packages are there.
BUILD =		$(MAKE) --no-print-directory -j$(shell nproc)

# With SAN=1 only what runs our programs: sources are as lint finds them, what
# is installed is the plain build, the kernel is its own, and fuzzers have
# sanitizers either way.
SUITES :=	$(if $(SAN),unit ofp scenario config live daemon)

check: deps
	@$(BUILD) all $(if $(SAN),,fuzzers)
	@OBJ=$(OBJ) $(R)/run $(SUITES)

lint:
	@$(R)/lint

demo:
	@share/mk/deps -d
	@$(BUILD) all
	@OBJ=$(OBJ) $(R)/demo

bench: deps
	@$(BUILD) all
	@OBJ=$(OBJ) $(R)/bench/run

## The kernel module, for the headers of release KREL.

KREL ?=		$(shell share/mk/krel)
KBUILD =	$(MAKE) -s --no-print-directory -C /lib/modules/$(KREL)/build \
		CONFIG_DEBUG_INFO_BTF_MODULES= KCFLAGS=-Werror

KDIR =		obj/linux-$(KREL)
KOBJS =		$(filter-out ofp_print%.o ofp_parse.o,\
		$(notdir $(patsubst %.c,%.o,$(OFP) $(CORE) \
		$(wildcard sys/linux/*.c))))

kmod: $(KDIR)/Kbuild
	@echo "kbuild $(KDIR)/switch.ko"
	@$(KBUILD) M=$(CURDIR)/$(KDIR) modules

# A plugin of ip(8) for the settings of links; see switch(4).
ip-plugin: obj/iplink/link_switch.so obj/iplink/link_switch_slave.so

obj/iplink/link_switch.so: lib/iplink/link_switch.c sys/linux/switch_link.h
	@mkdir -p $(@D)
	@echo "cc $@"
	@$(CC) -std=gnu11 -O2 -fPIC -shared -Wall -Wextra -Werror -Isys/linux \
	    -o $@ lib/iplink/link_switch.c

obj/iplink/link_switch_slave.so: obj/iplink/link_switch.so
	@ln -sf link_switch.so $@

# The module for whatever kernel is running, now and after updates.
install-dkms:
	@share/mk/install-dkms

# Instructions per frame, beside the bridge and Open vSwitch.
bench-kernel:
	@$(R)/kernel/bench

# A kernel that notices mistakes, and the tests on it.
kasan-kernel:
	@$(R)/kernel/kasan kernel

check-kasan:
	@$(R)/kernel/kasan check

# The objects alone: the core compiles there before there is a module.
kcheck: $(KDIR)/Kbuild
	@echo "kbuild $(KDIR)/*.o"
	@$(KBUILD) M=$(CURDIR)/$(KDIR) $(KOBJS)

$(KDIR)/Kbuild: FORCE
	@mkdir -p $(@D)
	@echo 'include $(CURDIR)/sys/linux/module.mk' | cmp -s - $@ || \
	    echo 'include $(CURDIR)/sys/linux/module.mk' > $@

## Installation.

install: all
	@PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)' DESTDIR='$(DESTDIR)' \
	    OBJ='$(OBJ)' share/mk/install

uninstall:
	@PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)' DESTDIR='$(DESTDIR)' \
	    OBJ='$(OBJ)' share/mk/install -u

clean:
	@echo "rm obj"
	@rm -rf obj

.PHONY: all deps demo check lint fuzzers fuzzers-here fuzz bench kmod kcheck \
	ip-plugin install-dkms bench-kernel kasan-kernel check-kasan \
	install uninstall clean FORCE
