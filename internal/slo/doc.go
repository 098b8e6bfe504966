// Package slo reads service level objectives and says how they stand: how much of the error budget is left, how fast it
// burns over several windows, and when it is used up. Objectives are written in OpenSLO v1 (openslo.com), of which the kind
// SLO with a ratio is understood. It computes; what has happened is given by its caller.
package slo
