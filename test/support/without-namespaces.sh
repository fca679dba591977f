#!/bin/sh
# Runs a command as root of a user namespace of its own, which has the users of this one and in which none can be made: as in most containers.
# The system's own limit is not touched. For root; fails where the system allows no user namespaces at all.
outside=$(readlink "/proc/$$/ns/user")
(
  until [ "$(readlink "/proc/$$/ns/user")" != "$outside" ]; do sleep 0.01; done
  echo '0 0 65536' >"/proc/$$/uid_map"
  echo '0 0 65536' >"/proc/$$/gid_map"
) &
# A program that is run while its user is known has the rights of root there.
exec unshare --user sh -c '
  until [ "$(id -u)" = 0 ] && [ "$(id -g)" = 0 ]; do sleep 0.01; done
  exec sh -c "echo 0 >/proc/sys/user/max_user_namespaces && exec \"\$@\"" sh "$@"' sh "$@"
