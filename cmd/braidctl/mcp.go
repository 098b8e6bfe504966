package main

import (
	"errors"
	"io"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"

	"github.com/braidotel/braid/internal/mcpbridge"
)

func newMCP() *cobra.Command {
	var a assistant
	cmd := &cobra.Command{
		Use:   "mcp",
		Short: "Offer the assistant's tools to an AI client over standard input and output",
		Long: `Speaks the Model Context Protocol over standard input and output, for clients that start their servers as programs, and
hands everything on to the assistant's /mcp. Clients that speak streamable HTTP reach that without this command.`,
		Example: `  braidctl mcp --assistant http://127.0.0.1:4380
  BRAID="Bearer …" braidctl mcp --assistant https://braid.example.com --authorization-env BRAID`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			remote := mcpbridge.Remote{URL: strings.TrimSuffix(client.URL, "/") + "/mcp", Authorization: client.Authorization}
			err = mcpbridge.Run(cmd.Context(), remote, version, &mcp.IOTransport{
				Reader: io.NopCloser(cmd.InOrStdin()), Writer: closing{cmd.OutOrStdout()},
			})
			if err != nil && cmd.Context().Err() != nil {
				return errors.Join(errInterrupted, err)
			}
			return err
		},
	}
	a.connection(cmd)
	return cmd
}

// closing leaves standard output open for who owns it.
type closing struct{ io.Writer }

func (closing) Close() error { return nil }
