package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/braidotel/braid/internal/answer"
)

func newIncident() *cobra.Command {
	var a assistant
	var asJSON, explain bool
	cmd := &cobra.Command{
		Use:   "incident ID",
		Short: "Show an incident: its cause, whom it hits, what to check",
		Example: `  braidctl incident inc-4f1d0c9a77b2
  braidctl incident inc-4f1d0c9a77b2 --explain    # and every fact for and against each hypothesis`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, ids []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			body, err := client.Incident(cmd.Context(), ids[0])
			if err != nil {
				return err
			}
			if asJSON {
				_, err = cmd.OutOrStdout().Write(append(body, '\n'))
				return err
			}
			var said answer.Answer
			if err := json.Unmarshal(body, &said); err != nil {
				return fmt.Errorf("reading the incident: %w", err)
			}
			if !explain {
				said.Tables = nil
			}
			return say(cmd.OutOrStdout(), &said)
		},
	}
	a.connection(cmd)
	cmd.Flags().BoolVar(&explain, "explain", false, "print the hypotheses and the evidence table")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the incident as the API gives it")
	return cmd
}
