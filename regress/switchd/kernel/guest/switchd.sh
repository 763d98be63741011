# SPDX-License-Identifier: ISC
#
# switchd.sh: switchd and switchctl on the switch of the kernel: hosts that are
# learned, flows that are installed, and a controller that comes and goes.

. ./lib.sh
mkdir -p /var/empty /run/switchd /var/lib/switchd
grep -q _switchd /etc/passwd ||
    echo "_switchd:x:77:77::/var/empty:/bin/false" >> /etc/passwd
echo "_switchd:x:77:" > /etc/group
ip link add switch0 type switch
echo 0xa1 > /sys/class/net/switch0/switch/datapath_id
host 1 switch0
host 2 switch0
echo 'device "/dev/switch0"' > /tmp/conf
chmod 600 /tmp/conf
controller()
{
	switchd -d -f /tmp/conf -s /tmp/sock > /tmp/switchd.log 2>&1 &
	pid=$!
}
shows()		# what pattern
{
	switchctl -s /tmp/sock show "$1" | grep -q "$2"
}
packets()	# that the flows of all tables have seen
{
	switchctl -s /tmp/sock -j show flows | tr ',{' '\n\n' |
	    sed -n 's/.*"packets": *\([0-9]*\).*/\1/p' |
	    awk '{ n += $1 } END { print n + 0 }'
}
controller
is "switchd rules the switch" until_ 60 shows switches a1
is "hosts ping through switchd" until_ 60 pings h1 10.0.0.2
is "switchctl shows a host" until_ 60 shows macs 02:00:00:00:00:01
is "switchctl shows flows" until_ 60 shows flows 02:00:00:00:00:02
counts()	# do the flows see both ways of three pings?
{
	before=$(packets)
	pings h1 10.0.0.2 && test "$(packets)" -ge $((before + 6))
}
is "flows count what passed" until_ 60 counts
ip netns exec h2 iperf3 -s -1 -D > /dev/null
until_ 30 sh -c "ip netns exec h2 netstat -ltn | grep -q :5201"
is "TCP through learned flows" ip netns exec h1 iperf3 -n 8M -c 10.0.0.2
kill -9 $pid
wait $pid 2>/dev/null
is "learned flows forward without switchd" pings h1 10.0.0.2
until_ 30 ./device send /dev/switch0
controller
is "switchd comes back" until_ 60 shows switches a1
is "and answers" until_ 60 pings h2 10.0.0.1
[ $status = 0 ] || cat /tmp/switchd.log
kill $pid
wait $pid 2>/dev/null
is "switchd lets go of the device" until_ 30 ./device send /dev/switch0
unhost 1 2
is "module is unloaded after switchd" rmmod switch
exit $status
