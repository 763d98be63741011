# SPDX-License-Identifier: ISC
#
# loop.sh: what goes in circles, or too deep, is bounded: the machine lives on.

. ./lib.sh
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
sent()
{
	cat "/sys/class/net/$1/statistics/tx_packets"
}
# Each switch is a port of the one before: 0 <- 1 <- ... <- 5.
for i in 0 1 2 3 4 5; do
	ip link add switch$i type switch
	ip link add d$i type dummy
	ip link set d$i master switch$i arp off up
	ip link set switch$i arp off up
	flood /dev/switch$i || status=1
	[ $i = 0 ] || ip link set switch$i master switch$((i - 1)) ||
	    status=1
done
host 1 switch0
reached()	# how many dummies got the frame of one ping
{
	n=0
	for i in 0 1 2 3 4 5; do
		[ "$(sent d$i)" = 0 ] || n=$((n + 1))
	done
	echo $n
}
ip -n h1 neigh add 10.0.0.8 lladdr 02:00:00:00:00:08 dev eth0
ip netns exec h1 ping -q -c 1 -W 1 10.0.0.8 > /dev/null
equal "frame goes through four switches, not deeper" 4 "$(reached)"
dropped=$(ip -j -s link show switch4 |
    sed 's/.*"rx":{[^}]*"dropped":\([0-9]*\).*/\1/')
is "and is counted where it ends" test "$dropped" -ge 1
isnt "circle of switches is refused" "" ip link set switch0 master switch5
for i in 5 4 3 2 1 0; do
	ip link del switch$i
	ip link del d$i
done
unhost 1

# A cable from one port to another of the same switch, and between two.
ip link add switch0 type switch
ip link add switch1 type switch
host 1 switch0
host 2 switch0
for i in 1 2; do
	ip link add a$i type veth peer name b$i
	ip link set a$i up
	ip link set b$i up
done
ip link set a1 master switch0
ip link set b1 master switch0
ip link set a2 master switch0
ip link set b2 master switch1
flood /dev/switch0 || status=1
flood /dev/switch1 || status=1
ip netns exec h1 ping -q -c 1 -W 1 10.0.0.2 > /dev/null
more()		# number: has a1 sent more than that?
{
	test "$(sent a1)" -gt "$1"
}
still()		# does nothing go round any more?
{
	one=$(sent a1)
	sleep 0.3
	test "$one" = "$(sent a1)"
}
is "cable between two ports makes a storm" until_ 30 more \
    $(($(sent a1) + 100))
is "machine answers in a storm" sh -c "ping -q -c 1 -W 2 127.0.0.1"
is "controller stops the storm" ./device send /dev/switch0 $EMPTY $BARRIER
is "nothing goes round any more" until_ 30 still
flood /dev/switch0 || status=1
ip netns exec h1 ping -q -c 1 -W 1 10.0.0.2 > /dev/null
is "switch is deleted in a storm" ip link del switch0
is "module is unloaded after it" rmmod switch
ip link del a1
ip link del a2
unhost 1 2
exit $status
