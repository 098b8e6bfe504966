// Package chaos breaks what a collector with every component depends on, one thing at a time, while visitors, alerts and
// metrics come in, and looks for each component whether everything is as it should be once the trouble is over, without a
// person. It prints a matrix of components and faults.
package chaos
