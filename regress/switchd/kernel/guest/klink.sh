# SPDX-License-Identifier: ISC
#
# klink.sh: switchd makes a switch in the kernel, attaches interfaces as they
# appear, namespaces and a machine's tap among them, and finds it again; and in a
# process where the module is not there.

. ./lib.sh
d=$(mktemp -d)
chmod 755 "$d"
mkdir -p /var/empty /var/lib /run
grep -q _switchd /etc/passwd 2> /dev/null ||
    echo '_switchd:x:990:990::/var/empty:/bin/false' >> /etc/passwd

start()
{
	switchd -d -f "$d/conf" -s "$d/sock" -R "$d" -S "$d/state" \
	    >> "$d/log" 2>&1 &
	echo $! > "$d/pid"
	until_ 60 switchctl -s "$d/sock" show summary
}

stop()
{
	kill "$(cat "$d/pid")"
	until_ 60 test ! -e "$d/sock"
}

up()
{
	switchctl -s "$d/sock" show switches | grep -qw 'switch0.* up'
}

number()	# interface
{
	cat "/sys/class/net/$1/switch_port/number"
}

kind()		# kernel, uswitch: is that how the switch is shown?
{
	switchctl -s "$d/sock" show switches | grep "switch0.* up" |
	    grep -qw "$1"
}

counted()	# packets of all flows
{
	switchctl -s "$d/sock" -j show flows | tr ',{' '\n\n' |
	    sed -n 's/.*"packets": *\([0-9]*\).*/\1/p' |
	    awk '{ n += $1 } END { print n + 0 }'
}

# Where the switch runs is left open.
cat > "$d/conf" <<EOT
switch "switch0" {
	datapath-id 0xa1
}
EOT
chmod 600 "$d/conf"
rmmod switch 2> /dev/null
is "daemon starts without the module" start
is "and the switch is a process" until_ 60 kind uswitch
is "daemon ends with it" stop
until_ 60 sh -c "! pgrep uswitch"
is "module is loaded" modprobe switch
is "daemon starts with the module" start
is "and the switch is in the kernel" until_ 60 kind kernel
ip link add k9 type dummy
ip netns add away
ip -n away link add k8 type dummy
sed -i 's/^}/interface "k8" netns "away"\n}/' "$d/conf"
is "line of another namespace is loaded" switchctl -s "$d/sock" reload
is "and the log says that the kernel has no such port" until_ 30 grep -q \
    "away/k8: a switch in the kernel has no ports in other" "$d/log"
is "and the switch stays where it is" kind kernel
is "daemon that has the kernel's switch ends" stop
ip link del k9
is "daemon starts with a line of another namespace" start
is "and the switch is where it was" until_ 60 kind kernel
ip link del switch0
is "and is a process when its link is deleted" until_ 60 kind uswitch
is "and has the port" until_ 60 sh -c \
    "switchctl -s $d/sock show ports | grep -q 'away/k8.* away$'"
: > "$d/conf"
is "switch ends with its configuration" switchctl -s "$d/sock" reload
stop
ip netns del away

cat > "$d/conf" <<EOT
switch "switch0" {
	host kernel
	interface "p*"
	interface "tap*"
	datapath-id 0xa1
	interface "k*"
	interface "e1" port 9 protected 2 locked 02:00:00:00:00:09
	local
}
EOT
ip link add k1 type dummy
is "daemon starts" start
is "switch is made in the kernel" until_ 30 test -c /dev/switch0
is "switch is controlled" until_ 60 up
is "interface that was there is a port" until_ 30 number k1
ip link add k2 type dummy
is "interface that appears is a port" until_ 30 number k2
ip link add e1 type dummy
is "port gets its number" until_ 30 sh -c \
    "test \$(cat /sys/class/net/e1/switch_port/number) = 9"
is "port gets its domains" until_ 30 sh -c \
    "test \$(cat /sys/class/net/e1/switch_port/domains) != 0"
