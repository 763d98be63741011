#!/bin/sh
# SPDX-License-Identifier: ISC
#
# lookup.sh: instructions of the core per packet (exact, callgrind), with the
# cache warm and cold, by the number of flows and masks; then what a million
# flows cost.

set -eu
cd "$(dirname "$0")/../../.."
OBJ=${OBJ:-obj}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT INT TERM

# Instructions inside switch_input of n packets, after flows were loaded.
count()	# mode flows masks n
{
	valgrind --tool=callgrind --callgrind-out-file="$tmp/out" \
	    --toggle-collect=switch_input "$OBJ/bench/lookup" "$@" 2>&1 |
	    sed -n 's/.*Collected : //p'
}

printf '%-6s %9s %6s %22s\n' cache flows masks instructions/packet
for flows in ${FLOWS:-1 100 10000}; do
	for masks in ${MASKS:-1 8 64}; do
		for mode in hot cold; do
			a=$(count $mode "$flows" "$masks" 2000)
			b=$(count $mode "$flows" "$masks" 4000)
			printf '%-6s %9d %6d %22d\n' $mode "$flows" "$masks" \
			    $(((b - a) / 2000))
		done
	done
done
for masks in ${MASKS:-1 8 64}; do
	"$OBJ/bench/lookup" load 1000000 $masks
done
