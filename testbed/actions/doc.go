// Package actions holds the test that an action is proposed by one person, approved by another, executed by the built
// collector, and told to its pipelines.
package actions
