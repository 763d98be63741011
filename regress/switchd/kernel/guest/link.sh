# SPDX-License-Identifier: ISC
#
# link.sh: the switch and its ports as links: ip(8), sysfs, ethtool, module.

. ./lib.sh
s=/sys/class/net/switch0/switch

is "first use loads the module" ip link add switch0 type switch
equal "device node is for root only" "crw-------" \
    "$(ls -l /dev/switch0 | cut -d' ' -f1)"
is "link has a kind" sh -c "ip -d link show switch0 | grep -qw switch"
isnt "same name again is refused" "File exists" ip link add switch0 type switch
isnt "name without a number is refused" "switchN" \
    ip link add lan type switch
isnt "name with a leading zero is refused" "switchN" \
    ip link add switch01 type switch
is "name is chosen when none is given" ip link add type switch
is "chosen name is the next one" test -c /dev/switch1
ip netns add far
isnt "number in use elsewhere is refused" "in use" \
    ip -n far link add switch1 type switch
is "another number is fine there" ip -n far link add switch7 type switch
is "its node is global" test -c /dev/switch7
ip netns del far
is "namespace takes its switch along" until_ 30 test ! -e /dev/switch7
ip netns add far
isnt "switch stays in its namespace" "" ip link set switch1 netns far
ip netns del far

ip link add d1 type dummy
ip link add d2 type dummy
is "port is enslaved" ip link set d1 master switch0
is "port has a slave kind" \
    sh -c "ip -d link show d1 | grep -qw switch_slave"
equal "port number in sysfs" 1 "$(cat /sys/class/net/d1/switch_port/number)"
isnt "loopback is no port" "Ethernet" ip link set lo master switch0
ip link set switch0 up
is "port has another number" sh -c \
    "echo 9 > /sys/class/net/d1/switch_port/number &&
    test \$(cat /sys/class/net/d1/switch_port/number) = 9"
ip link set d2 master switch0
isnt "number in use is refused" "" \
    sh -c "echo 9 > /sys/class/net/d2/switch_port/number"
equal "refused port keeps its number" 1 \
    "$(cat /sys/class/net/d2/switch_port/number)"
is "protected domains are set" sh -c \
    "echo 6 > /sys/class/net/d1/switch_port/domains &&
    test \$(cat /sys/class/net/d1/switch_port/domains) = 6"
isnt "number must be a number" "" \
    sh -c "echo x > /sys/class/net/d2/switch_port/number"
is "one move from switch to switch" ip link set d2 master switch1
is "port is released" ip link set d2 nomaster
is "released port has no attributes" \
    test ! -e /sys/class/net/d2/switch_port
ip link add br0 type bridge
ip link set d2 master br0
ip link add br1 type bridge
is "port of a bridge moves by one command" ip link set d2 master switch0
ip link set d2 nomaster
ip link set d2 master switch0
equal "port that comes back has its number" 1 \
    "$(cat /sys/class/net/d2/switch_port/number)"
ip link del d2
ip link add d3 type dummy
ip link set d3 master switch0
equal "number of a port that left is not given away" 2 \
    "$(cat /sys/class/net/d3/switch_port/number)"
ip link add d2 type dummy
ip link set d2 master switch0
equal "device that is made anew has its number" 1 \
    "$(cat /sys/class/net/d2/switch_port/number)"
ip link del d3
# More than are kept in mind; a debug kernel takes too long for so many.
n=1100
[ ! -d /sys/kernel/debug/failslab ] || n=30
for i in $(seq $n); do
	echo "link add e$i type dummy"
	echo "link set e$i master switch0"
	echo "link del e$i"
done > /tmp/many
is "many ports come and go" ip -batch /tmp/many
ip link set d2 nomaster
ip link del br0
ip link del br1
is "switch is a port of a switch" ip link set switch1 master switch0
isnt "circle of switches is refused" "" ip link set switch0 master switch1
ip link set switch1 nomaster
is "port's device vanishes" ip link del d1

is "datapath id is settable" sh -c \
    "echo 0xa1 > $s/datapath_id && test \$(cat $s/datapath_id) = \
    0x00000000000000a1"
is "fail mode is settable" sh -c \
    "echo 1 > $s/fail_mode && test \$(cat $s/fail_mode) = 1"
echo 0 > $s/fail_mode
isnt "datapath id must be a number" "" sh -c "echo x > $s/datapath_id"
ip link set d2 master switch0
./attrs test switch0 d2 || status=1
ip link set d2 nomaster
is "ethtool names the driver" \
    sh -c "ethtool -i switch0 | grep -q 'driver: switch'"
is "ethtool counts" sh -c "ethtool -S switch0 | grep -q ': [0-9]'"
is "address of the switch changes while up" \
    ip link set switch0 address 02:00:00:00:00:77
is "name of the switch changes, not the node" sh -c \
    "ip link set switch1 down; ip link set switch1 name lan && \
    test -c /dev/switch1"
ip link del lan
is "module with a link is unloaded" rmmod switch
is "and its devices are gone" test ! -e /dev/switch0
ip link del d2
exit $status
