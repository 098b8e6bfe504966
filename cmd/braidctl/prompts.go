package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/braidotel/braid/internal/narrator"
	"github.com/braidotel/braid/internal/narrator/anthropic"
	"github.com/braidotel/braid/internal/narrator/openai"
	"github.com/braidotel/braid/internal/prompt"
	"github.com/braidotel/braid/internal/prompt/trial"
	"github.com/braidotel/braid/prompts"
)

// promptDesk is what all commands on prompts share.
type promptDesk struct{ dir string }

func (d *promptDesk) store() *prompt.Store { return prompt.NewStore(prompts.Files, d.dir) }

func newPrompts() *cobra.Command {
	d := &promptDesk{}
	cmd := &cobra.Command{
		Use:   "prompts",
		Short: "List, compare, test and promote the prompts of language models",
		Long: `Prompts are kept as code: a version is never changed, labels point at versions, and only a version whose tests passed,
with that very hash, becomes staging or production. Those that ship with Braid are embedded; --dir names a directory for
others, and for what is promoted.`,
	}
	cmd.PersistentFlags().StringVar(&d.dir, "dir", "", "directory of prompts over those embedded, as llm_summary::prompts::dir")
	cmd.AddCommand(d.list(), d.diff(), d.test(), d.promote(), d.rollback())
	return cmd
}

func (d *promptDesk) list() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List prompts, versions and labels", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			store := d.store()
			names, err := store.Names()
			if err != nil {
				return err
			}
			table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "PROMPT\tHASH\tOWNER\tLANGUAGES\tTESTED\tLABELS\tCHANGE")
			for _, name := range names {
				if err := listVersions(table, store, name); err != nil {
					return err
				}
			}
			return table.Flush()
		},
	}
}

func listVersions(out io.Writer, store *prompt.Store, name string) error {
	versions, err := store.Versions(name)
	if err != nil {
		return err
	}
	labels, err := store.Labels(name)
	if err != nil {
		return err
	}
	for _, p := range versions {
		tested := "no"
		if run, ok := store.Passed(p); ok {
			tested = run.At
		}
		var at []string
		for _, l := range prompt.Labels {
			if labels[l] == p.Version {
				at = append(at, string(l))
			}
		}
		fmt.Fprintf(out, "%s\t%.12s\t%s\t%s\t%s\t%s\t%s\n", p.ID(), p.Hash, p.Owner, strings.Join(p.Languages, ","), tested, strings.Join(at, ","), p.Changelog)
	}
	return nil
}

// reference splits NAME[@VERSION or LABEL].
func (d *promptDesk) get(reference, otherwise string) (*prompt.Prompt, error) {
	name, version, found := strings.Cut(reference, "@")
	if !found {
		version = otherwise
	}
	return d.store().Get(name, version)
}

func (d *promptDesk) diff() *cobra.Command {
	return &cobra.Command{
		Use: "diff NAME@A NAME@B", Short: "Show what changed between two versions or labels", Args: cobra.ExactArgs(2),
		Example: "  braidctl prompts diff summary@production summary@draft",
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := d.get(args[0], string(prompt.Production))
			if err != nil {
				return err
			}
			b, err := d.get(args[1], string(prompt.Draft))
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "--- %s %.12s %s\n+++ %s %.12s %s\n", a.ID(), a.Hash, a.Changelog, b.ID(), b.Hash, b.Changelog)
			for _, line := range lineDiff(strings.Split(a.Body, "\n"), strings.Split(b.Body, "\n")) {
				fmt.Fprintln(cmd.OutOrStdout(), line)
			}
			return nil
		},
	}
}

// lineDiff writes what is only in a with a minus, only in b with a plus, by the longest common subsequence.
func lineDiff(a, b []string) []string {
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var out []string
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, "  "+a[i])
			i, j = i+1, j+1
		case j == len(b) || (i < len(a) && common[i+1][j] >= common[i][j+1]):
			out = append(out, "- "+a[i])
			i++
		default:
			out = append(out, "+ "+b[j])
			j++
		}
	}
	return out
}

