# SPDX-License-Identifier: ISC
#
# users.sh: what others than root of the machine may do.

. ./lib.sh
modprobe switch
ip link add switch0 type switch
isnt "unprivileged user makes no switch" "not permitted" \
    ./as nobody ip link add switch1 type switch
sys=/sys/class/net/switch0/switch
isnt "unprivileged user sets nothing" "" \
    ./as nobody sh -c "echo 1 > $sys/fail_mode"
user()		# command: as root of a user namespace with a network of its own
{
	./as root sh -c "$1"
}
is "root of a user namespace has a switch" user "
	ip link add switch5 type switch &&
	ip link add a0 type veth peer name a1 &&
	ip link set a0 master switch5 &&
	ip link set a0 nomaster && ip link del switch5"
isnt "but sets no limit" "" user "
	ip link add switch6 type switch &&
	mount -t sysfs s /sys &&
	echo 5 > /sys/class/net/switch6/switch/max_flows"
isnt "nor by an attribute" "not permitted" user "
	ip link add switch6 type switch && ./attrs limit switch6"
is "and sets other things" user "
	ip link add switch7 type switch &&
	mount -t sysfs s /sys &&
	echo 1 > /sys/class/net/switch7/switch/fail_mode"
isnt "and does not open its device" "not permitted" user "
	ip link add switch8 type switch && : < /dev/switch8"
isnt "nor that of others" "not permitted" user ": < /dev/switch0"
ip link del switch0
is "nothing is left" until_ 30 rmmod switch
exit $status
