#!/bin/sh
# State goes only when it is asked for: dpkg --purge. rpm has no such word, and leaves it.
set -e
if [ "$1" = purge ]; then
  rm -rf /var/lib/private/braid /var/lib/braid
fi
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
fi
