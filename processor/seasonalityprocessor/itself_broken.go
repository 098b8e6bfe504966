//go:build broken_itself

package seasonalityprocessor

// learnsItself takes what the component derived for something to learn: scores of scores, without end.
const learnsItself = true
