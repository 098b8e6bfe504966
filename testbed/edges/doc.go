// Package edges tries the way from edges to a center: three edges and a center as processes of their own on loopback, run with
// the shipped edge.yaml and center.yaml. A network of the test's lies between them, which can be cut, sends requests twice and
// in another order. The shop of package simulate visits the edges, so that everything that must come out is known.
package edges
