# SPDX-License-Identifier: ISC
#
# rewrite.sh: what actions do to frames whose checksums and segments are made
# later: kept whole where that is right, cut where it is not, sums correct.

. ./lib.sh
ip link add switch0 type switch
host 1 switch0
host 2 switch0
ip link add a3 mtu 2000 type veth peer name b4 mtu 2000
for i in a3 b4; do
	ip link set $i addrgenmode none up master switch0
done
d=/dev/switch0
for v in 4:10.0.0. 6:fd00::; do
	ip -n h1 neigh add ${v#*:}77 lladdr 02:00:00:00:00:77 dev eth0
	ip -n h1 neigh add ${v#*:}2 lladdr 02:00:00:00:00:02 dev eth0
	ip -n h2 neigh add ${v#*:}1 lladdr 02:00:00:00:00:01 dev eth0
done
IN=0 ETH_DST=3 ETH_TYPE=5 VLAN=6 PROTO=10 SRC4=11 DST4=12 TCP_SRC=13 TCP_DST=14
SRC6=26 DST6=27 MPLS=34
in_port()
{
	field $IN "$(printf '%08x' "$1")"
}
# Bytes that an interface sends in one frame, on average.
mark()		# interface: from now on
{
	s=/sys/class/net/$1/statistics
	frames=$(cat $s/tx_packets) bytes=$(cat $s/tx_bytes)
}
average()
{
	echo $((($(cat $s/tx_bytes) - bytes) / ($(cat $s/tx_packets) - frames)))
}
whole()		# name
{
	n=$(average)		# of pairs at least, if the sender is slow
	if [ "$n" -gt 1600 ]; then
		ok "$1"
	else
		nok "$1" "$n bytes in a frame"
	fi
}
tcp()		# name address [options]: 8 MB from h1 to h2
{
	name=$1 to=$2
	shift 2
	ip netns exec h2 iperf3 -s -1 -D > /dev/null
	until_ 30 sh -c "ip netns exec h2 netstat -ltn | grep -q :5201"
	is "$name" ip netns exec h1 iperf3 -n 8M -c "$to" "$@"
	ip netns exec h2 killall -q iperf3
}
sums()		# bad checksums that h1 and h2 have seen
{
	for h in h1 h2; do
		ip netns exec $h cat /proc/net/snmp |
		    awk '/^Tcp:/ { t = $16 } /^Udp:/ { u = $8 }
		    END { print t + u }'
		ip netns exec $h awk '/Ip6InHdrErrors|Udp6InCsumErrors/ {
		    n += $2 } END { print n + 0 }' /proc/net/snmp6
	done | awk '{ n += $1 } END { print n + 0 }'
}

# 10.0.0.77 and fd00::77, port 80, are h2's 10.0.0.2 and fd00::2, port 5201.
A1=0a000002 A77=0a00004d
B2=fd000000000000000000000000000002 B77=fd000000000000000000000000000077
TTL=0018000800000000
nat()		# type src dst new old: both ways
{
	flow 10 "$(in_port 1)$(field $ETH_TYPE "$1")$(field $PROTO 06)$(
	    field "$3" "$5")" "$(set_field "$3" "$4")$(
	    set_field $TCP_DST 1451)$(
	    set_field $ETH_DST 020000000002)$TTL$(output 2)"
	echo
	flow 10 "$(in_port 2)$(field $ETH_TYPE "$1")$(field $PROTO 06)$(
	    field "$2" "$4")" "$(set_field "$2" "$5")$(
	    set_field $TCP_SRC 0050)$(output 1)"
}
# shellcheck disable=SC2046 # one word a message
is "flows that rewrite addresses and ports" ./device send $d $EMPTY \
    $(nat 0800 $SRC4 $DST4 $A1 $A77) $(nat 86dd $SRC6 $DST6 $B2 $B77) $BARRIER
