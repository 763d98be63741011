# SPDX-License-Identifier: ISC
#
# lib.sh: what the guest's scripts share.  One line a case, as everywhere.

status=0

ok()		# name
{
	echo "ok $1"
}

nok()		# name reason
{
	echo "not ok $1 - $2"
	status=1
}

is()		# name command ...: the command succeeds
{
	name=$1
	shift
	if out=$("$@" 2>&1); then
		ok "$name"
	else
		echo "$out" | tail -n 5
		nok "$name" "$*"
	fi
}

isnt()		# name text command ...: it fails and says text
{
	name=$1 text=$2
	shift 2
	if out=$("$@" 2>&1); then
		nok "$name" "succeeds: $*"
	else
		case $out in
		*"$text"*) ok "$name";;
		*) nok "$name" "says: $out";;
		esac
	fi
}

equal()		# name expected actual
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		nok "$1" "wanted '$2', have '$3'"
	fi
}

until_()	# seconds command ...: wait for the command to succeed
{
	n=$(($1 * 10))
	shift
	until "$@" > /dev/null 2>&1; do
		n=$((n - 1))
		[ $n -gt 0 ] || return 1
		sleep 0.1
	done
}

# host N [switch]: a namespace hN behind a veth pair, 10.0.0.N, port of switch.
host()
{
	ip netns add "h$1"
	ip link add "p$1" type veth peer name eth0 netns "h$1"
	ip -n "h$1" link set lo up
	ip -n "h$1" link set eth0 address "02:00:00:00:00:0$1" up
	ip -n "h$1" addr add "10.0.0.$1/24" dev eth0
	ip -n "h$1" addr add "fd00::$1/64" dev eth0 nodad
	ip link set "p$1" up
	[ -z "${2-}" ] || ip link set "p$1" master "$2"
}

unhost()	# N ...
{
	for n; do
		ip link del "p$n" 2>/dev/null
		ip netns del "h$n" 2>/dev/null
	done
}

pings()		# from to [ping's options]
{
	from=$1 to=$2
	shift 2
	ip netns exec "$from" ping -q -c 3 -i 0.1 -W 2 "$@" "$to"
}

# Everything goes everywhere: a table-miss entry with FLOOD and LOCAL.
flood()		# device
{
	./device send "$1" "$FLOOD" "$BARRIER"
}
BARRIER=0414000800000009
FLOOD=040e006000000008\
000000000000000000000000000000000000000000000000\
ffffffffffffffffffffffff00000000\
0001000400000000\
0004002800000000\
00000010fffffffb0000000000000000\
00000010fffffffe0000000000000000
# Nothing goes anywhere: no flow at all, in any table.
EMPTY=040e003800000008\
00000000000000000000000000000000ff03000000000000\
ffffffffffffffffffffffff00000000\
0001000400000000
# A table-miss entry that sends all of it to the controller.
PUNT=040e005000000008\
000000000000000000000000000000000000000000000000\
ffffffffffffffffffffffff00000000\
0001000400000000\
0004001800000000\
00000010fffffffdffff000000000000

cross()		# from to: the message for a flow from one port to another
{
	printf '040e005800000008'
	printf '000000000000000000000000000000000000000000000064'
	printf 'ffffffffffffffffffffffff00000000'
	printf '0001000c80000004%08x00000000' "$1"
	printf '0004001800000000'
	printf '00000010%08x0000000000000000' "$2"
}

# Flow mods put together: flow PRIORITY FIELDS ACTIONS, of what follows.
padding()	# bytes there are: zeros up to a multiple of 8
{
	n=$(((8 - $1 % 8) % 8))
	[ $n = 0 ] || printf '%0*d' $((n * 2)) 0
}
flow()
{
	m=$((4 + ${#2} / 2))
	i=$((8 + ${#3} / 2))
	printf '040e%04x00000008' $((48 + (m + 7) / 8 * 8 + i))
	printf '%044d%04x' 0 "$1"
	printf 'ffffffffffffffffffffffff00000000'
	printf '0001%04x%s%s' $m "$2" "$(padding $m)"
	printf '0004%04x00000000%s' $i "$3"
}
field()		# number bytes-in-hex
{
	printf '8000%02x%02x%s' $(($1 * 2)) $((${#2} / 2)) "$2"
}
set_field()	# number bytes-in-hex
{
	m=$((8 + ${#2} / 2))
	printf '0019%04x%s%s' $(((m + 7) / 8 * 8)) "$(field "$1" "$2")" \
	    "$(padding $m)"
}
output()	# port
{
	printf '00000010%08x0000000000000000' "$1"
}
