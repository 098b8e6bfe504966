#!/bin/sh
# deb: "remove" or "upgrade VERSION"; rpm: how many versions remain.
set -e
case "$1" in
  remove | 0)
    if [ -d /run/systemd/system ]; then
      systemctl disable --now braid.service
    fi
    ;;
esac
