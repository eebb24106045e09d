# What tools/check-package and tools/check-kernel share; sourced by bash, in the tree's folder. $log: a
# file for what a step says.

# step NAME COMMAND…: one line; the output only where it fails, and then that is the end
step() {
	name=$1
	shift
	started=$(date +%s)
	if "$@" >"$log" 2>&1; then
		echo "ok      $name ($(($(date +%s) - started)) s)"
	else
		cat "$log"
		echo "FAILED  $name"
		exit 1
	fi
}

# What git knows or would add, as it is now, NUL behind each: no builds.
tree_files() {
	git ls-files -z --cached --others --exclude-standard |
		while IFS= read -r -d '' file; do
			if [ -e "$file" ]; then printf '%s\0' "$file"; fi
		done
}

# inside COMMAND…: in the Debian that is in $root
inside() {
	chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive "$@"
}
