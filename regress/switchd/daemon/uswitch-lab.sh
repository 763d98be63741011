# SPDX-License-Identifier: ISC
#
# uswitch-lab.sh: sourced by tests that need a running uswitch with ports 1..4
# in a network namespace of its own.  Afterwards $lab runs a command there,
# $dir is a directory for files, $dev the switch's device, and h1 .. h4 are the
# far ends of the ports.  All of it goes away when the test ends.

set -u
OBJ=${OBJ:-obj}
ns=agl$$
dir=$(mktemp -d)
dev=$dir/sock
lab="ip netns exec $ns"
usw=

lab_end()
{
	trap - EXIT INT TERM HUP
	[ -z "$usw" ] || { kill "$usw"; wait "$usw"; } 2>/dev/null
	ip netns del "$ns" 2>/dev/null
	rm -rf "$dir"
}
trap lab_end EXIT
trap 'lab_end; exit 130' INT TERM HUP

lab_start()	# options of uswitch
{
	ip netns add "$ns" || return 1
	$lab sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
	    net.ipv6.conf.default.disable_ipv6=1
	for i in 1 2 3 4; do
		$lab ip link add s$i type veth peer name h$i || return 1
		$lab ip link set s$i mtu 9000 up
		$lab ip link set h$i mtu 9000 up
		$lab ethtool -K h$i tx off rx off tso off gso off gro off \
		    txvlan off rxvlan off >/dev/null 2>&1
	done
	$lab "$OBJ"/uswitch -d -D a1 -S "$dev" -s "$dir/state" \
	    -i s1=1 -i s2=2 -i s3=3 -i s4=4 "$@" lab >"$dir/log" 2>&1 &
	usw=$!
	n=0
	while [ ! -S "$dev" ] || [ "$(grep -c 'is port' "$dir/log")" -lt 4 ]
	do
		n=$((n + 1))
		if [ $n -gt 100 ] || ! kill -0 "$usw" 2>/dev/null; then
			cat "$dir/log"
			return 1
		fi
		sleep 0.1
	done
}
