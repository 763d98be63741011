# SPDX-License-Identifier: ISC
#
# peer.sh: the kernel's switch as a peer of switchd, a row of the matrix that
# daemon/emul.py prints for the others.  It cannot be made to answer wrongly.

. ./lib.sh
mkdir -p /var/empty /run/switchd /var/lib/switchd
grep -q _switchd /etc/passwd ||
    echo "_switchd:x:77:77::/var/empty:/bin/false" >> /etc/passwd
echo "_switchd:x:77:" > /etc/group
row='| kernel host          |'
ip link add switch0 type switch
echo 0xa1 > /sys/class/net/switch0/switch/datapath_id
for n in 1 2 3; do
	host $n switch0
done
echo 'device "/dev/switch0"' > /tmp/conf
chmod 600 /tmp/conf

ctl()
{
	switchctl -s /tmp/sock "$@"
}
start()		# [option ...]
{
	switchd -d -f /tmp/conf -s /tmp/sock "$@" >> /tmp/switchd.log 2>&1 &
	echo $! > /tmp/pid
	until_ 60 rules
}
rules()
{
	ctl show switches | grep "a1 " | grep -qw up
}
stop()
{
	kill "$(cat /tmp/pid)"
	until_ 60 ./device send /dev/switch0
}
counter()	# name
{
	ctl show counters 0xa1 | awk -v n="$1" '$1 == n { print $2 }' |
	    grep . || echo 0
}
known()		# host: does the controller know it?
{
	ctl show macs | grep -q "02:00:00:00:00:0$1"
}
to()		# host [port]: are there flows to it, to that port?
{
	ctl show flows | grep "eth_dst=02:00:00:00:00:0$1," |
	    grep -q "output:${2-}\$"
}
all()		# do all hosts reach each other?
{
	pings h1 10.0.0.2 && pings h1 10.0.0.3 && pings h3 10.0.0.2
}
quiet()		# no frame of hosts that talk is the controller's
{
	before=$(counter packet_in)
	pings h1 10.0.0.2 && [ "$(counter packet_in)" -le $((before + 1)) ]
}
cell()		# name command: a case and its place in the row
{
	was=$status status=0
	is "$1" "$2"
	[ $status = 0 ] && row="$row ok |" || row="$row FAILS |"
	[ "$was" = 0 ] || status=$was
}

learn()
{
	all && known 1 && known 2 && to 1 1 && to 2 2 && until_ 30 quiet
}
# Host 2 goes to port 3, and back.  Host 5 takes its place first: of two hosts
# with one address, the older may speak last.
move()
{
	at 2 5 && at 3 2 && at 2 3 && until_ 30 to 2 3 &&
	    until_ 30 untold 2 2 && pings h1 10.0.0.2 &&
	    at 3 5 && at 2 2 && at 3 3 && until_ 30 to 2 2 && all
}
at()		# namespace host: it has that host's addresses, and says so
{
	e="ip -n h$1"
	$e addr flush dev eth0 &&
	    $e link set eth0 address "02:00:00:00:00:0$2" &&
	    $e addr add "10.0.0.$2/24" dev eth0 &&
	    { pings "h$1" 10.0.0.1 || true; }
}
age()		# who is silent is forgotten, and the flows as well
{
	stop && start -t 4 && all && until_ 30 known 1 && until_ 30 none && all
}
none()
{
	! known 1 && ! known 2 && ! to 1 && ! to 2
}
port_down()
{
	to 2 2 && ip link set p2 down && until_ 30 untold 2 &&
	    ip link set p2 up && until_ 60 pings h1 10.0.0.2
}
untold()	# host [port]
{
	! to "$@"
}
table_full()	# a host too many: it is said, all reach it, and it ends
{
	full=$(counter flow_table_full)
	max=/sys/class/net/switch0/switch/max_flows
	old=$(cat $max)
	ctl show flows | grep -c table=0 > $max
	host 4 switch0
	until_ 60 pings h4 10.0.0.1 && all && pings h4 10.0.0.2 &&
	    [ "$(counter flow_table_full)" -gt "$full" ]
	held=$?
	echo "$old" > $max
	ctl disconnect 0xa1
	[ $held = 0 ] && until_ 60 rules && pings h4 10.0.0.1 &&
	    until_ 60 to 4 4 && all && until_ 20 quiet
}
reconnect()
{
	all && until_ 30 quiet && mods=$(counter flow_mod) &&
	    ctl disconnect 0xa1 && pings h1 10.0.0.2 && until_ 60 rules &&
	    quiet && [ "$(counter flow_mod)" = "$mods" ]
}
restart()
{
	all && until_ 30 quiet && stop && pings h1 10.0.0.2 && start &&
	    until_ 30 known 1 && until_ 30 quiet && [ "$(counter flow_mod)" = 0 ]
}

is "switchd rules the switch" start
cell "hosts are learned" learn
cell "a host moves" move
cell "port goes down and comes back" port_down
cell "table is full" table_full
cell "flows survive a reconnect" reconnect
cell "flows survive a restart of switchd" restart
cell "hosts age" age
[ $status = 0 ] || {
	ctl show flows
	ctl show counters 0xa1
	cat /tmp/switchd.log
}
echo "| peer                 | learn | move | port down | table full |" \
    "reconnect | restart | age | malformed |"
echo "$row -"" |"
stop
unhost 1 2 3 4
rmmod switch || status=1
exit $status
