package settings_test

import (
	"slices"
	"strings"
	"testing"

	"portolan/internal/settings"
)

func TestTable(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, row := range settings.Table() {
		if seen[row.Name] {
			t.Errorf("%s is there twice", row.Name)
		}
		seen[row.Name] = true
		if row.Type == "" || !strings.HasSuffix(row.Meaning, ".") {
			t.Errorf("%s lacks a type or a full sentence: %q %q", row.Name, row.Type, row.Meaning)
		}
		if (row.Type == "secret") != row.Secret {
			t.Errorf("%s: type %q, secret %v", row.Name, row.Type, row.Secret)
		}
	}
	settings.Table()[0].Name = "changed"
	if settings.Table()[0].Name == "changed" {
		t.Error("Table returns its own memory")
	}
}

// What the table says of defaults must be what happens: to write a default out
// changes nothing.
func TestDefaultsMayBeWrittenOut(t *testing.T) {
	t.Parallel()
	environ := minimal()
	for _, row := range settings.Table() {
		if row.Default != "" {
			environ = append(environ, row.Name+"="+row.Default)
		}
	}
	got, err := settings.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	if want := loaded(nil); got.Port.BaseURL != want.Port.BaseURL || got.Integration.Type != want.Integration.Type || !slices.Equal(got.Integration.InitialKinds, want.Integration.InitialKinds) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	lines := strings.Split(strings.TrimSpace(settings.Markdown()), "\n")
	if got, want := len(lines), len(settings.Table())+2; got != want {
		t.Fatalf("%d lines, want %d", got, want)
	}
	want := "| `PORTOLAN_LOG_LEVEL` | text | `info` | `debug`, `info`, `warn` or `error`. |"
	if !strings.Contains(settings.Markdown(), want+"\n") {
		t.Errorf("no row %q in\n%s", want, settings.Markdown())
	}
}

// Whoever makes an environment can judge each value by the rules of Load.
func TestCheck(t *testing.T) {
	t.Parallel()
	for _, row := range settings.Table() {
		if row.Default == "" {
			continue
		}
		if err := settings.Check(row.Name, row.Default); err != nil {
			t.Errorf("%s refuses its default %q: it should hold %v", row.Name, row.Default, err)
		}
	}
	if err := settings.Check("PORTOLAN_REGIONS", "nowhere"); err == nil || !strings.Contains(err.Error(), "region names, such as") {
		t.Errorf("PORTOLAN_REGIONS takes nowhere: %v", err)
	}
}
