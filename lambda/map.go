package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/console"
	"portolan/internal/diag"
	"portolan/internal/mapping"
	"portolan/internal/plain"
)

const aboutMap = `Map documents offline, to try a mapping: print the entities that they give.

A document is what a kind yields, one JSON object:

  {"Type": "AWS::SQS::Queue", "Properties": {…},
   "__ExtraContext": {"AccountId": "…", "Region": "…"}}

docs/kinds/ has one of each kind. A file may hold one document, a list of them, or
several one after the other; without a file, or with -, they come from standard
input. The mapping is YAML or JSON: the whole configuration of the integration, its
list of resources, or one resource.

The entities go to standard output, as Port would get them. Everything that the
mapping did not do goes to standard error: fields that are null and why, documents
that the selector leaves out, errors and what fixes them.

Exit codes: 0 done, 1 no entity at all, 2 wrong usage, mapping or document, 3 some
entities but not all.`

// mapCommand maps documents.
func mapCommand(sh *shell) *cobra.Command {
	var file, kind string
	c := &cobra.Command{
		Use: "map --mapping FILE [DOCUMENTS]", Short: "Try a mapping on documents, offline", Long: aboutMap,
		Example: "  portolan map --mapping mapping.yml document.json\n" +
			"  portolan map --mapping mapping.yml --kind AWS::SQS::Queue < document.json",
	}
	c.Flags().StringVar(&file, "mapping", "", "the mapping, a file in YAML or JSON")
	c.Flags().StringVar(&kind, "kind", "", "the kind of the documents, if they do not say it or to map them as another")
	c.RunE = func(c *cobra.Command, args []string) error {
		if file == "" {
			return errors.New("name the mapping: --mapping FILE")
		}
		config, err := readMapping(file)
		if err != nil {
			return fmt.Errorf("--mapping %s: %w", file, err)
		}
		documents, err := readDocuments(args, c.InOrStdin())
		if err != nil {
			return err
		}
		t := &trial{config: config, out: c.OutOrStdout(), notes: c.ErrOrStderr()}
		if err := t.run(c.Context(), documents, kind); err != nil {
			return err
		}
		sh.code = t.exitCode()
		return nil
	}
	return c
}

// readMapping compiles a mapping file. A kind that is not known is mapped all the
// same: what its documents look like is for the user to say.
func readMapping(file string) (*mapping.Config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	raw, err := asMapping(text)
	if err != nil {
		return nil, err
	}
	return mapping.Compile(raw, func(name string) (mapping.Actions, bool) {
		k, _ := cloudcontrol.Resolve(name)
		if k == nil {
			return mapping.Actions{}, true
		}
		return mapping.Actions{Default: k.DefaultNames(), Optional: k.OptionalNames()}, true
	})
}

// readDocuments reads the documents of files, or of standard input.
func readDocuments(files []string, in io.Reader) ([]map[string]any, error) {
	if len(files) == 0 {
		files = []string{"-"}
	}
	var documents []map[string]any
	for _, name := range files {
		if name == "-" {
			found, err := decodeDocuments("standard input", in)
			if err != nil {
				return nil, err
			}
			documents = append(documents, found...)
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, errors.Unwrap(err))
		}
		found, err := decodeDocuments(name, bytes.NewReader(text))
		if err != nil {
			return nil, err
		}
		documents = append(documents, found...)
	}
	return documents, nil
}

func decodeDocuments(name string, in io.Reader) ([]map[string]any, error) {
	decoder := json.NewDecoder(in)
	decoder.UseNumber()
	var documents []map[string]any
	for {
		var value any
		err := decoder.Decode(&value)
		switch {
		case errors.Is(err, io.EOF) && len(documents) == 0:
			return nil, fmt.Errorf("%s holds no document", name)
		case errors.Is(err, io.EOF):
			return documents, nil
		case err != nil:
			return nil, fmt.Errorf("%s: document %d is not JSON: %w", name, len(documents)+1, err)
		}
		list, ok := value.([]any)
		if !ok {
			list = []any{value}
		}
		for _, item := range list {
			document, ok := item.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("%s: document %d is not a JSON object", name, len(documents)+1)
			}
			documents = append(documents, document)
		}
	}
}

