# SPDX-License-Identifier: ISC
#
# klink.sh: switchd makes a switch in the kernel, attaches interfaces as they
# appear, and finds it again.

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
	until_ 20 switchctl -s "$d/sock" show summary
}

stop()
{
	kill "$(cat "$d/pid")"
	until_ 20 test ! -e "$d/sock"
}

up()
{
	switchctl -s "$d/sock" show switches | grep -qw 'switch0.* up'
}

number()	# interface
{
	cat "/sys/class/net/$1/switch_port/number"
}

cat > "$d/conf" <<EOT
switch "switch0" {
	host kernel
	datapath-id 0xa1
	interface "k*"
	interface "e1" port 9 protected 2 locked 02:00:00:00:00:09
	local
}
EOT
ip link add k1 type dummy
is "daemon starts" start
is "switch is made in the kernel" until_ 10 test -c /dev/switch0
is "switch is controlled" until_ 20 up
is "interface that was there is a port" until_ 10 number k1
ip link add k2 type dummy
is "interface that appears is a port" until_ 10 number k2
ip link add e1 type dummy
is "port gets its number" until_ 10 sh -c \
    "test \$(cat /sys/class/net/e1/switch_port/number) = 9"
is "port gets its domains" until_ 10 sh -c \
    "test \$(cat /sys/class/net/e1/switch_port/domains) != 0"
is "switch's own link is up" sh -c "ip link show switch0 | grep -qw UP"
is "kernel's switch is shown as such" sh -c \
    "switchctl -s $d/sock show switches | grep -q kernel"
is "daemon ends" stop
is "switch outlives the daemon" number k1
is "daemon starts again" start
is "switch is controlled again" until_ 20 up
sed -i '/"k\*"/d' "$d/conf"
is "reload succeeds" switchctl -s "$d/sock" reload
is "port is released by a reload" until_ 10 test ! -e \
    /sys/class/net/k1/switch_port
is "other port stays" number e1
ip link del switch0
is "switch that was removed is made again" until_ 20 up
is "port comes back with its number" until_ 10 sh -c \
    "test \$(cat /sys/class/net/e1/switch_port/number) = 9"
: > "$d/conf"
is "empty configuration is loaded" switchctl -s "$d/sock" reload
is "switch that is not configured goes" until_ 10 test ! -e /dev/switch0
stop
[ $status = 0 ] || cat "$d/log"
for i in k1 k2 e1; do
	ip link del $i
done
rm -rf "$d"
exit $status
