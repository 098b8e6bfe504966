// Package deployeval measures what Braid says of recorded incidents that may have come from a deployment: the first
// failing service, the services dragged down with it, and the commit to blame, or none.
package deployeval
