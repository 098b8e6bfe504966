package main

import (
	"context"
	"errors"
	"flag"
	"os"
	"strings"

	"github.com/braidotel/braid/testbed/rcaeval"
)

// shaken shows what the constants by which causes are ranked matter.
func shaken(ctx context.Context, args []string) error {
	var o rcaeval.SensitivityOptions
	flags := flag.NewFlagSet("eval sensitivity", flag.ContinueOnError)
	flags.StringVar(&o.Data, "data", "", "folder of the recorded cases")
	flags.StringVar(&o.Out, "out", "", "folder that keeps the predictions of each variant; those in it are not made again")
	flags.StringVar(&o.Source, "source", ".", "folder of the module's source")
	names := flags.String("names", "", "constants, by commas; default all")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if o.Data == "" || o.Out == "" {
		return errors.New("needs -data and -out")
	}
	o.Names = strings.FieldsFunc(*names, func(r rune) bool { return r == ',' })
	return rcaeval.Sensitivity(ctx, o, os.Stdout)
}
