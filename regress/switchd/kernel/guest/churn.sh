# SPDX-License-Identifier: ISC
#
# churn.sh: ports, namespaces, switches, openers and the module come and go
# under traffic, for $ROUNDS rounds; meant for two CPUs.

. ./lib.sh
rounds=${ROUNDS:-6}
touch /tmp/go
for i in 1 2 3; do
	host $i
done
talk()		# from to: until /tmp/go vanishes
{
	while [ -e /tmp/go ]; do
		ip netns exec "$1" ping -q -A -c 200 -w 1 -W 1 "$2"
		ip netns exec "$1" ping -q -s 5000 -c 5 -i 0.01 -W 1 "$2"
	done > /dev/null 2>&1
}
controller()	# opens, floods, drops dead; again and again
{
	while [ -e /tmp/go ]; do
		./device send /dev/switch0 $FLOOD $BARRIER
		./device drain /dev/switch0 &
		sleep 0.2
		./device send /dev/switch0 $PUNT
		kill -9 $!
		./device send /dev/switch0 $EMPTY $FLOOD $BARRIER
		sleep 0.1
	done > /dev/null 2>&1
}
talk h1 10.0.0.2 &
talk h2 10.0.0.1 &
talk h3 10.0.0.9 &
controller &
done=0
while [ $done -lt "$rounds" ]; do
	ip link add switch0 type switch || break
	ip addr add 10.0.0.9/24 dev switch0
	ip link set switch0 up
	for i in 1 2 3; do
		ip link set p$i master switch0
	done
	sleep 0.3
	ip link set p1 nomaster
	ip link set p1 master switch0
	echo 17 > /sys/class/net/p2/switch_port/number
	ip link set p3 down
	ip link set p3 up
	ip netns add away
	ip link set p3 netns away
	ip -n away link set p3 netns 1
	ip netns del away
	ip link set p3 up master switch0
	ip link add link switch0 name v5 type vlan id 5
	sleep 0.3
	case $((done % 3)) in
	0) ip link del switch0;;
	1) until rmmod switch 2>/dev/null; do sleep 0.05; done;;
	2) ip link add switch1 type switch
	   ip link set p1 master switch1
	   ip link set switch1 master switch0
	   ip link set switch1 up
	   sleep 0.2
	   ip link del switch0
	   ip link del switch1;;
	esac
	done=$((done + 1))
done
rm /tmp/go
wait
equal "$rounds rounds of churn" "$rounds" $done
ip link add switch0 type switch 2>/dev/null
for i in 1 2; do
	ip link set p$i master switch0 up
done
is "switch works after churn" flood /dev/switch0
is "and forwards" pings h1 10.0.0.2
unhost 1 2 3
is "module is unloaded after churn" rmmod switch
exit $status