no=$(number k1)
cp "$d/conf" "$d/conf.e1"
sed -i "s/^}/interface \"e2\" port $no locked 02:00:00:00:00:02\n}/" "$d/conf"
ip link add e2 type dummy
is "line with a number that is taken is loaded" switchctl -s "$d/sock" reload
is "and the log says so" until_ 30 grep -q "e2: its port number" "$d/log"
is "and the interface is no port, without its address" test ! -e \
    /sys/class/net/e2/switch_port
cp "$d/conf.e1" "$d/conf"
is "line is gone" switchctl -s "$d/sock" reload
ip link del e2
modprobe bridge
ip link add br9 type bridge
ip link add x3 type dummy
ip link set x3 master br9
ip link set x3 name k3
is "interface of a bridge is left to it" until_ 30 grep -q "k3: belongs" \
    "$d/log"
is "and is there still" test -e /sys/class/net/br9/lower_k3
ip link set k3 nomaster
is "and is a port when it is free" until_ 30 number k3
ip link del k3
ip link del br9
is "switch's own link is up" until_ 30 sh -c \
    "ip link show switch0 | grep -qw UP"
is "kernel's switch is shown as such" until_ 30 sh -c \
    "switchctl -s $d/sock show switches | grep -q kernel"
host 1
host 2
is "namespaces are ports" until_ 30 sh -c \
    "cat /sys/class/net/p1/switch_port/number \
    /sys/class/net/p2/switch_port/number"
is "namespaces ping" until_ 60 pings h1 10.0.0.2
counts()	# do the flows see both ways of three pings?
{
	before=$(counted)
	pings h1 10.0.0.2 && test "$(counted)" -ge $((before + 6))
}
is "flows count what passed" until_ 60 counts
ip netns exec h2 iperf3 -s -1 -D > /dev/null
until_ 30 sh -c "ip netns exec h2 netstat -ltn | grep -q :5201"
is "TCP through learned flows" ip netns exec h1 iperf3 -n 8M -c 10.0.0.2

modprobe tun
ip netns add vm
machine()	# starts: a tap, and an address in its machine
{
	./tapvm tap0 vm eth0 > /tmp/tapvm &
	vm=$!
	until_ 30 grep -q ready /tmp/tapvm
	ip link set tap0 up
	ip -n vm link set eth0 up
	ip -n vm addr add 10.0.0.5/24 dev eth0
}
machine
is "tap of a machine is a port" until_ 30 number tap0
no=$(number tap0)
is "machine pings a namespace" until_ 30 pings vm 10.0.0.1
ip netns exec h1 iperf3 -s -1 -D > /dev/null
until_ 30 sh -c "ip netns exec h1 netstat -ltn | grep -q :5201"
is "TCP from the machine" ip netns exec vm iperf3 -n 4M -c 10.0.0.1
kill $vm
wait $vm 2> /dev/null
is "port goes with the machine" until_ 30 sh -c \
    "! switchctl -s $d/sock show ports | grep -q tap0"
machine
is "machine that comes back is a port" until_ 30 number tap0
equal "and has its number" "$no" "$(number tap0)"
is "and pings again" until_ 30 pings vm 10.0.0.1
ip netns exec h1 ping -q -i 0.01 10.0.0.2 > /dev/null &
ping=$!
isnt "module is not unloaded under traffic and a controller" "" rmmod switch
kill $ping $vm
wait $ping $vm 2> /dev/null
ip netns del vm
unhost 1 2
is "daemon ends" stop
is "switch outlives the daemon" number k1
is "daemon starts again" start
is "switch is controlled again" until_ 60 up
sed -i '/"k\*"/d' "$d/conf"
is "reload succeeds" switchctl -s "$d/sock" reload
is "port is released by a reload" until_ 30 test ! -e \
    /sys/class/net/k1/switch_port
is "other port stays" number e1
ip link del switch0
is "switch that was removed is made again" until_ 60 up
is "port comes back with its number" until_ 30 sh -c \
    "test \$(cat /sys/class/net/e1/switch_port/number) = 9"
: > "$d/conf"
is "empty configuration is loaded" switchctl -s "$d/sock" reload
is "switch that is not configured goes" until_ 30 test ! -e /dev/switch0
stop
[ $status = 0 ] || cat "$d/log"
for i in k1 k2 e1; do
	ip link del $i
done
rm -rf "$d"
exit $status
