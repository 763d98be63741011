# SPDX-License-Identifier: ISC
#
# bench.sh: instructions per forwarded frame, of the switch and of what Linux
# has.  Meant for one instruction a nanosecond (vm -i).  Prints lines
# "point WHO SIZE FLOWS INSTRUCTIONS" and "tcp WHO GSO GBIT".
#
# pktgen receives frames on the dummy p1, which is port 1; the frames must all
# leave by the dummy p2, which is port 2.

. ./lib.sh
for w in $(cat /proc/cmdline); do	# what profile asks for
	case $w in
	COUNT=*|POINTS=*|SIZES=*|FLOWS=*|TCP=*|SYMBOLS=*) eval "$w";;
	esac
done
count=${COUNT:-30000}
modprobe pktgen
pg=/proc/net/pktgen
sent()
{
	cat /sys/class/net/p2/statistics/tx_packets
}

points()	# who flows: measure 60 and 1500 bytes with that many addresses
{
	case "${FLOWS:-$2}" in
	"$2") ;;
	*) return;;
	esac
	for size in ${SIZES:-60 1500}; do
		point "$1" $size "$2"
	done
}
pass()		# count size flows
{
	echo rem_device_all > $pg/kpktgend_0
	echo add_device p1 > $pg/kpktgend_0
	for c in "count $1" "clone_skb 0" "pkt_size $2" "delay 0" \
	    "burst 1" "xmit_mode netif_receive" "dst 10.0.0.2" \
	    "src_mac 02:00:00:00:00:01" "dst_mac 02:00:00:01:00:00" \
	    "dst_mac_count $3"; do
		echo "$c" > $pg/p1
	done
	echo start > $pg/pgctrl
}
# After some passes, a second apart: who caches has seen all, and has grown.
point()		# who size flows
{
	for second in 1 2 3 4; do
		pass "$3" "$2" "$3"
		[ "$3" = 1 ] || sleep 1
	done
	before=$(sent)
	pass $count "$2" "$3"
	out=$(($(sent) - before))
	usec=$(sed -n 's/^Result: OK: \([0-9]*\).*/\1/p' $pg/p1)
	echo rem_device_all > $pg/kpktgend_0
	if [ "$1" != none ] && [ $out -lt $count ]; then
		nok "all frames cross $1" "$out of $count"
		return
	fi
	echo "point $1 $2 $3 $((usec * 1000 / count))"
}

macs()		# format: one line for each of 10000 addresses
{
	awk -v f="$1" 'BEGIN {
		for (i = 0; i < 10000; i++)
			printf f "\n", sprintf("02:00:00:01:%02x:%02x",
			    i / 256, i % 256)
	}'
}

ports()
{
	for p in p1 p2; do
		ip link add $p type dummy
		ip link set $p up
	done
}
noports()
{
	ip link del p1
	ip link del p2
}

none()
{
	ports
	points none 1
	noports
}

bridge_()
{
	modprobe bridge
	ports
	ip link add br0 type bridge
	ip link set br0 up
	ip link set p1 master br0
	ip link set p2 master br0
	bridge fdb add 02:00:00:01:00:00 dev p2 master static
	points bridge 1
	bridge fdb del 02:00:00:01:00:00 dev p2 master static
	macs "fdb add %s dev p2 master static" > /tmp/fdb
	bridge -batch /tmp/fdb > /dev/null
	points bridge 10000
	ip link del br0
	noports
}

ovs()
{
	modprobe openvswitch || return
	ports
	ovs-dpctl add-dp dp0
	ovs-dpctl add-if dp0 p1
	ovs-dpctl add-if dp0 p2
	eth="in_port(1),eth(src=02:00:00:00:00:01,dst=%s),eth_type(0x0800)"
	ovs-dpctl add-flow dp0 \
	    "in_port(1),eth(),eth_type(0x0800),ipv4(frag=no)" 2
	points ovs 1
	ovs-dpctl del-flows dp0
	macs "$eth,ipv4(frag=no) 2" > /tmp/flows
	ovs-dpctl add-flows dp0 /tmp/flows > /dev/null
	points ovs 10000
	ovs-dpctl del-dp dp0
	noports
	rmmod openvswitch
}

switch_()
{
	ports
	ip link add switch0 type switch
	ip link set p1 master switch0
	ip link set p2 master switch0
	./device send /dev/switch0 $EMPTY $BARRIER || status=1
	./device flows /dev/switch0 1 2 1 || status=1
	points switch 1
	./device flows /dev/switch0 1 2 10000 || status=1
	points switch 10000
	ip link del switch0
	noports
}

# TCP between two namespaces through who, in turns: transfers differ by 1 %.
tcp()		# who from to address gso
{
	for h in "$2" "$3"; do
		ip netns exec "$h" ethtool -K eth0 gso "$5" tso "$5" \
		    gro "$5" > /dev/null
	done
	ip netns exec "$3" iperf3 -s -1 -D > /dev/null
	until_ 30 sh -c "ip netns exec $3 netstat -ltn | grep -q :5201"
	n=32M
	[ "$5" = on ] && n=256M
	ip netns exec "$2" iperf3 -c "$4" -n $n -f m |
	    sed -n "s/.* \([0-9.]*\) Mbits.*receiver/tcp $1 $5 \1/p"
}
transfers()
{
	ip link add br0 type bridge
	ip link set br0 up
	host 1 br0
	host 2 br0
	ip link add switch0 type switch
	host 3 switch0
	host 4 switch0
	./device send /dev/switch0 $EMPTY "$(cross 1 2)" "$(cross 2 1)" \
	    $BARRIER || status=1
	for turn in 1 2 3 4 5 6 7 8; do
		for gso in on off; do
			tcp bridge h1 h2 10.0.0.2 $gso
			tcp switch h3 h4 10.0.0.4 $gso
		done
	done
	unhost 1 2 3 4
	ip link del switch0
	ip link del br0
}

case ${POINTS:-all} in
all) none; bridge_; ovs; switch_;;
*) for p in $POINTS; do $p; done;;
esac
[ -z "${TCP-1}" ] || transfers
if [ -n "${SYMBOLS-}" ]; then
	ip link add switch0 type switch
	echo 0 > /proc/sys/kernel/kptr_restrict
	grep -i ' t ' /proc/kallsyms | sed 's/^/symbol /'
	ip link del switch0
fi
rmmod switch
exit $status
