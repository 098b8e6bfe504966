package answer

import "time"

// Summary is what an event comes to in a few sentences, written beforehand: by templates, or by a model whose sentences
// were verified. The facts that its sentences refer to are facts of the answer.
type Summary struct {
	// Language is that of the sentences: the reader's where it was written in it, else another.
	Language  string `json:"language"`
	Sentences []Text `json:"sentences"`
	// Narrator is "deterministic" for templates, or what the configuration calls the model.
	Narrator string `json:"narrator"`
	// Verdict is what became of the models' part, such as accepted, refused or none.
	Verdict string `json:"verdict"`
	// Prompt and PromptHash name the prompt of a model's sentences; empty for templates.
	Prompt     string `json:"prompt,omitempty"`
	PromptHash string `json:"prompt_hash,omitempty"`
	// Written is the time of the event that it tells of.
	Written time.Time `json:"written"`
}
