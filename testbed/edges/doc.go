// Package edges tries the way from edges to a center: three edges and a center as processes of their own, run with the
// shipped edge.yaml and center.yaml, each in a network namespace of its own where those can be made, else on loopback. A
// network of the test's lies between them, whose cables can be pulled out, and which sends requests twice and in another
// order. The shop of package simulate visits the edges, so that everything that must come out is known.
package edges
