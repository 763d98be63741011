# SPDX-License-Identifier: ISC
#
# queue.sh: classes of tc as queues of a port.

. ./lib.sh
ip link add switch0 type switch
host 1 switch0
host 2 switch0
d=/dev/switch0
CONFIG=04160010000000070000000200000000
stats()		# port queue: the request
{
	printf '04120018000000070005000000000000%08x%08x' "$1" "$2"
}
# What is told of the queues of port 2, without their order.
config()
{
	./device ask $d $CONFIG $BARRIER | sed 's/^.\{32\}//' | fold -w 96 |
	    sort
}
equal "port without classes has no queues" "" "$(config)"
modprobe sch_htb 2>/dev/null
tc qdisc add dev p2 root handle 1: htb default 1
tc class add dev p2 parent 1: classid 1:1 htb rate 1gbit ceil 5gbit
tc class add dev p2 parent 1: classid 1:5 htb rate 500mbit ceil 10gbit
row()		# queue rate ceil: tenths of a percent of 10 Gb/s
{
	printf '%08x000000020030000000000000' "$1"
	printf '0001001000000000%04x000000000000' "$2"
	printf '0002001000000000%04x000000000000' "$3"
}
equal "classes are queues with their rates" \
    "$(row 1 100 500; echo; row 5 50 1000)" "$(config)"
# From port 1: queue 5, output 2.
ENQUEUE=040e006000000008\
000000000000000000000000000000000000000000000064\
ffffffffffffffffffffffff00000000\
0001000c800000040000000100000000\
0004002000000000\
0015000800000005\
00000010000000020000000000000000
is "flow sets a queue" ./device send $d $EMPTY "$ENQUEUE" "$(cross 2 1)" \
    $BARRIER
is "ping through a queue" pings h1 10.0.0.2
class()		# minor: packets of class 1:minor
{
	tc -s class show dev p2 classid "1:$1" |
	    sed -n 's/.*Sent [0-9]* bytes \([0-9]*\) pkt.*/\1/p'
}
queue()		# port queue: packets that a controller is told
{
	hex=$(./device ask $d "$(stats "$1" "$2")" $BARRIER |
	    sed -n 's/^.\{64\}\(.\{16\}\).*/\1/p')
	[ -z "$hex" ] || printf '%d' "0x$hex"
}
# A host may speak between two looks: the class must say the same before and
# after for the answer in between to be compared.
counts()	# minor: is queue minor of port 2 said to have sent as much?
{
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		before=$(class "$1")
		told=$(queue 2 "$1")
		[ "$before" != "$(class "$1")" ] || break
		sleep 1
	done
	equal "queue $1 counts what its class does" "$before" "$told"
}
is "frames take the class" test "$(class 5)" -ge 3
counts 5
counts 1
tc class change dev p2 classid 1:5 htb rate 2gbit ceil 2gbit
equal "rates that change are told" \
    "$(row 1 100 500; echo; row 5 200 200)" "$(config)"
tc class del dev p2 classid 1:5
equal "class that goes is no queue" "$(row 1 100 500)" "$(config)"
is "its frames take the default" pings h1 10.0.0.2
for i in $(seq 1 80); do
	echo "class add dev p2 parent 1: classid 1:1$i htb rate 1mbit"
done | tc -batch -
equal "64 queues are listed, not more" 64 "$(config | grep -c .)"
tc qdisc del dev p2 root
equal "queues go with their discipline" "" "$(config)"
tc qdisc add dev p2 root handle 7: htb
tc class add dev p2 parent 7: classid 7:1 htb rate 1gbit
equal "discipline of another handle has no queues" "" "$(config)"
unhost 1 2
rmmod switch || status=1
exit $status