mark p2
tcp "TCP with large segments through rewritten IPv4" 10.0.0.77 -p 80
whole "rewritten segments stay whole"
tcp "TCP with large segments through rewritten IPv6" fd00::77 -p 80
# Super-frames of more than 64 KB, which tell their length in a header of theirs.
big()		# bytes
{
	for i in 1 2; do
		ip -n h$i link set eth0 gso_max_size "$1" gro_max_size "$1"
		ip link set p$i gso_max_size "$1" gro_max_size "$1"
	done
}
big 180000
mark p2
tcp "BIG TCP through rewritten IPv6" fd00::77 -p 80 -n 64M
whole "frames of BIG TCP stay whole"
big 65536
ip netns exec h1 ethtool -K eth0 tso off gso off gro off > /dev/null
tcp "TCP with partial checksums through rewriting" 10.0.0.77 -p 80
tcp "TCP over IPv6 with partial checksums" fd00::77 -p 80
ip netns exec h1 ethtool -K eth0 tx off > /dev/null
tcp "TCP with finished checksums through rewriting" 10.0.0.77 -p 80
tcp "TCP over IPv6 with finished checksums" fd00::77 -p 80
ip netns exec h1 ethtool -K eth0 tx on tso on gso on gro on > /dev/null
equal "no bad checksum after rewriting" 0 "$(sums)"

# Port 1, a tag or shim, port 3, cable, port 4, tag or shim off, port 2.
cable()		# on fields-of-what-arrives off
{
	./device send $d $EMPTY "$(flow 10 "$(in_port 1)" "$1$(output 3)")" \
	    "$(flow 10 "$(in_port 4)$2" "$3$(output 2)")" "$(cross 2 1)" \
	    $BARRIER
}
is "flows that push and pop a tag" cable \
    "0011000881000000$(set_field $VLAN 1007)" "$(field $VLAN 1007)" \
    0012000800000000
mark a3
tcp "TCP with large segments through a pushed tag" 10.0.0.2
whole "tagged segments stay whole"
big 180000
tcp "BIG TCP through a pushed tag" fd00::2
big 65536
is "flows that push and pop a shim" cable \
    "0013000888470000$(set_field $MPLS 00000005)" \
    "$(field $ETH_TYPE 8847)" 0014000808000000
mark a3
tcp "TCP with large segments through a pushed shim" 10.0.0.2
n=$(average)
if [ "$n" -lt 1600 ]; then
	ok "segments that a shim would spoil are cut"
else
	nok "segments that a shim would spoil are cut" "$n bytes in a frame"
fi
# A tunnel's super-frames, whose own UDP has sums too; p2 finishes them all.
modprobe vxlan 2>/dev/null
for i in 1 2; do
	[ $i = 1 ] && to=10.0.0.77 || to=10.0.0.1
	ip -n h$i link add vx type vxlan id 5 remote $to local 10.0.0.$i \
	    dstport 4789 udpcsum
	ip -n h$i addr add 10.9.0.$i/24 dev vx
	ip -n h$i link set vx up
done
UDP=$(field $ETH_TYPE 0800)$(field $PROTO 11)
is "flows that rewrite a tunnel's addresses" ./device send $d $EMPTY \
    "$(flow 10 "$(in_port 1)$UDP" "$(set_field $DST4 $A1)$(
    set_field $ETH_DST 020000000002)$(output 2)")" \
    "$(flow 10 "$(in_port 2)$UDP" "$(set_field $SRC4 $A77)$(output 1)")" \
    $BARRIER
ethtool -K p2 tx off > /dev/null
tcp "TCP with large segments in a rewritten tunnel" 10.9.0.2
ethtool -K p2 tx on > /dev/null
equal "no bad checksum around a tunnel" 0 "$(sums)"
ip -n h1 link del vx
ip -n h2 link del vx

# A list of datagrams, as a port joins those that come at once.
ip netns exec h1 ethtool -K eth0 tso off > /dev/null
ethtool -K p1 gro off > /dev/null
ethtool -K p1 gro on rx-gro-list on > /dev/null
ethtool -K a3 tx-gso-list off > /dev/null
modprobe sch_netem 2>/dev/null
ip netns exec h1 tc qdisc add dev eth0 root netem delay 30ms limit 1000 ||
    status=1
