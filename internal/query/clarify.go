package query

import (
	"slices"
	"strings"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/query/wording"
	"github.com/braidotel/braid/internal/question"
)

// maxOptions bounds what is offered: who reads more asks anew.
const maxOptions = 6

// doubtful tells whether to ask back. Of a service only where there are several.
func (in *inquiry) doubtful() bool {
	return in.q.Outcome == question.OutcomeClarify && (in.q.Missing == "" || len(in.lore.names.Services) > 1)
}

// clarify asks which reading is meant, or for the name that is missing. Each option is the same question with the
// correction that settles it; nothing has been looked up.
func (in *inquiry) clarify() {
	in.answer.Outcome = answer.OutcomeClarify
	in.answer.Reading = nil
	if in.q.Missing == "service" {
		in.headline("common.which_service", nil)
		for _, s := range in.lore.names.Services[:min(len(in.lore.names.Services), maxOptions)] {
			in.option(wording.Name(s.ID), in.q.Intent, map[string]string{"filter": strings.Join(append(in.stated(), "service="+s.ID), ",")})
		}
		return
	}
	in.headline("common.clarify", nil)
	about := ""
	if where := in.where(); where != "" {
		about = ": " + where
	}
	for _, intent := range in.q.Alternatives[:min(len(in.q.Alternatives), maxOptions)] {
		in.option(in.label(question.ClassIntent, string(intent))+about, intent, map[string]string{"intent": string(intent)})
	}
}

func (in *inquiry) option(label string, intent question.Intent, corrections map[string]string) {
	in.answer.Options = append(in.answer.Options, answer.Option{
		Label: label, Intent: string(intent), Request: answer.Request{Question: in.q.Text, Corrections: corrections},
	})
}

// stated are the filters that the question names, as a correction writes them.
func (in *inquiry) stated() []string {
	var out []string
	f := in.q.Filters
	for _, pair := range [][2]string{{"host", f.Host}, {"page", f.Page}, {"channel", f.Channel}} {
		if pair[1] != "" {
			out = append(out, pair[0]+"="+pair[1])
		}
	}
	for _, region := range f.Regions {
		out = append(out, "region="+region)
	}
	return slices.Clip(out)
}
