# SPDX-License-Identifier: ISC
#
# fail.sh: every allocation fails once (see fail.c); for kernels that can do
# that.

. ./lib.sh
f=/sys/kernel/debug/failslab
if [ ! -d $f ]; then
	nok "kernel can let allocations fail" "no $f"
	exit 1
fi
modprobe switch 2>/dev/null || insmod switch.ko
echo N > $f/ignore-gfp-wait
echo 0 > $f/verbose
ip link add d1 type dummy
for round in 1 2; do
	./fail d1 || status=1
done
ip link del d1
is "nothing holds the module after failures" rmmod switch
exit $status
