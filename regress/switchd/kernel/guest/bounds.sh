# SPDX-License-Identifier: ISC
#
# bounds.sh: who misbehaves costs a bounded amount, and harms nobody.

. ./lib.sh
ip link add switch0 type switch
host 1 switch0
host 2 switch0
kb()		# kernel memory in use
{
	awk '/^(Slab|VmallocUsed|Percpu):/ { n += $2 } END { print n }' \
	    /proc/meminfo
}
./device send /dev/switch0 $EMPTY $PUNT $BARRIER || status=1
./device hold /dev/switch0 > /tmp/hold &
hold=$!
until_ 5 grep -q open /tmp/hold
before=$(kb)
ip netns exec h1 arping -c 1 -w 1 -I eth0 10.0.0.200 > /dev/null 2>&1
ip netns exec h1 iperf3 -u -c 10.0.0.2 -t 1 -b 1G > /dev/null 2>&1 &
ip -n h1 neigh add 10.0.0.50 lladdr 02:00:00:00:00:50 dev eth0
ip netns exec h1 ping -q -s 1400 -A -c 20000 -w 4 -W 1 10.0.0.50 > /dev/null
wait $! 2>/dev/null
grown=$(($(kb) - before))
if [ $grown -lt 8192 ]; then
	ok "opener that never reads costs bounded memory"
else
	nok "opener that never reads costs bounded memory" "$grown kB"
fi
kill -9 $hold
wait $hold 2>/dev/null
is "next opener starts clean" ./device send /dev/switch0 $EMPTY $FLOOD $BARRIER
is "and rules the switch" pings h1 10.0.0.2
unhost 1 2
rmmod switch || status=1
exit $status
