package answer

// Option is one way to read a question that has several: what a clarification offers. The page shows Label as a button and
// sends Request as it is; nothing has been looked up before.
type Option struct {
	// Label says what would be answered, in the language of the answer.
	Label string `json:"label"`
	// Intent is the intent of the reading.
	Intent string `json:"intent"`
	// Request is what to ask to get it.
	Request Request `json:"request"`
}

// Request is a question as the API takes it.
type Request struct {
	Question string `json:"question"`
	// Corrections replace parts of the reading, as those of a chip do.
	Corrections map[string]string `json:"corrections,omitempty"`
}
