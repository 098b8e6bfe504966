// Package wording is how answers are written in Korean and English: figures with their units, particles that follow a
// name, and the drafts of sentences, which hold references to facts and no figure of their own.
package wording
