# SPDX-License-Identifier: ISC
#
# scenario.sh: the scenario files, on the kernel host.  Behind each port is a
# wire whose far end is the scenario's.  $SCN: only these files.

. ./lib.sh
modprobe switch
sysctl -qw net.core.netdev_max_backlog=20000 net.core.rmem_max=67108864 \
    net.core.rmem_default=33554432
ip link add switch0 type switch
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
wires=/dev/switch0
for i in 1 2 3 4; do
	ip link add p$i type veth peer name w$i
	ip link set p$i addrgenmode none mtu 9000
	ip link set w$i addrgenmode none arp off mtu 9000 up
	ethtool -K w$i tx off rx off tso off gso off gro off txvlan off \
	    rxvlan off > /dev/null 2>&1
	ip link set p$i up master switch0
	wires=$wires,$i=w$i
done
ip link set switch0 arp off up
for f in ${SCN:-scn/*.scn}; do
	echo "scenario $f"
	./scenario -b live -t "$wires,local=switch0" "$f" || status=1
done
ip link del switch0
rmmod switch || status=1
exit $status