modprobe pktgen
gone()
{
	[ $(($(ip netns exec h1 cat /sys/class/net/eth0/statistics/tx_packets) -
	    was)) -ge 200 ]
}
datagrams()	# 200 of 1000 bytes from h1 to h2
{
	was=$(ip netns exec h1 cat /sys/class/net/eth0/statistics/tx_packets)
	ip netns exec h1 sh <<-EOT
		cd /proc/net/pktgen
		echo add_device eth0 > kpktgend_0
		for c in "xmit_mode queue_xmit" "count 200" "pkt_size 1000" \
		    "delay 0" "flag UDPCSUM" "src_min 10.0.0.1" \
		    "src_max 10.0.0.1" "dst 10.0.0.2" \
		    "src_mac 02:00:00:00:00:01" "dst_mac 02:00:00:00:00:02" \
		    "udp_src_min 9" "udp_src_max 9"; do
			echo "\$c" > eth0
		done
		echo start > pgctrl
		echo rem_device_all > kpktgend_0
	EOT
	until_ 10 gone
}
sent()		# interface
{
	cat /sys/class/net/$1/statistics/tx_packets
}
DSCP=8
is "flows that cross by the cable" cable "" "$UDP" ""
ethtool -K a3 tx-gso-list on > /dev/null
before=$(sent a3)
datagrams
n=$(($(sent a3) - before))
if [ $n -lt 160 ]; then
	ok "list of datagrams crosses whole"
else
	nok "list of datagrams crosses whole" "$n for 200"
fi
ethtool -K a3 tx-gso-list off > /dev/null
is "flows that rewrite datagrams" ./device send $d $EMPTY \
    "$(flow 10 "$(in_port 1)$UDP" "$(set_field $DSCP 0a)$(output 3)")" \
    "$(flow 10 "$(in_port 4)$UDP$(field $DSCP 0a)" "$(output 2)")" $BARRIER
ethtool -K p2 tx-gso-list off > /dev/null
before=$(sent p2)
datagrams
all()
{
	[ $(($(sent p2) - before)) -ge 200 ]
}
is "all datagrams of a list are rewritten" until_ 10 all
ip netns exec h1 tc qdisc del dev eth0 root
ip netns exec h1 ethtool -K eth0 tso on > /dev/null
ethtool -K p1 rx-gro-list off > /dev/null
# Addresses and ports behind a tag that came or went in the same list.
P=$(field $ETH_TYPE 0800)$(field $PROTO 06)
is "flows that push or pop a tag and rewrite" ./device send $d $EMPTY \
    "$(flow 10 "$(in_port 1)$P$(field $DST4 $A77)" \
    "0011000881000000$(set_field $VLAN 1007)$(set_field $DST4 0a000058)$(
    set_field $TCP_DST 0051)$(output 3)")" \
    "$(flow 10 "$(in_port 4)$(field $VLAN 1007)$P" \
    "0012000800000000$(set_field $DST4 $A1)$(set_field $TCP_DST 1451)$(
    set_field $ETH_DST 020000000002)$(output 2)")" \
    "$(flow 10 "$(in_port 2)$P" "$(set_field $SRC4 $A77)$(
    set_field $TCP_SRC 0050)$(output 1)")" $BARRIER
# Made complete on the way, or else nobody would look at the sums.
for i in a3 p2; do
	ethtool -K $i tx off > /dev/null
done
tcp "TCP with partial checksums rewritten behind a tag" 10.0.0.77 -p 80
for i in a3 p2; do
	ethtool -K $i tx on > /dev/null
done
equal "no bad checksum behind tags and shims" 0 "$(sums)"

# What a controller is shown has a finished sum.
./device send $d $EMPTY $BARRIER || status=1
./device sum $d > /tmp/sum &
sum=$!
until_ 30 grep -q ready /tmp/sum
ip netns exec h1 traceroute -q 1 -m 1 -w 1 -p 4242 10.0.0.2 \
    > /dev/null 2>&1
wait $sum
grep ok /tmp/sum || nok "packet-in has a finished checksum" "no packet-in"
! grep -q "not ok" /tmp/sum || status=1

# Received time stamps are not taken for times of departure.
modprobe sch_fq 2>/dev/null
./device send $d $EMPTY "$(cross 1 2)" "$(cross 2 1)" $BARRIER || status=1
if tc qdisc add dev p2 root fq; then
	tcp "TCP leaves by a port that paces" 10.0.0.2
else
	nok "TCP leaves by a port that paces" "no fq"
fi
ip link del a3
unhost 1 2
rmmod switch || status=1
exit $status
