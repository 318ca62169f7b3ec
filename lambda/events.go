package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/event"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
	"portolan/internal/console"
	"portolan/internal/invocation"
	"portolan/internal/plain"
	"portolan/internal/refresh"
	"portolan/internal/resync/cell"
)

const aboutExplain = `Say of events which cells (account, region, kind) they touch, and why others touch none.

An event is a hint where to look: a run reads the cell and decides by its own
rules. The file holds events as EventBridge delivers them, one after the other or in
a list, or the batch of messages that a function gets from a queue. With -, it is
read from standard input. Nothing is called.

All native kinds are asked; --kinds names others, which may be any resource type.

Exit codes: 0 an event touches a cell, 1 none does, 2 wrong usage or file.`

// eventsCommand has the commands about events.
func eventsCommand(sh *shell) *cobra.Command {
	c := &cobra.Command{
		Use: "events", Short: "Look at the events of AWS that wake Portolan", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(explainCommand(sh))
	return c
}

func explainCommand(sh *shell) *cobra.Command {
	var (
		output string
		names  []string
	)
	c := &cobra.Command{
		Use: "explain FILE", Short: "Say which cells events touch, and why not", Long: aboutExplain, Args: exactlyOne("FILE"),
		Example: "  portolan events explain event.json\n  portolan events explain --output json - < batch.json",
	}
	c.Flags().StringVar(&output, "output", "table", "how to print what is found: table or json")
	invocation.List(c.Flags(), &names, "kinds", "ask these kinds, AWS::S3::Bucket,…")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := checkOutput(output); err != nil {
			return err
		}
		of, err := kindsNamed(names)
		if err = errors.Join(invocation.CheckFlags(c.Flags()), err); err != nil {
			return err
		}
		texts, err := readEvents(args[0], c.InOrStdin())
		if err != nil {
			return err
		}
		table := event.New(of)
		found := explanations{}
		for _, text := range texts {
			found = append(found, said(table, of, text))
		}
		if !found.touch() {
			sh.code = exitFailed
		}
		return printResult(c.OutOrStdout(), found, output)
	}
	return c
}

// said returns what a message says: an event, or a look that Portolan posted itself.
func said(table *event.Table, of []*kind.Kind, text []byte) event.Hint {
	names, due, isLook := refresh.ReadLook(string(text), of)
	if !isLook || len(names) == 0 {
		return table.Read(text)
	}
	h := event.Hint{Source: "portolan", Name: "look", At: due}
	for _, c := range names {
		h.Cells = append(h.Cells, event.Cell{Account: string(c.Account), Region: string(c.Region), Kind: string(c.Kind)})
	}
	return h
}

// kindsNamed returns the kinds of the names, or the native ones if there are none.
func kindsNamed(names []string) ([]*kind.Kind, error) {
	if len(names) == 0 {
		return kinds.All, nil
	}
	of, err := cloudcontrol.ResolveAll(names)
	if err != nil {
		return nil, fmt.Errorf("--kinds names %w", err)
	}
	return of, nil
}

// mostOfFile is how many bytes of a file with events are read.
const mostOfFile = 64 << 20

// readEvents returns the texts of the events in a file, or in standard input.
func readEvents(name string, in io.Reader) ([][]byte, error) {
	from := "standard input"
	if name != "-" {
		file, err := os.Open(name) //nolint:gosec // whoever calls the command names the file
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, errors.Unwrap(err))
		}
		defer func() { _ = file.Close() }()
		from, in = name, file
	}
	decoder := json.NewDecoder(io.LimitReader(in, mostOfFile))
	var texts [][]byte
	for {
		var value json.RawMessage
		err := decoder.Decode(&value)
		switch {
		case errors.Is(err, io.EOF) && len(texts) == 0:
			return nil, fmt.Errorf("%s holds no event", from)
		case errors.Is(err, io.EOF):
			return texts, nil
		case err != nil:
			return nil, fmt.Errorf("%s: after %s comes what is not JSON: %w", from, plain.Count(len(texts), "event", "events"), err)
		}
		texts = append(texts, eventsIn(value)...)
	}
}

// eventsIn returns the events of a JSON value: an event, a list of them, or a queue's batch.
func eventsIn(value []byte) [][]byte {
	var list []json.RawMessage
	if json.Unmarshal(value, &list) == nil && list != nil {
		texts := make([][]byte, len(list))
		for i, one := range list {
			texts[i] = one
		}
		return texts
	}
	var batch struct{ Records []struct{ Body string } }
	if json.Unmarshal(value, &batch) != nil || len(batch.Records) == 0 {
		return [][]byte{value}
	}
	texts := make([][]byte, len(batch.Records))
	for i, message := range batch.Records {
		texts[i] = []byte(message.Body)
	}
	return texts
}

// explanations are what events say.
type explanations []event.Hint

func (all explanations) touch() bool {
	for _, h := range all {
		if len(h.Cells) > 0 {
			return true
		}
	}
	return false
}

// Write writes what the events say as text.
func (all explanations) Write(w io.Writer) error {
	var b strings.Builder
	for i, h := range all {
		b.WriteString(noted(w, fmt.Sprintf("event %d%s", i+1, happened(h))))
		for _, c := range h.Cells {
			b.WriteString(console.Of(w).List("  ", c.Kind+" "+cellOf(c).Place()))
		}
		if h.Reason != "" {
			b.WriteString(console.Of(w).List("  ", "no cell: "+h.Reason.Explain()))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// happened says what an event reports, as far as it was read.
func happened(h event.Hint) string {
	if h.Source == "" {
		return ""
	}
	text := ": " + h.Source
	if h.Name != "" {
		text += " " + h.Name
	}
	if h.Account != "" {
		text += " in account " + h.Account + ", " + h.Region
	}
	if !h.At.IsZero() {
		text += ", " + h.At.UTC().Format(time.RFC3339)
	}
	return text
}

// cellOf returns the name of a cell that an event chooses.
func cellOf(c event.Cell) cell.Name {
	return cell.Name{Account: cell.Account(c.Account), Region: cell.Region(c.Region), Kind: cell.Kind(c.Kind)}
}
