// Package page plays the assistant's page in Debian's Chromium, over the made-up shop of its fixture server.
package page
