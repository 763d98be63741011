# SPDX-License-Identifier: ISC
#
# device.sh: /dev/switchN: see device.c.

. ./lib.sh
ip link add switch0 type switch
./device test /dev/switch0 || status=1
./device long /dev/switch0 || status=1
./device refuse /dev/switch0 || status=1
./device hold /dev/switch0 > /tmp/hold &
hold=$!
until_ 30 grep -q open /tmp/hold
isnt "module in use is not unloaded" "" rmmod switch
isnt "held device is busy" "busy" ./device send /dev/switch0
kill -9 $hold
wait $hold 2>/dev/null
is "device is free when its holder is killed" ./device send /dev/switch0
./device gone /dev/switch0 switch0 || status=1
is "module is unloaded when the device is closed" rmmod switch
exit $status
