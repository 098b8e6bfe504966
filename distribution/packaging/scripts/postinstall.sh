#!/bin/sh
# After an installation nothing starts: which configuration, is for the administrator to say in /etc/braid/braid.env.
# After an upgrade, what ran is restarted.
set -e
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl try-restart braid.service
fi