// trial is a mapping at work.
type trial struct {
	config     *mapping.Config
	out, notes io.Writer

	entities int
	errors   int // what the mapping should have done and did not
}

func (t *trial) run(ctx context.Context, documents []map[string]any, kind string) error {
	for _, d := range t.config.Diagnostics {
		t.note("%v", d)
		if d.Severity == diag.Error {
			t.errors++
		}
	}
	t.noteUnknownKinds()
	for i, document := range documents {
		of, _ := document["Type"].(string)
		former, _ := document["__Kind"].(string)
		of = cmp.Or(kind, former, of)
		if _, ok := document["Properties"].(map[string]any); !ok || of == "" {
			return fmt.Errorf(`document %d has no Properties, or no Type and there is no --kind; it should look like `+
				`{"Type": "AWS::SQS::Queue", "Properties": {…}, "__ExtraContext": {"AccountId": "…", "Region": "…"}}`, i+1)
		}
		if err := t.mapDocument(ctx, i+1, of, document); err != nil {
			return err
		}
	}
	t.note("%s, %s, %s", plain.Count(len(documents), "document", "documents"), plain.Count(t.entities, "entity", "entities"),
		plain.Count(t.errors, "error", "errors"))
	return nil
}

// noteUnknownKinds notes the kinds that a run could not read.
func (t *trial) noteUnknownKinds() {
	for _, resource := range t.config.Resources {
		if err := cloudcontrol.Check(resource.Kind); err != nil {
			t.note("resources[%d]: no run reads it, as it names %v", resource.Index, err)
		}
	}
}

// mapDocument maps a document by every resource of the mapping for its kind.
func (t *trial) mapDocument(ctx context.Context, number int, kind string, document map[string]any) error {
	used := 0
	for _, resource := range t.config.Resources {
		if resource.Kind != kind {
			continue
		}
		used++
		result := resource.Map(ctx, document)
		t.explain(fmt.Sprintf("document %d by resources[%d] (%s)", number, resource.Index, kind), resource, result)
		for i := range result.Entities {
			var entity bytes.Buffer
			if err := json.Indent(&entity, result.Entities[i].AppendJSON(nil), "", "  "); err != nil {
				return err
			}
			entity.WriteByte('\n')
			if _, err := t.out.Write(plain.JSON(entity.Bytes())); err != nil {
				return err
			}
		}
		t.entities += len(result.Entities)
	}
	if used == 0 {
		t.errors++
		t.note("document %d: the mapping has no working resource of kind %s; it has %s", number, kind, t.kindList())
	}
	return nil
}

// explain notes why the mapping made no entity of a document, or not all of it.
func (t *trial) explain(where string, resource *mapping.Resource, result mapping.Result) {
	for _, null := range result.Nulls {
		t.note("%s: %s is null: %s", where, null.Field, cmp.Or(null.Reason, "the expression returned null"))
	}
	if result.Filtered > 0 {
		t.note("%s: left out, as selector.query returns false: %s", where, resource.Selector.Query)
	}
	for _, drop := range result.Dropped {
		t.note("%s: no entity, as it has no %s: %s", where, drop.Field, drop.Reason)
	}
	for _, failure := range result.Errors {
		t.note("%s: no entity, as %s fails: %s: %s", where, failure.Field, failure.Reason, failure.Expression)
	}
	if result.SkippedItems > 0 {
		t.note("%s: no entity, as itemsToParse does not return an array", where)
	}
	t.errors += len(result.Dropped) + len(result.Errors) + result.SkippedItems
}

func (t *trial) kindList() string {
	var names []string
	for _, resource := range t.config.Resources {
		if !slices.Contains(names, resource.Kind) {
			names = append(names, resource.Kind)
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// longestNote is how many characters of a note are shown.
const longestNote = 2000

// noted is a note as it is written to w, on lines that fit.
func noted(w io.Writer, text string) string {
	return console.Of(w).Fold(plain.Line(text, longestNote), 2) + "\n"
}

func (t *trial) note(format string, values ...any) {
	_, _ = io.WriteString(t.notes, noted(t.notes, fmt.Sprintf(format, values...)))
}

func (t *trial) exitCode() int {
	switch {
	case t.entities == 0:
		return exitFailed
	case t.errors > 0:
		return exitIncomplete
	default:
		return exitDone
	}
}
