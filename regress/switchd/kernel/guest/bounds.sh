# SPDX-License-Identifier: ISC
#
# bounds.sh: who misbehaves costs a bounded amount, and harms nobody.

. ./lib.sh
ip link add switch0 type switch
host 1 switch0
host 2 switch0
cat > kb <<'EOT'
#!/bin/sh
exec awk '/^(Slab|VmallocUsed|Percpu):/ { n += $2 } END { print n }' \
    /proc/meminfo
EOT
chmod +x kb
kb()		# kernel memory in use
{
	./kb
}
# A table-miss entry: everything everywhere, and whole to the controller.
BOTH=040e006000000008\
000000000000000000000000000000000000000000000000\
ffffffffffffffffffffffff00000000\
0001000400000000\
0004002800000000\
00000010fffffffdffff000000000000\
00000010fffffffb0000000000000000
./device send /dev/switch0 $EMPTY $BOTH $BARRIER || status=1
./device hold /dev/switch0 > /tmp/hold &
hold=$!
until_ 30 grep -q open /tmp/hold
before=$(kb)
is "frames go on while nobody reads" ip netns exec h1 ping -q -f -s 1400 \
    -c 4000 -w 200 10.0.0.2
grown=$(($(kb) - before))
if [ $grown -lt 8192 ]; then
	ok "opener that never reads costs bounded memory"
else
	nok "opener that never reads costs bounded memory" "$grown kB"
fi
counter()	# of ethtool
{
	ethtool -S switch0 | sed -n "s/^ *$1: //p"
}
is "what it did not read is counted" test "$(counter drop_packet_in_queue_full)" -gt 0
kill -9 $hold
wait $hold 2>/dev/null
is "memory comes back when it goes" until_ 30 sh -c \
    "test \$(./kb) -lt $((before + 1024))"
bad=$(counter message_bad)
./device rubbish /dev/switch0 20
before=$(kb)
is "rubbish and half messages of 300 openers" ./device rubbish /dev/switch0 300
is "openers that write rubbish leave no memory behind" until_ 30 sh -c \
    "test \$(./kb) -lt $((before + 1024))"
is "rubbish is counted" test "$(counter message_bad)" -gt "$bad"
is "next opener starts clean" ./device send /dev/switch0 $EMPTY $FLOOD $BARRIER
is "and rules the switch" pings h1 10.0.0.2
unhost 1 2
rmmod switch || status=1
exit $status
