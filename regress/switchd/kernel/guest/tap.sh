# SPDX-License-Identifier: ISC
#
# tap.sh: a virtual machine's tap (virtio headers, segments to be made) and a
# namespace behind one switch.

. ./lib.sh
modprobe tun
ip link add switch0 type switch
host 1 switch0
ip netns add vm
./tapvm tap0 vm eth0 > /tmp/tapvm &
vm=$!
until_ 30 grep -q ready /tmp/tapvm
ip link set tap0 master switch0 up
ip -n vm link set eth0 up
ip -n vm addr add 10.0.0.5/24 dev eth0
./device send /dev/switch0 $FLOOD $BARRIER || status=1
is "machine pings namespace" pings vm 10.0.0.1
is "namespace pings machine" pings h1 10.0.0.5
tcp()		# name server client address
{
	ip netns exec "$2" iperf3 -s -1 -D > /dev/null
	until_ 30 sh -c "ip netns exec $2 netstat -ltn | grep -q :5201"
	is "$1" ip netns exec "$3" iperf3 -n 4M -c "$4"
}
tcp "TCP from machine to namespace" h1 vm 10.0.0.1
tcp "TCP from namespace to machine" vm h1 10.0.0.5
kill $vm
wait $vm 2>/dev/null
is "tap goes with its machine" until_ 30 test ! -e /sys/class/net/tap0
./tapvm tap0 vm eth0 > /tmp/tapvm &
vm=$!
until_ 30 grep -q ready /tmp/tapvm
ip link set tap0 master switch0 up
ip -n vm link set eth0 up
ip -n vm addr add 10.0.0.5/24 dev eth0
is "machine comes back" pings vm 10.0.0.1
ip link del switch0
kill $vm
wait $vm 2>/dev/null
ip netns del vm
unhost 1
rmmod switch || status=1
exit $status
