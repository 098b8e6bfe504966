package main

import (
	"fmt"
	"os"

	"github.com/braidotel/braid/testbed/questions"
)

// askedQuestions parses a file of questions, or says that there is none.
func (o *options) askedQuestions() error {
	if o.in == "" || o.out == "" {
		return fmt.Errorf("needs -in and -out\n%s", usage)
	}
	if _, err := os.Stat(o.in); os.IsNotExist(err) {
		fmt.Printf("skipped: no questions at %s\n", o.in)
		return nil
	}
	return questions.Run(o.in, o.out, os.Stdout)
}