// liveModel are the flags that name an endpoint to test against.
type liveModel struct{ provider, url, model, keyEnv string }

func (l *liveModel) caller() (narrator.Caller, error) {
	key := ""
	if l.keyEnv != "" {
		if key = os.Getenv(l.keyEnv); key == "" {
			return nil, fmt.Errorf("--key-env %s: that variable is empty", l.keyEnv)
		}
	}
	client := &http.Client{Transport: &narrator.Guard{Next: http.DefaultTransport}}
	switch l.provider {
	case "openai":
		return openai.New(client, l.url, key, l.model), nil
	case "anthropic":
		return anthropic.New(client, l.url, key, l.model), nil
	}
	return nil, fmt.Errorf("--provider %q must be openai or anthropic", l.provider)
}

func (d *promptDesk) test() *cobra.Command {
	var live liveModel
	cmd := &cobra.Command{
		Use: "test NAME[@VERSION]", Short: "Run a prompt's tests, against a live model too if one is named", Args: cobra.ExactArgs(1),
		Example: `  braidctl prompts test summary@2 --dir prompts
  braidctl prompts test summary@2 --dir prompts --model qwen3:8b --url http://127.0.0.1:11434/v1`,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := d.get(args[0], string(prompt.Draft))
			if err != nil {
				return err
			}
			cases, err := trial.Load(d.store(), p.Name)
			if err != nil {
				return err
			}
			n, err := trial.Run(p, cases)
			if err != nil {
				return fmt.Errorf("%s: %w", p.ID(), err)
			}
			if live.model != "" {
				caller, err := live.caller()
				if err != nil {
					return err
				}
				teller := narrator.NewTeller(narrator.Settings{
					Models: []narrator.Model{{Name: live.model, Provider: live.provider, Caller: caller}}, Timeout: time.Minute, Deadline: 3 * time.Minute,
					Attempts: 1, Failures: 3, Rest: time.Minute, Now: time.Now, Prompt: func(string, string) *prompt.Prompt { return p },
				})
				if err := trial.Live(cmd.Context(), teller, cases); err != nil {
					return fmt.Errorf("%s before %s: %w", p.ID(), live.model, err)
				}
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s, hash %.12s: %d answers judged, all as they must be\n", p.ID(), p.Hash, n)
			if d.dir == "" {
				return nil // embedded prompts are tested, and nothing is recorded
			}
			return d.store().Record(p, n, live.model, time.Now())
		},
	}
	f := cmd.Flags()
	f.StringVar(&live.provider, "provider", "openai", "protocol of the live endpoint, openai or anthropic")
	f.StringVar(&live.url, "url", "", "base URL of the live endpoint (the provider's own)")
	f.StringVar(&live.model, "model", "", "model to ask; without one nothing is called")
	f.StringVar(&live.keyEnv, "key-env", "", "environment variable that holds the API key")
	return cmd
}

func (d *promptDesk) promote() *cobra.Command {
	return &cobra.Command{
		Use: "promote NAME@VERSION LABEL", Short: "Point a label at a version whose tests passed", Args: cobra.ExactArgs(2),
		Example: "  braidctl prompts promote summary@2 production --dir prompts",
		RunE: func(cmd *cobra.Command, args []string) error {
			name, text, _ := strings.Cut(args[0], "@")
			version, err := strconv.Atoi(text)
			if err != nil {
				return fmt.Errorf("%s: name a version, as in %s@2", args[0], name)
			}
			if err := d.store().Promote(name, version, prompt.Label(args[1]), time.Now()); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s@%d is %s\n", name, version, args[1])
			return nil
		},
	}
}

func (d *promptDesk) rollback() *cobra.Command {
	return &cobra.Command{
		Use: "rollback NAME [LABEL]", Short: "Point a label back at the version before", Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			label := prompt.Production
			if len(args) > 1 {
				label = prompt.Label(args[1])
			}
			version, err := d.store().Rollback(args[0], label, time.Now())
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s@%d is %s again\n", args[0], version, label)
			return nil
		},
	}
}
