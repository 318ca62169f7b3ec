package settings_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"portolan/internal/settings"
)

func TestBeside(t *testing.T) {
	t.Parallel()
	file := func(text string) fstest.MapFS {
		return fstest.MapFS{settings.BesideName: &fstest.MapFile{Data: []byte(text)}}
	}
	tests := map[string]struct {
		environ []string
		folder  fstest.MapFS
		want    []string
		wrong   string
	}{
		"no file":               {[]string{"A=1"}, fstest.MapFS{}, []string{"A=1"}, ""},
		"a file":                {[]string{"A=1"}, file(`{"B":"2","C":"3"}`), []string{"A=1", "B=2", "C=3"}, ""},
		"a variable wins":       {[]string{"B=1"}, file(`{"B":"2"}`), []string{"B=1"}, ""},
		"an empty one does not": {[]string{"B="}, file(`{"B":"2"}`), []string{"B=", "B=2"}, ""},
		"a longer name":         {[]string{"BB=1"}, file(`{"B":"2"}`), []string{"B=2", "BB=1"}, ""},
		"a file that is cut":    {nil, file(`{"B":`), nil, "settings.json"},
		"no object":             {nil, file(`["B"]`), nil, "deploy again"},
		"no texts":              {nil, file(`{"B":2}`), nil, "deploy again"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := settings.Beside(test.environ, test.folder)
			if (err != nil) != (test.wrong != "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
				t.Fatalf("error %v, want %q", err, test.wrong)
			}
			slices.Sort(got)
			if err == nil && !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestSettingsFromTheFile loads what a file holds as it loads variables.
func TestSettingsFromTheFile(t *testing.T) {
	t.Parallel()
	environ, err := settings.Beside([]string{
		"OCEAN__PORT__CLIENT_ID=id", "OCEAN__PORT__CLIENT_SECRET=secret", "OCEAN__INTEGRATION__IDENTIFIER=my-aws",
	}, fstest.MapFS{settings.BesideName: &fstest.MapFile{Data: []byte(`{"PORTOLAN_ACCOUNTS_EXCLUDE":"[\"111122223333\"]"}`)}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := settings.Load(environ)
	if err != nil || !slices.Equal(s.AWS.ExcludedAccounts, []string{"111122223333"}) {
		t.Errorf("excludes %v, %v", s.AWS.ExcludedAccounts, err)
	}
}
