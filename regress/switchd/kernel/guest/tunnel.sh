# SPDX-License-Identifier: ISC
#
# tunnel.sh: an external vxlan as a port: flows choose and see the id and the
# ends of the tunnel (PO-25).  Its other end is an ordinary one of Linux.

. ./lib.sh
modprobe vxlan 2>/dev/null
ip link add switch0 type switch
host 1 switch0
ip netns add far
ip link add u0 type veth peer name u1 netns far
ip addr add 192.168.0.1/24 dev u0
ip link set u0 up
ip -n far addr add 192.168.0.2/24 dev u1
ip -n far addr add 192.168.0.3/24 dev u1
ip -n far link set u1 up
end()		# name id address: a tunnel of Linux
{
	ip -n far link add "$1" type vxlan id "$2" remote 192.168.0.1 \
	    local 192.168.0.2 dstport 4789 dev u1
	ip -n far addr add "$3" dev "$1"
	ip -n far link set "$1" up
}
end vx42 42 10.0.0.7/24
end vx43 43 10.0.0.7/24
ip link add vx type vxlan external dstport 4789
is "external tunnel is a port" ip link set vx master switch0 up
d=/dev/switch0
into()		# id address: what port 1 sends goes there
{
	printf '040e007800000008'
	printf '000000000000000000000000000000000000000000000064'
	printf 'ffffffffffffffffffffffff00000000'
	printf '0001000c800000040000000100000000'
	printf '0004003800000000'
	printf '0019001080004c08%016x' "$1"
	printf '0019001000014004%s00000000' "$2"
	printf '00000010000000020000000000000000'
}
from()		# id address: what comes by that tunnel from there, to port 1
{
	printf '040e006800000008'
	printf '000000000000000000000000000000000000000000000064'
	printf 'ffffffffffffffffffffffff00000000'
	printf '0001002080000004000000028000%s%016x' 4c08 "$1"
	printf '00013e04%s' "$2"
	printf '0004001800000000'
	printf '00000010000000010000000000000000'
}
# A ping through the tunnel of that id; the other end answers by the same.
through()
{
	ip -n far link set vx42 down
	ip -n far link set vx43 down
	ip -n far link set "vx$1" up
	ip -n h1 neigh flush dev eth0
	ping=$(ip netns exec h1 ping -q -c 2 -i 0.1 -W 1 10.0.0.7)
	case $ping in
	*" 0 received"*) return 1;;
	esac
}
is "flows with tunnel fields are taken" ./device send $d $EMPTY \
    "$(into 42 c0a80002)" "$(from 42 c0a80002)" $BARRIER
is "frames carry the id and reach the end that a flow sets" until_ 30 through 42
isnt "frames of another id do not arrive" "" through 43
is "another id" ./device send $d $EMPTY "$(into 43 c0a80002)" \
    "$(from 43 c0a80002)" $BARRIER
is "is another tunnel" until_ 30 through 43
is "id is matched on the way in" ./device send $d $EMPTY \
    "$(into 42 c0a80002)" "$(from 43 c0a80002)" $BARRIER
isnt "frames of an id that no flow names are dropped" "" through 42
is "end is matched on the way in" ./device send $d $EMPTY \
    "$(into 42 c0a80002)" "$(from 42 c0a80003)" $BARRIER
isnt "frames of an end that no flow names are dropped" "" through 42
is "flood into a tunnel without an id" flood $d
ip netns exec h1 ping -q -c 2 -i 0.1 -W 1 10.0.0.7 > /dev/null
is "flows again" ./device send $d $EMPTY "$(into 42 c0a80002)" \
    "$(from 42 c0a80002)" $BARRIER
is "tunnel is as before" until_ 30 through 42
ip netns exec far iperf3 -s -1 -D > /dev/null
until_ 30 sh -c "ip netns exec far netstat -ltn | grep -q :5201"
is "TCP in a tunnel" ip netns exec h1 iperf3 -n 2M -c 10.0.0.7
# Between two ends of one tunnel port.
hairpin()	# id id
{
	flow 200 "$(field 0 00000002)$(field 38 "$(printf %016x "$1")")" \
	    "$(set_field 38 "$(printf %016x "$2")")\
0019001000014004c0a8000200000000$(output 0xfffffff8)"
}
ip netns add n43
ip -n far link set vx43 netns n43
ip -n n43 addr add 10.0.0.8/24 dev vx43
ip -n n43 link set vx43 up
ip -n far link set vx42 up
is "flows from end to end" ./device send $d $EMPTY "$(hairpin 42 43)" \
    "$(hairpin 43 42)" $BARRIER
is "one end reaches another" pings far 10.0.0.8
ip netns del n43
ip link del vx
ip link del u0
ip netns del far
unhost 1
rmmod switch || status=1
exit $status
