# SPDX-License-Identifier: ISC
#
# traffic.sh: frames of every kind cross the switch undamaged.

. ./lib.sh
ip link add switch0 type switch
for i in 1 2 3; do
	host $i switch0
done
ip addr add 10.0.0.9/24 dev switch0
ip -6 addr add fd00::9/64 dev switch0 nodad
ip link set switch0 up
is "flood flow is installed" flood /dev/switch0

is "ping between two ports" pings h1 10.0.0.2
is "ping by IPv6" pings h1 fd00::2
is "ping to LOCAL" pings h1 10.0.0.9
is "ping from LOCAL" ping -q -c 3 -i 0.1 -W 2 10.0.0.3
is "ping of fragments" pings h1 10.0.0.2 -s 4000

# A tag beside the frame, in the frame, two of them.
for i in 1 2; do
	ip -n h$i link add link eth0 name v type vlan id 5
	ip -n h$i link add link v name w type vlan id 6
	ip -n h$i link set v up
	ip -n h$i link set w up
	ip -n h$i addr add 10.5.0.$i/24 dev v
	ip -n h$i addr add 10.6.0.$i/24 dev w
done
is "tagged ping" pings h1 10.5.0.2
is "ping with two tags" pings h1 10.6.0.2
ip -n h1 link set eth0 down
ip netns exec h1 ethtool -K eth0 tx-vlan-hw-insert off tx-vlan-stag-hw-insert \
    off rx-vlan-hw-parse off > /dev/null 2>&1
ip -n h1 link set eth0 up
ip -n h1 addr add fd00::1/64 dev eth0 nodad 2>/dev/null
ip -n h1 link set v up
ip -n h1 link set w up
is "tagged ping without acceleration" pings h1 10.5.0.2
ip link add link switch0 name v9 type vlan id 5
ip addr add 10.5.0.9/24 dev v9
ip link set v9 up
is "tagged ping to LOCAL" pings h2 10.5.0.9
is "tagged ping from LOCAL" ping -q -c 3 -i 0.1 -W 2 10.5.0.2

# TCP, with and without segments made late; checksums are verified by h2.
packets()	# of p2, sent
{
	ip -j -s link show p2 | sed 's/.*"tx":{"bytes":[0-9]*,"packets":\([0-9]*\).*/\1/'
}
tcp()		# name from options ...
{
	name=$1 from=$2
	shift 2
	ip netns exec h2 iperf3 -s -1 -D > /dev/null
	until_ 30 sh -c "ip netns exec h2 netstat -ltn | grep -q :5201"
	if [ "$from" = local ]; then
		is "$name" iperf3 -n 8M "$@"
	else
		is "$name" ip netns exec $from iperf3 -n 8M "$@"
	fi
}
before=$(packets)
tcp "TCP with large segments" h1 -c 10.0.0.2
sent=$(($(packets) - before))
# All of one frame's size would be 5800; a slow sender makes pairs.
if [ $sent -lt 5000 ]; then
	ok "large segments cross whole"
else
	nok "large segments cross whole" "$sent frames for 8 MB"
fi
tcp "TCP by IPv6" h1 -c fd00::2
tcp "TCP with a tag" h1 -c 10.5.0.2
tcp "TCP from LOCAL" local -c 10.0.0.2
tcp "TCP from LOCAL with a tag" local -c 10.5.0.2
tcp "TCP towards the client" h1 -c 10.0.0.2 -R
ip netns exec h1 ethtool -K eth0 tso off gso off gro off > /dev/null
tcp "TCP without large segments" h1 -c 10.0.0.2
ip netns exec h1 ethtool -K eth0 tx off > /dev/null 2>&1
tcp "TCP with finished checksums" h1 -c 10.0.0.2
tcp "UDP" h1 -u -b 200M -l 1400 -c 10.0.0.2
is "no bad checksum at the receiver" sh -c \
    "test \$(ip netns exec h2 cat /proc/net/snmp |
    awk '/^Tcp:/ {n = \$16} /^Udp:/ {u = \$8} END {print n + u}') = 0"

ip link set p3 mtu 1300
before=$(cat /sys/class/net/p3/statistics/tx_dropped)
ip netns exec h1 ping -q -c 2 -i 0.1 -W 1 -M do -s 1400 10.0.0.2 > /dev/null
is "frame larger than a port's MTU is dropped there and counted" test \
    "$(cat /sys/class/net/p3/statistics/tx_dropped)" -gt "$before"

is "LOCAL counts" sh -c "ip -j -s link show switch0 | grep -q '\"tx\":{\"bytes\":[1-9]'"
is "port that leaves a namespace leaves the switch" sh -c \
    "ip netns add far; ip link set p3 netns far &&
    test ! -e /sys/class/net/p3"
ip netns del far
is "others forward on" pings h1 10.0.0.2
is "port goes down and up" sh -c \
    "ip link set p2 down && ip link set p2 up"
is "and forwards again" pings h1 10.0.0.2
ip link set switch0 down
is "ports forward while LOCAL is down" pings h1 10.0.0.2
ip netns exec h1 ping -q -i 0.01 10.0.0.2 > /dev/null &
ping=$!
is "module is unloaded under traffic" rmmod switch
kill $ping
wait $ping 2>/dev/null
unhost 1 2 3
exit $status
