package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/braidotel/braid/internal/query"
)

func newActions() *cobra.Command {
	var a assistant
	var status string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "actions",
		Short: "List proposed actions and what became of them; deciding is for the page",
		Example: `  braidctl actions
  braidctl actions --status all --language ko
  braidctl actions --json | jq -rj '.[0].document' | sha256sum    # the hash that is approved`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			body, err := client.Approvals(cmd.Context(), status, cmp.Or(a.language, "en"))
			if err != nil {
				return err
			}
			if asJSON {
				_, err = cmd.OutOrStdout().Write(append(body, '\n'))
				return err
			}
			var list []query.Approval
			if err := json.Unmarshal(body, &list); err != nil {
				return fmt.Errorf("reading the actions: %w", err)
			}
			return sayActions(cmd.OutOrStdout(), list)
		},
	}
	a.flags(cmd)
	cmd.Flags().StringVar(&status, "status", "pending", "pending, decided or all")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the actions as the API gives them")
	return cmd
}

// sayActions writes actions for a reader. Text from telemetry may not steer the terminal.
func sayActions(w io.Writer, list []query.Approval) error {
	out := &strings.Builder{}
	for i := range list {
		x := &list[i]
		fmt.Fprintf(out, "%s  %s  %s\n", x.ID, x.Status, x.Action)
		fmt.Fprintf(out, "  %s\n", cmp.Or(x.Blast, x.Effect))
		fmt.Fprintf(out, "  proposed by %s at %s, expires %s: %s\n", cmp.Or(x.Proposer, "nobody named"), x.Proposed.Format(clock), x.Expires.Format(clock), x.Because)
		for _, e := range x.Evidence {
			fmt.Fprintf(out, "  - %s: %s\n", e.Source, e.Text)
		}
		if x.DecidedBy != "" {
			fmt.Fprintf(out, "  decided by %s: %s\n", x.DecidedBy, x.Reason)
		}
		if x.Result != "" {
			fmt.Fprintf(out, "  %s %s\n", x.Result, x.Verdict)
		}
		if x.Digest != "" {
			fmt.Fprintf(out, "  sha256 %s\n", x.Digest)
		}
	}
	if len(list) == 0 {
		out.WriteString("no actions\n")
	}
	_, err := io.WriteString(w, harmless(out.String()))
	return err
}

const clock = "2006-01-02 15:04:05Z07:00"
