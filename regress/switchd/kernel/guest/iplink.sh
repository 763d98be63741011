# SPDX-License-Identifier: ISC
#
# iplink.sh: the plugin of ip(8) for the settings of links.

. ./lib.sh
export IP_LIB_DIR=/t/iplink
is "switch is made with settings" ip link add switch0 type switch \
    datapath_id 0xa2 max_flows 1000 fail_mode 1 description "rack 7"
s=/sys/class/net/switch0/switch
equal "settings arrive" "0x00000000000000a2 1000 1 rack 7" \
    "$(echo $(cat $s/datapath_id $s/max_flows $s/fail_mode $s/description))"
is "ip shows them" sh -c "ip -d link show switch0 | grep -q \
    'switch datapath_id 0x00000000000000a2 fail_mode 1 .*max_flows 1000'"
is "ip shows them as JSON" sh -c \
    "ip -d -j link show switch0 | grep -q '\"max_flows\":1000'"
is "setting changes" ip link set switch0 type switch fail_delay 9
equal "changed setting arrives" 9 "$(cat $s/fail_delay)"
equal "and others stay" 1000 "$(cat $s/max_flows)"
isnt "setting that does not exist is refused" "unknown setting" \
    ip link add switch1 type switch colour red
isnt "setting must be a number" "" ip link add switch1 type switch tables x
isnt "help names the settings" "max_flows_all NUMBER" \
    ip link add switch1 type switch help
ip link add d1 type dummy
ip link set d1 master switch0
is "port has settings" ip link set d1 type switch_slave number 7 domains 2 \
    lock_mac 02:00:00:00:00:01
p=/sys/class/net/d1/switch_port
equal "settings of a port arrive" "7 2 02:00:00:00:00:01" \
    "$(echo $(cat $p/number $p/domains $p/lock_mac))"
is "ip shows them for the port" sh -c "ip -d link show d1 | grep -q \
    'switch_slave number 7 domains 2 lock_mac 02:00:00:00:00:01'"
ip link del d1
rmmod switch || status=1
exit $status
