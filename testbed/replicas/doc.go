// Package replicas runs several gateways behind a balancer, kills one after the other with -9 while traffic comes and the
// Redis Cluster that holds their state fails over, and holds what reaches the backend against what was sent: every
// acknowledged span, every session once, with its own id.
package replicas
